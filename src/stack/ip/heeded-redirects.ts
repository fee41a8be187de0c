/**
 * Redirects that a host follows (RFC 1122 §3.2.2.2, as Linux __ip_do_redirect()): its gateway knows
 * a nearer one for a destination, and packets go there from now on, for a time.
 *
 *     host ──► gateway ──► nearer ──► …        host ──► nearer ──► …
 *          ◄── redirect
 *
 * Whoever can forge one can lead a host's packets to himself. So it must come from the gateway that
 * they go to, quote a packet that was sent, and name a neighbour. One that is not known yet is
 * asked for first; the gateway will say it again.
 */
import { type Ipv4Address, type Ipv4Packet, isInPrefix } from '../../wire/index.ts';
import type { Agenda, Appointment } from '../agenda.ts';
import { type Cause, cause } from '../cause.ts';
import type { QuotedPacket } from '../icmp/icmpv4.ts';
import type { RedirectLifetimes } from '../profile.ts';
import { type Instant, NEVER } from '../time.ts';
import type { Ipv4 } from './ipv4.ts';
import type { Route } from './routing.ts';

/** Which redirects a host follows. */
export interface RedirectProfile {
  /** None at all (conf.all.accept_redirects; routers should follow none, RFC 1812 §5.2.7.2). */
  readonly areHeeded: boolean;
  /**
   * Whether networks share the link, so that a gateway may be of another (conf.all.shared_media;
   * RFC 1620).
   */
  readonly sharesMedia: boolean;
  /** Where they do not: whether only gateways of its routes are followed (secure_redirects). */
  readonly onlyToGateways: boolean;
}

const IGNORED = cause(
  'redirect-ignored',
  'this host follows no redirects',
  'RFC 1812 §5.2.7.2, Linux accept_redirects',
);
const UNTRUSTED = cause(
  'redirect-untrusted',
  'it does not come from the gateway that leads there',
  'RFC 1122 §3.2.2.2',
);
const NO_NEIGHBOR = cause(
  'redirect-no-neighbor',
  'the gateway that it names cannot be one',
  'RFC 1122 §3.2.2.2, Linux shared_media, secure_redirects',
);
const UNASKED = cause(
  'redirect-unasked',
  'it quotes nothing that was sent from here',
  'RFC 5927 §4.1, Linux icmp_socket_deliver()',
);
const NOT_KNOWN_YET = cause(
  'redirect-not-known-yet',
  'the gateway that it names is asked for first',
  'Linux __ip_do_redirect()',
);

/** What is asked of the host. */
export interface RedirectHost {
  /** Whether a packet that was quoted may have been sent from here. */
  hasSent(quoted: QuotedPacket): boolean;
  dropped(frame: Uint8Array, why: Cause, now: Instant): void;
}

export class HeededRedirects {
  readonly #ip: Ipv4;
  readonly #settings: { readonly redirectLifetimes: RedirectLifetimes };
  readonly #agenda: Agenda;
  readonly #host: RedirectHost;
  /** When it is looked which are over. */
  #end: Appointment | undefined = undefined;

  constructor(
    ip: Ipv4,
    settings: { readonly redirectLifetimes: RedirectLifetimes },
    agenda: Agenda,
    host: RedirectHost,
  ) {
    this.#ip = ip;
    this.#settings = settings;
    this.#agenda = agenda;
    this.#host = host;
  }

  /** A redirect to `gateway` has arrived, about a packet that it quotes. */
  redirected(
    { source: sender }: Ipv4Packet,
    gateway: Ipv4Address,
    quoted: QuotedPacket,
    frame: Uint8Array,
    now: Instant,
  ): void {
    const { destination } = quoted;
    const { routes } = this.#ip;
    const route = routes.lookUp(destination);
    const fault = this.#faultOf(sender, gateway, quoted, route);
    if (fault !== undefined || route === undefined) {
      this.#host.dropped(frame, fault ?? UNTRUSTED, now);
    } else if (!route.port.neighbors.resolve(gateway, now)) {
      this.#host.dropped(frame, NOT_KNOWN_YET, now);
    } else {
      const until = now + this.#settings.redirectLifetimes.ipv4;
      routes.redirect(destination, gateway, until);
      if (this.#end?.isPending !== true) this.#lookAgain(until);
    }
  }

  #lookAgain(at: Instant): void {
    this.#end = this.#agenda.addInBackground(at, (now) => this.#endOld(now));
  }

  /** Ends those whose time is over. */
  #endOld(now: Instant): void {
    const { routes } = this.#ip;
    let next = NEVER;
    for (const [destination, { until }] of routes.redirected) {
      if (until <= now) routes.endRedirect(destination);
      else next = Math.min(next, until);
    }
    if (next < NEVER) this.#lookAgain(next);
  }

  #faultOf(
    sender: Ipv4Address,
    gateway: Ipv4Address,
    quoted: QuotedPacket,
    route: Route | undefined,
  ): Cause | undefined {
    if (route?.port.interface.settings.redirects.areHeeded === false) return IGNORED;
    if (!this.#host.hasSent(quoted)) return UNASKED;
    if (route?.usesGateway !== true || route.nextHop !== sender) return UNTRUSTED;
    return this.#canBeGateway(gateway, sender, route) ? undefined : NO_NEIGHBOR;
  }

  #canBeGateway(gateway: Ipv4Address, sender: Ipv4Address, { port }: Route): boolean {
    if (gateway === sender || gateway >>> 24 === 0 || this.#ip.isLocal(gateway)) return false;
    if (this.#ip.isBroadcastOrMulticast(gateway)) return false;
    const { sharesMedia, onlyToGateways } = port.interface.settings.redirects;
    if (sharesMedia) return true;
    const isOnLink = port.interface.ipv4Addresses.some(
      (prefix) => isInPrefix(gateway, prefix) && isInPrefix(sender, prefix),
    );
    return isOnLink && (!onlyToGateways || this.#isGatewayOfRoute(gateway));
  }

  #isGatewayOfRoute(address: Ipv4Address): boolean {
    return this.#ip.routes.entries.some(({ gateway }) => gateway === address);
  }
}
