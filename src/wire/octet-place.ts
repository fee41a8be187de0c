/**
 * Where the octets of an array lie. V8 tells an array's buffer and its place in it by calls of 30
 * and 15 ns, and makes a part of it (`subarray()`) by asking both: of one frame these questions
 * come several times. So the answers for the array that was asked about last are kept.
 */

const NONE: Uint8Array = new Uint8Array(0);

let latest = NONE;
let latestBuffer: ArrayBufferLike = NONE.buffer;
let latestOffset = 0;

function ask(b: Uint8Array): void {
  latest = b;
  latestBuffer = b.buffer;
  latestOffset = b.byteOffset;
}

/** `b.buffer` */
export function bufferOf(b: Uint8Array): ArrayBufferLike {
  if (b !== latest) ask(b);
  return latestBuffer;
}

/** `b.byteOffset` */
export function offsetOf(b: Uint8Array): number {
  if (b !== latest) ask(b);
  return latestOffset;
}

/** No array is kept alive, nor its buffer. */
export function forgetPlace(): void {
  ask(NONE);
}

/** `b.subarray(from, to)`, of octets that are within it; faster if `b` was asked about last. */
export function partOf(b: Uint8Array, from: number, to: number): Uint8Array {
  if (b !== latest) return b.subarray(from, to);
  return new Uint8Array(latestBuffer, latestOffset + from, to - from);
}
