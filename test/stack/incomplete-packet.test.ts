/** The octets of one packet out of its fragments: the laws (RFC 815, RFC 5722). */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Fragment,
  type FragmentFate,
  IncompletePacket,
} from '../../src/stack/reassembly/incomplete-packet.ts';
import { stream } from '../help/notation.ts';

/** The octets `from`–`to` of a packet of `length`, in units of eight but for the end. */
function piece(whole: Uint8Array, from: number, to: number): Fragment {
  const offset = 8 * from;
  const end = Math.min(8 * to, whole.length);
  return { frame: whole, from: offset, to: end, offset, isLast: end === whole.length };
}

function joined(packet: IncompletePacket): Uint8Array {
  const b = new Uint8Array(packet.length);
  packet.copyTo(b, 0);
  return b;
}

const LENGTH = 40 * 8 + 3;
const WHOLE = stream(0, LENGTH);
const UNITS = 41;

/** Where a packet is cut, in units: every piece once, in any order, some of them twice. */
const cutting: fc.Arbitrary<[number, number][]> = fc
  .uniqueArray(fc.integer({ min: 1, max: UNITS - 1 }), { maxLength: 12 })
  .map((inner) => [0, ...inner.toSorted((a, b) => a - b), UNITS])
  .map((cuts) => cuts.slice(1).map((to, i): [number, number] => [cuts[i]!, to]))
  .chain((pieces) =>
    fc
      .array(fc.constantFrom(...pieces), { maxLength: 4 })
      .map((again) => [...pieces, ...again])
      .chain((all) => fc.shuffledSubarray(all, { minLength: all.length })),
  );

/** Any pieces, of many cuttings at once. */
const pieces: fc.Arbitrary<[number, number][]> = fc.array(
  fc
    .tuple(fc.nat(UNITS - 1), fc.integer({ min: 1, max: 20 }))
    .map(([from, length]): [number, number] => [from, Math.min(from + length, UNITS)]),
  { maxLength: 30 },
);

/**
 * The definition, with a map of all octets: each knows the run that it belongs to. A fragment right
 * behind all that came belongs to the run before it; every other begins a run.
 */
class ByteMap {
  readonly #runs: (number | undefined)[] = Array.from({ length: LENGTH }, () => undefined);
  #next = 0;

  add({ offset, from, to }: Fragment): FragmentFate {
    const end = offset + to - from;
    const there = new Set(this.#runs.slice(offset, end));
    if (there.size > 1) return 'overlap';
    if (!there.has(undefined)) return 'duplicate';
    const isFurthest = this.#runs.slice(end).every((run) => run === undefined);
    const before = isFurthest && offset > 0 ? this.#runs[offset - 1] : undefined;
    this.#runs.fill(before ?? this.#next++, offset, end);
    return 'kept';
  }

  get isComplete(): boolean {
    return this.#runs.every((run) => run !== undefined);
  }
}

test('law: pieces in any order, some of them twice, give the packet with the last that was missing', () => {
  let outOfOrder = 0;
  fc.assert(
    fc.property(cutting, (parts) => {
      const packet = new IncompletePacket();
      const seen = new Set<number>();
      const needed = new Set(parts.map(([from]) => from)).size;
      for (const [from, to] of parts) {
        expect(packet.add(piece(WHOLE, from, to))).toBe(seen.has(from) ? 'duplicate' : 'kept');
        seen.add(from);
        expect(packet.isComplete).toBe(seen.size === needed);
      }
      expect(joined(packet)).toEqual(WHOLE);
      if (parts.some(([from], i) => i > 0 && from < parts[i - 1]![0])) outOfOrder += 1;
    }),
  );
  expect(outOfOrder).toBeGreaterThan(20);
});

test('law: it agrees with a map of octets on every fragment, up to the first overlap', () => {
  const met = new Map<string, number>();
  fc.assert(
    fc.property(pieces, (parts) => {
      const packet = new IncompletePacket();
      const map = new ByteMap();
      for (const [from, to] of parts) {
        const fragment = piece(WHOLE, from, to);
        const fate = packet.add(fragment);
        met.set(fate, (met.get(fate) ?? 0) + 1);
        expect(fate).toBe(map.add(fragment));
        expect(packet.isComplete).toBe(map.isComplete);
        if (packet.isComplete) expect(joined(packet)).toEqual(WHOLE);
        if (fate === 'overlap') return;
      }
    }),
    { numRuns: 300 },
  );
  for (const fate of ['kept', 'duplicate', 'overlap']) expect(met.get(fate)).toBeGreaterThan(20);
});

describe('the end is where the last fragment says, and all agree on it (Linux ip_frag_queue())', () => {
  // In units of eight octets; "!" marks the last fragment.
  test.each([
    ['0-2 2-4!', 'kept kept'],
    ['2-4! 0-2', 'kept kept'],
    ['2-4 0-2!', 'kept contradiction'],
    ['2-4! 4-6', 'kept contradiction'],
    ['2-4! 4-6!', 'kept contradiction'],
    ['4-6! 2-4!', 'kept contradiction'],
    ['2-4! 2-4!', 'kept duplicate'],
    ['2-4! 2-4', 'kept duplicate'],
    ['0-0', 'contradiction'],
    ['0-4! 4-4', 'kept contradiction'],
    ['0-2 1-3', 'kept overlap'],
    ['1-3 0-2', 'kept overlap'],
    ['0-4 1-2', 'kept duplicate'],
    ['1-2 0-4', 'kept overlap'],
    // Grown at its end it is one run; otherwise two, and what lies across them overlaps.
    ['0-2 2-4 1-3', 'kept kept duplicate'],
    ['2-4 0-2 1-3', 'kept kept overlap'],
  ])('%s: %s', (fragments, fates) => {
    const packet = new IncompletePacket();
    const got = fragments.split(' ').map((text) => {
      const [from, to] = text.replace('!', '').split('-').map(Number);
      const whole = stream(0, 100);
      const fragment = { ...piece(whole, from!, to!), isLast: text.endsWith('!') };
      return packet.add(fragment);
    });
    expect(got.join(' ')).toBe(fates);
  });
});
