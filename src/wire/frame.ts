/**
 * A frame as a capture holds it: its layers decoded as far as they go, and back to bytes.
 *
 * Each protocol has a field of its own, so that `if (frame.tcp)` tells what a frame is, and one is
 * written by hand as a plain literal:
 *
 *     encodeFrame({
 *       ethernet: { source: 0x020000000001, destination: 0x020000000002 },
 *       ipv4: { source: parseIpv4('10.0.0.1'), destination: parseIpv4('10.0.0.2') },
 *       udp: { sourcePort: 1024, destinationPort: 7 },
 *       payload: utf8('hi'),
 *     })
 *
 * Law: for every byte string and every link type, encoding what was decoded gives the same bytes.
 * What no layer explains is `payload`, what follows the innermost layer is `trailer`, and lengths
 * and checksums stay as they were, right or wrong.
 */
import {
  type ArpPacket,
  ARP_IPV4_LENGTH,
  decodeArp,
  encodeArp,
  type Ipv4OverEthernet,
  writeIpv4OverEthernet,
} from './arp.ts';
import {
  BSD_LOOPBACK_HEADER_LENGTH,
  BsdFamily,
  type BsdLoopbackHeader,
  decodeBsdLoop,
  decodeBsdLoopback,
  writeBsdLoopback,
} from './bsd-loopback.ts';
import { EMPTY } from './bytes.ts';
import { pseudoSum } from './checksum.ts';
import { finalDestination } from './source-route.ts';
import { DecodeError } from './decode-error.ts';
import { padded4 } from './endian.ts';
import {
  decodeEthernet,
  ETHERNET_HEADER_LENGTH,
  type EthernetFields,
  type EthernetFrame,
  EtherType,
  writeEthernetHeader,
} from './ethernet.ts';
import {
  decodeIcmpv4,
  type Icmpv4Fields,
  ICMPV4_HEADER_LENGTH,
  type Icmpv4Message,
  isIcmpv4ChecksumOk,
  writeIcmpv4,
} from './icmpv4.ts';
import {
  decodeIpv4,
  IpProtocol,
  type Ipv4Fields,
  IPV4_HEADER_LENGTH,
  ipv4HeaderLength,
  Ipv4Packet,
  isIpv4ChecksumOk,
  writeIpv4,
} from './ipv4.ts';
import { LinkType } from './link-type.ts';
import {
  decodeSll,
  decodeSll2,
  linuxCookedLength,
  type LinuxCookedHeader,
  writeLinuxCooked,
} from './linux-cooked.ts';
import { toSeq } from './seq.ts';
import {
  decodeTcp,
  isTcpChecksumOk,
  TCP_HEADER_LENGTH,
  type TcpFields,
  type TcpSegment,
  writeTcp,
} from './tcp.ts';
import {
  decodeUdp,
  isUdpChecksumOk,
  UDP_HEADER_LENGTH,
  UdpDatagram,
  type UdpFields,
  writeUdp,
} from './udp.ts';

/** A layer without its payload, of which only the fields `K` must be given. */
type Layer<T, K extends keyof T> = Pick<T, K> & Partial<Omit<T, 'payload'>>;

/**
 * What a frame is made of. At most one link header, one network layer and one transport layer; any
 * may be missing. Lengths, checksums and type numbers left out are computed, those given are kept.
 */
export interface FrameFields {
  readonly ethernet?: Layer<EthernetFields, 'source' | 'destination'> | undefined;
  readonly cooked?: LinuxCookedHeader | undefined;
  readonly loopback?: BsdLoopbackHeader | undefined;
  readonly arp?: ArpPacket | Ipv4OverEthernet | undefined;
  /** The time to live is 64 when left out, everything else zero. */
  readonly ipv4?: Layer<Ipv4Fields, 'source' | 'destination'> | undefined;
  readonly icmpv4?: Layer<Icmpv4Fields, 'type'> | undefined;
  readonly udp?: Layer<UdpFields, 'sourcePort' | 'destinationPort'> | undefined;
  /** The window is 65,535 when left out, everything else zero. */
  readonly tcp?: Layer<TcpFields, 'sourcePort' | 'destinationPort' | 'seq' | 'flags'> | undefined;
  /** What the innermost layer carries. */
  readonly payload?: Uint8Array | undefined;
  /** Octets after it, such as Ethernet's padding: no length counts them. */
  readonly trailer?: Uint8Array | undefined;
}

/** A decoded frame. The layers are views of `bytes`; so are payload and trailer. */
export class Frame implements FrameFields {
  readonly linkType: number;
  readonly bytes: Uint8Array;
  readonly ethernet: EthernetFrame | undefined = undefined;
  readonly cooked: LinuxCookedHeader | undefined = undefined;
  readonly loopback: BsdLoopbackHeader | undefined = undefined;
  readonly arp: ArpPacket | undefined = undefined;
  readonly ipv4: Ipv4Packet | undefined = undefined;
  readonly icmpv4: Icmpv4Message | undefined = undefined;
  readonly udp: UdpDatagram | undefined = undefined;
  readonly tcp: TcpSegment | undefined = undefined;
  /** Where in `bytes` the payload begins, and where the trailer does. */
  readonly payloadAt: number = 0;
  readonly payloadEnd: number;
  /**
   * Why the frame was not decoded further, or that its packet is cut short: then the layers whose
   * headers are whole are there all the same. Not set for a fragment, which has no further layers.
   */
  readonly error: DecodeError | undefined = undefined;

  constructor(linkType: number, bytes: Uint8Array) {
    this.linkType = linkType;
    this.bytes = bytes;
    this.payloadEnd = bytes.length;
  }

  /** What the innermost layer carries, as far as it was captured. */
  get payload(): Uint8Array {
    return this.bytes.subarray(this.payloadAt, this.payloadEnd);
  }

  /** The octets after what the innermost layer's length counts. */
  get trailer(): Uint8Array {
    const { bytes, payloadEnd } = this;
    return payloadEnd === bytes.length ? EMPTY : bytes.subarray(payloadEnd);
  }
}

/** A frame while it is decoded. */
type Draft = { -readonly [K in keyof Frame]: Frame[K] };

/** The layers of a frame, decoded as far as they go. Fragments are not decoded beyond IPv4. */
export function decodeFrame(linkType: number, bytes: Uint8Array): Frame {
  const frame: Draft = new Frame(linkType, bytes);
  decodeLink(frame);
  return frame;
}

function decodeLink(frame: Draft): void {
  const { bytes } = frame;
  switch (frame.linkType) {
    case LinkType.ethernet: {
      const ethernet = decodeEthernet(bytes);
      if (ethernet instanceof DecodeError) return fail(frame, ethernet);
      frame.ethernet = ethernet;
      return decodeNetwork(frame, ETHERNET_HEADER_LENGTH, ethernet.etherType, 'ethernet', 12);
    }
    case LinkType.linuxSll:
    case LinkType.linuxSll2: {
      const isFirst = frame.linkType === LinkType.linuxSll;
      const cooked = isFirst ? decodeSll(bytes) : decodeSll2(bytes);
      if (cooked instanceof DecodeError) return fail(frame, cooked);
      frame.cooked = cooked;
      const at = linuxCookedLength(cooked);
      if (isFirst) return decodeNetwork(frame, at, cooked.protocol, 'linux-sll', 14);
      return decodeNetwork(frame, at, cooked.protocol, 'linux-sll2', 0);
    }
    case LinkType.null:
    case LinkType.loop: {
      const isLoop = frame.linkType === LinkType.loop;
      const loopback = isLoop ? decodeBsdLoop(bytes) : decodeBsdLoopback(bytes);
      if (loopback instanceof DecodeError) return fail(frame, loopback);
      frame.loopback = loopback;
      const etherType = loopback.family === BsdFamily.ipv4 ? EtherType.ipv4 : -1;
      return decodeNetwork(frame, BSD_LOOPBACK_HEADER_LENGTH, etherType, 'bsd-loopback', 0);
    }
    case LinkType.raw:
    case LinkType.ipv4:
      return decodeInternet(frame, 0);
    default:
      return fail(frame, new DecodeError('frame', 'unsupported', 0, `link type ${frame.linkType}`));
  }
}

/** Notes the first reason; what follows stays payload. */
function fail(frame: Draft, error: DecodeError): void {
  frame.error ??= error;
}

/** Decodes what a link header at `layer` announces, by its field at `typeAt`, to be at `at`. */
function decodeNetwork(
  frame: Draft,
  at: number,
  etherType: number,
  layer: string,
  typeAt: number,
): void {
  frame.payloadAt = at;
  if (etherType === EtherType.ipv4) decodeInternet(frame, at);
  else if (etherType === EtherType.arp) decodeResolution(frame, at);
  else fail(frame, new DecodeError(layer, 'unsupported', typeAt));
}

function decodeResolution(frame: Draft, at: number): void {
  const b = frame.bytes;
  // An ARP packet's own length fields say where it ends; what follows is the link's padding.
  const length = at + 6 <= b.length ? 8 + 2 * (b[at + 4]! + b[at + 5]!) : b.length;
  const arp = decodeArp(b, at, Math.min(b.length, at + length));
  if (arp instanceof DecodeError) return fail(frame, arp);
  frame.arp = arp;
  frame.payloadAt = at + length;
  frame.payloadEnd = at + length;
}

function decodeInternet(frame: Draft, at: number): void {
  const b = frame.bytes;
  let ipv4 = decodeIpv4(b, at);
  if (ipv4 instanceof DecodeError) {
    fail(frame, ipv4);
    const available = b.length - at;
    const isCut =
      ipv4.reason === 'truncated' &&
      available >= IPV4_HEADER_LENGTH &&
      available >= (b[at]! & 15) * 4;
    if (!isCut) return;
    ipv4 = new Ipv4Packet(b, at); // the header is whole: a capture that keeps less than the packet
  }
  frame.ipv4 = ipv4;
  frame.payloadAt = ipv4.payloadAt;
  frame.payloadEnd = Math.min(ipv4.end, b.length);
  if (!ipv4.isFragment) decodeTransport(frame, ipv4.payloadAt, frame.payloadEnd, ipv4.protocol);
}

function decodeTransport(frame: Draft, at: number, end: number, protocol: number): void {
  const b = frame.bytes;
  if (protocol === IpProtocol.tcp) {
    const tcp = decodeTcp(b, at, end);
    if (tcp instanceof DecodeError) return fail(frame, tcp);
    frame.tcp = tcp;
    frame.payloadAt = tcp.payloadAt;
  } else if (protocol === IpProtocol.udp) {
    let udp = decodeUdp(b, at, end);
    if (udp instanceof DecodeError) {
      fail(frame, udp);
      if (udp.reason !== 'truncated' || end - at < UDP_HEADER_LENGTH) return;
      udp = new UdpDatagram(b, at); // its length exceeds what is there
    }
    frame.udp = udp;
    frame.payloadAt = at + UDP_HEADER_LENGTH;
    frame.payloadEnd = Math.min(udp.end, end);
  } else if (protocol === IpProtocol.icmp) {
    const icmpv4 = decodeIcmpv4(b, at, end);
    if (icmpv4 instanceof DecodeError) return fail(frame, icmpv4);
    frame.icmpv4 = icmpv4;
    frame.payloadAt = at + ICMPV4_HEADER_LENGTH;
  } else {
    fail(frame, new DecodeError('ipv4', 'unsupported', frame.ipv4!.start + 9));
  }
}

/**
 * The frame's bytes, allocated once.
 *
 * @throws RangeError when options are too long or an ARP packet's addresses differ in length.
 */
export function encodeFrame(frame: FrameFields): Uint8Array {
  const { ipv4, payload = EMPTY, trailer = EMPTY } = frame;
  const networkAt = linkLength(frame);
  const transportAt = networkAt + networkLength(frame);
  const payloadAt = transportAt + transportLength(frame);
  const end = payloadAt + payload.length;
  const b = new Uint8Array(end + trailer.length);
  writeLink(b, frame);
  if (ipv4 !== undefined) writeIpv4(b, networkAt, completeIpv4(ipv4, frame), end - transportAt);
  else if (frame.arp !== undefined) writeArp(b, networkAt, frame.arp);
  if (payloadAt === transportAt) b.set(payload, payloadAt);
  else writeTransport(b, transportAt, frame, payload, end - transportAt);
  b.set(trailer, end);
  return b;
}

function linkLength({ ethernet, cooked, loopback }: FrameFields): number {
  if (ethernet !== undefined) return ETHERNET_HEADER_LENGTH;
  if (cooked !== undefined) return linuxCookedLength(cooked);
  return loopback === undefined ? 0 : BSD_LOOPBACK_HEADER_LENGTH;
}

function networkLength({ arp, ipv4 }: FrameFields): number {
  if (ipv4 !== undefined) return ipv4HeaderLength(ipv4.options ?? EMPTY);
  if (arp === undefined) return 0;
  if ('senderMac' in arp) return ARP_IPV4_LENGTH;
  return 8 + 2 * (arp.senderHardware.length + arp.senderProtocol.length) + arp.trailer.length;
}

function transportLength({ tcp, udp, icmpv4 }: FrameFields): number {
  if (tcp !== undefined) return TCP_HEADER_LENGTH + padded4(tcp.options?.length ?? 0);
  if (udp !== undefined) return UDP_HEADER_LENGTH;
  return icmpv4 === undefined ? 0 : ICMPV4_HEADER_LENGTH;
}

function writeLink(b: Uint8Array, { ethernet, cooked, loopback, arp, ipv4 }: FrameFields): void {
  if (ethernet !== undefined) {
    const etherType = arp !== undefined && ipv4 === undefined ? EtherType.arp : EtherType.ipv4;
    const { destination, source } = ethernet;
    writeEthernetHeader(b, 0, destination, source, ethernet.etherType ?? etherType);
  } else if (cooked !== undefined) {
    writeLinuxCooked(b, 0, cooked);
  } else if (loopback !== undefined) {
    writeBsdLoopback(b, 0, loopback);
  }
}

function writeArp(b: Uint8Array, at: number, arp: ArpPacket | Ipv4OverEthernet): void {
  if ('senderMac' in arp) writeIpv4OverEthernet(b, at, arp);
  else b.set(encodeArp(arp), at);
}

function completeIpv4(
  ipv4: NonNullable<FrameFields['ipv4']>,
  frame: FrameFields,
): Omit<Ipv4Fields, 'payload'> {
  return {
    tos: ipv4.tos ?? 0,
    id: ipv4.id ?? 0,
    flags: ipv4.flags ?? 0,
    fragmentOffset: ipv4.fragmentOffset ?? 0,
    ttl: ipv4.ttl ?? 64,
    protocol: ipv4.protocol ?? protocolOf(frame),
    source: ipv4.source,
    destination: ipv4.destination,
    options: ipv4.options ?? EMPTY,
    totalLength: ipv4.totalLength,
    checksum: ipv4.checksum,
  };
}

/** 255, "reserved", for what is no protocol here. */
function protocolOf({ tcp, udp, icmpv4 }: FrameFields): number {
  if (tcp !== undefined) return IpProtocol.tcp;
  if (udp !== undefined) return IpProtocol.udp;
  return icmpv4 === undefined ? 255 : IpProtocol.icmp;
}

/** Writes the transport header and the payload, `length` octets together. */
function writeTransport(
  b: Uint8Array,
  at: number,
  { ipv4, tcp, udp, icmpv4 }: FrameFields,
  payload: Uint8Array,
  length: number,
): void {
  const { source = 0, options = EMPTY } = ipv4 ?? {};
  const destination = finalDestination(ipv4?.destination ?? 0, options);
  if (tcp !== undefined) {
    const segment: TcpFields = {
      sourcePort: tcp.sourcePort,
      destinationPort: tcp.destinationPort,
      seq: tcp.seq,
      ack: tcp.ack ?? toSeq(0),
      flags: tcp.flags,
      window: tcp.window ?? 65_535,
      urgentPointer: tcp.urgentPointer ?? 0,
      options: tcp.options ?? EMPTY,
      payload,
      checksum: tcp.checksum,
    };
    writeTcp(b, at, segment, pseudoSum(source, destination, IpProtocol.tcp, length));
  } else if (udp !== undefined) {
    const { sourcePort, destinationPort, checksum } = udp;
    const datagram = { sourcePort, destinationPort, length: udp.length, checksum, payload };
    writeUdp(b, at, datagram, pseudoSum(source, destination, IpProtocol.udp, length));
  } else if (icmpv4 !== undefined) {
    const { type, code = 0, rest = 0, checksum } = icmpv4;
    writeIcmpv4(b, at, { type, code, rest, checksum, payload });
  }
}

/** What is to be said of a checksum. */
export type ChecksumVerdict =
  | 'ok'
  | 'bad'
  /** There is none: no such layer, or a UDP datagram whose sender computed none. */
  | 'absent'
  /** Its octets are not all there: a fragment, or a packet that is cut short. */
  | 'not-checkable';

/** The checksums of the IPv4 header and of the transport layer (TCP, UDP, ICMP). */
export interface FrameVerdict {
  readonly ipv4: ChecksumVerdict;
  readonly transport: ChecksumVerdict;
}

/** Whether the frame's checksums are right. */
export function verifyFrame(frame: Frame): FrameVerdict {
  const { ipv4 } = frame;
  if (ipv4 === undefined) return { ipv4: 'absent', transport: 'absent' };
  return { ipv4: verdict(isIpv4ChecksumOk(ipv4)), transport: verifyTransport(frame, ipv4) };
}

function verdict(isOk: boolean): ChecksumVerdict {
  return isOk ? 'ok' : 'bad';
}

function verifyTransport(frame: Frame, ipv4: Ipv4Packet): ChecksumVerdict {
  const { tcp, udp, icmpv4 } = frame;
  if (ipv4.isFragment || ipv4.end > frame.bytes.length) return 'not-checkable';
  const destination = finalDestination(ipv4.destination, ipv4.options);
  if (tcp !== undefined) {
    const length = tcp.end - tcp.start;
    const pseudo = pseudoSum(ipv4.source, destination, IpProtocol.tcp, length);
    return verdict(isTcpChecksumOk(tcp, pseudo));
  }
  if (udp !== undefined) {
    if (udp.checksum === 0) return 'absent';
    if (udp.end > ipv4.end) return 'not-checkable';
    const pseudo = pseudoSum(ipv4.source, destination, IpProtocol.udp, udp.length);
    return verdict(isUdpChecksumOk(udp, pseudo));
  }
  return icmpv4 === undefined ? 'absent' : verdict(isIcmpv4ChecksumOk(icmpv4));
}
