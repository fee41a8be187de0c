/** ICMP of a host: echo, errors sent, and errors that came back handed to their sockets. */
import {
  DecodeError,
  decodeIcmpv4,
  ETHERNET_HEADER_LENGTH,
  ICMPV4_HEADER_LENGTH,
  type Icmpv4Fields,
  type Icmpv4Message,
  Icmpv4Type,
  Icmpv6Type,
  Icmpv6UnreachableCode,
  IPV4_HEADER_LENGTH,
  IPV6_HEADER_LENGTH,
  type IpAddress,
  type Ipv4Address,
  IpProtocol,
  type Ipv4Packet,
  isIcmpv4ChecksumOk,
  readIpv6,
  type Seq,
  toSeq,
  u16,
  u32,
  writeIcmpv4,
} from '../../wire/index.ts';
import { type Cause, cause } from '../cause.ts';
import { countIn, countOut } from './icmpv4-counts.ts';
import { type IcmpMeaning, meaningOf } from './icmp-errors.ts';
import { type IcmpError, mayReport, quoteOf, tosOfError } from './icmp-error-rules.ts';
import type { IcmpRateLimit } from './icmp-rate-limit.ts';
import type { Ipv4 } from '../ip/ipv4.ts';
import { mtuOf } from '../ip/path-mtu.ts';
import type { CommonProfile } from '../profile.ts';
import type { Instant } from '../time.ts';

const ECHO_REQUEST = cause('echo-request', 'asks the host to answer', 'RFC 792');
const ECHO_REPLY = cause('echo-reply', 'answers an echo request', 'RFC 1122 §3.2.2.6');
const MALFORMED = cause('icmp-malformed', 'not a well-formed ICMP message', 'RFC 792');
const BAD_CHECKSUM = cause('icmp-checksum', 'the ICMP checksum is wrong', 'RFC 792');
const ECHOES_OFF = cause(
  'icmp-echoes-off',
  'the administrator wants no echo request answered',
  'Linux icmp_echo_ignore_all',
);
const BROADCAST_ECHO = cause(
  'icmp-broadcast-echo',
  'an echo request to many hosts',
  'RFC 1122 §3.2.2.6, Linux icmp_echo_ignore_broadcasts',
);
const UNASKED = cause('icmp-unasked', 'nothing here waits for this message', 'RFC 1122 §3.2.2');

/** Redirects are for a network or a host, for all services or for one; what they say is one. */
const LAST_REDIRECT_CODE = 3;
/** The code of destination unreachable that a host gives itself when nobody answers ARP. */
const HOST_UNREACHABLE = 1;

/** A packet that a message quotes, as far as it tells whose it was. */
export interface QuotedPacket {
  readonly protocol: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** The four octets behind the ports: SEG.SEQ, when the packet was TCP. */
  readonly seq: Seq;
}

/** An ICMP error about a packet that this host sent, ready for the socket that sent it. */
export interface IcmpErrorReport extends IcmpMeaning, QuotedPacket {
  /** Of the message, as far as it came by ICMP. */
  readonly type: number;
  readonly code: number;
  /** This host has found out by itself: no neighbour answers. */
  readonly isOwn: boolean;
  /** With "fragmentation needed": the next hop's MTU (RFC 1191 §4). */
  readonly nextHopMtu: number;
  /** The frame that tells of it. */
  readonly frame: Uint8Array;
}

export interface IcmpEvents {
  dropped(frame: Uint8Array, why: Cause, now: Instant): void;
  /** An error has come back about a TCP segment or a UDP datagram. */
  errorReported(report: IcmpErrorReport, now: Instant): void;
  /** An echo reply has arrived. */
  echoReplied(from: IpAddress, identifier: number, sequence: number, now: Instant): void;
}

export interface Icmpv4Events extends IcmpEvents {
  /** A router says that the packet quoted had better gone by another, `gateway`. */
  redirected(
    redirect: Ipv4Packet,
    gateway: Ipv4Address,
    quoted: QuotedPacket,
    frame: Uint8Array,
    now: Instant,
  ): void;
}

export class Icmp {
  readonly #ip: Ipv4;
  readonly #settings: Pick<CommonProfile, 'icmp'>;
  readonly #events: Icmpv4Events;
  readonly #limit: IcmpRateLimit;

  constructor(
    ip: Ipv4,
    settings: Pick<CommonProfile, 'icmp'>,
    limit: IcmpRateLimit,
    events: Icmpv4Events,
  ) {
    this.#ip = ip;
    this.#settings = settings;
    this.#limit = limit;
    this.#events = events;
  }

  /** Sends an echo request; the answer comes as an event. False when there is no route. */
  sendEcho(
    destination: Ipv4Address,
    identifier: number,
    sequence: number,
    data: Uint8Array,
    now: Instant,
  ): boolean {
    const message = {
      type: Icmpv4Type.echoRequest,
      code: 0,
      rest: ((identifier << 16) | sequence) >>> 0,
      payload: data,
    };
    return this.#send(message, undefined, destination, 0, true, ECHO_REQUEST, now);
  }

  receive(packet: Ipv4Packet, frame: Uint8Array, now: Instant): void {
    const { counters } = this.#ip;
    counters.IcmpInMsgs += 1;
    const message = decodeIcmpv4(packet.bytes, packet.payloadAt, packet.end);
    if (message instanceof DecodeError) {
      this.#events.dropped(frame, MALFORMED, now);
    } else if (!isIcmpv4ChecksumOk(message)) {
      this.#events.dropped(frame, BAD_CHECKSUM, now);
    } else if (message.type === Icmpv4Type.echoRequest) {
      countIn(counters, message.type);
      const why = this.#whyNoEcho(packet);
      if (why !== undefined) this.#events.dropped(frame, why, now);
      else this.#answerEcho(packet, message, now);
    } else if (message.type === Icmpv4Type.echoReply) {
      countIn(counters, message.type);
      this.#events.echoReplied(packet.source, message.rest >>> 16, message.rest & 0xffff, now);
    } else {
      countIn(counters, message.type);
      const quoted = quotedIn(message.payload);
      if (quoted === undefined) this.#events.dropped(frame, UNASKED, now);
      else if (message.type === Icmpv4Type.redirect && message.code <= LAST_REDIRECT_CODE) {
        this.#events.redirected(packet, message.rest, quoted, frame, now);
      } else this.#reportError(message, quoted, frame, now);
    }
  }

  /**
   * Tells a packet's sender of an error, unless there must be none or there were too many; `rest`
   * is what the kind of error has to say.
   */
  sendError(about: Ipv4Packet, error: IcmpError, rest: number, now: Instant): void {
    if (!mayReport(about, (address) => this.#ip.isBroadcastOrMulticast(address))) return;
    const { source: sender, destination } = about;
    const way = this.#ip.routes.lookUp(sender);
    if (way === undefined) return;
    const isFree = way.port.interface.loopback; // a host may talk to itself as it likes
    if (!isFree && !this.#limit.allows(error.type, error.code, sender, now)) return;
    const { type, code } = error;
    const { icmp } = this.#settings;
    const message = { type, code, rest, payload: quoteOf(about, mtuOf(way, now), icmp) };
    const source = this.#ip.isLocal(destination) ? destination : undefined;
    this.#send(message, source, sender, tosOfError(about, icmp), false, error.cause, now);
  }

  /** The same about a packet that no route takes, of which fewer are answered. */
  sendRefusal(about: Ipv4Packet, error: IcmpError, now: Instant): void {
    if (this.#limit.allowsRefusal(about.source, now)) this.sendError(about, error, 0, now);
  }

  /** Why an echo request is not answered; nothing where it is. */
  #whyNoEcho({ destination }: Ipv4Packet): Cause | undefined {
    const { answersEchoes, answersEchoesToMany } = this.#settings.icmp;
    if (!answersEchoes) return ECHOES_OFF;
    const isToMany = this.#ip.isBroadcastOrMulticast(destination);
    return isToMany && !answersEchoesToMany ? BROADCAST_ECHO : undefined;
  }

  #answerEcho(packet: Ipv4Packet, message: Icmpv4Message, now: Instant): void {
    const { rest, payload } = message;
    const reply = { type: Icmpv4Type.echoReply, code: 0, rest, payload };
    const { source, destination, tos } = packet;
    const from = this.#ip.isLocal(destination) ? destination : undefined;
    this.#send(reply, from, source, tos, false, ECHO_REPLY, now);
  }

  #send(
    message: Icmpv4Fields,
    source: Ipv4Address | undefined,
    destination: Ipv4Address,
    tos: number,
    dontFragment: boolean,
    why: Cause,
    now: Instant,
  ): boolean {
    const route = this.#ip.routes.lookUp(destination);
    if (route === undefined) return false;
    countOut(this.#ip.counters, message.type);
    const frame = this.#ip.carve(ICMPV4_HEADER_LENGTH + message.payload.length);
    writeIcmpv4(frame, this.#ip.transportAt, message);
    const from = source ?? route.source;
    const header = {
      protocol: IpProtocol.icmp,
      source: from,
      destination,
      id: this.#ip.nextIdentification(from, destination, IpProtocol.icmp, false),
      ttl: this.#ip.ttlFor(route),
      tos,
      dontFragment,
    };
    const mtu = mtuOf(route, now);
    const isTooLong = this.#ip.headerLength + frame.length - this.#ip.transportAt > mtu;
    if (!isTooLong) this.#ip.send(frame, route, header, why, now);
    else if (!dontFragment) this.#ip.sendFragments(frame, route, header, mtu, why, now);
    return !isTooLong || !dontFragment;
  }

  #reportError(
    { type, code, rest }: Icmpv4Message,
    quoted: QuotedPacket,
    frame: Uint8Array,
    now: Instant,
  ): void {
    const meaning = meaningOf(type, code);
    if (meaning === undefined) {
      this.#events.dropped(frame, UNASKED, now);
      return;
    }
    const nextHopMtu = rest & 0xffff;
    const report = { ...meaning, ...quoted, type, code, nextHopMtu, isOwn: false, frame };
    this.#events.errorReported(report, now);
  }
}

/** The packet quoted: the header of ours, and at least eight octets behind it (RFC 792). */
function quotedIn(quote: Uint8Array): QuotedPacket | undefined {
  const portsAt = quote.length > 0 ? (quote[0]! & 15) * 4 : 0;
  if (portsAt < IPV4_HEADER_LENGTH || quote.length < portsAt + 8 || quote[0]! >>> 4 !== 4) {
    return undefined;
  }
  return {
    protocol: quote[9]!,
    source: u32(quote, 12),
    destination: u32(quote, 16),
    sourcePort: u16(quote, portsAt),
    destinationPort: u16(quote, portsAt + 2),
    seq: toSeq(u32(quote, portsAt + 4)),
  };
}

/** What a packet that never left says about itself, in the form of an ICMP error: no neighbour. */
export function unreachableNeighbor(frame: Uint8Array): IcmpErrorReport {
  const at = ETHERNET_HEADER_LENGTH;
  const isVersion6 = frame[at]! >>> 4 === 6;
  const ports = at + (isVersion6 ? IPV6_HEADER_LENGTH : 4 * (frame[at]! & 15));
  return {
    errno: 'EHOSTUNREACH',
    type: isVersion6 ? Icmpv6Type.destinationUnreachable : Icmpv4Type.destinationUnreachable,
    code: isVersion6 ? Icmpv6UnreachableCode.address : HOST_UNREACHABLE,
    nextHopMtu: 0,
    hard: false,
    isOwn: true,
    protocol: frame[at + (isVersion6 ? 6 : 9)]!,
    source: isVersion6 ? readIpv6(frame, at + 8) : u32(frame, at + 12),
    destination: isVersion6 ? readIpv6(frame, at + 24) : u32(frame, at + 16),
    sourcePort: u16(frame, ports),
    destinationPort: u16(frame, ports + 2),
    seq: toSeq(u32(frame, ports + 4)),
    frame,
  };
}
