import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SequenceNumbers, ticksApart, Timestamps } from '../../src/drill/run/mapping.ts';
import { u32 } from './specs.ts';

const side = fc.constantFrom('local' as const, 'remote' as const);

function sequenceNumbers(remote: number, scriptLocal: number, liveLocal: number): SequenceNumbers {
  const sequence = new SequenceNumbers();
  sequence.remoteInitial = remote;
  sequence.localScriptInitial = scriptLocal;
  sequence.localLiveInitial = liveLocal;
  return sequence;
}

describe('sequence numbers', () => {
  test('script to wire and back is the identity, around 2³²', () => {
    fc.assert(
      fc.property(u32, u32, u32, u32, side, fc.boolean(), (remote, script, live, n, of, isSyn) => {
        const sequence = sequenceNumbers(remote, script, live);
        expect(sequence.toScript(of, sequence.toLive(of, n, isSyn), isSyn)).toBe(n);
        expect(sequence.toLive(of, sequence.toScript(of, n, isSyn), isSyn)).toBe(n);
      }),
    );
  });

  // Remote ISN 1000; the script writes the stack's SYN as 0, the stack chose 2³² − 1.
  test.each([
    ['remote', 1000, true, 1000],
    ['remote', 1, false, 1001],
    ['local', 0, true, 0xffff_ffff],
    ['local', 1, false, 0],
    ['local', 1461, false, 1460],
  ] as const)('%s %i (in a SYN: %s) is %i on the wire', (of, number, isSyn, live) => {
    expect(sequenceNumbers(1000, 0, 0xffff_ffff).toLive(of, number, isSyn)).toBe(live);
  });

  test("a SYN's own number may be any: what follows counts from 1 all the same", () => {
    const sequence = sequenceNumbers(0, 12_345, 99_000);
    expect(sequence.toLive('local', 12_345, true)).toBe(99_000);
    expect(sequence.toLive('local', 1, false)).toBe(99_001);
  });
});

describe('timestamps', () => {
  test('what the stack has sent comes back for what the script wrote', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(u32, u32), { selector: ([script]) => script, minLength: 1 }),
        (pairs) => {
          const timestamps = new Timestamps();
          for (const [script, live] of pairs) timestamps.learn(script, live);
          for (const [script, live] of pairs) expect(timestamps.echo(script, false)).toBe(live);
          const [script, live] = pairs[0]!;
          expect(timestamps.toScript(live)).toBe(script);
        },
      ),
    );
  });

  test('what it has not sent is unknown, unless it is counted from the first pair', () => {
    const timestamps = new Timestamps();
    expect(timestamps.echo(100, true)).toBeUndefined();
    timestamps.learn(100, 0xffff_ffff);
    expect(timestamps.echo(101, false)).toBeUndefined();
    expect(timestamps.echo(101, true)).toBe(0);
    expect(timestamps.toScript(4)).toBe(105);
  });

  test('ticks are counted the short way around', () => {
    expect(ticksApart(3, 0xffff_fffe)).toBe(5);
    expect(ticksApart(0xffff_fffe, 3)).toBe(5);
  });
});
