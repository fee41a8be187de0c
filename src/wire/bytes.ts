/**
 * Big-endian reads and writes on a `Uint8Array`: network byte order (RFC 791, appendix B).
 *
 * Plain index arithmetic is as fast as hand-written shifts and two to three times faster than a
 * `DataView` made for each packet. Callers check lengths first; these functions do not.
 */

/** An empty byte string, shared: what a view of nothing is. */
export const EMPTY: Uint8Array = new Uint8Array(0);

/** The octet at `at`, 0–255. */
export function u8(b: Uint8Array, at: number): number {
  return b[at]!;
}

/** The 16-bit number at `at`, 0–65,535. */
export function u16(b: Uint8Array, at: number): number {
  return (b[at]! << 8) | b[at + 1]!;
}

/** The 24-bit number at `at`, 0–16,777,215. */
export function u24(b: Uint8Array, at: number): number {
  return (b[at]! << 16) | (b[at + 1]! << 8) | b[at + 2]!;
}

/** The 32-bit number at `at`, 0–4,294,967,295. */
export function u32(b: Uint8Array, at: number): number {
  return ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0;
}

/** The 48-bit number at `at`: a hardware address, exact as a JavaScript number. */
export function u48(b: Uint8Array, at: number): number {
  return u16(b, at) * 0x1_0000_0000 + u32(b, at + 2);
}

/** Writes the low 16 bits of `value` at `at`. */
export function put16(b: Uint8Array, at: number, value: number): void {
  b[at] = value >>> 8;
  b[at + 1] = value;
}

/** Writes the low 24 bits of `value` at `at`. */
export function put24(b: Uint8Array, at: number, value: number): void {
  b[at] = value >>> 16;
  b[at + 1] = value >>> 8;
  b[at + 2] = value;
}

/** Writes the low 32 bits of `value` at `at`. */
export function put32(b: Uint8Array, at: number, value: number): void {
  b[at] = value >>> 24;
  b[at + 1] = value >>> 16;
  b[at + 2] = value >>> 8;
  b[at + 3] = value;
}

/** Writes a 48-bit number at `at`. */
export function put48(b: Uint8Array, at: number, value: number): void {
  put16(b, at, Math.floor(value / 0x1_0000_0000));
  put32(b, at + 2, value >>> 0);
}

/** The byte strings one after the other, in a new array. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Whether two byte strings are equal. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/**
 * Bytes written as hexadecimal digits, as in `` hex`4500 003c 1c46 4000` ``; white space is free.
 *
 * @throws RangeError when the digits are odd in number or a character is none.
 */
export function hex(text: TemplateStringsArray | string): Uint8Array {
  const digits = (typeof text === 'string' ? text : text.join('')).replace(/\s+/g, '');
  if (digits.length % 2 !== 0 || /[^0-9a-fA-F]/.test(digits)) {
    throw new RangeError(`not pairs of hexadecimal digits: "${digits.slice(0, 40)}"`);
  }
  const b = new Uint8Array(digits.length / 2);
  for (let i = 0; i < b.length; i++) b[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return b;
}

/** The bytes as lower-case hexadecimal digits without spaces. */
export function printHex(b: Uint8Array): string {
  let text = '';
  for (const octet of b) text += octet.toString(16).padStart(2, '0');
  return text;
}
