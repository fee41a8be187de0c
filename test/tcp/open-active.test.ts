/** Active open: from SYN-SENT to ESTABLISHED, or not. */
import { describe, expect } from 'vitest';
import { linux3, linux6, ms, rfc, seconds, windows7 } from '../../src/stack/index.ts';
import { parseIp } from '../../src/wire/index.ts';
import { test } from '../help/family-test.ts';
import { INITIAL_NUMBERS } from '../help/notation.ts';
import { connecting, errnoOf, FULL, PLAIN } from '../help/peer.ts';

describe.each(INITIAL_NUMBERS)('initial numbers %d', (initial) => {
  const numbers = { hostInitial: initial, peerInitial: initial };

  test('RFC 9293 §3.5, figure 6: SYN, SYN,ACK, ACK', () => {
    const c = connecting(numbers);
    c.sends('S 0:0(0) win 64240 <mss 1460,sackOK,TS val 0 ecr 0,nop,wscale 7> id 1000');
    c.is('SYN-SENT');
    expect(c.socket?.connected()).toBe(false);
    expect(c.write(1)).toBe(0);
    c.peer(`S. 0:0(0) ack 1 win 65160 ${FULL}`);
    c.sends('. 1:1(0) ack 1 win 502 <nop,nop,TS val 0 ecr 100> id 1001', 'handshake-ack');
    c.is('ESTABLISHED');
    expect(c.socket?.connected()).toBe(true);
  });

  test('RFC 9293 §3.5, figure 7: a simultaneous open (MUST-10)', () => {
    const c = connecting(numbers);
    c.sends('S 0:0(0)');
    c.peer(`S 0:0(0) win 1000 ${PLAIN}`);
    c.sends('S. 0:0(0) ack 1 <mss 1460> id 1001', 'simultaneous-open');
    c.is('SYN-RECEIVED');
    c.peer('. 1:1(0) ack 1');
    c.is('ESTABLISHED');
    c.write(3);
    c.sends('P. 1:4(3) ack 1 id 1002');
  });

  test('RFC 9293 §3.10.7.3 fourth: text of a SYN,ACK may come again', () => {
    const c = connecting(numbers);
    c.sends('S 0:0(0)');
    c.peer(`S. 0:0(0) ack 1 win 1000 ${PLAIN}`);
    c.sends('. 1:1(0) ack 1');
    c.peer(`S. 0:0(0) ack 1 win 1000 ${PLAIN}`);
    c.sends('. 1:1(0) ack 1', 'challenge-ack-syn');
    c.is('ESTABLISHED');
  });

  // prettier-ignore
  test.each([
    { title: 'an unacceptable ACK draws a RST at it', segment: '. 0:0(0) ack 0', answer: 'R 0:0(0)', why: 'unacceptable-ack' },
    { title: 'so does an ACK of more than the SYN', segment: 'S. 0:0(0) ack 2', answer: 'R 2:2(0)', why: 'unacceptable-ack' },
    { title: 'a RST with an unacceptable ACK draws none', segment: 'R. 0:0(0) ack 2', answer: '', why: 'unacceptable-ack' },
    { title: 'a RST without ACK is ignored', segment: 'R 0:0(0)', answer: '', why: 'rst-without-ack' },
    { title: 'an acceptable ACK alone is ignored', segment: '. 0:0(0) ack 1', answer: '', why: 'neither-syn-nor-rst' },
    { title: 'a FIN is ignored', segment: 'F 0:0(0)', answer: '', why: 'neither-syn-nor-rst' },
    { title: 'nothing set is ignored', segment: 'none 0:0(0)', answer: '', why: 'neither-syn-nor-rst' },
  ])('RFC 9293 §3.10.7.3: $title', ({ segment, answer, why }) => {
    const c = connecting(numbers);
    c.sends('S 0:0(0)');
    c.peer(segment);
    if (answer !== '') c.sends(`${answer} win 0 <> id 0`, why);
    c.sendsNothing();
    c.traced(why);
    c.is('SYN-SENT');
  });

  test('RFC 9293 §3.10.7.3 second: a RST with the right ACK refuses', () => {
    const c = connecting(numbers);
    c.sends('S 0:0(0)');
    c.peer('R. 0:0(0) ack 1 win 0');
    c.sendsNothing(seconds(1000));
    c.is('CLOSED');
    expect(errnoOf(() => c.socket?.connected())).toBe('ECONNREFUSED');
    expect(c.host.tcp.connectionCount).toBe(0);
  });
});

// prettier-ignore
test.each([
  { name: 'linux-6', profile: undefined, waits: [1, 1, 1, 1, 1, 2, 4, 8, 16, 32], last: 64 },
  { name: 'linux-3', profile: linux3, waits: [1, 2, 4, 8, 16, 32], last: 64 },
  { name: 'windows-7', profile: windows7, waits: [3, 6], last: 12 },
])('RFC 6298 §5.5, MUST-23: the SYN is repeated and given up: $name', ({ profile, waits, last }) => {
  const c = connecting({ profile });
  c.sends('S 0:0(0) id 1000');
  let id = 1001;
  let at = 0;
  for (const wait of waits) {
    at += 1000 * wait;
    const ts = profile === windows7 ? '' : ` <mss 1460,sackOK,TS val ${at} ecr 0,nop,wscale 7>`;
    c.sendsAfter(seconds(wait), `S 0:0(0)${ts} id ${id++}`, 'syn-timeout');
  }
  c.sendsNothing(seconds(last) - 1);
  c.is('SYN-SENT');
  c.sendsNothing(1);
  c.is('CLOSED');
  expect(errnoOf(() => c.socket?.connected())).toBe('ETIMEDOUT');
});

test('RFC 6298 §5.7: after a repeated SYN, data begins with an RTO of 3 s and no back-off', () => {
  const c = connecting();
  c.sends('S 0:0(0)');
  for (const wait of [1, 1, 1, 1, 1, 2]) c.sendsAfter(seconds(wait), 'S 0:0(0)');
  c.peer(`S. 0:0(0) ack 1 win 1000 ${PLAIN}`);
  c.sends('. 1:1(0) ack 1');
  c.write(1);
  c.sends('P. 1:2(1)');
  c.sendsAfter(seconds(3), 'P. 1:2(1)', 'rto');
});

test('RFC 6298 §3: the SYN is timed when it was sent once', () => {
  const c = connecting();
  c.sends('S 0:0(0)');
  c.after(ms(100));
  c.peer(`S. 0:0(0) ack 1 win 1000 ${PLAIN}`);
  c.sends('. 1:1(0) ack 1');
  expect(c.tcb?.rtt.srtt).toBe(ms(100));
});

test.each([
  { name: 'RFC 6298 §3: a simultaneous open sends the SYN twice, and is not timed', profile: rfc },
  { name: 'Linux times the SYN,ACK of a simultaneous open', profile: linux6 },
])('$name', ({ profile }) => {
  const c = connecting({ profile });
  c.sends('S 0:0(0)');
  c.after(ms(100));
  c.peer(`S 0:0(0) win 1000 ${PLAIN}`);
  c.sends('S. 0:0(0) ack 1');
  c.after(ms(100));
  c.peer('. 1:1(0) ack 1');
  expect(c.tcb?.rtt.srtt).toBe(profile === rfc ? -1 : ms(100));
});

describe('RFC 9293 §3.10.4: CLOSE in SYN-SENT deletes the connection', () => {
  test('by close', () => {
    const c = connecting();
    c.sends('S 0:0(0)');
    c.close();
    c.sendsNothing(seconds(100));
    c.is('CLOSED');
    c.peer('S. 0:0(0) ack 1');
    c.sends('R 1:1(0)', 'no-connection');
  });

  test('by shutdown', () => {
    const c = connecting();
    c.sends('S 0:0(0)');
    c.shutdown();
    c.sendsNothing(seconds(100));
    c.is('CLOSED');
  });
});

test('RFC 9293 §3.10.1: a socket connects once, and not while it listens', () => {
  const c = connecting();
  c.sends('S 0:0(0)');
  const again = (): void => c.socket?.connect(c.peerAddress, 80, 0);
  expect(errnoOf(again)).toBe('EALREADY');
  c.peer(`S. 0:0(0) ack 1 ${PLAIN}`);
  c.sends('. 1:1(0) ack 1');
  again(); // tells that it is connected, once
  expect(errnoOf(again)).toBe('EISCONN');
  const listener = c.newSocket();
  listener.listen(1, 0);
  expect(errnoOf(() => listener.connect(c.peerAddress, 80, 0))).toBe('EISCONN');
});

test('MUST-46: no connection to many hosts, and none where no route leads', () => {
  const c = connecting();
  c.sends('S 0:0(0)');
  const ipv4 = ['255.255.255.255', '10.0.0.255', '224.0.0.1', '192.168.0.1'];
  for (const address of c.family.isVersion6 ? ['ff02::1', 'ff0e::1', 'fd00::1'] : ipv4) {
    const to = c.family.shown(parseIp(address));
    expect(
      errnoOf(() => c.newSocket().connect(to, 80, 0)),
      address,
    ).toBe('ENETUNREACH');
  }
});
