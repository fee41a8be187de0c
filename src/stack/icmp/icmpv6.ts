/**
 * ICMPv6 of a host (RFC 4443): echo, errors sent, errors that came back handed to their sockets.
 * What neighbours and routers of a link say to each other goes to the protocols of the link.
 */
import {
  decodeIcmpv6,
  decodeIpv6Extensions,
  DecodeError,
  ICMPV6_HEADER_LENGTH,
  type Icmpv6Content,
  icmpv6Fields,
  type Icmpv6Fields,
  type Icmpv6Message,
  Icmpv6Type,
  IPV6_HEADER_LENGTH,
  IPV6_MINIMUM_MTU,
  ipv6ExtensionLength,
  ipv6ExtensionNumber,
  type Ipv6Address,
  IpProtocol,
  isDiscoveryType,
  isIcmpv6ChecksumOk,
  isIcmpv6Error,
  isListenerType,
  isMulticastIpv6,
  type OptionsExtension,
  pseudoSum,
  readIpv6,
  toSeq,
  u16,
  u32,
  writeIcmpv6,
  writeIpv6Extension,
} from '../../wire/index.ts';
import { type Cause, cause } from '../cause.ts';
import type { IcmpEvents, QuotedPacket } from './icmpv4.ts';
import type { IcmpRateLimit } from './icmp-rate-limit.ts';
import type { NetworkInterface } from '../interfaces/interface.ts';
import type { Ipv6 } from '../ip/ipv6.ts';
import type { Ipv6Arrival } from '../ip/ipv6-arrival.ts';
import type { Route } from '../ip/routing.ts';
import type { Ipv6Link } from '../ip/ipv6-link.ts';
import { mtuOf } from '../ip/path-mtu.ts';
import type { Instant } from '../time.ts';
import { countIn, countOut } from './icmpv6-counts.ts';
import { type Icmpv6Error, meaningOf, mayReport, quoteOf } from './icmpv6-errors.ts';

const ECHO_REQUEST = cause('icmpv6-echo-request', 'asks the host to answer', 'RFC 4443 §4.1');
const ECHO_REPLY = cause('icmpv6-echo-reply', 'answers an echo request', 'RFC 4443 §4.2');
const MALFORMED = cause('icmpv6-malformed', 'not a well-formed ICMPv6 message', 'RFC 4443 §2.1');
const BAD_CHECKSUM = cause('icmpv6-checksum', 'the ICMPv6 checksum is wrong', 'RFC 4443 §2.3');
const UNASKED = cause('icmpv6-unasked', 'nothing here waits for this message', 'RFC 4443 §2.4');
const MTU_TOO_SMALL = cause('mtu-too-small', 'an MTU that no link of IPv6 may have', 'RFC 8201 §4');

export interface Icmpv6Events extends IcmpEvents {
  /** A message of Neighbor Discovery or Multicast Listener Discovery. */
  linkMessage(
    message: Icmpv6Message,
    packet: Ipv6Arrival,
    from: NetworkInterface,
    frame: Uint8Array,
    now: Instant,
  ): void;
}

/** A message for a link: it goes by no route. */
export interface LinkMessage {
  readonly content: Icmpv6Content;
  readonly source: Ipv6Address;
  readonly destination: Ipv6Address;
  readonly hopLimit: number;
  /** A header before it, with options. */
  readonly extension?: OptionsExtension | undefined;
  readonly cause: Cause;
}

export class Icmpv6 {
  readonly #ip: Ipv6;
  readonly #limit: IcmpRateLimit;
  readonly #events: Icmpv6Events;

  constructor(ip: Ipv6, limit: IcmpRateLimit, events: Icmpv6Events) {
    this.#ip = ip;
    this.#limit = limit;
    this.#events = events;
  }

  /** Sends an echo request; the answer comes as an event. False when there is no route. */
  sendEcho(
    destination: Ipv6Address,
    identifier: number,
    sequence: number,
    data: Uint8Array,
    now: Instant,
  ): boolean {
    const request = { kind: 'echo-request', identifier, sequence, data } as const;
    const way = this.#ip.routes.lookUp(destination);
    return this.#send(icmpv6Fields(request), undefined, destination, way, 0, ECHO_REQUEST, now);
  }

  receive(packet: Ipv6Arrival, from: NetworkInterface, frame: Uint8Array, now: Instant): void {
    const { source, destination, bytes, payloadAt, end } = packet;
    const message = decodeIcmpv6(bytes, payloadAt, end);
    if (message instanceof DecodeError) {
      this.#ip.counters.Icmp6InMsgs += 1;
      this.#events.dropped(frame, MALFORMED, now);
      return;
    }
    countIn(this.#ip.counters, message.type);
    const pseudo = pseudoSum(source, destination, IpProtocol.icmpv6, end - payloadAt);
    const { type } = message;
    if (!isIcmpv6ChecksumOk(message, pseudo)) this.#events.dropped(frame, BAD_CHECKSUM, now);
    else if (type === Icmpv6Type.echoRequest) this.#answerEcho(packet, message, now);
    else if (type === Icmpv6Type.echoReply) {
      this.#events.echoReplied(source, message.rest >>> 16, message.rest & 0xffff, now);
    } else if (isDiscoveryType(type) || isListenerType(type)) {
      this.#events.linkMessage(message, packet, from, frame, now);
    } else if (isIcmpv6Error(type)) this.#reportError(message, frame, now);
    else this.#events.dropped(frame, UNASKED, now);
  }

  /** The reply's source is whom the request was for, unless those were many (RFC 4443 §4.2). */
  #answerEcho(packet: Ipv6Arrival, request: Icmpv6Message, now: Instant): void {
    const { source, destination, tos } = packet;
    const { rest, payload } = request;
    const reply = { type: Icmpv6Type.echoReply, code: 0, rest, payload };
    const own = isMulticastIpv6(destination) ? undefined : destination;
    this.#send(reply, own, source, this.#ip.wayBack(packet), tos, ECHO_REPLY, now);
  }

  /**
   * Tells a packet's sender of an error, unless there must be none or there were too many; `rest`
   * is what the kind of error has to say.
   */
  sendError(about: Ipv6Arrival, error: Icmpv6Error, rest: number, now: Instant): void {
    if (!mayReport(about, error)) return;
    const { source: sender, destination } = about;
    const way = this.#ip.wayBack(about);
    if (way === undefined) return;
    const isFree = way.port.interface.loopback; // a host may talk to itself as it likes
    if (!isFree && !this.#limit.allowsVersion6(error.type, sender, now)) return;
    const { type, code } = error;
    const message = { type, code, rest, payload: quoteOf(about) };
    const source = this.#ip.isLocal(destination) ? destination : undefined;
    this.#send(message, source, sender, way, 0, error.cause, now);
  }

  #send(
    message: Icmpv6Fields,
    source: Ipv6Address | undefined,
    destination: Ipv6Address,
    route: Route | undefined,
    tos: number,
    why: Cause,
    now: Instant,
  ): boolean {
    if (route === undefined) return false;
    const from = source ?? route.source;
    const frame = this.#ip.carve(ICMPV6_HEADER_LENGTH + message.payload.length);
    const length = frame.length - this.#ip.transportAt;
    const pseudo = pseudoSum(from, destination, IpProtocol.icmpv6, length);
    writeIcmpv6(frame, this.#ip.transportAt, message, pseudo);
    countOut(this.#ip.counters, message.type);
    const header = {
      protocol: IpProtocol.icmpv6,
      source: from,
      destination,
      id: 0,
      ttl: this.#ip.ttlFor(route),
      tos,
      dontFragment: false,
    };
    const mtu = mtuOf(route, now);
    if (IPV6_HEADER_LENGTH + length <= mtu) this.#ip.send(frame, route, header, why, now);
    else this.#ip.sendFragments(frame, route, header, mtu, why, now);
    return true;
  }

  /** Sends a message to a neighbour or a group of the link. Such packets have no flow label. */
  sendOnLink(
    { port }: Ipv6Link,
    { content, source, destination, hopLimit, extension, cause: why }: LinkMessage,
    now: Instant,
  ): void {
    const { transportAt } = this.#ip;
    const message = icmpv6Fields(content);
    const length = ICMPV6_HEADER_LENGTH + message.payload.length;
    const before = extension === undefined ? 0 : ipv6ExtensionLength(extension);
    const frame = this.#ip.carve(before + length);
    if (extension !== undefined) {
      writeIpv6Extension(frame, transportAt, extension, IpProtocol.icmpv6);
    }
    const pseudo = pseudoSum(source, destination, IpProtocol.icmpv6, length);
    writeIcmpv6(frame, transportAt + before, message, pseudo);
    countOut(this.#ip.counters, message.type);
    this.#ip.write(frame, {
      protocol: extension === undefined ? IpProtocol.icmpv6 : ipv6ExtensionNumber(extension),
      source,
      destination,
      id: 0,
      ttl: hopLimit,
      tos: 0,
      dontFragment: false,
      flowLabel: 0,
    });
    this.#ip.transmit(frame, port, destination, why, now);
  }

  #reportError(message: Icmpv6Message, frame: Uint8Array, now: Instant): void {
    const { type, code, rest } = message;
    const quoted = quotedIpv6(message.payload);
    if (quoted === undefined) this.#events.dropped(frame, UNASKED, now);
    else if (type === Icmpv6Type.packetTooBig && rest < IPV6_MINIMUM_MTU) {
      this.#events.dropped(frame, MTU_TOO_SMALL, now);
    } else {
      const meaning = meaningOf(type, code);
      const report = { ...meaning, ...quoted, type, code, nextHopMtu: rest, isOwn: false, frame };
      this.#events.errorReported(report, now);
    }
  }
}

/** The packet quoted: its header, those behind it, and the ports (RFC 4443 §2.4 (d)). */
export function quotedIpv6(quote: Uint8Array): QuotedPacket | undefined {
  if (quote.length < IPV6_HEADER_LENGTH || quote[0]! >>> 4 !== 6) return undefined;
  const chain = decodeIpv6Extensions(quote, 6, IPV6_HEADER_LENGTH, quote.length);
  const portsAt = chain.payloadAt;
  if (quote.length < portsAt + 8) return undefined;
  return {
    protocol: chain.protocol,
    source: readIpv6(quote, 8),
    destination: readIpv6(quote, 24),
    sourcePort: u16(quote, portsAt),
    destinationPort: u16(quote, portsAt + 2),
    seq: toSeq(u32(quote, portsAt + 4)),
  };
}
