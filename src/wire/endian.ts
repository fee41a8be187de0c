/**
 * Numbers in either byte order, for the formats that are written in the order of the machine that
 * captured: pcap, pcapng and BSD loopback headers. Callers check lengths first.
 */
import { put16, put32, u16, u32 } from './bytes.ts';

/** Which octet of a number comes first: its least significant or its most significant one. */
export type ByteOrder = 'little-endian' | 'big-endian';

/** The 16-bit number at `at`, 0–65,535. */
export function get16(b: Uint8Array, at: number, order: ByteOrder): number {
  return order === 'little-endian' ? b[at]! | (b[at + 1]! << 8) : u16(b, at);
}

/** The 32-bit number at `at`, 0–4,294,967,295. */
export function get32(b: Uint8Array, at: number, order: ByteOrder): number {
  return order === 'little-endian'
    ? (b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16) | (b[at + 3]! << 24)) >>> 0
    : u32(b, at);
}

/** Writes the low 16 bits of `value` at `at`. */
export function set16(b: Uint8Array, at: number, value: number, order: ByteOrder): void {
  if (order === 'little-endian') {
    b[at] = value;
    b[at + 1] = value >>> 8;
  } else {
    put16(b, at, value);
  }
}

/** Writes the low 32 bits of `value` at `at`. */
export function set32(b: Uint8Array, at: number, value: number, order: ByteOrder): void {
  if (order === 'little-endian') {
    b[at] = value;
    b[at + 1] = value >>> 8;
    b[at + 2] = value >>> 16;
    b[at + 3] = value >>> 24;
  } else {
    put32(b, at, value);
  }
}

/** Writes an integer from 0 to 2⁵³ − 1 as a 64-bit number at `at`. */
export function set64(b: Uint8Array, at: number, value: number, order: ByteOrder): void {
  const high = Math.floor(value / 0x1_0000_0000);
  const low = value >>> 0;
  set32(b, at, order === 'little-endian' ? low : high, order);
  set32(b, at + 4, order === 'little-endian' ? high : low, order);
}

/** `length` rounded up to a multiple of four: how pcapng pads. */
export function padded4(length: number): number {
  return (length + 3) & ~3;
}
