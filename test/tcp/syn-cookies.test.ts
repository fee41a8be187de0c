/** SYN cookies (RFC 4987 §3.6): what they carry, what they refuse, and what a flood costs. */
import * as fc from 'fast-check';
import { describe, expect } from 'vitest';
import { type FourTuple, ms, seconds } from '../../src/stack/index.ts';
import {
  carriedOptions,
  cookieMinute,
  cookieTimestamp,
  mssOfCookie,
  synCookie,
  type SynCookieKeys,
} from '../../src/stack/tcp/listen/syn-cookies.ts';
import { ABSENT, isIpv6, type Seq, seqDiff, toSeq } from '../../src/wire/index.ts';
import { test } from '../help/family-test.ts';
import { type Conversation, listening, PLAIN } from '../help/peer.ts';

const KEYS: SynCookieKeys = [new Uint8Array(16).fill(1), new Uint8Array(16).fill(2)];
const u32s = fc.nat({ max: 2 ** 32 - 1 });
const ports = fc.nat({ max: 65535 });
const ipv6s = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });
const tuples: fc.Arbitrary<FourTuple> = fc.oneof(
  fc.record({
    localAddress: u32s,
    localPort: ports,
    remoteAddress: u32s,
    remotePort: ports,
  }),
  fc.record({
    localAddress: ipv6s,
    localPort: ports,
    remoteAddress: ipv6s,
    remotePort: ports,
  }),
);
const numbers: fc.Arbitrary<Seq> = u32s.map(toSeq);
const minutes = fc.nat({ max: 100_000 });
const lengths = fc.nat({ max: 65535 });

describe('laws of the cookie', () => {
  test.once(
    'it tells the largest MSS of the table that is not above the peer’s, for two minutes',
    () => {
      fc.assert(
        fc.property(
          tuples,
          numbers,
          minutes,
          lengths,
          fc.nat({ max: 1 }),
          (c, iss, at, mss, age) => {
            const told = mssOfCookie(KEYS, c, iss, at + age, synCookie(KEYS, c, iss, at, mss));
            const table = isIpv6(c.remoteAddress)
              ? [8940, 1440, 1420, 1220]
              : [1460, 1440, 1300, 536];
            expect(told).toBe(table.find((value) => value <= mss) ?? table.at(-1));
          },
        ),
      );
    },
  );

  test.once('one that is older is refused', () => {
    fc.assert(
      fc.property(
        tuples,
        numbers,
        minutes,
        lengths,
        fc.integer({ min: 2, max: 255 }),
        (c, iss, at, mss, age) => {
          const cookie = synCookie(KEYS, c, iss, at, mss);
          expect(mssOfCookie(KEYS, c, iss, at + age, cookie)).toBeUndefined();
        },
      ),
    );
  });

  test.once('one of another connection, or of another SYN, is refused', () => {
    fc.assert(
      fc.property(tuples, tuples, numbers, numbers, minutes, (c, other, iss, otherIss, at) => {
        const cookie = synCookie(KEYS, c, iss, at, 1460);
        const isSame = fc.stringify(c) === fc.stringify(other);
        fc.pre(!isSame && Math.abs(seqDiff(iss, otherIss)) > 3);
        expect(mssOfCookie(KEYS, other, iss, at, cookie)).toBeUndefined();
        expect(mssOfCookie(KEYS, c, otherIss, at, cookie)).toBeUndefined();
      }),
    );
  });

  test.once(
    'the timestamp carries window scale, SACK and ECN, and is not ahead of the clock',
    () => {
      const options = fc.record({
        windowScale: fc.oneof(fc.constant(ABSENT), fc.nat({ max: 14 })),
        sack: fc.boolean(),
        ecn: fc.boolean(),
      });
      fc.assert(
        fc.property(options, fc.nat({ max: 2 ** 33 }), (carried, clock) => {
          const timestamp = cookieTimestamp(ms(clock), carried);
          expect(carriedOptions(timestamp)).toEqual(carried);
          const behind = (clock - timestamp) >>> 0;
          expect(behind).toBeLessThan(64);
        }),
      );
    },
  );

  test.once('the counter stands for a minute', () => {
    expect([0, 59, 60, 119, 120].map((at) => cookieMinute(seconds(at)))).toEqual([0, 0, 1, 1, 2]);
  });
});

/** A SYN of another peer each time. */
function flood(c: Conversation, count: number): void {
  const syn = c.frame(`S 0:0(0) win 1000 ${PLAIN}`);
  for (let i = 0; i < count; i++) {
    const tcp = { ...syn.tcp!, sourcePort: 1024 + i };
    c.laboratory.receive({ ...syn, tcp });
  }
  c.after(ms(0));
}

/** The number of the SYN-ACK that was sent last. */
function numberOfSynAck(c: Conversation): number {
  const tcp = c.laboratory.sent.at(-1)?.frame.tcp;
  if (tcp === undefined) throw new Error('no SYN-ACK was sent');
  return seqDiff(tcp.seq, toSeq(0)) >>> 0;
}

describe('a flood', () => {
  test('RFC 4987 §3.6: 3,000 SYNs make no more control blocks than the backlog is', () => {
    const c = listening({ backlog: 16 });
    flood(c, 3000);
    const { tcp, counters } = c.host;
    expect(c.laboratory.sent.splice(0).length).toBe(3000);
    expect(tcp.connectionCount).toBe(17); // one more, as may wait for accept
    expect(counters.TcpExtSyncookiesSent).toBe(3000 - 17);
    expect(counters.TcpExtTCPReqQFullDoCookies).toBe(3000 - 17);
  });

  test('RFC 4987 §3.6: who is no flood still opens a connection, and nothing gives way', () => {
    const c = listening({ backlog: 1 });
    flood(c, 2);
    c.laboratory.sent.length = 0;
    c.peer(`S 0:0(0) win 1000 ${PLAIN}`);
    c.after(ms(0));
    c.countFrom(numberOfSynAck(c));
    c.sends('S. 0:0(0) ack 1 <mss 1460>', 'syn-cookie');
    c.is('CLOSED');
    c.peer('. 1:1(0) ack 1');
    c.traced('syn-cookie-returned');
    c.is('ESTABLISHED');
    c.accept();
    expect(c.host.tcp.connectionCount).toBe(3);
    expect(c.host.counters.TcpPassiveOpens).toBe(1);
  });

  test('LINUX: no cookie goes out, and none is taken, when too many wait to be accepted', () => {
    const c = listening({ backlog: 0 });
    flood(c, 3);
    const answers = c.laboratory.sent.splice(0);
    for (const { frame } of answers.slice(1)) {
      const { seq, destinationPort } = frame.tcp!;
      const ack = c.frame('. 1:1(0) ack 1');
      c.laboratory.receive({
        ...ack,
        tcp: { ...ack.tcp!, sourcePort: destinationPort, ack: toSeq(seqDiff(seq, toSeq(0)) + 1) },
      });
    }
    c.sendsNothing();
    const { counters, tcp } = c.host;
    expect(counters.TcpExtSyncookiesRecv).toBe(2);
    expect(counters.TcpExtListenOverflows).toBe(1);
    expect(tcp.connectionCount).toBe(2); // one opens, one waits
    c.peer(`S 0:0(0) win 1000 ${PLAIN}`);
    c.traced('backlog-full');
    c.sendsNothing();
  });
});

test('LINUX: an ACK is no cookie for a listener that has sent none of late', () => {
  const c = listening();
  c.peer('. 1:1(0) ack 1');
  c.sends('R 1:1(0)', 'ack-in-listen');
  expect(c.host.counters.TcpExtSyncookiesFailed).toBe(0);
});
