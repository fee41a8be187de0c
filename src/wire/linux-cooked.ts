/**
 * The headers of Linux "cooked" captures, which stand for link headers where interfaces differ, as
 * in captures on `any` (tcpdump.org/linktypes, LINUX_SLL and LINUX_SLL2). All big-endian.
 *
 *     SLL:   packet type(2) ARPHRD(2) address length(2) address(8) protocol(2)
 *     SLL2:  protocol(2) reserved(2) interface(4) ARPHRD(2) packet type(1) address length(1)
 *            address(8)
 */
import { put16, put32, u16, u32 } from './bytes.ts';
import { DecodeError } from './decode-error.ts';

/** The octets of a header of version 1 and of version 2. */
export const SLL_HEADER_LENGTH = 16;
export const SLL2_HEADER_LENGTH = 20;

/** How a packet passed the host that captured. */
export const SllPacketType = {
  toUs: 0,
  broadcast: 1,
  multicast: 2,
  toOther: 3,
  fromUs: 4,
} as const;

/** Hardware types (Linux `if_arp.h`). */
export const ArpHardware = { ethernet: 1, loopback: 772 } as const;

/** What a cooked header says. */
export interface LinuxCookedHeader {
  readonly version: 1 | 2;
  /** See {@link SllPacketType}; 16 bits in version 1, 8 in version 2. */
  readonly packetType: number;
  /** See {@link ArpHardware}. */
  readonly hardwareType: number;
  /** How many octets the link-layer address has, whether or not eight hold it. */
  readonly addressLength: number;
  /** The eight octets of the sender's link-layer address and padding. */
  readonly address: Uint8Array;
  /** An EtherType, for hardware types that have such. */
  readonly protocol: number;
  /** The interface's index, 32 bits; 0 in version 1, which has none. */
  readonly interfaceIndex: number;
  /** 16 bits, zero in a proper header; 0 in version 1. */
  readonly reserved: number;
}

/** The header of version 1 at `b[start]`. */
export function decodeSll(
  b: Uint8Array,
  start = 0,
  end: number = b.length,
): LinuxCookedHeader | DecodeError {
  if (end - start < SLL_HEADER_LENGTH) return new DecodeError('linux-sll', 'truncated', end);
  return {
    version: 1,
    packetType: u16(b, start),
    hardwareType: u16(b, start + 2),
    addressLength: u16(b, start + 4),
    address: b.subarray(start + 6, start + 14),
    protocol: u16(b, start + 14),
    interfaceIndex: 0,
    reserved: 0,
  };
}

/** The header of version 2 at `b[start]`. */
export function decodeSll2(
  b: Uint8Array,
  start = 0,
  end: number = b.length,
): LinuxCookedHeader | DecodeError {
  if (end - start < SLL2_HEADER_LENGTH) return new DecodeError('linux-sll2', 'truncated', end);
  return {
    version: 2,
    packetType: b[start + 10]!,
    hardwareType: u16(b, start + 8),
    addressLength: b[start + 11]!,
    address: b.subarray(start + 12, start + 20),
    protocol: u16(b, start),
    interfaceIndex: u32(b, start + 4),
    reserved: u16(b, start + 2),
  };
}

/** The octets of a header of that version. */
export function linuxCookedLength(header: LinuxCookedHeader): number {
  return header.version === 1 ? SLL_HEADER_LENGTH : SLL2_HEADER_LENGTH;
}

/**
 * Writes a header of {@link linuxCookedLength} octets at `at`.
 *
 * @throws RangeError when the address and its padding are not eight octets.
 */
export function writeLinuxCooked(b: Uint8Array, at: number, header: LinuxCookedHeader): void {
  if (header.address.length !== 8) throw new RangeError('linux-cooked: address not of 8 octets');
  if (header.version === 1) {
    put16(b, at, header.packetType);
    put16(b, at + 2, header.hardwareType);
    put16(b, at + 4, header.addressLength);
    b.set(header.address, at + 6);
    put16(b, at + 14, header.protocol);
  } else {
    put16(b, at, header.protocol);
    put16(b, at + 2, header.reserved);
    put32(b, at + 4, header.interfaceIndex);
    put16(b, at + 8, header.hardwareType);
    b[at + 10] = header.packetType;
    b[at + 11] = header.addressLength;
    b.set(header.address, at + 12);
  }
}
