/** Numbers as C programs on most machines lay them out: what tools put into their own packets. */
import type { Instant } from '../../stack/index.ts';

/** The octets of a time: `struct timeval` on a machine of 64 bits. */
export const TIME_LENGTH = 16;

const SECOND = 1_000_000_000;

/** The lower half of a number of 64 bits, in little-endian. */
export function putLittle32(b: Uint8Array, at: number, value: number): void {
  for (let i = 0; i < 4; i++) b[at + i] = (value >>> (8 * i)) & 0xff;
}

/** Seconds and microseconds. */
export function putTime(b: Uint8Array, at: number, time: Instant): void {
  b.fill(0, at, at + TIME_LENGTH);
  putLittle32(b, at, Math.floor(time / SECOND));
  putLittle32(b, at + 8, Math.floor((time % SECOND) / 1000));
}
