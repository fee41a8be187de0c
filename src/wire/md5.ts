/**
 * MD5 (RFC 1321): 128 bits that nobody could find another text for, until 2004. Nothing new should
 * use it; TCP's signatures of RFC 2385 do.
 */

/** Octets of a digest, and of a block of the text. */
export const MD5_LENGTH = 16;
const BLOCK_LENGTH = 64;

/** How far each of a round's four operations rotates (§3.4). */
const ROTATIONS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];

/** T of §3.4: the first 32 bits behind the point of |sin(i + 1)|. */
// prettier-ignore
const T = Int32Array.of(
  0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
  0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
  0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
  0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
  0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
  0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
  0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
  0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
);

/** The digest of the parts, one after the other. */
export function md5(...parts: readonly Uint8Array[]): Uint8Array {
  const text = padded(parts);
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476); // A, B, C, D
  const words = new DataView(text.buffer);
  for (let at = 0; at < text.length; at += BLOCK_LENGTH) absorb(state, words, at);
  const digest = new DataView(new ArrayBuffer(MD5_LENGTH));
  for (const [i, word] of state.entries()) digest.setInt32(4 * i, word, true);
  return new Uint8Array(digest.buffer);
}

/** The text with a bit of 1, as many of 0 as it takes, and its length in bits (§3.1 and §3.2). */
function padded(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const blocks = Math.floor((length + 8) / BLOCK_LENGTH) + 1;
  const text = new Uint8Array(blocks * BLOCK_LENGTH);
  let at = 0;
  for (const part of parts) {
    text.set(part, at);
    at += part.length;
  }
  text[at] = 0x80;
  const bits = new DataView(text.buffer, text.length - 8);
  bits.setUint32(0, (length * 8) >>> 0, true);
  bits.setUint32(4, Math.floor(length / 0x2000_0000), true);
  return text;
}

/** The four rounds over the block at `at` (§3.4). */
function absorb(state: Int32Array, text: DataView, at: number): void {
  let [a, b, c, d] = state as unknown as [number, number, number, number];
  for (let i = 0; i < 64; i++) {
    const round = i >> 4;
    const sum = (a + mix(round, b, c, d) + text.getInt32(at + 4 * wordOf(round, i), true)) | 0;
    const turned = rotate((sum + T[i]!) | 0, ROTATIONS[4 * round + (i & 3)]!);
    a = d;
    d = c;
    c = b;
    b = (b + turned) | 0;
  }
  state[0] = (state[0]! + a) | 0;
  state[1] = (state[1]! + b) | 0;
  state[2] = (state[2]! + c) | 0;
  state[3] = (state[3]! + d) | 0;
}

/** F, G, H and I. */
function mix(round: number, b: number, c: number, d: number): number {
  if (round === 0) return (b & c) | (~b & d);
  if (round === 1) return (b & d) | (c & ~d);
  if (round === 2) return b ^ c ^ d;
  return c ^ (b | ~d);
}

/** Which of the block's sixteen words the operation takes. */
function wordOf(round: number, i: number): number {
  if (round === 0) return i;
  if (round === 1) return (5 * i + 1) & 15;
  if (round === 2) return (3 * i + 5) & 15;
  return (7 * i) & 15;
}

function rotate(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}
