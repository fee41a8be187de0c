/** Receive buffers of the BSDs grow with what comes in a round trip, within their bounds. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { freebsd, type HostProfile, macos, ms, openbsd } from '../../src/stack/index.ts';
import { type Conversation, listening } from '../help/peer.ts';

const SEGMENT = 1460;
const ROUND_TRIP = ms(100);

/** A connection whose host knows that a round trip takes 100 ms. */
function farAway(profile: HostProfile, socket = {}): Conversation {
  const c = listening({ profile, family: 'ipv4', socket });
  c.peer('S 0:0(0) win 65535 <mss 1460,nop,wscale 7>');
  c.sends('S. 0:0(0) ack 1');
  c.after(ROUND_TRIP);
  c.peer('. 1:1(0) ack 1');
  c.accept();
  return c;
}

/** For each round trip the windows at its end, when so many segments come in it and are read. */
function windows(c: Conversation, rounds: readonly number[]): number[] {
  let next = 1;
  return rounds.map((segments) => {
    for (let i = 0; i < segments; i++) {
      c.peer(`. ${next}:${next + SEGMENT}(${SEGMENT}) ack 1`);
      next += SEGMENT;
      c.socket?.recv(SEGMENT, c.now);
      c.after(Math.floor(ROUND_TRIP / segments));
    }
    c.after(ms(10));
    const last = c.laboratory.sent.splice(0).at(-1)?.frame.tcp?.window ?? 0;
    return last * 64;
  });
}

// prettier-ignore
describe.each([
  { profile: freebsd, rounds: [40, 60, 90], expected: [98_304, 147_456, 221_184] },
  { profile: macos, rounds: [60, 80, 120], expected: [131_712, 175_200, 233_600] },
  { profile: openbsd, rounds: [11, 23, 34, 45], expected: [16_384, 32_768, 49_152, 65_536] },
])('$profile.name', ({ profile, rounds, expected }) => {
  test('the window follows a sender that uses it', () => {
    const seen = windows(farAway(profile), rounds);
    for (const [i, window] of expected.entries()) {
      expect(Math.abs(seen[i]! - window), seen.join(" ")).toBeLessThan(3 * SEGMENT);
    }
  });

  test('not where the program chose the buffer', () => {
    const c = farAway(profile, { SO_RCVBUF: 30_000 });
    windows(c, [20, 20, 20]);
    expect(c.tcb?.rcv.memory).toBe(30_000);
  });

  test('law: it neither shrinks nor grows beyond kern.ipc.maxsockbuf', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 6 }), (all) => {
        const c = farAway(profile);
        windows(c, all);
        const memory = c.tcb?.rcv.memory ?? 0;
        expect(memory).toBeGreaterThanOrEqual(profile.tcp.receiveBuffer.default);
        expect(memory).toBeLessThanOrEqual(profile.tcp.receiveBuffer.maximum);
      }),
      { numRuns: 6, seed: 20250208 },
    );
  });
});
