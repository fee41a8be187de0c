/**
 * What makes a host a router (RFC 1812 §5.2): a packet that came by one link and is for another
 * host goes out by the link that its route names, one life shorter. What cannot go on is answered
 * by an ICMP error, in the order in which Linux asks (ip_route_input_slow(), ip_forward()).
 *
 * A router looks at the IP header alone; the checksum of TCP or UDP is the hosts' to verify. The
 * frame is copied once: captures hold the bytes that arrived, and a switch or a link that doubles
 * packets may hand the same bytes to others. The cause travels on with the packet: a router adds
 * nothing of its own.
 */
import {
  decrementTtl,
  ETHERNET_HEADER_LENGTH,
  type Ipv4Address,
  Ipv4Flag,
  type Ipv4Packet,
  IPV4_HEADER_LENGTH,
  isLoopbackIpv4,
  isMulticastIpv4,
  isStrictlyRouted,
} from '../../wire/index.ts';
import { type Cause, cause } from '../cause.ts';
import type { Icmp } from '../icmp/icmpv4.ts';
import { ICMP_ERRORS } from '../icmp/icmp-error-rules.ts';
import type { NetworkInterface } from '../interfaces/interface.ts';
import { type Ipv4, ipv4Of } from './ipv4.ts';
import type { PassingPacket } from '../middlebox/passing-packet.ts';
import { largestPacket } from './path-mtu.ts';
import { Redirects } from './redirects.ts';
import { isOnItsWay, WRONG_WAY } from './reverse-path.ts';
import type { Refusal, Route } from './routing.ts';
import type { Instant } from '../time.ts';

const TO_MANY = cause(
  'forward-to-many',
  'sent to many, which routers do not pass on',
  'RFC 1812 §5.3.4',
);
const MARTIAN = cause(
  'forward-martian',
  'an address that does not appear between networks',
  'RFC 1812 §5.3.7',
);
const EXPIRED = cause('forward-expired', 'its time to live is over', 'RFC 1812 §5.3.1');
const TOO_LONG = cause(
  'forward-too-long',
  'too long for the next link, and not to be cut',
  'RFC 1191 §4',
);
const ROUTE_FAILED = cause(
  'forward-source-route',
  'the next address of its strict route is not on a link',
  'RFC 1812 §5.2.7.1',
);

const NO_ROUTE = cause('forward-no-route', 'no route leads there', 'RFC 1812 §5.2.7.1');
const SWALLOWED = cause('forward-blackhole', 'a route swallows it', 'Linux ip-route(8)');
const REFUSED = cause('forward-unreachable', 'a route refuses it', 'Linux ip-route(8)');
const FORBIDDEN = cause('forward-prohibited', 'a route forbids it', 'Linux ip-route(8)');

/** Why a packet without a way goes no further. */
const REFUSALS: Readonly<Record<Refusal, Cause>> = {
  'no-route': NO_ROUTE,
  'no-source': NO_ROUTE,
  blackhole: SWALLOWED,
  unreachable: REFUSED,
  prohibit: FORBIDDEN,
};

/** How the sender is told; a blackhole tells nobody. */
const REFUSAL_ERRORS = {
  'no-route': ICMP_ERRORS.noRoute,
  'no-source': ICMP_ERRORS.noRoute,
  unreachable: ICMP_ERRORS.noHost,
  prohibit: ICMP_ERRORS.prohibited,
} as const;

export class Forwarding {
  readonly #ip: Ipv4;
  readonly #icmp: Icmp;
  readonly #dropped: (frame: Uint8Array, why: Cause, now: Instant) => void;
  readonly #redirects: Redirects;

  constructor(
    ip: Ipv4,
    icmp: Icmp,
    dropped: (frame: Uint8Array, why: Cause, now: Instant) => void,
  ) {
    this.#ip = ip;
    this.#icmp = icmp;
    this.#dropped = dropped;
    this.#redirects = new Redirects(icmp);
  }

  /** Sends a packet on that came in by `from` and is not for this host. */
  forward(
    packet: Ipv4Packet,
    from: NetworkInterface,
    frame: Uint8Array,
    why: Cause,
    now: Instant,
    passing?: PassingPacket,
  ): void {
    const fault = this.#faultOf(packet, from, frame);
    if (fault !== undefined) {
      this.#dropped(frame, fault, now);
      return;
    }
    const route = this.#ip.routes.lookUp(packet.destination);
    if (route === undefined) this.#refuse(packet, frame, now);
    else if (packet.ttl <= 1) {
      this.#dropped(frame, EXPIRED, now);
      this.#icmp.sendError(packet, ICMP_ERRORS.expired, 0, now);
    } else if (route.usesGateway && mustGoStraight(packet)) {
      this.#dropped(frame, ROUTE_FAILED, now);
      this.#icmp.sendError(packet, ICMP_ERRORS.sourceRouteFailed, 0, now);
    } else this.#send(packet, route, from, frame, why, now, passing);
  }

  #send(
    packet: Ipv4Packet,
    route: Route,
    from: NetworkInterface,
    frame: Uint8Array,
    why: Cause,
    now: Instant,
    passing: PassingPacket | undefined,
  ): void {
    const { counters } = this.#ip;
    counters.IpForwDatagrams += 1;
    const mtu = largestPacket(route);
    const isTooLong = packet.totalLength > mtu;
    if (isTooLong && (packet.flags & Ipv4Flag.dontFragment) !== 0) {
      counters.IpFragFails += 1;
      this.#dropped(frame, TOO_LONG, now);
      this.#icmp.sendError(packet, ICMP_ERRORS.tooLong, mtu, now);
      return;
    }
    // Who was turned to a neighbour of its sender is not known to that by this address.
    const isStraight = passing?.isTurned !== true;
    if (route.port.interface === from && from.settings.forwarding.sendsRedirects && isStraight) {
      this.#redirects.consider(packet, route, from, now);
    }
    const onward = this.#copyOf(packet, frame);
    decrementTtl(onward, ETHERNET_HEADER_LENGTH);
    counters.IpExtOutOctets += packet.totalLength;
    const leaves = passing === undefined ? onward : this.#byBoxes(onward, passing, route, now);
    if (leaves === undefined) return;
    if (isTooLong) this.#ip.cut(leaves, mtu, route, why, now);
    else this.#hand(leaves, route, why, now);
  }

  #hand(frame: Uint8Array, { port, nextHop }: Route, why: Cause, now: Instant): void {
    port.interface.passesOn(frame);
    port.neighbors.send(frame, ipv4Of(nextHop), why, now);
  }

  /** What the boxes on this host make of the packet; nothing when its way ends at one. */
  #byBoxes(
    onward: Uint8Array,
    passing: PassingPacket,
    route: Route,
    now: Instant,
  ): Uint8Array | undefined {
    const { hooks } = this.#ip;
    passing.goOn(onward, route.port.interface);
    if (hooks?.passes('forward', passing, now) !== true) return undefined;
    return hooks.passes('postrouting', passing, now) ? passing.frame : undefined;
  }

  /** The frame in memory of its own, without what may stand behind the packet. */
  #copyOf(packet: Ipv4Packet, frame: Uint8Array): Uint8Array {
    const length = ETHERNET_HEADER_LENGTH + packet.totalLength;
    const copy = this.#ip.slab.carve(length);
    copy.set(length === frame.length ? frame : frame.subarray(0, length));
    return copy;
  }

  /** What is wrong with the packet's addresses, whatever routes there are (RFC 1812 §5.3). */
  #faultOf(packet: Ipv4Packet, from: NetworkInterface, frame: Uint8Array): Cause | undefined {
    const { source, destination } = packet;
    if ((frame[0]! & 1) !== 0 || isMulticastIpv4(destination)) return TO_MANY;
    if (this.#isMartian(source, from) || isLoopbackIpv4(destination) || destination >>> 24 === 0) {
      return MARTIAN;
    }
    return isOnItsWay(source, from, this.#ip.routes) ? undefined : WRONG_WAY;
  }

  /** Nobody outside has this host's own address, that of a loopback or of many, or none. */
  #isMartian(source: Ipv4Address, { settings }: NetworkInterface): boolean {
    if (this.#ip.isLocal(source)) return !settings.forwarding.acceptsOwnSource;
    return this.#ip.isBroadcastOrMulticast(source) || source >>> 24 === 0;
  }

  #refuse(packet: Ipv4Packet, frame: Uint8Array, now: Instant): void {
    const refusal = this.#ip.routes.refusal(packet.destination);
    this.#dropped(frame, REFUSALS[refusal], now);
    if (refusal === 'blackhole') return;
    this.#icmp.sendRefusal(packet, REFUSAL_ERRORS[refusal], now);
  }
}

function mustGoStraight(packet: Ipv4Packet): boolean {
  if (packet.payloadAt - packet.start === IPV4_HEADER_LENGTH) return false;
  return isStrictlyRouted(packet.options);
}
