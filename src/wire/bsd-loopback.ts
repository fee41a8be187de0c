/**
 * The header of BSD loopback captures: four octets that hold an address family. Link type LOOP has
 * them big-endian; NULL has the byte order of the machine that captured, which only the value
 * tells: families are small numbers (tcpdump.org/linktypes.html).
 */
import { u32 } from './bytes.ts';
import { DecodeError } from './decode-error.ts';
import { type ByteOrder, get32, set32 } from './endian.ts';

/** The octets of the header. */
export const BSD_LOOPBACK_HEADER_LENGTH = 4;

/** Address families. IPv6 has a number for each system. */
export const BsdFamily = { ipv4: 2, ipv6NetBsd: 24, ipv6FreeBsd: 28, ipv6Darwin: 30 } as const;

/** What the header says. */
export interface BsdLoopbackHeader {
  readonly family: number;
  readonly byteOrder: ByteOrder;
}

/**
 * The header of a frame of link type NULL at `b[start]`. It is big-endian if a little-endian
 * reading would exceed 16 bits, libpcap's rule; either way it encodes back to the same octets.
 */
export function decodeBsdLoopback(
  b: Uint8Array,
  start = 0,
  end: number = b.length,
): BsdLoopbackHeader | DecodeError {
  if (end - start < BSD_LOOPBACK_HEADER_LENGTH) {
    return new DecodeError('bsd-loopback', 'truncated', end);
  }
  const little = get32(b, start, 'little-endian');
  return little > 0xffff
    ? { family: u32(b, start), byteOrder: 'big-endian' }
    : { family: little, byteOrder: 'little-endian' };
}

/** The header of a frame of link type LOOP at `b[start]`. */
export function decodeBsdLoop(
  b: Uint8Array,
  start = 0,
  end: number = b.length,
): BsdLoopbackHeader | DecodeError {
  if (end - start < BSD_LOOPBACK_HEADER_LENGTH) {
    return new DecodeError('bsd-loopback', 'truncated', end);
  }
  return { family: u32(b, start), byteOrder: 'big-endian' };
}

/** Writes the four octets at `at`. */
export function writeBsdLoopback(b: Uint8Array, at: number, header: BsdLoopbackHeader): void {
  set32(b, at, header.family, header.byteOrder);
}
