/** Numbers as C programs on most machines lay them out: what tools put into their own packets. */

/** The lower half of a number of 64 bits. */
export function putLittle32(b: Uint8Array, at: number, value: number): void {
  for (let i = 0; i < 4; i++) b[at + i] = (value >>> (8 * i)) & 0xff;
}
