/** The numbers that a host is free to choose: initial numbers, timestamp offsets, ports. */
import * as fc from 'fast-check';
import { describe, expect } from 'vitest';
import { type FourTuple, ms, RandomChoices, seconds, us } from '../../src/stack/index.ts';
import { halfSipHash } from '../../src/stack/halfsiphash.ts';
import { findEphemeralPort } from '../../src/stack/sockets/ports.ts';
import { parseIp, seqDiff, seqToU32 } from '../../src/wire/index.ts';
import { FAMILIES, type Family, onWire } from '../help/families.ts';
import { familyOfTest, test } from '../help/family-test.ts';

/** Chance for tests: a multiplicative generator. */
function chance(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0);
}

/** A connection of the first host on a link. */
function tupleOf(family: Family, peer = 2, localPort = 80, remotePort = 40_000): FourTuple {
  const [localAddress, remoteAddress] = [onWire(family.address(1)), onWire(family.address(peer))];
  return { localAddress, localPort, remoteAddress, remotePort };
}

const ports = fc.nat({ max: 65535 });

const LINUX = { rule: 'hash', step: 64 } as const; // secure_tcp_seq()

describe('RFC 6528 §3: initial sequence numbers', () => {
  test.law('MUST-8: of one connection they count time, one in 64 ns as on Linux', (families) => {
    const choices = new RandomChoices(chance(1));
    fc.assert(
      fc.property(
        families,
        fc.tuple(fc.integer({ min: 2, max: 254 }), ports, ports),
        fc.nat({ max: 2 ** 50 }),
        fc.nat({ max: 2 ** 36 }),
        (family, numbers, at, later) => {
          const tuple = tupleOf(FAMILIES[family], ...numbers);
          const one = choices.initialSequenceNumber(tuple, at, LINUX);
          const two = choices.initialSequenceNumber(tuple, at + later, LINUX);
          const ticks = Math.floor((at + later) / 64) - Math.floor(at / 64);
          expect(seqDiff(two, one)).toBe(ticks | 0);
        },
      ),
    );
  });

  test('SHLD-1: connections differ in each of their four numbers', () => {
    const choices = new RandomChoices(chance(1));
    const tuple = tupleOf(familyOfTest());
    const third = onWire(familyOfTest().address(3));
    const other = { localAddress: third, localPort: 2, remoteAddress: third, remotePort: 4 };
    const changed = (Object.keys(tuple) as (keyof FourTuple)[]).map((name) => ({
      ...tuple,
      [name]: other[name],
    }));
    const numbers = [tuple, ...changed].map((t) =>
      seqToU32(choices.initialSequenceNumber(t, 0, LINUX)),
    );
    expect(new Set(numbers).size).toBe(5);
  });

  test.once('and over IPv6 in every part of an address', () => {
    const choices = new RandomChoices(chance(1));
    const [local, remote] = [parseIp('2001:db8::1'), parseIp('2001:db8::2')];
    const at = { localAddress: local, localPort: 1000, remoteAddress: remote, remotePort: 80 };
    const others = ['2001:db9::2', '2001:db8:1::2', '2001:db8::1:0:0:2', '2001:db8::3'];
    const changed = others.map((text) => ({ ...at, remoteAddress: parseIp(text) }));
    const numbers = [at, ...changed].map((t) =>
      seqToU32(choices.initialSequenceNumber(t, 0, LINUX)),
    );
    expect(new Set(numbers).size).toBe(5);
  });

  test('MUST-9: they cannot be told without the key', () => {
    const tuple = tupleOf(familyOfTest());
    const numbers = [1, 2, 3, 4, 5].map((seed) =>
      seqToU32(new RandomChoices(chance(seed)).initialSequenceNumber(tuple, us(1), LINUX)),
    );
    expect(new Set(numbers).size).toBe(5);
  });
});

test.once('by chance alone they do not count time, and come again only by chance', () => {
  const choices = new RandomChoices(chance(1));
  const tuple = tupleOf(familyOfTest());
  const rule = { rule: 'random' } as const;
  const numbers = Array.from({ length: 20 }, () => choices.initialSequenceNumber(tuple, 0, rule));
  expect(new Set(numbers).size).toBe(20);
});

test.once('by a counter each goes on from the last by the ticks there have been', () => {
  const choices = new RandomChoices(chance(1));
  const rule = { rule: 'counter', first: 6510, tick: ms(500) } as const; // lwIP tcp_next_iss()
  const numbers = [1, 1.4, 2].map((at) =>
    seqToU32(choices.initialSequenceNumber(tupleOf(familyOfTest()), seconds(at), rule)),
  );
  expect(numbers).toEqual([6512, 6514, 6518]);
});

describe('RFC 7323 §5.4: timestamp offsets', () => {
  const clock = { tick: ms(1), start: 7, offset: 'connection' } as const;
  const otherPort = (tuple: FourTuple): FourTuple => ({ ...tuple, localPort: 81 });

  test('are a connection’s own, and always the same', () => {
    const choices = new RandomChoices(chance(1));
    const tuple = tupleOf(familyOfTest());
    const offset = choices.timestampOffset(tuple, clock);
    expect(choices.timestampOffset(tuple, clock)).toBe(offset);
    expect(choices.timestampOffset(otherPort(tuple), clock)).not.toBe(offset);
    expect(seqToU32(choices.initialSequenceNumber(tuple, 0, LINUX))).not.toBe(offset);
  });

  test('or that of a pair of addresses', () => {
    const choices = new RandomChoices(chance(1));
    const tuple = tupleOf(familyOfTest());
    const ofPair = { ...clock, offset: 'addresses' } as const;
    const offset = choices.timestampOffset(tuple, ofPair);
    expect(choices.timestampOffset(otherPort(tuple), ofPair)).toBe(offset);
    expect(choices.timestampOffset(tupleOf(familyOfTest(), 3), ofPair)).not.toBe(offset);
  });

  test('or nothing, so that the clock begins where the host’s does', () => {
    const choices = new RandomChoices(chance(1));
    const bare = { ...clock, offset: 'none' } as const;
    expect(choices.timestampOffset(tupleOf(familyOfTest()), bare)).toBe(7);
  });
});

describe('RFC 6056 §3.3: ephemeral ports', () => {
  test.once(
    'law: a free port of the range, of the parity while there is one, and none when none is',
    () => {
      let otherParity = 0;
      fc.assert(
        fc.property(
          fc.nat(),
          fc.integer({ min: 1, max: 20 }),
          fc.constantFrom('even' as const, 'odd' as const),
          fc.array(fc.nat({ max: 25 }), { maxLength: 30, size: 'max' }),
          (seed, size, parity, takenOffsets) => {
            const first = 1000 + (seed % 3);
            const last = first + size - 1;
            const taken = new Set(takenOffsets.map((offset) => first + offset));
            const all = Array.from({ length: size }, (_, i) => first + i);
            const free = all.filter((port) => !taken.has(port));
            const fits = free.filter((port) => (port % 2 === 0) === (parity === 'even'));
            const choices = new RandomChoices(chance(seed));
            const host = {
              ephemeralPorts: [first, last],
              reservedPorts: [],
            } as const;
            const port = findEphemeralPort(choices, host, 'parity', parity, (p) => !taken.has(p));
            if (free.length === 0) expect(port).toBeUndefined();
            else if (fits.length === 0) expect(free).toContain(port);
            else expect(fits).toContain(port);
            if (free.length > 0 && fits.length === 0) otherParity += 1;
          },
        ),
      );
      expect(otherParity).toBeGreaterThan(0);
    },
  );

  test.once('they begin anywhere in the range', () => {
    const choices = new RandomChoices(chance(7));
    const starts = Array.from({ length: 200 }, () =>
      choices.ephemeralPort(100, 109, 'parity', 'even'),
    );
    expect(new Set(starts)).toEqual(new Set([100, 102, 104, 106, 108]));
  });

  test.once('law: in sequence each is the next free one, around the end', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.nat({ max: 19 }), { maxLength: 19, size: 'max' }),
        (seed, size, takenOffsets) => {
          const [first, last] = [1000, 999 + size];
          const taken = new Set(takenOffsets.map((offset) => first + offset));
          const free = Array.from({ length: size }, (_, i) => first + i).filter(
            (port) => !taken.has(port),
          );
          const choices = new RandomChoices(chance(seed));
          const host = {
            ephemeralPorts: [first, last],
            reservedPorts: [],
          } as const;
          const next = (): number | undefined =>
            findEphemeralPort(choices, host, 'sequential', 'even', (port) => !taken.has(port));
          if (free.length === 0) {
            expect(next()).toBeUndefined();
            return;
          }
          const given = Array.from({ length: size }, next);
          const round = new Set(given);
          expect(round).toEqual(new Set(free));
          const at = given.map((port) => free.indexOf(port ?? -1));
          for (const [i, place] of at.entries()) {
            if (i === 0) continue;
            const before = at[i - 1] ?? 0;
            const isNext = place === (before + 1) % free.length;
            expect(isNext || (place === before && taken.size > 0)).toBe(true);
          }
        },
      ),
    );
  });

  test.once('by chance alone they have either parity', () => {
    const choices = new RandomChoices(chance(7));
    const starts = Array.from({ length: 200 }, () =>
      choices.ephemeralPort(100, 109, 'random', 'even'),
    );
    expect(new Set(starts).size).toBe(10);
  });
});

test.once('HalfSipHash-2-4 gives the vectors of its authors', () => {
  // From vectors.h of the reference implementation: key 00 … 07, messages 00, 01, 02, 03 …
  const key = { k0: 0x03020100, k1: 0x07060504 };
  expect(halfSipHash(key)).toBe(0x5b9f35a9);
  expect(halfSipHash(key, 0x03020100)).toBe(0x89466e2a);
});
