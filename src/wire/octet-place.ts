/**
 * Where the octets of an array lie. V8 tells an array's buffer and its place in it by calls of 30
 * and 15 ns, and makes a part of it (`subarray()`) by asking both: with each frame these questions
 * come several times. So the answers for one array, that of the latest frame, are kept.
 */

let array: Uint8Array = new Uint8Array(0);
let arrayBuffer: ArrayBufferLike = array.buffer;
let arrayOffset = 0;

/** Says where an array lies that was just made: `b.buffer` and `b.byteOffset`. */
export function rememberPlace(b: Uint8Array, buffer: ArrayBufferLike, offset: number): void {
  array = b;
  arrayBuffer = buffer;
  arrayOffset = offset;
}

function find(b: Uint8Array): void {
  if (b !== array) rememberPlace(b, b.buffer, b.byteOffset);
}

/** `b.buffer` */
export function bufferOf(b: Uint8Array): ArrayBufferLike {
  find(b);
  return arrayBuffer;
}

/** `b.byteOffset` */
export function offsetOf(b: Uint8Array): number {
  find(b);
  return arrayOffset;
}

/** `b.subarray(from, to)`, which lies within it. */
export function partOf(b: Uint8Array, from: number, to: number): Uint8Array {
  find(b);
  return new Uint8Array(arrayBuffer, arrayOffset + from, to - from);
}
