/**
 * Redirects that an IPv6 router sends (RFC 4861 §8.2): a packet goes back out by the link that it
 * came from, so its sender has a nearer next hop there, and is told, with the beginning of the
 * packet. As Linux does (ip6_forward(), ndisc_send_redirect()): routers are known by link-local
 * addresses only, and no sender is told more than once a second, but for a few at first.
 */
import {
  DISCOVERY_HOP_LIMIT,
  IPV6_HEADER_LENGTH,
  IPV6_MINIMUM_MTU,
  isLinkLocalIpv6,
  type NeighborOption,
} from '../../wire/index.ts';
import { cause } from '../cause.ts';
import type { IcmpRateLimit } from '../icmp/icmp-rate-limit.ts';
import type { Icmpv6 } from '../icmp/icmpv6.ts';
import type { Instant } from '../time.ts';
import { type Ipv6, ipv6Of } from './ipv6.ts';
import type { Ipv6Arrival } from './ipv6-arrival.ts';
import type { Route } from './routing.ts';

const BETTER_HOP = cause(
  'router-redirect',
  'a nearer next hop is on the same link',
  'RFC 4861 §8.2',
);

/** The message before its options. */
const MESSAGE_LENGTH = 40;
const LINK_LAYER_OPTION_LENGTH = 8;
/** The head of the option that quotes the packet. */
const QUOTE_HEAD_LENGTH = 8;

export class RedirectsIpv6 {
  readonly #ip: Ipv6;
  readonly #icmp: Icmpv6;
  readonly #limit: IcmpRateLimit;

  constructor(ip: Ipv6, icmp: Icmpv6, limit: IcmpRateLimit) {
    this.#ip = ip;
    this.#icmp = icmp;
    this.#limit = limit;
  }

  /** A packet is about to leave by the link that it came from. */
  consider(
    { source, destination, bytes, start, end }: Ipv6Arrival,
    route: Route,
    now: Instant,
  ): void {
    const { interface: leavesBy, neighbors } = route.port;
    const { ipv6: link } = leavesBy;
    const own = link?.linkLocal;
    const target = ipv6Of(route.nextHop);
    if (link === undefined || own === undefined) return;
    if (target !== destination && !isLinkLocalIpv6(target)) return;
    const back = this.#ip.routes.lookUp(source);
    if (back === undefined || back.usesGateway || back.port !== route.port) return;
    if (!this.#limit.allowsRedirect(destination, source, now)) return;
    const options: NeighborOption[] = [];
    let room = IPV6_MINIMUM_MTU - IPV6_HEADER_LENGTH - MESSAGE_LENGTH - QUOTE_HEAD_LENGTH;
    const neighbor = neighbors.find(target);
    if (neighbor?.isKnown === true) {
      options.push({ kind: 'target-link-layer-address', mac: neighbor.mac });
      room -= LINK_LAYER_OPTION_LENGTH;
    }
    const length = Math.min(room, end - start) & ~7; // whole units (RFC 4861 §4.6)
    const packet = bytes.subarray(start, start + length);
    options.push({ kind: 'redirected-header', packet });
    const message = {
      content: { kind: 'redirect', target, destination, options },
      source: own,
      destination: source,
      hopLimit: DISCOVERY_HOP_LIMIT,
      cause: BETTER_HOP,
    } as const;
    this.#icmp.sendOnLink(link, message, now);
  }
}
