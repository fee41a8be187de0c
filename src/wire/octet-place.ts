/**
 * Where the octets of an array lie. V8 tells an array's buffer and its place in it by calls of 30
 * and 15 ns, and makes a part of it (`subarray()`) by asking both: of one frame these questions
 * come several times. So the answers for the array that was asked about last are kept.
 */

let latest: Uint8Array = new Uint8Array(0);
let latestBuffer: ArrayBufferLike = latest.buffer;
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

/** `b.subarray(from, to)`, of octets that are within it. */
export function partOf(b: Uint8Array, from: number, to: number): Uint8Array {
  if (b !== latest) ask(b);
  return new Uint8Array(latestBuffer, latestOffset + from, to - from);
}
