/** Data out and in: segments, PSH, Nagle's algorithm. */
import { describe, expect } from 'vitest';
import { ms, seconds } from '../../src/stack/index.ts';
import { test } from '../help/family-test.ts';
import { INITIAL_NUMBERS } from '../help/notation.ts';
import { connected, connectedActively, errnoOf, FULL } from '../help/peer.ts';

describe.each([...INITIAL_NUMBERS, 2 ** 32 - 3000, 2 ** 31 - 3000])(
  'initial numbers %d',
  (initial) => {
    const numbers = { hostInitial: initial, peerInitial: initial };

    test('RFC 9293 §3.7: what is written leaves in segments of the MSS, the last with PSH (MUST-61)', () => {
      const c = connected(numbers);
      expect(c.write(5000)).toBe(5000);
      c.sends('. 1:1461(1460) ack 1', 'data');
      c.sends('. 1461:2921(1460)');
      c.sends('. 2921:4381(1460)');
      c.sends('P. 4381:5001(620)');
      c.sendsNothing();
      c.peer('. 1:1(0) ack 5001');
      c.sendsNothing(seconds(10));
    });

    test('RFC 9293 §3.10.7.4 seventh: data is read in order, whatever the segments', () => {
      const c = connected(numbers);
      c.peer('. 1:1001(1000) ack 1');
      c.sends('. 1:1(0) ack 1001');
      c.peer('. 501:1501(1000) ack 1'); // overlaps on the left
      c.sends('. 1:1(0) ack 1501');
      c.peer('P. 1501:4501(3000) ack 1');
      c.sends('. 1:1(0) ack 4501');
      expect(c.read(700)).toBe(700);
      expect(c.read()).toBe(3800);
      expect(c.read()).toBe(-1);
    });

    test('both directions at once: each segment acknowledges', () => {
      const c = connected(numbers);
      c.write(10);
      c.sends('P. 1:11(10) ack 1');
      c.peer('P. 1:6(5) ack 11');
      c.write(20); // the program answers before any ACK is due
      c.sends('. 11:11(0) ack 6', 'quick-ack');
      c.sends('P. 11:31(20) ack 6');
      c.peer('P. 6:11(5) ack 31');
      expect(c.read()).toBe(10);
      c.sendsAfter(ms(40), '. 31:31(0) ack 11', 'delayed-ack'); // a conversation by now
    });

    test('RFC 9293 §3.8.6: no more than the window, and the rest as it opens', () => {
      const c = connected({ ...numbers, window: 4000 });
      c.write(6000);
      c.sends('. 1:1461(1460)');
      c.sends('P. 1461:2921(1460)');
      c.sendsNothing(); // 1080 are left: less than a segment, less than half the window
      c.peer('. 1:1(0) ack 1461');
      c.sends('. 2921:4381(1460)');
      c.sendsNothing();
      c.peer('. 1:1(0) ack 4381 win 1000');
      c.sendsNothing(ms(199));
      c.sendsAfter(ms(1), 'P. 4381:5381(1000)', 'data');
      c.peer('. 1:1(0) ack 5381 win 4000');
      c.sends('P. 5381:5841(460)'); // what is left of that packet
      c.peer('. 1:1(0) ack 5841');
      c.sends('P. 5841:6001(160)');
    });
  },
);

describe('RFC 9293 §3.7.4, Nagle with Minshall’s change', () => {
  test('a short segment waits for an earlier short one', () => {
    const c = connected();
    c.write(10);
    c.sends('P. 1:11(10)');
    c.write(10);
    c.write(10);
    c.sendsNothing(ms(100));
    c.peer('. 1:1(0) ack 11');
    c.sends('P. 11:31(20)');
  });

  test('but not for an earlier full one', () => {
    const c = connected();
    c.write(1470);
    c.sends('. 1:1461(1460)');
    c.sends('P. 1461:1471(10)');
    c.write(1460);
    c.sends('P. 1471:2931(1460)');
    c.write(5);
    c.sendsNothing(ms(100));
    c.peer('. 1:1(0) ack 1471');
    c.sends('P. 2931:2936(5)');
  });

  test('nor does a full one wait, which takes the waiting octets along', () => {
    const c = connected();
    c.write(10);
    c.sends('P. 1:11(10)');
    c.write(10);
    c.sendsNothing();
    c.write(1450);
    c.sends('P. 11:1471(1460)');
  });

  test('TCP_NODELAY: none waits', () => {
    const c = connected({ socket: { TCP_NODELAY: 1 } });
    for (let i = 0; i < 3; i++) c.write(10);
    c.sends('P. 1:11(10)');
    c.sends('P. 11:21(10)');
    c.sends('P. 21:31(10)');
  });

  test('a FIN does not wait, and takes the waiting octets along', () => {
    const c = connected();
    c.write(10);
    c.sends('P. 1:11(10)');
    c.write(5);
    c.sendsNothing();
    c.shutdown();
    c.sends('FP. 11:16(5)');
  });
});

test('SO_SNDBUF: send takes what there is room for, and says when there is again', () => {
  const c = connected({ socket: { SO_SNDBUF: 2000 }, window: 1000 });
  let calls = 0;
  if (c.socket !== undefined) c.socket.onReady = () => (calls += 1);
  expect(c.write(5000)).toBe(1500); // three packets of 500 + 1280 octets; the buffer has 4000
  expect(c.write(1)).toBe(0);
  c.sends('. 1:501(500)');
  c.sends('P. 501:1001(500)');
  c.peer('. 1:1(0) ack 501');
  expect(calls).toBeGreaterThan(0);
  c.sends('P. 1001:1501(500)');
  expect(c.write(5000)).toBe(500);
});

test('RFC 7323 §3.2: with timestamps a segment carries twelve octets less', () => {
  const c = connectedActively({ syn: FULL });
  c.after(ms(7));
  c.write(1500);
  c.sends('. 1:1449(1448) ack 1 win 502 <nop,nop,TS val 7 ecr 100>');
  c.sends('P. 1449:1501(52) <nop,nop,TS val 7 ecr 100>');
});

test('RFC 9293 §3.8.2: PSH marks the end of what was written, which may be several writes', () => {
  const c = connected({ window: 2920 });
  c.write(2920);
  c.sends('. 1:1461(1460)');
  c.sends('P. 1461:2921(1460)');
  c.write(1000);
  c.write(1920);
  c.peer('. 1:1(0) ack 2921');
  c.sends('. 2921:4381(1460)');
  c.sends('P. 4381:5841(1460)');
});

test('a socket that never connected has no connection to use', () => {
  const c = connected();
  const socket = c.host.tcpSocket();
  expect(errnoOf(() => socket.send(new Uint8Array(1), 0))).toBe('EPIPE');
  expect(errnoOf(() => socket.recv(1, 0))).toBe('ENOTCONN');
  expect(errnoOf(() => socket.shutdown('write', 0))).toBe('ENOTCONN');
  c.shutdown();
  c.sends('F. 1:1(0)');
  expect(errnoOf(() => c.write(1))).toBe('EPIPE');
});
