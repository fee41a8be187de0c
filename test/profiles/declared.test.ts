/**
 * What a profile declares is what its host does on the wire, whichever system it is: when a SYN and
 * a SYN-ACK go again and how often, how long an acknowledgment waits and a segment that is lost, how
 * often that goes again, and how long TIME-WAIT lasts.
 */
import { describe, expect, test } from 'vitest';
import {
  type Duration,
  type HostProfile,
  type Instant,
  ms,
  PROFILES,
  seconds,
} from '../../src/stack/index.ts';
import { connected, connecting, type Conversation, listening, PLAIN } from '../help/peer.ts';

/** So many are looked at, where there is no end of them. */
const MOST = 12;

/** How far a timer may be from what was asked for: it ends with a tick, or a bucket of the wheel. */
function tolerance({ timers }: HostProfile, wait: Duration): Duration {
  return timers.tick + (timers.wheel ? wait / 8 : 0);
}

/** When the host sends segments again, until it gives up, for a day at most. */
function retransmissions(c: Conversation, from: Instant): Duration[] {
  const { laboratory } = c;
  for (let hour = 0; hour < 24 && laboratory.sent.length < MOST; hour++) {
    c.after(seconds(3600));
  }
  const times = laboratory.sent.splice(0).map(({ at }) => at);
  return times.map((at, i) => at - (times[i - 1] ?? from));
}

/** Intervals that double from `first` on, but for the first `linear` of them; and their slop. */
function doubling(
  { maximumRto, slop }: HostProfile['tcp']['retransmission'],
  first: Duration,
  count: number,
  linear = 0,
): Duration[] {
  return Array.from({ length: Math.min(count, MOST) }, (_, i) =>
    i <= linear ? first : Math.min(first * 2 ** (i - linear) + slop, maximumRto),
  );
}

function expectWaits(profile: HostProfile, actual: Duration[], expected: Duration[]): void {
  const shown = actual.slice(0, MOST).map((wait) => `${wait / 1e9} s`);
  expect(shown.length, shown.join(', ')).toBe(expected.length);
  for (const [i, wait] of expected.entries()) {
    const off = Math.abs(actual[i]! - wait);
    expect(off, `${shown.join(', ')}: ${i}`).toBeLessThanOrEqual(tolerance(profile, wait));
  }
}

describe.each([...PROFILES.values()])('$name', (profile) => {
  const { tcp } = profile;
  const { retransmission, delayedAck } = tcp;
  const { initialRto, synAckRto, slop } = retransmission;
  const family = 'ipv4';

  test('its SYN goes again as often and as late as it says', () => {
    const c = connecting({ profile, family });
    expect(c.laboratory.takeFrame()).toBeDefined(); // some offer ECN, too
    const { synRetries, synLinearTimeouts, synBacksOff, synPatience } = retransmission;
    const linear = synBacksOff ? synLinearTimeouts : Number.POSITIVE_INFINITY;
    const count = synRetries + (synBacksOff ? synLinearTimeouts : 0);
    const waits = doubling(retransmission, initialRto, count, linear);
    let since = 0;
    const within = waits.filter((wait) => (since += wait) < synPatience);
    expectWaits(profile, retransmissions(c, 0), within);
  });

  test('its SYN-ACK, too', () => {
    const c = listening({ profile, family });
    c.peer(`S 0:0(0) win 1000 ${PLAIN}`);
    c.sends('S. 0:0(0) ack 1');
    const waits = doubling(retransmission, synAckRto, retransmission.synAckRetries);
    expectWaits(profile, retransmissions(c, 0), waits);
  });

  test('its acknowledgments wait as long as it says', () => {
    const c = connected({ profile, family });
    const { sent } = c.laboratory;
    const waits: Duration[] = [];
    for (let i = 1; i <= 30; i++) {
      const cameAt = c.now;
      c.peer(`. ${i}:${i + 1}(1) ack 1`);
      while (sent.length === 0) c.after(ms(1));
      for (const { at, cause } of sent.splice(0)) {
        if (cause.name !== 'quick-ack') waits.push(at - cameAt);
      }
    }
    const slack = Math.max(delayedAck.tick, tolerance(profile, delayedAck.maximum));
    expect(waits.length).toBeGreaterThanOrEqual(30 - delayedAck.quickAcks);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(delayedAck.minimum - slack);
    expect(Math.max(...waits)).toBeLessThanOrEqual(delayedAck.maximum + slack);
  });

  test('what is lost goes again as often as it says, never sooner than its least RTO', () => {
    const c = connected({ profile, family });
    c.write(1);
    c.sends('P. 1:2(1)');
    const waits = retransmissions(c, c.now);
    const { minimumRto, retries2, retriesAreTime } = retransmission;
    expect(waits[0]).toBeGreaterThanOrEqual(minimumRto - tolerance(profile, minimumRto));
    const doubled = doubling(retransmission, waits[0]! - slop, waits.length);
    for (const [i, wait] of doubled.entries()) {
      if (i === 0) continue;
      expect(Math.abs(waits[i]! - wait), `${i}`).toBeLessThanOrEqual(
        2 ** (i + 1) * tolerance(profile, waits[0]!),
      );
    }
    if (!retriesAreTime) expect(Math.min(waits.length, MOST)).toBe(Math.min(retries2, MOST));
  });

  test('TIME-WAIT lasts as long as it says', () => {
    const c = connected({ profile, family });
    c.socket?.shutdown('write', c.now);
    c.sends('F. 1:1(0) ack 1');
    c.peer('F. 1:1(0) ack 2');
    c.sends('. 2:2(0) ack 2');
    c.is('TIME-WAIT');
    const slack = tolerance(profile, tcp.timeWait);
    c.after(tcp.timeWait - slack - 1);
    c.is('TIME-WAIT');
    c.after(2 * slack + 1);
    c.is('CLOSED');
  });
});
