/**
 * Redirects that an IPv6 host follows (RFC 4861 §8.3, as Linux rt6_do_redirect()): the router that
 * its packets go to knows a nearer one on the link for their destination, or that the destination
 * is on the link itself. They go there as long as any do: a way that none went by for a minute is
 * forgotten, and so is one whose neighbour does not answer.
 */
import {
  type Ipv6Address,
  isLinkLocalIpv6,
  isMulticastIpv6,
  type Redirect,
} from '../../wire/index.ts';
import type { Agenda, Appointment } from '../agenda.ts';
import { type Cause, cause } from '../cause.ts';
import type { QuotedPacket } from '../icmp/icmpv4.ts';
import { quotedIpv6 } from '../icmp/icmpv6.ts';
import type { Ipv6 } from '../ip/ipv6.ts';
import type { Ipv6Arrival } from '../ip/ipv6-arrival.ts';
import type { Ipv6Link } from '../ip/ipv6-link.ts';
import type { RedirectLifetimes } from '../profile.ts';
import { type Instant, NEVER } from '../time.ts';
import { macIn } from './neighbor-discovery.ts';

const IGNORED = cause(
  'router-redirect-ignored',
  'this host follows no redirects',
  'RFC 4861 §8.3, Linux accept_redirects',
);
const INVALID = cause(
  'router-redirect-invalid',
  'a redirect to or for what is no host of a link',
  'RFC 4861 §8.1',
);
const UNTRUSTED = cause(
  'router-redirect-untrusted',
  'it does not come from the router that leads there',
  'RFC 4861 §8.1',
);
const UNASKED = cause(
  'router-redirect-unasked',
  'it quotes nothing that was sent from here',
  'RFC 5927 §4.1, Linux icmpv6_notify()',
);

/** What is asked of the host. */
export interface RouterRedirectsHost {
  readonly lifetimes: RedirectLifetimes;
  hasSent(quoted: QuotedPacket): boolean;
  dropped(frame: Uint8Array, why: Cause, now: Instant): void;
}

export class RouterRedirects {
  readonly #link: Ipv6Link;
  readonly #ip: Ipv6;
  readonly #agenda: Agenda;
  readonly #host: RouterRedirectsHost;
  /** When it is looked which are in use. */
  #end: Appointment | undefined = undefined;

  constructor(link: Ipv6Link, ip: Ipv6, agenda: Agenda, host: RouterRedirectsHost) {
    this.#link = link;
    this.#ip = ip;
    this.#agenda = agenda;
    this.#host = host;
  }

  redirected(message: Redirect, packet: Ipv6Arrival, frame: Uint8Array, now: Instant): void {
    const fault = this.#faultOf(message, packet.source);
    if (fault !== undefined) {
      this.#host.dropped(frame, fault, now);
      return;
    }
    const { target, destination, options } = message;
    const mac = macIn(options, 'target');
    if (mac !== undefined) {
      const isRouter = target !== destination;
      const news = { mac, state: 'STALE', override: true, isRouter } as const;
      this.#link.port.neighbors.learn(target, news, true, now);
    }
    const until = now + this.#host.lifetimes.ipv6;
    this.#ip.routes.redirect(destination, target, until);
    if (this.#end?.isPending !== true) this.#lookAgain(until);
  }

  #faultOf({ target, destination, options }: Redirect, router: Ipv6Address): Cause | undefined {
    if (!this.#link.interface.settings.ipv6.heedsRedirects) return IGNORED;
    const isToRouter = target !== destination;
    if (isMulticastIpv6(destination) || (isToRouter && !isLinkLocalIpv6(target))) return INVALID;
    const route = this.#ip.routes.lookUp(destination);
    const isByRouter = route?.usesGateway === true && route.nextHop === router;
    if (!isByRouter || route.port !== this.#link.port) return UNTRUSTED;
    for (const option of options) {
      if (option.kind !== 'redirected-header') continue;
      const quoted = quotedIpv6(option.packet);
      if (quoted === undefined || !this.#host.hasSent(quoted)) return UNASKED;
    }
    return undefined;
  }

  #lookAgain(at: Instant): void {
    this.#end = this.#agenda.addInBackground(at, (now) => this.#endIdle(now));
  }

  /** Ends those of this link that no packets went by lately (Linux fib6_age()). */
  #endIdle(now: Instant): void {
    const { routes } = this.#ip;
    const { port } = this.#link;
    const { ipv6: redirectIdle } = this.#host.lifetimes;
    let next = NEVER;
    for (const [destination, hop] of routes.redirected) {
      if (routes.lookUp(destination)?.port !== port) continue;
      const usedAt = port.neighbors.find(hop.nextHop)?.usedAt ?? Number.NEGATIVE_INFINITY;
      hop.until = Math.max(hop.until, usedAt + redirectIdle);
      if (hop.until <= now) routes.endRedirect(destination);
      else next = Math.min(next, hop.until);
    }
    if (next < NEVER) this.#lookAgain(next);
  }
}
