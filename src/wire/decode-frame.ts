/**
 * Frames from bytes: each layer says what the next one is, until one is not known, refuses, or is a
 * fragment.
 */
import { decodeArp } from './arp.ts';
import {
  BSD_LOOPBACK_HEADER_LENGTH,
  BsdFamily,
  decodeBsdLoop,
  decodeBsdLoopback,
} from './bsd-loopback.ts';
import { DecodeError } from './decode-error.ts';
import { decodeEthernet, ETHERNET_HEADER_LENGTH, EtherType } from './ethernet.ts';
import { Frame } from './frame.ts';
import { decodeIcmpv4, ICMPV4_HEADER_LENGTH } from './icmpv4.ts';
import { decodeIcmpv6, ICMPV6_HEADER_LENGTH } from './icmpv6.ts';
import { decodeIpv4, IpProtocol, IPV4_HEADER_LENGTH, Ipv4Packet } from './ipv4.ts';
import { decodeIpv6, IPV6_HEADER_LENGTH, Ipv6Packet } from './ipv6.ts';
import { decodeIpv6Extensions, fragmentOf, NextHeader } from './ipv6-extensions.ts';
import { LinkType } from './link-type.ts';
import { decodeSll, decodeSll2, linuxCookedLength } from './linux-cooked.ts';
import { decodeTcp } from './tcp.ts';
import { decodeUdp, UDP_HEADER_LENGTH, UdpDatagram } from './udp.ts';

/** A frame while it is decoded. */
type Draft = { -readonly [K in keyof Frame]: Frame[K] };

/** The layers of a frame, decoded as far as they go. Fragments are not decoded beyond IP. */
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
      const etherType = etherTypeOf(loopback.family);
      return decodeNetwork(frame, BSD_LOOPBACK_HEADER_LENGTH, etherType, 'bsd-loopback', 0);
    }
    case LinkType.raw:
    case LinkType.systemsRaw:
      return bytes.length > 0 && bytes[0]! >>> 4 === 6 ? decodeSix(frame, 0) : decodeFour(frame, 0);
    case LinkType.ipv4:
      return decodeFour(frame, 0);
    case LinkType.ipv6:
      return decodeSix(frame, 0);
    default:
      return fail(frame, new DecodeError('frame', 'unsupported', 0, `link type ${frame.linkType}`));
  }
}

/** −1 for a family that is not decoded. */
function etherTypeOf(family: number): number {
  switch (family) {
    case BsdFamily.ipv4:
      return EtherType.ipv4;
    case BsdFamily.ipv6NetBsd:
    case BsdFamily.ipv6FreeBsd:
    case BsdFamily.ipv6Darwin:
      return EtherType.ipv6;
    default:
      return -1;
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
  if (etherType === EtherType.ipv4) decodeFour(frame, at);
  else if (etherType === EtherType.ipv6) decodeSix(frame, at);
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

function decodeFour(frame: Draft, at: number): void {
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
  if (ipv4.isFragment) return;
  if (!decodeTransport(frame, ipv4.payloadAt, frame.payloadEnd, ipv4.protocol, IpProtocol.icmp)) {
    fail(frame, new DecodeError('ipv4', 'unsupported', at + 9));
  }
}

function decodeSix(frame: Draft, at: number): void {
  const b = frame.bytes;
  let ipv6 = decodeIpv6(b, at);
  if (ipv6 instanceof DecodeError) {
    fail(frame, ipv6);
    if (ipv6.reason !== 'truncated' || b.length - at < IPV6_HEADER_LENGTH) return;
    ipv6 = new Ipv6Packet(b, at); // the header is whole: a capture that keeps less than the packet
  }
  const end = Math.min(ipv6.end, b.length);
  const chain = decodeIpv6Extensions(b, at + 6, ipv6.payloadAt, end);
  const { extensions, protocol, protocolAt, payloadAt } = chain;
  frame.ipv6 = ipv6;
  frame.extensions = extensions;
  frame.payloadAt = payloadAt;
  frame.payloadEnd = end;
  if (chain.error !== undefined) return fail(frame, chain.error);
  if (protocol === NextHeader.none || fragmentOf(extensions) !== undefined) return;
  if (!decodeTransport(frame, payloadAt, end, protocol, IpProtocol.icmpv6)) {
    fail(frame, new DecodeError('ipv6', 'unsupported', protocolAt));
  }
}

/** Decodes what IP carries; false for a protocol that is not known. `icmp` is IP's own. */
function decodeTransport(
  frame: Draft,
  at: number,
  end: number,
  protocol: number,
  icmp: number,
): boolean {
  switch (protocol) {
    case IpProtocol.tcp:
      decodeSegment(frame, at, end);
      return true;
    case IpProtocol.udp:
      decodeDatagram(frame, at, end);
      return true;
    case icmp:
      decodeMessage(frame, at, end);
      return true;
    default:
      return false;
  }
}

function decodeSegment(frame: Draft, at: number, end: number): void {
  const tcp = decodeTcp(frame.bytes, at, end);
  if (tcp instanceof DecodeError) return fail(frame, tcp);
  frame.tcp = tcp;
  frame.payloadAt = tcp.payloadAt;
}

function decodeDatagram(frame: Draft, at: number, end: number): void {
  const b = frame.bytes;
  let udp = decodeUdp(b, at, end);
  if (udp instanceof DecodeError) {
    fail(frame, udp);
    if (udp.reason !== 'truncated' || end - at < UDP_HEADER_LENGTH) return;
    udp = new UdpDatagram(b, at); // its length exceeds what is there
  }
  frame.udp = udp;
  frame.payloadAt = at + UDP_HEADER_LENGTH;
  frame.payloadEnd = Math.min(udp.end, end);
}

function decodeMessage(frame: Draft, at: number, end: number): void {
  if (frame.ipv4 !== undefined) {
    const icmpv4 = decodeIcmpv4(frame.bytes, at, end);
    if (icmpv4 instanceof DecodeError) return fail(frame, icmpv4);
    frame.icmpv4 = icmpv4;
    frame.payloadAt = at + ICMPV4_HEADER_LENGTH;
  } else {
    const icmpv6 = decodeIcmpv6(frame.bytes, at, end);
    if (icmpv6 instanceof DecodeError) return fail(frame, icmpv6);
    frame.icmpv6 = icmpv6;
    frame.payloadAt = at + ICMPV6_HEADER_LENGTH;
  }
}
