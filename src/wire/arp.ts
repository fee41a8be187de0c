/**
 * The Address Resolution Protocol (RFC 826). Address lengths are the packet's own, so that every
 * ARP packet decodes; {@link Ipv4OverEthernet} is the one kind that hosts here speak.
 */
import { EMPTY, put16, put32, put48, u16, u32, u48 } from './bytes.ts';
import type { Ipv4Address, MacAddress } from './address.ts';
import { DecodeError } from './decode-error.ts';
import { EtherType } from './ethernet.ts';

/** Operation codes (IANA, ARP parameters). */
export const ArpOperation = { request: 1, reply: 2 } as const;

/** The octets of an ARP packet for IPv4 over Ethernet. */
export const ARP_IPV4_LENGTH = 28;

/** Any ARP packet. */
export interface ArpPacket {
  /** 1 is Ethernet. */
  readonly hardwareType: number;
  /** An EtherType. */
  readonly protocolType: number;
  readonly operation: number;
  /** Both hardware addresses have one length, 0–255, and so have both protocol addresses. */
  readonly senderHardware: Uint8Array;
  readonly senderProtocol: Uint8Array;
  readonly targetHardware: Uint8Array;
  readonly targetProtocol: Uint8Array;
  /** Octets after the packet, such as Ethernet's padding. */
  readonly trailer: Uint8Array;
}

/** The ARP packet in `b[start, end)`. */
export function decodeArp(
  b: Uint8Array,
  start = 0,
  end: number = b.length,
): ArpPacket | DecodeError {
  if (end - start < 8) return new DecodeError('arp', 'truncated', end);
  const hardware = b[start + 4]!;
  const protocol = b[start + 5]!;
  const length = 8 + 2 * hardware + 2 * protocol;
  if (end - start < length) return new DecodeError('arp', 'truncated', end);
  let at = start + 8;
  const take = (octets: number): Uint8Array => b.subarray(at, (at += octets));
  return {
    hardwareType: u16(b, start),
    protocolType: u16(b, start + 2),
    operation: u16(b, start + 6),
    senderHardware: take(hardware),
    senderProtocol: take(protocol),
    targetHardware: take(hardware),
    targetProtocol: take(protocol),
    trailer: at === end ? EMPTY : b.subarray(at, end),
  };
}

/**
 * The packet's bytes.
 *
 * @throws RangeError when the two hardware or the two protocol addresses differ in length.
 */
export function encodeArp(arp: ArpPacket): Uint8Array {
  const hardware = arp.senderHardware.length;
  const protocol = arp.senderProtocol.length;
  if (
    arp.targetHardware.length !== hardware ||
    arp.targetProtocol.length !== protocol ||
    hardware > 255 ||
    protocol > 255
  ) {
    throw new RangeError('arp: sender and target addresses differ in length');
  }
  const b = new Uint8Array(8 + 2 * (hardware + protocol) + arp.trailer.length);
  put16(b, 0, arp.hardwareType);
  put16(b, 2, arp.protocolType);
  b[4] = hardware;
  b[5] = protocol;
  put16(b, 6, arp.operation);
  let at = 8;
  for (const part of [
    arp.senderHardware,
    arp.senderProtocol,
    arp.targetHardware,
    arp.targetProtocol,
    arp.trailer,
  ]) {
    b.set(part, at);
    at += part.length;
  }
  return b;
}

/** What an ARP packet for IPv4 over Ethernet says. */
export interface Ipv4OverEthernet {
  readonly operation: number;
  readonly senderMac: MacAddress;
  readonly senderAddress: Ipv4Address;
  /** Zero in a request: that is the question. */
  readonly targetMac: MacAddress;
  readonly targetAddress: Ipv4Address;
}

/** The packet's meaning, when it is about IPv4 over Ethernet. */
export function readIpv4OverEthernet(arp: ArpPacket): Ipv4OverEthernet | undefined {
  if (
    arp.hardwareType !== 1 ||
    arp.protocolType !== EtherType.ipv4 ||
    arp.senderHardware.length !== 6 ||
    arp.senderProtocol.length !== 4
  ) {
    return undefined;
  }
  return {
    operation: arp.operation,
    senderMac: u48(arp.senderHardware, 0),
    senderAddress: u32(arp.senderProtocol, 0),
    targetMac: u48(arp.targetHardware, 0),
    targetAddress: u32(arp.targetProtocol, 0),
  };
}

/** Writes the 28 octets of an ARP packet for IPv4 over Ethernet at `at`. */
export function writeIpv4OverEthernet(b: Uint8Array, at: number, arp: Ipv4OverEthernet): void {
  put16(b, at, 1);
  put16(b, at + 2, EtherType.ipv4);
  b[at + 4] = 6;
  b[at + 5] = 4;
  put16(b, at + 6, arp.operation);
  put48(b, at + 8, arp.senderMac);
  put32(b, at + 14, arp.senderAddress);
  put48(b, at + 18, arp.targetMac);
  put32(b, at + 24, arp.targetAddress);
}
