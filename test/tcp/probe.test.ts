/** Zero windows: probes, their schedule, and who gives up when. */
import { describe, expect } from 'vitest';
import { linux6, ms, seconds } from '../../src/stack/index.ts';
import { test } from '../help/family-test.ts';
import { INITIAL_NUMBERS } from '../help/notation.ts';
import { connected, errnoOf } from '../help/peer.ts';

describe.each(INITIAL_NUMBERS)('initial numbers %d', (initial) => {
  test('RFC 9293 §3.8.6.1, SHLD-29, SHLD-30: the first probe after RTO, then twice as long each', () => {
    const c = connected({ hostInitial: initial, peerInitial: initial, window: 10 });
    c.write(20);
    c.sends('P. 1:11(10) ack 1', 'data');
    c.peer('. 1:1(0) ack 11 win 0');
    for (const wait of [200, 400, 800, 1600, 3200, 6400]) {
      c.sendsAfter(ms(wait), '. 10:10(0) ack 1', 'zero-window-probe');
      c.peer('. 1:1(0) ack 11 win 0');
    }
    c.peer('. 1:1(0) ack 11 win 1000');
    c.sends('P. 11:21(10) ack 1', 'data');
  });
});

test('RFC 9293 §3.8.6.1: when the window has opened and closes again, probes begin anew', () => {
  const c = connected({ window: 10 });
  c.write(40);
  c.sends('P. 1:11(10) ack 1');
  c.peer('. 1:1(0) ack 11 win 0');
  c.sendsAfter(ms(200), '. 10:10(0) ack 1');
  c.sendsAfter(ms(400), '. 10:10(0) ack 1');
  c.peer('. 1:1(0) ack 11 win 10');
  c.sends('P. 11:21(10) ack 1');
  c.peer('. 1:1(0) ack 21 win 0');
  c.sendsAfter(ms(200), '. 20:20(0) ack 1');
});

test('SHLD-30: the interval between probes is at most RTO’s maximum', () => {
  const c = connected({ window: 0 });
  c.write(1);
  let wait = 200;
  for (let i = 0; i < 20; i++) {
    c.sendsAfter(ms(wait), '. 0:0(0) ack 1', 'zero-window-probe');
    c.peer('. 1:1(0) ack 1 win 0');
    wait = Math.min(2 * wait, 120_000);
  }
  c.is('ESTABLISHED'); // MUST-37: it lives as long as it answers
});

test('LINUX tcp_retries2: a peer that answers no probe is given up', () => {
  const { retries2 } = linux6.tcp.retransmission;
  const c = connected({ window: 0 });
  c.write(1);
  let wait = 200;
  for (let i = 0; i < retries2; i++) {
    c.sendsAfter(ms(wait), '. 0:0(0) ack 1', 'zero-window-probe');
    wait = Math.min(2 * wait, 120_000);
  }
  c.after(ms(wait));
  c.sendsNothing();
  c.is('CLOSED');
  expect(errnoOf(() => c.write(1))).toBe('ETIMEDOUT');
});

test('MUST-66: with a window of zero of our own, ACKs and RSTs are read', () => {
  const c = connected({ socket: { SO_RCVBUF: 1460 } });
  c.peer('. 1:1461(1460) ack 1');
  c.sends('. 1:1(0) ack 1461 win 0');
  c.write(5);
  c.sends('P. 1:6(5) ack 1461 win 0');
  c.peer('. 1461:1461(0) ack 6');
  c.sendsNothing(seconds(1));
  c.peer('. 1461:1462(1) ack 6'); // a probe with an octet
  c.sends('. 6:6(0) ack 1461 win 0', 'outside-window');
  c.peer('. 1460:1460(0) ack 6'); // a probe without
  c.sends('. 6:6(0) ack 1461 win 0', 'outside-window');
  c.peer('R 1461:1461(0)');
  c.is('CLOSED');
});

test('MUST-34, MUST-35: a peer that takes its window back is probed, and not given up', () => {
  const c = connected();
  c.write(100);
  c.sends('P. 1:101(100) ack 1');
  c.peer('. 1:1(0) ack 1 win 0');
  let wait = 200;
  for (let i = 0; i < 25; i++) {
    const { sent } = c.laboratory;
    c.after(ms(wait));
    expect(sent.length, `after ${wait} ms`).toBe(1);
    sent.length = 0;
    c.peer('. 1:1(0) ack 1 win 0');
    wait = Math.min(2 * wait, 120_000);
  }
  c.is('ESTABLISHED');
  c.peer('. 1:1(0) ack 1 win 1000');
  c.sendsAfter(ms(wait), 'P. 1:101(100) ack 1'); // no probe any more, but when the timer fires
});

test('RFC 9293 §3.8.6.2.1 (3): what only the window makes short goes at half of the largest', () => {
  const c = connected({ window: 1000 });
  c.write(3000);
  c.sends('. 1:501(500) ack 1'); // no segment is longer than half of the largest window
  c.sends('P. 501:1001(500) ack 1');
  c.peer('. 1:1(0) ack 1001 win 499');
  c.sendsNothing(ms(199));
  c.sendsAfter(ms(1), 'P. 1001:1500(499) ack 1', 'data'); // the override timeout
  c.peer('. 1:1(0) ack 1500 win 501');
  c.sends('. 1500:1501(1) ack 1'); // the rest of that packet
  c.sends('P. 1501:2001(500) ack 1');
});

test('RFC 9293 §3.8.6.1: a FIN waits for the window too', () => {
  const c = connected({ window: 10 });
  c.write(10);
  c.sends('P. 1:11(10) ack 1');
  c.shutdown();
  c.sendsNothing();
  c.peer('. 1:1(0) ack 11 win 0');
  c.sendsAfter(ms(200), '. 10:10(0) ack 1', 'zero-window-probe');
  c.peer('. 1:1(0) ack 11 win 1');
  c.sends('F. 11:11(0) ack 1');
});
