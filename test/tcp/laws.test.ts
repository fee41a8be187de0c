/**
 * Laws of TCP over two hosts: whatever a link does to frames for a while, what one program reads is
 * what the other wrote, each octet once and in order, and in the end nothing is left.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ms } from '../../src/stack/index.ts';
import { FAMILIES_THAT_MEET, worlds } from './random-worlds.ts';
import type { Tally } from './world-options.ts';
import { connectionsLeft, expectNothingToDo, hasFaults, run } from './world.ts';

const RUNS = Number(process.env['LAWS_RUNS'] ?? 600);
/** Runs come in parts, each of which is done in time on a busy machine, too. */
const PARTS = [1, 2, 3, 4];

describe('two hosts, faults that stop, programs that close in order', () => {
  const tally: Tally = new Map();
  let zeroWindows = 0;
  let retransmitted = 0;

  test.each(PARTS)(
    'laws, part %i: all octets arrive once, in order, both ways, and nothing is left',
    (part) => {
      fc.assert(
        fc.property(worlds(fc.constant(undefined)), (world) => {
          const outcome = run(world, tally);
          const { client, server } = outcome;
          expect([client.error, server.error]).toEqual([undefined, undefined]);
          expect(server.read, 'octets that the server read').toBe(client.toWrite.length);
          expect(client.read, 'octets that the client read').toBe(server.toWrite.length);
          expect([client.closed, server.closed]).toEqual([true, true]);
          expect(client.judge.resets + server.judge.resets, 'RSTs').toBe(0);
          expectNothingToDo(outcome);
          expect(connectionsLeft(outcome)).toEqual([]);
          zeroWindows += client.judge.zeroWindows + server.judge.zeroWindows;
          retransmitted += client.judge.retransmitted + server.judge.retransmitted;
        }),
        { numRuns: Math.ceil(RUNS / PARTS.length), seed: 2024061100 + part },
      );
    },
  );

  test('the generators hit what they aim at', () => {
    const count = (name: string): number => tally.get(name) ?? 0;
    // prettier-ignore
    const least: readonly (readonly [string, number])[] = [
      ['rto', 100], ['retransmit-after-timeout', 100], ['syn-timeout', 20], ['syn-ack-timeout', 15],
      ['out-of-order', 100], ['gap-filled', 100], ['outside-window', 100], ['paws', 1],
      ['tcp-checksum', 100], ['ip-checksum', 20], ['zero-window-probe', 20], ['window-update', 20],
      ['delayed-ack', 100], ['every-second', 100], ['quick-ack', 100], ['syn-again', 1],
      ['simultaneous-open', 10], ['fin', 100], ['fin-received', 100], ['time-wait-over', 100],
      ['FIN-WAIT-1 → CLOSING', 5], ['CLOSING → TIME-WAIT', 5], ['CLOSE-WAIT → LAST-ACK', 50],
      ['FIN-WAIT-1 → FIN-WAIT-2', 50], ['SYN-SENT → SYN-RECEIVED', 10],
    ];
    const scale = RUNS / 400;
    for (const [name, times] of least) {
      expect(count(name), name).toBeGreaterThanOrEqual(Math.floor(times * scale));
    }
    for (const [client, server] of FAMILIES_THAT_MEET) {
      const families = `${client} to ${server}`;
      expect(count(families), families).toBeGreaterThan(20 * scale);
    }
    expect(zeroWindows).toBeGreaterThan(50 * scale);
    expect(retransmitted).toBeGreaterThan(500 * scale);
  });
});

test('laws: whoever aborts and whenever, what was read is a prefix, and nothing is left to do', () => {
  const tally: Tally = new Map();
  let aborted = 0;
  const aborts = fc.oneof(fc.constant(undefined), fc.integer({ min: 0, max: 3000 }).map(ms));
  fc.assert(
    fc.property(worlds(aborts), (world) => {
      const outcome = run(world, tally);
      expectNothingToDo(outcome);
      // A RST that is lost leaves a peer that waits and has nothing to send, for ever.
      const isReliable = !hasFaults(world) && world.queue === undefined;
      if (isReliable) expect(connectionsLeft(outcome)).toEqual([]);
      aborted += Math.min(1, outcome.client.judge.resets + outcome.server.judge.resets);
    }),
    { numRuns: RUNS / 2, seed: 20240612 },
  );
  expect(aborted).toBeGreaterThan(RUNS / 10);
});

test('law: the same seed gives the same bytes at the same times', () => {
  let frames = 0;
  fc.assert(
    fc.property(worlds(fc.constant(undefined)), (world) => {
      const once = run(world, new Map());
      const again = run(world, new Map());
      expect([again.digest, again.frames]).toEqual([once.digest, once.frames]);
      frames += once.frames;
    }),
    { numRuns: RUNS / 8, seed: 20240613 },
  );
  expect(frames).toBeGreaterThan(RUNS);
});
