/**
 * Cutting a packet into fragments (RFC 8200 §4.5, as Linux ip6_fragment()): of IPv6 only the sender
 * does that, and who has put it together on its way. Each repeats the header and the extensions
 * that nodes on the way look at, and behind these has one more that tells its place in the whole.
 *
 *     headers | fragment header | octets        headers | fragment header | octets …
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
/** Where the header has the payload's length and the number of what follows. */
const LENGTH_AT = AT + 4;
const NEXT_HEADER_AT = AT + 6;
const FRAGMENT_HEADER_LENGTH = 8;

/** The packet of a frame, in pieces of at most `mtu` octets. */
export function fragmentsOfIpv6(
  frame: Uint8Array,
  mtu: number,
  id: number,
  slab: Slab,
): Uint8Array[] {
  const { end: headersEnd, numberAt } = headersForTheWay(frame);
  const step = (mtu - (headersEnd - AT) - FRAGMENT_HEADER_LENGTH) & ~7;
  assert(step > 0, 'a link carries the headers and eight octets (RFC 8200 §5)');
  const protocol = frame[numberAt]!;
  const fragments: Uint8Array[] = [];
  for (let from = headersEnd; from < frame.length; from += step) {
    const piece = frame.subarray(from, Math.min(from + step, frame.length));
    const fragment = slab.carve(headersEnd + FRAGMENT_HEADER_LENGTH + piece.length);
    const header: FragmentExtension = {
      kind: 'fragment',
      fragmentOffset: from - headersEnd,
      moreFragments: from + step < frame.length,
      id,
    };
    fragment.set(frame.subarray(AT, headersEnd), AT);
    put16(fragment, LENGTH_AT, fragment.length - AT - IPV6_HEADER_LENGTH);
    fragment[numberAt] = NextHeader.fragment;
    writeIpv6Extension(fragment, headersEnd, header, protocol);
    fragment.set(piece, headersEnd + FRAGMENT_HEADER_LENGTH);
    fragments.push(fragment);
  }
  return fragments;
}

/** Where the headers end that every fragment repeats, and where the last tells what follows. */
function headersForTheWay(frame: Uint8Array): { end: number; numberAt: number } {
  let end = AT + IPV6_HEADER_LENGTH;
  let numberAt = NEXT_HEADER_AT;
  let isRouted = false;
  for (;;) {
    const number = frame[numberAt]!;
    const isForDestination = number === NextHeader.destinationOptions && !isRouted;
    const isRouting = number === NextHeader.routing;
    if (number !== NextHeader.hopByHop && !isRouting && !isForDestination) return { end, numberAt };
    const next = end + 8 * ((frame[end + 1] ?? 0) + 1);
    if (next > frame.length) return { end, numberAt }; // cut short: it is its receiver's to judge
    isRouted ||= isRouting;
    numberAt = end;
    end = next;
  }
}
