/**
 * When systems send again, as their sources and manuals have it: in seconds from the first, and what
 * small stacks do in their own way.
 */
import { describe, expect, test } from 'vitest';
import {
  freebsd,
  type HostProfile,
  linux26,
  linux4,
  lwip,
  ms,
  openbsd,
  rfc,
  seconds,
  smoltcp,
} from '../../src/stack/index.ts';
import { connected, connecting, type Conversation, FULL, listening, PLAIN } from '../help/peer.ts';

const family = 'ipv4';

interface Schedule {
  readonly profile: HostProfile;
  readonly source: string;
  /** When SYNs go, and when `connect` fails. */
  readonly syns: readonly number[];
  readonly failsAt: number;
  /** When SYN-ACKs go. */
  readonly synAcks: readonly number[];
}

// prettier-ignore
const SCHEDULES: readonly Schedule[] = [
  {
    profile: linux4, source: 'tcp(7): tcp_syn_retries 6, "about 127 seconds"; tcp_synack_retries 5',
    syns: [0, 1, 3, 7, 15, 31, 63], failsAt: 127, synAcks: [0, 1, 3, 7, 15, 31],
  },
  {
    profile: linux26, source: 'tcp(7) before 3.7: tcp_syn_retries 5, "approximately 180 seconds"',
    syns: [0, 3, 9, 21, 45, 93], failsAt: 189, synAcks: [0, 3, 9, 21, 45, 93],
  },
  {
    profile: freebsd, source: 'tcp(4): keepinit 75 s, rexmit_slop 200 ms on top of each back-off',
    syns: [0, 1, 3.2, 7.4, 15.6, 31.8, 64], failsAt: 75, synAcks: [0, 1, 3.2, 7.4],
  },
  {
    profile: openbsd, source: 'TCPTV_KEEP_INIT; SYN_CACHE_TIMER_ARM() from 1.5 s on',
    syns: [0, 3, 9, 21, 45], failsAt: 75, synAcks: [0, 1.5, 4.5, 10.5, 22.5, 46.5],
  },
  {
    profile: lwip, source: 'TCP_SYNMAXRTX, LWIP_TCP_RTO_TIME; no back-off before the answer',
    syns: [0, 3, 6, 9, 12, 15, 18], failsAt: 21, synAcks: [0, 3, 9],
  },
];

/** The seconds at which the host has sent something. */
function secondsOf(c: Conversation): number[] {
  return c.laboratory.sent.splice(0).map(({ at }) => Math.round(at / ms(1)) / 1000);
}

/** Wheels and ticks may make it a little later. */
function expectTimes(actual: readonly number[], expected: readonly number[]): void {
  expect(actual.length, actual.join(' ')).toBe(expected.length);
  for (const [i, at] of expected.entries()) {
    expect(actual[i], actual.join(' ')).toBeGreaterThanOrEqual(at);
    expect(actual[i], actual.join(' ')).toBeLessThanOrEqual(at * 1.1 + 0.02);
  }
}

describe.each(SCHEDULES)('$profile.name: $source', ({ profile, syns, failsAt, synAcks }) => {
  test('SYNs', () => {
    const c = connecting({ profile, family });
    c.after(seconds(failsAt) - ms(1));
    c.is('SYN-SENT');
    expectTimes(secondsOf(c), syns);
    c.after(seconds(failsAt / 10));
    c.is('CLOSED');
    c.sendsNothing(seconds(1000));
  });

  test('SYN-ACKs', () => {
    const c = listening({ profile, family });
    c.peer(`S 0:0(0) win 1000 ${PLAIN}`);
    c.after(seconds(1000));
    expectTimes(secondsOf(c), synAcks);
  });
});

test('RFC 9293 §3.8.3, SHLD-11: the plain standard gives nobody up before 100 s', () => {
  const c = connected({ profile: rfc, family });
  c.write(1);
  c.after(seconds(182));
  expectTimes(secondsOf(c), [0, 1, 3, 7, 15, 31, 63, 123]);
  c.is('ESTABLISHED');
  c.after(seconds(1));
  c.is('CLOSED');
});

describe('lwIP', () => {
  test('its RTO falls with each round trip to three ticks of half a second, and no further', () => {
    const waits = [0, 1, 2, 3, 4].map((measured) => {
      const c = connected({ profile: lwip, family });
      for (let i = 1; i <= measured; i++) {
        c.write(1);
        c.sends(`P. ${i}:${i + 1}(1)`);
        c.peer(`. 1:1(0) ack ${i + 1}`);
      }
      c.write(1);
      const next = measured + 1;
      c.sends(`P. ${next}:${next + 1}(1)`);
      const sentAt = c.now;
      while (c.laboratory.sent.length === 0) c.after(ms(100));
      return (c.laboratory.sent.splice(0)[0]!.at - sentAt) / seconds(1);
    });
    expect(waits).toEqual([2.5, 2, 1.5, 1.5, 1.5]); // the SYN-ACK was measured, too
  });

  test('an acknowledgment waits for the next quarter of a second', () => {
    const c = connected({ profile: lwip, family });
    c.after(ms(240));
    c.peer('P. 1:2(1) ack 1');
    c.sendsAfter(ms(10), '. 1:1(0) ack 2', 'delayed-ack');
  });

  test('it neither announces nor sends more than TCP_MSS, and has two segments to send', () => {
    const c = connected({ profile: lwip, family });
    expect(c.write(5000)).toBe(1072);
    c.sends('. 1:537(536)');
    c.sends('P. 537:1073(536)');
  });
});

describe('smoltcp', () => {
  test('whatever the peer has room for goes at once', () => {
    const c = connected({ profile: smoltcp, family, syn: FULL, window: 40_000 });
    c.write(60_000);
    expect(c.laboratory.sent.splice(0).length).toBe(Math.ceil(60_000 / 1460));
  });

  test('it tells what it has by SACK', () => {
    const c = connected({ profile: smoltcp, family, syn: FULL });
    c.peer('. 1461:2921(1460) ack 1');
    c.sends('. 1:1(0) ack 1 <nop,nop,sack 1461:2921>');
  });

  test('and does not read what the peer tells: the third duplicate is what counts', () => {
    const c = connected({ profile: smoltcp, family, syn: FULL, window: 400 });
    c.write(1460 * 4);
    c.laboratory.after(0);
    expect(c.laboratory.sent.splice(0).length).toBe(4);
    c.peer('. 1:1(0) ack 1 <nop,nop,sack 1461:5841>');
    c.peer('. 1:1(0) ack 1 <nop,nop,sack 1461:5841>');
    c.sendsNothing();
    c.peer('. 1:1(0) ack 1 <nop,nop,sack 1461:5841>');
    c.sends('. 1:1461(1460)');
    c.sendsNothing();
  });
});
