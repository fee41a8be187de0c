/**
 * Memory for frames. A frame lives from its transmission to its delivery and for as long as a
 * capture holds it; carving a view from a large slab costs a twentieth of a new array, and the
 * garbage collector frees the slab when its last frame is gone.
 *
 * Frames begin two octets after a word boundary, so that behind 14 octets of Ethernet and 20 of
 * IPv4 the TCP header and its payload are aligned and checksums read whole words.
 */

import { assert } from './assert.ts';

/** Slabs double in length: a host that says little does not keep much. */
const FIRST_LENGTH = 8 * 1024;
const LONGEST = 256 * 1024;
const LEAD = 2;

/** A quarter of a slab's length, at eight octets each. */
const OCTETS_PER_ELEMENT = 32;

/**
 * Makes an array that nobody needs. V8 looks for garbage when its young objects have filled their
 * space, and slabs lie outside it: those of dead frames would pile up until, a dozen times a
 * second, V8 marks all that there is. With such an array for each slab it looks in time, which
 * makes a long transfer a tenth faster.
 */
function callCollector(slabLength: number): void {
  // oxlint-disable-next-line unicorn/no-new-array -- of that length, and nothing written to it
  const ballast = new Array<undefined>(Math.ceil(slabLength / OCTETS_PER_ELEMENT));
  assert(ballast.length > 0, 'a slab has room');
}

export class Slab {
  // Kept beside each other: to ask a view for its buffer costs as much as making another view.
  #buffer: ArrayBuffer = new ArrayBuffer(0);
  #length = 0;
  #at = LEAD;
  #nextLength = FIRST_LENGTH;
  readonly #longest: number;

  /** @param longest how long slabs become */
  constructor(longest: number = LONGEST) {
    this.#longest = longest;
  }

  /** A frame of `length` octets, all zero. */
  carve(length: number): Uint8Array {
    if (this.#at + length > this.#length) this.#begin(LEAD + length);
    const frame = new Uint8Array(this.#buffer, this.#at, length);
    this.#at = ((this.#at + length + 3) & ~3) + LEAD;
    return frame;
  }

  /** Begins a slab of `least` octets or more. */
  #begin(least: number): void {
    this.#length = Math.max(this.#nextLength, least);
    this.#buffer = new ArrayBuffer(this.#length);
    callCollector(this.#length);
    this.#at = LEAD;
    this.#nextLength = Math.min(2 * this.#nextLength, this.#longest);
  }
}
