/** Passive open: from LISTEN over SYN-RECEIVED to ESTABLISHED. */
import { describe, expect, test } from 'vitest';
import { ms, seconds } from '../../src/stack/index.ts';
import { INITIAL_NUMBERS } from '../help/notation.ts';
import { connected, FULL, listening } from '../help/peer.ts';

describe.each(INITIAL_NUMBERS)('initial numbers %d', (initial) => {
  test('RFC 9293 §3.5: a SYN draws a SYN,ACK, and its ACK opens the connection', () => {
    const c = listening({ hostInitial: initial, peerInitial: initial });
    c.peer('S 0:0(0) win 1000 <mss 1000>');
    c.sends('S. 0:0(0) ack 1 win 64240 <mss 1460> id 0', 'syn-ack');
    c.is('SYN-RECEIVED');
    expect(c.listener?.accept()).toBeUndefined();
    c.peer('. 1:1(0) ack 1');
    c.sendsNothing();
    c.is('ESTABLISHED');
    c.traced('our-syn-acked');
    c.accept();
  });

  test('RFC 9293 §3.10.7.4: data may come with the ACK of our SYN', () => {
    const c = listening({ hostInitial: initial, peerInitial: initial });
    c.peer('S 0:0(0) win 1000 <mss 1000>');
    c.sends('S. 0:0(0) ack 1');
    c.peer('P. 1:6(5) ack 1');
    c.sends('. 1:1(0) ack 6', 'quick-ack');
    c.accept();
    expect(c.read()).toBe(5);
  });
});

test('RFC 6298 §5.5: the SYN,ACK is repeated after 1, 2, 4, 8 and 16 s and then forgotten', () => {
  const c = listening();
  c.peer('S 0:0(0) win 1000 <mss 1000>');
  c.sends('S. 0:0(0) ack 1');
  for (const wait of [1, 2, 4, 8, 16]) {
    c.sendsAfter(seconds(wait), 'S. 0:0(0) ack 1 win 64240 <mss 1460> id 0', 'syn-ack-timeout');
  }
  c.after(seconds(32));
  c.sendsNothing();
  c.is('CLOSED');
  expect(c.host.tcp.connectionCount).toBe(0);
  expect(c.listener?.accept()).toBeUndefined();
});

test('RFC 9293 §3.10.7.4 first: a repeated SYN draws the SYN,ACK again', () => {
  const c = listening();
  c.peer(`S 0:0(0) win 1000 ${FULL}`);
  c.sends('S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 0 ecr 100,nop,wscale 7>');
  c.after(ms(500));
  c.peer('S 0:0(0) win 1000 <mss 1460,sackOK,TS val 600 ecr 0,nop,wscale 7>');
  c.sends('S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 500 ecr 100,nop,wscale 7> id 0', 'syn-again');
  c.is('SYN-RECEIVED');
});

test('LINUX: the identification counts from the first segment after the SYN,ACK', () => {
  const c = connected();
  c.write(5);
  c.sends('P. 1:6(5) ack 1 id 1000');
  c.write(5);
  c.peer('. 1:1(0) ack 6');
  c.sends('P. 6:11(5) ack 1 id 1001');
});
