/** Retransmission: the timeout as RFC 6298 computes it, back-off, recovery, and giving up. */
import { describe, expect } from 'vitest';
import { type Duration, linux6, ms, seconds, windows7 } from '../../src/stack/index.ts';
import { RoundTripTime } from '../../src/stack/tcp/rtt.ts';
import { test } from '../help/family-test.ts';
import { toSeq } from '../../src/wire/index.ts';
import { INITIAL_NUMBERS } from '../help/notation.ts';
import { connected, connectedActively, errnoOf } from '../help/peer.ts';

/** SND.UNA and SND.NXT where no round trip ends. */
const START = toSeq(0);

describe('RFC 6298 §2: SRTT, RTTVAR and RTO', () => {
  const strict = {
    ...linux6.tcp.retransmission,
    deviation: 'smoothed' as const,
    initialRto: seconds(1),
    minimumRto: 0,
    minimumVariance: 0,
  };

  /** As §2 says it, in rational numbers rounded down at each step. */
  function expected(samples: readonly Duration[]): [number, number] {
    let [srtt = 0, ...rest] = samples;
    let rttvar = Math.floor(srtt / 2);
    for (const r of rest) {
      rttvar = Math.floor(0.75 * rttvar + 0.25 * Math.abs(srtt - r));
      srtt = Math.floor(0.875 * srtt + 0.125 * r);
    }
    return [srtt, rttvar];
  }

  // prettier-ignore
  test.each([
    { samples: [0] }, { samples: [ms(100)] }, { samples: [ms(100), ms(100)] }, { samples: [ms(100), ms(200)] },
    { samples: [ms(200), ms(100)] }, { samples: [1] }, { samples: [seconds(60)] },
    { samples: [ms(1), ms(1000), ms(1)] }, { samples: [ms(3), ms(5), ms(7), ms(11), ms(13)] },
  ])('of $samples', ({ samples }) => {
    const rtt = new RoundTripTime(strict, 0);
    expect(rtt.rto).toBe(seconds(1)); // (2.1)
    for (const sample of samples) rtt.measured(sample, START, START);
    const [srtt, rttvar] = expected(samples);
    expect([rtt.srtt, rtt.rttvar]).toEqual([srtt, rttvar]); // (2.2), (2.3)
    expect(rtt.rto).toBe(Math.min(srtt + 4 * rttvar, seconds(120)));
  });

  // prettier-ignore
  test.each([
    { name: 'LINUX §6.1, a LAN', profile: linux6, sample: ms(0.2), rto: ms(200.4 - 0.2) },
    { name: '50 ms: the variance is below 200 ms', profile: linux6, sample: ms(50), rto: ms(250) },
    { name: '100 ms: just as large', profile: linux6, sample: ms(100), rto: ms(300) },
    { name: '200 ms', profile: linux6, sample: ms(200), rto: ms(600) },
    { name: 'the maximum (2.5)', profile: linux6, sample: seconds(50), rto: seconds(120) },
    { name: 'Windows, a LAN: the minimum (2.4)', profile: windows7, sample: ms(1), rto: ms(300) },
    { name: 'Windows, 200 ms', profile: windows7, sample: ms(200), rto: ms(600) },
  ])('$name', ({ profile, sample, rto }) => {
    const rtt = new RoundTripTime(profile.tcp.retransmission, 0);
    rtt.measured(sample, START, START);
    expect(rtt.rto).toBe(rto);
  });

  test('(5.5): the back-off doubles up to the maximum and ends with a measurement', () => {
    const rtt = new RoundTripTime(linux6.tcp.retransmission, 0);
    rtt.measured(ms(100), START, START);
    const seen = [rtt.rto];
    for (let i = 0; i < 12; i++) {
      rtt.backOff();
      seen.push(rtt.rto);
    }
    const doubled = seen.map((_, i) => Math.min(ms(300) * 2 ** i, seconds(120)));
    expect(seen).toEqual(doubled);
    rtt.measured(ms(100), START, START);
    expect(rtt.rto).toBeLessThanOrEqual(ms(300));
  });

  test('where timers count ticks whole ones are doubled, as a capture of Linux 6.18 shows', () => {
    const rtt = new RoundTripTime(linux6.tcp.retransmission, ms(4));
    rtt.measured(ms(100.15), START, START);
    expect(rtt.rto).toBe(ms(304));
    rtt.backOff();
    expect(rtt.rto).toBe(ms(608));
  });
});

describe.each([...INITIAL_NUMBERS, 2 ** 32 - 1500])('initial numbers %d', (initial) => {
  const numbers = { hostInitial: initial, peerInitial: initial };

  test('RFC 6298 (5.1)–(5.6): the oldest segment again after RTO, then twice as late each time', () => {
    const c = connected(numbers);
    c.write(2000);
    c.sends('. 1:1461(1460)');
    c.sends('P. 1461:2001(540)');
    c.sendsAfter(ms(200), '. 1:1461(1460) id 1002', 'rto');
    c.sendsAfter(ms(400), '. 1:1461(1460)', 'rto');
    c.sendsAfter(ms(800), '. 1:1461(1460)', 'rto');
    c.peer('. 1:1(0) ack 1461');
    c.sends('P. 1461:2001(540)', 'retransmit-after-timeout');
    c.peer('. 1:1(0) ack 2001');
    c.sendsNothing(seconds(200));
  });

  test('RFC 6298 (5.2), (5.3): an ACK of new data restarts the timer, the last one stops it', () => {
    const c = connected(numbers);
    c.write(2920);
    c.sends('. 1:1461(1460)');
    c.sends('P. 1461:2921(1460)');
    c.after(ms(150));
    c.peer('. 1:1(0) ack 1461'); // measured 0 and 150 ms: SRTT is 18.75 ms
    c.sendsAfter(ms(218.75), 'P. 1461:2921(1460)', 'rto');
    c.peer('. 1:1(0) ack 2921');
    c.sendsNothing(seconds(200));
  });

  test('an ACK of nothing new does not restart the timer', () => {
    const c = connected(numbers);
    c.write(10);
    c.sends('P. 1:11(10)');
    c.after(ms(150));
    c.peer('. 1:1(0) ack 1 win 5000');
    c.sendsAfter(ms(50), 'P. 1:11(10)', 'rto');
  });

  test('RFC 6298 (5.4): after a timeout all that was in flight follows, two for each ACK', () => {
    const c = connected({ ...numbers, syn: '<mss 100>', window: 1000 });
    c.write(1000);
    for (let at = 1; at < 1001; at += 100) {
      c.sends(`${at === 501 || at === 901 ? 'P' : ''}. ${at}:${at + 100}(100)`);
    }
    c.sendsAfter(ms(200), '. 1:101(100)', 'rto');
    c.peer('. 1:1(0) ack 101'); // there is no new data by which F-RTO could ask
    c.sends('. 101:201(100)', 'retransmit-after-timeout');
    c.sends('. 201:301(100)', 'retransmit-after-timeout');
    c.sendsNothing();
    c.peer('. 1:1(0) ack 201');
    c.sends('. 301:401(100)', 'retransmit-after-timeout');
    c.sends('. 401:501(100)', 'retransmit-after-timeout');
    c.peer('. 1:1(0) ack 1001'); // the rest had arrived
    c.sendsNothing();
  });

  test('RFC 5682 §2.1: after a timeout new data asks whether anything was lost', () => {
    const c = connected({ ...numbers, syn: '<mss 100>', window: 1000 });
    c.write(2000);
    for (let at = 1; at < 1001; at += 100) {
      c.sends(`${at === 501 ? 'P' : ''}. ${at}:${at + 100}(100)`);
    }
    c.sendsAfter(ms(200), '. 1:101(100)', 'rto');
    c.peer('. 1:1(0) ack 101');
    c.sends('. 1001:1101(100)', 'data');
    c.peer('. 1:1(0) ack 101'); // a duplicate: the rest is lost
    c.sends('. 101:201(100)', 'retransmit-after-timeout');
    c.sends('. 201:301(100)', 'retransmit-after-timeout');
  });

  test('RFC 9293 §3.8.1: what is sent again is sent in segments of the present size', () => {
    const c = connected({ ...numbers, socket: { TCP_NODELAY: 1 } });
    for (let i = 0; i < 5; i++) c.write(100);
    for (let at = 1; at < 501; at += 100) c.sends(`P. ${at}:${at + 100}(100)`);
    c.sendsAfter(ms(200), 'P. 1:501(500)', 'rto');
    c.peer('. 1:1(0) ack 501');
    c.sendsNothing(seconds(100));
  });

  test('RFC 6298 §5: a FIN is sent again with the data before it', () => {
    const c = connected(numbers);
    c.write(10);
    c.sends('P. 1:11(10)');
    c.shutdown();
    c.sends('F. 11:11(0)');
    c.sendsAfter(ms(200), 'FP. 1:11(10)', 'rto');
    c.peer('. 1:1(0) ack 12');
    c.is('FIN-WAIT-2');
    c.sendsNothing(seconds(100));
  });
});

test('RFC 6298 §3, Karn (MUST-18): an ACK of what was sent twice is not measured', () => {
  const c = connected();
  c.write(10);
  c.sends('P. 1:11(10)');
  const before = c.tcb?.rtt.srtt;
  c.sendsAfter(ms(200), 'P. 1:11(10)');
  c.after(ms(50));
  c.peer('. 1:1(0) ack 11');
  expect(c.tcb?.rtt.srtt).toBe(before);
  c.write(10);
  c.sends('P. 11:21(10)');
  c.after(ms(80));
  c.peer('. 1:1(0) ack 21');
  expect(c.tcb?.rtt.srtt).toBe(ms(80) / 8);
});

test('RFC 6298 §3: one segment is timed at a time, the first in flight', () => {
  const c = connectedActively();
  c.write(10);
  c.sends('P. 1:11(10)');
  c.after(ms(40));
  c.write(1460);
  c.sends('P. 11:1471(1460)');
  c.after(ms(40));
  c.peer('. 1:1(0) ack 1471');
  expect(c.tcb?.rtt.srtt).toBe(ms(80) / 8); // the handshake took no time
});

test('RFC 9293 §3.8.3, MUST-20: R2 is 924.6 s, and then the connection is closed without a word', () => {
  const c = connected();
  c.write(10);
  c.sends('P. 1:11(10)');
  const begun = c.now;
  let wait = 200;
  for (let i = 0; i < 15; i++) {
    c.sendsAfter(ms(wait), 'P. 1:11(10)', 'rto');
    wait = Math.min(2 * wait, 120_000);
  }
  c.sendsNothing(ms(wait) - 1);
  c.is('ESTABLISHED');
  c.sendsNothing(1);
  c.is('CLOSED');
  c.traced('given-up');
  expect(c.now - begun).toBe(ms(924_600));
  expect(errnoOf(() => c.write(1))).toBe('ETIMEDOUT');
});

test('RFC 9293 §3.8.3: progress begins the count anew', () => {
  const c = connected({ syn: '<mss 100>' });
  c.write(200);
  c.sends('. 1:101(100)');
  c.sends('P. 101:201(100)');
  c.after(seconds(900));
  c.laboratory.sent.length = 0;
  c.peer('. 1:1(0) ack 101');
  c.sends('P. 101:201(100)');
  c.after(seconds(900));
  c.laboratory.sent.length = 0;
  c.is('ESTABLISHED');
});

test('LINUX §6.2: with ticks of 4 ms timers fire when their bucket does', () => {
  const profile = { ...linux6, timers: { tick: ms(4), wheel: true } };
  const c = connected({ profile });
  c.write(10);
  c.sends('P. 1:11(10)');
  c.sendsAfter(ms(204), 'P. 1:11(10)', 'rto');
  c.sendsAfter(ms(404), 'P. 1:11(10)', 'rto'); // 604 at least, in steps of 32: 608
});

test('a window that closes while data is in flight: what it held is sent when it opens', () => {
  const c = connected({ window: 3000 });
  c.write(5000);
  c.sends('. 1:1461(1460)');
  c.sends('P. 1461:2921(1460)');
  c.peer('. 1:1(0) ack 2921 win 0');
  c.sendsAfter(ms(200), '. 2920:2920(0)', 'zero-window-probe');
  c.peer('. 1:1(0) ack 2921 win 3000');
  c.sends('. 2921:4381(1460)', 'data');
  c.sends('P. 4381:5001(620)');
});
