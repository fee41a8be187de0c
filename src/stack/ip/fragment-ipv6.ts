/**
 * Cutting a packet of this host's own into fragments (RFC 8200 §4.5, as Linux ip6_fragment()): of
 * IPv6 only the sender does that. Each repeats the header, and behind it has one more that tells
 * its place in the whole.
 *
 *     header | fragment header | octets        header | fragment header | octets …
 */
import {
  ETHERNET_HEADER_LENGTH,
  type FragmentExtension,
  IPV6_HEADER_LENGTH,
  NextHeader,
  put16,
  writeIpv6Extension,
} from '../../wire/index.ts';
import { assert } from '../assert.ts';
import type { Slab } from '../slab.ts';

const AT = ETHERNET_HEADER_LENGTH;
const PAYLOAD_AT = AT + IPV6_HEADER_LENGTH;
const FRAGMENT_HEADER_LENGTH = 8;

/** The packet of a frame without extension headers, in pieces of at most `mtu` octets. */
export function fragmentsOfIpv6(
  frame: Uint8Array,
  mtu: number,
  id: number,
  slab: Slab,
): Uint8Array[] {
  const step = (mtu - IPV6_HEADER_LENGTH - FRAGMENT_HEADER_LENGTH) & ~7;
  assert(step > 0, 'a link carries both headers and eight octets (RFC 8200 §5)');
  const protocol = frame[AT + 6]!;
  const fragments: Uint8Array[] = [];
  for (let from = PAYLOAD_AT; from < frame.length; from += step) {
    const piece = frame.subarray(from, Math.min(from + step, frame.length));
    const length = FRAGMENT_HEADER_LENGTH + piece.length;
    const fragment = slab.carve(PAYLOAD_AT + length);
    const header: FragmentExtension = {
      kind: 'fragment',
      fragmentOffset: from - PAYLOAD_AT,
      moreFragments: from + step < frame.length,
      id,
    };
    fragment.set(frame.subarray(AT, PAYLOAD_AT), AT);
    put16(fragment, AT + 4, length);
    fragment[AT + 6] = NextHeader.fragment;
    writeIpv6Extension(fragment, PAYLOAD_AT, header, protocol);
    fragment.set(piece, PAYLOAD_AT + FRAGMENT_HEADER_LENGTH);
    fragments.push(fragment);
  }
  return fragments;
}
