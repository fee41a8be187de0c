/**
 * Cutting a packet into fragments that a link carries (RFC 791 §3.2, as Linux ip_do_fragment()).
 *
 * Each has a header of its own: the same identification, its place in the whole in units of eight
 * octets, and "more fragments" on all but the last one of the whole packet. What is cut may be a
 * fragment itself. Options go with the first; the others keep those with the copied flag, and have
 * no-operations where there were others, so that all headers are of one length.
 */
import {
  complementSum,
  ETHERNET_HEADER_LENGTH,
  IPV4_HEADER_LENGTH,
  Ipv4Flag,
  onesSum,
  put16,
  u16,
} from '../../wire/index.ts';
import { assert } from '../assert.ts';
import type { Slab } from '../slab.ts';

const AT = ETHERNET_HEADER_LENGTH;
const MORE_FRAGMENTS = Ipv4Flag.moreFragments << 13;
const OFFSET_MASK = 0x1fff;

const END_OF_LIST = 0;
const NO_OPERATION = 1;
/** The flag in an option's first octet: it goes into every fragment. */
const COPIED = 0x80;

/**
 * The packet of a frame in pieces of at most `mtu` octets, which must have room for the header and
 * eight more.
 */
export function fragmentsOf(frame: Uint8Array, mtu: number, slab: Slab): Uint8Array[] {
  const headerLength = 4 * (frame[AT]! & 15);
  const payloadAt = AT + headerLength;
  const step = (mtu - headerLength) & ~7;
  assert(step > 0, 'a link carries a header and eight octets (RFC 791 §3.2)');
  const field = u16(frame, AT + 6);
  const fragments: Uint8Array[] = [];
  for (let from = payloadAt; from < frame.length; from += step) {
    const isLast = from + step >= frame.length;
    const piece = frame.subarray(from, Math.min(from + step, frame.length));
    const fragment = slab.carve(payloadAt + piece.length);
    fragment.set(frame.subarray(AT, payloadAt), AT);
    fragment.set(piece, payloadAt);
    if (from > payloadAt) keepCopiedOptions(fragment, payloadAt);
    const offset = (field & OFFSET_MASK) + (from - payloadAt) / 8;
    const flags = (field & ~OFFSET_MASK) | (isLast ? 0 : MORE_FRAGMENTS);
    put16(fragment, AT + 2, headerLength + piece.length);
    put16(fragment, AT + 6, flags | offset);
    put16(fragment, AT + 10, 0);
    put16(fragment, AT + 10, complementSum(onesSum(fragment, AT, payloadAt)));
    fragments.push(fragment);
  }
  return fragments;
}

/** Puts no-operations in the place of options that belong to the first fragment only. */
function keepCopiedOptions(frame: Uint8Array, end: number): void {
  let at = AT + IPV4_HEADER_LENGTH;
  while (at < end && frame[at] !== END_OF_LIST) {
    const kind = frame[at]!;
    const length = kind === NO_OPERATION ? 1 : (frame[at + 1] ?? 0);
    if (length === 0 || at + length > end) return;
    if ((kind & COPIED) === 0) frame.fill(NO_OPERATION, at, at + length);
    at += length;
  }
}
