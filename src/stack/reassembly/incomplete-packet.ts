/**
 * The octets of one packet as its fragments bring them, in any order (RFC 791 §3.2, RFC 815).
 *
 *            0        800      1600              2400     3200
 *            ├────────┼────────┤                 ├────────┤
 *            │ run of two, grown at its end │ hole │ run of one │ …end unknown
 *
 * What came is a list of runs without an octet twice. A fragment within one run is a duplicate and
 * changes nothing; one that shares octets with what is there, and brings others, could make another
 * packet of it than its sender meant, so that all is given up (RFC 5722 §3, Linux for both families
 * since CVE-2018-5391). What contradicts the packet's end does the same.
 */

/** One fragment, as far as it matters here. */
export interface Fragment {
  readonly frame: Uint8Array;
  /** Where its octets lie in the frame. */
  readonly from: number;
  readonly to: number;
  /** Where they belong in the whole, a multiple of eight. */
  readonly offset: number;
  /** Whether the whole ends with it. */
  readonly isLast: boolean;
}

/** What a fragment was to its packet. */
export type FragmentFate = 'kept' | 'duplicate' | 'overlap' | 'contradiction';

/** Fragments without a hole between. */
interface Run {
  readonly from: number;
  to: number;
  readonly fragments: Fragment[];
}

export class IncompletePacket {
  /** By place. Only the last one grows, as Linux has it: fragments mostly come in order. */
  readonly #runs: Run[] = [];
  #received = 0;
  /** The end as far as it is known: of the last fragment, or of the furthest. */
  #end = 0;
  #isEndKnown = false;

  /** What came, by place. */
  get fragments(): readonly Fragment[] {
    return this.#runs.flatMap((run) => run.fragments);
  }

  /** The fragment that the whole begins with, if it came. */
  get first(): Fragment | undefined {
    const run = this.#runs[0];
    return run?.from === 0 ? run.fragments[0] : undefined;
  }

  /** The octets of the whole, as far as is known. */
  get length(): number {
    return this.#end;
  }

  get isComplete(): boolean {
    return this.#isEndKnown && this.#received === this.#end;
  }

  /** Takes a fragment in, or says why not: after an overlap or a contradiction all is lost. */
  add(fragment: Fragment): FragmentFate {
    const { offset, from, to, isLast } = fragment;
    const end = offset + to - from;
    if (end === offset || !this.#agrees(end, isLast)) return 'contradiction';
    this.#end = Math.max(this.#end, end);
    this.#isEndKnown ||= isLast;
    const fate = this.#insert(fragment, end);
    if (fate === 'kept') this.#received += to - from;
    return fate;
  }

  /** Whether such an end is possible beside what is known of the packet's. */
  #agrees(end: number, isLast: boolean): boolean {
    if (isLast) return this.#isEndKnown ? end === this.#end : end >= this.#end;
    return !this.#isEndKnown || end <= this.#end;
  }

  /** As Linux inet_frag_queue_insert(). */
  #insert(fragment: Fragment, end: number): FragmentFate {
    const run: Run = { from: fragment.offset, to: end, fragments: [fragment] };
    const last = this.#runs.at(-1);
    if (last === undefined || last.to < end) {
      if (last === undefined || last.to < run.from) this.#runs.push(run);
      else if (last.to > run.from) return 'overlap';
      else {
        last.to = end;
        last.fragments.push(fragment);
      }
      return 'kept';
    }
    const place = this.#placeOf(run.from);
    const next = this.#runs[place]; // the first that ends behind the fragment's beginning
    if (next === undefined || end <= next.from) {
      this.#runs.splice(place, 0, run);
      return 'kept';
    }
    return next.from <= run.from && end <= next.to ? 'duplicate' : 'overlap';
  }

  /** How many runs end at or before `offset`. */
  #placeOf(offset: number): number {
    let low = 0;
    let high = this.#runs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#runs[middle]!.to <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The octets of the whole, to `b` from `at` on. Only for a packet that is complete. */
  copyTo(b: Uint8Array, at: number): void {
    for (const { fragments } of this.#runs) {
      for (const { frame, from, to, offset } of fragments)
        b.set(frame.subarray(from, to), at + offset);
    }
  }
}
