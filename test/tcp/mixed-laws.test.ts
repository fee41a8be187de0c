/**
 * Laws of TCP over two hosts of any system and with any mechanisms, over a link that loses,
 * reorders, repeats, corrupts and marks for a while: the stream arrives, windows and cwnd are kept,
 * nothing follows a RST, RTO stays in its bounds, memory too, and in the end nothing is left.
 * `npm run laws` does the same for longer.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noSightings } from './connection-laws.ts';
import { mixedWorlds } from './mechanisms.ts';
import { judgeWorld } from './mixed-laws.ts';
import { FAMILIES_THAT_MEET } from './random-worlds.ts';
import type { Tally } from './world-options.ts';

const RUNS = 100;
/** Runs come in parts, each of which is done in time on a busy machine, too. */
const PARTS = [1, 2];

describe('two hosts with any mechanisms', () => {
  const tally: Tally = new Map();
  const seen = noSightings();

  test.each(PARTS)(
    'laws, part %i: everything arrives, within every bound, and nothing is left',
    (part) => {
      fc.assert(
        fc.property(mixedWorlds, (world) => judgeWorld(world, tally, seen)),
        { numRuns: RUNS / PARTS.length, seed: 2024061400 + part },
      );
    },
  );

  test('the generators hit what they aim at', () => {
    for (const [name, times] of Object.entries(seen)) expect(times, name).toBeGreaterThan(5);
    // prettier-ignore
    const causes = [
      'rto', 'retransmit-after-timeout', 'fast-retransmit', 'tail-loss-probe', 'zero-window',
      'zero-window-probe', 'sent-twice', 'out-of-order', 'gap-filled', 'tcp-checksum', 'fast-open',
      'simultaneous-open', 'ce-begins',
    ];
    const families = FAMILIES_THAT_MEET.map(([client, server]) => `${client} to ${server}`);
    for (const name of [...causes, ...families])
      expect(tally.get(name) ?? 0, name).toBeGreaterThan(5);
  });
});
