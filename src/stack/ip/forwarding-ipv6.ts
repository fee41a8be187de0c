/**
 * What makes a host an IPv6 router (RFC 8200 §3, §5): a packet for another host goes out by the
 * link that its route names, with one hop less to go. Routers do not cut packets: what is too long
 * for the next link is answered. What a box on this router has put together of fragments leaves in
 * such again, none longer than those that came. In Linux's order (ip6_route_input(),
 * ip6_forward()).
 */
import {
  ETHERNET_HEADER_LENGTH,
  IPV6_ANY,
  IPV6_HEADER_LENGTH,
  IPV6_MINIMUM_MTU,
  isLinkLocalIpv6,
} from '../../wire/index.ts';
import { type Cause, cause } from '../cause.ts';
import type { Icmpv6 } from '../icmp/icmpv6.ts';
import { type Icmpv6Error, ICMPV6_ERRORS } from '../icmp/icmpv6-errors.ts';
import type { IcmpRateLimit } from '../icmp/icmp-rate-limit.ts';
import type { NetworkInterface } from '../interfaces/interface.ts';
import { largestPacket } from './path-mtu.ts';
import { RedirectsIpv6 } from './redirects-ipv6.ts';
import type { Refusal, Route } from './routing.ts';
import type { PassingPacket } from '../middlebox/passing-packet.ts';
import type { Slab } from '../slab.ts';
import type { Instant } from '../time.ts';
import { type Ipv6, ipv6Of } from './ipv6.ts';
import type { Ipv6Arrival } from './ipv6-arrival.ts';

const TO_MANY = cause(
  'ipv6-forward-to-many',
  'sent to many by the link, which routers do not pass on',
  'RFC 4443 §2.4 (e), Linux ip6_forward()',
);
const NO_SOURCE = cause('ipv6-forward-source', 'it comes from no host', 'RFC 4291 §2.5.2');
const OF_ONE_LINK = cause(
  'ipv6-forward-link-local',
  'an address that is valid on one link only',
  'RFC 4291 §2.5.6',
);
const EXPIRED = cause('ipv6-forward-expired', 'its hop limit is reached', 'RFC 8200 §3');
const TOO_LONG = cause('ipv6-forward-too-long', 'too long for the next link', 'RFC 8200 §5');
const NO_ROUTE = cause('ipv6-forward-no-route', 'no route leads there', 'RFC 4443 §3.1');
const SWALLOWED = cause('ipv6-forward-blackhole', 'a route swallows it', 'Linux ip-route(8)');
const REFUSED = cause('ipv6-forward-unreachable', 'a route refuses it', 'Linux ip-route(8)');
const FORBIDDEN = cause('ipv6-forward-prohibited', 'a route forbids it', 'Linux ip-route(8)');

/** Why a packet without a way goes no further, and how its sender is told (ip6_pkt_drop()). */
const REFUSALS: Readonly<
  Record<Refusal, { readonly why: Cause; readonly error: Icmpv6Error | undefined }>
> = {
  'no-route': { why: NO_ROUTE, error: ICMPV6_ERRORS.noRoute },
  'no-source': { why: NO_ROUTE, error: ICMPV6_ERRORS.noRoute },
  unreachable: { why: REFUSED, error: ICMPV6_ERRORS.noRoute },
  prohibit: { why: FORBIDDEN, error: ICMPV6_ERRORS.prohibited },
  blackhole: { why: SWALLOWED, error: undefined },
};

/** Where the hop limit is in a frame. */
const HOP_LIMIT_AT = ETHERNET_HEADER_LENGTH + 7;

export class ForwardingIpv6 {
  readonly #ip: Ipv6;
  readonly #icmp: Icmpv6;
  readonly #slab: Slab;
  readonly #dropped: (frame: Uint8Array, why: Cause, now: Instant) => void;
  readonly #redirects: RedirectsIpv6;

  constructor(
    ip: Ipv6,
    icmp: Icmpv6,
    slab: Slab,
    limit: IcmpRateLimit,
    dropped: (frame: Uint8Array, why: Cause, now: Instant) => void,
  ) {
    this.#ip = ip;
    this.#icmp = icmp;
    this.#redirects = new RedirectsIpv6(ip, icmp, limit);
    this.#slab = slab;
    this.#dropped = dropped;
  }

  /** Sends a packet on that is for another host. Its cause travels on with it. */
  forward(
    packet: Ipv6Arrival,
    from: NetworkInterface,
    frame: Uint8Array,
    why: Cause,
    now: Instant,
    passing?: PassingPacket,
  ): void {
    const { destination, source, ttl } = packet;
    const route = this.#ip.routes.lookUp(destination);
    if (route === undefined) {
      const { why: refused, error } = REFUSALS[this.#ip.routes.refusal(destination)];
      this.#refuse(packet, frame, refused, error, 0, now);
      return;
    }
    const mtu = largestPacket(route);
    const longest = packet.largestFragment || IPV6_HEADER_LENGTH + packet.header.payloadLength;
    if ((frame[0]! & 1) !== 0) this.#dropped(frame, TO_MANY, now);
    else if (ttl <= 1) this.#refuse(packet, frame, EXPIRED, ICMPV6_ERRORS.expired, 0, now);
    else if (source === IPV6_ANY) this.#dropped(frame, NO_SOURCE, now);
    else if (isLinkLocalIpv6(source)) {
      this.#refuse(packet, frame, OF_ONE_LINK, ICMPV6_ERRORS.beyondScope, 0, now);
    } else if (isLinkLocalIpv6(destination)) this.#dropped(frame, OF_ONE_LINK, now);
    else if (longest > mtu) {
      this.#refuse(packet, frame, TOO_LONG, ICMPV6_ERRORS.tooBig, mtu, now);
    } else {
      if (route.port.interface === from) this.#redirects.consider(packet, route, now);
      this.#send(packet, route, frame, why, now, passing);
    }
  }

  #send(
    packet: Ipv6Arrival,
    route: Route,
    frame: Uint8Array,
    why: Cause,
    now: Instant,
    passing: PassingPacket | undefined,
  ): void {
    this.#ip.counters.Ip6OutForwDatagrams += 1;
    const { largestFragment } = packet;
    const onward = this.#onward(packet, frame);
    const leaves = passing === undefined ? onward : this.#byBoxes(onward, passing, route, now);
    if (leaves === undefined) return;
    route.port.interface.passesOn(leaves);
    if (largestFragment > 0) {
      this.#ip.cut(leaves, Math.max(largestFragment, IPV6_MINIMUM_MTU), route, why, now);
    } else this.#ip.pass(leaves, route.port, ipv6Of(route.nextHop), why, now);
  }

  /** What the boxes on this host make of the packet; nothing when its way ends at one. */
  #byBoxes(
    onward: Uint8Array,
    passing: PassingPacket,
    { port }: Route,
    now: Instant,
  ): Uint8Array | undefined {
    const { hooks } = this.#ip;
    passing.goOn(onward, port.interface);
    if (hooks?.passes('forward', passing, now) !== true) return undefined;
    return hooks.passes('postrouting', passing, now) ? passing.frame : undefined;
  }

  #refuse(
    packet: Ipv6Arrival,
    frame: Uint8Array,
    why: Cause,
    error: Icmpv6Error | undefined,
    rest: number,
    now: Instant,
  ): void {
    this.#dropped(frame, why, now);
    if (error !== undefined) this.#icmp.sendError(packet, error, rest, now);
  }

  /** The frame in memory of its own, without what may stand behind the packet. */
  #onward({ end, ttl }: Ipv6Arrival, frame: Uint8Array): Uint8Array {
    const copy = this.#slab.carve(end);
    copy.set(end === frame.length ? frame : frame.subarray(0, end));
    copy[HOP_LIMIT_AT] = ttl - 1;
    return copy;
  }
}
