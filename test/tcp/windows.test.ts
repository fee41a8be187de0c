/** The receive window: what is offered at first, as data comes and as it is read. */
import { describe, expect } from 'vitest';
import {
  type HostProfile,
  linux26,
  linux3,
  linux4,
  linux6,
  ms,
  PROFILES,
  windows7,
} from '../../src/stack/index.ts';
import { test } from '../help/family-test.ts';
import { INITIAL_NUMBERS } from '../help/notation.ts';
import {
  connected,
  connectedActively,
  connecting,
  FULL,
  LINUX_WITH_ANY_BUFFER,
  listening,
} from '../help/peer.ts';

const NO_TIMESTAMPS = '<mss 1460,nop,nop,sackOK,nop,wscale 7>';

describe('RFC 7323 §2.2: the first windows, as captures of real systems show them', () => {
  // prettier-ignore
  test.each([
    { name: 'Linux 6, Ethernet', profile: linux6, mss: 1460, syn: 64240, third: 502 },
    { name: 'Linux 6, PPPoE', profile: linux6, mss: 1452, syn: 65340, third: 511 },
    { name: 'Linux 6, jumbo', profile: linux6, mss: 8960, syn: 62720, third: 490 },
    { name: 'Linux 4', profile: linux4, mss: 1460, syn: 29200, third: 229 },
    { name: 'Linux 3', profile: linux3, mss: 1460, syn: 29200, third: 229 },
    { name: 'Linux 2.6', profile: linux26, mss: 1460, syn: 14600, third: 115 },
    { name: 'Windows 7', profile: windows7, mss: 1460, syn: 8192, third: 256 },
  ])('of a client: $name', ({ profile, mss, syn, third }) => {
    const c = connecting({ profile, mss });
    c.sends(`S 0:0(0) win ${syn}`);
    const options = profile === windows7 ? NO_TIMESTAMPS : FULL;
    c.peer(`S. 0:0(0) ack 1 win 1000 ${options}`);
    c.sends(`. 1:1(0) ack 1 win ${third}`);
  });

  test.onlyIpv4('a link too short for IPv6')('of a client: Linux 6, 576', () => {
    const c = connecting({ profile: linux6, mtu: 576 });
    c.sends('S 0:0(0) win 65392');
    c.peer(`S. 0:0(0) ack 1 win 1000 ${FULL}`);
    c.sends('. 1:1(0) ack 1 win 511');
  });

  // prettier-ignore
  test.each([
    { name: 'Linux 6 with timestamps', profile: linux6, options: FULL, synAck: 65160, first: 510 },
    { name: 'Linux 6 without', profile: linux6, options: NO_TIMESTAMPS, synAck: 64240, first: 502 },
    { name: 'Linux 6 without scaling', profile: linux6, options: '<mss 1460>', synAck: 64240, first: 64234 },
    { name: 'Linux 2.6', profile: linux26, options: NO_TIMESTAMPS, synAck: 14600, first: 115 },
  ])('of a server: $name', ({ profile, options, synAck, first }) => {
    const c = listening({ profile });
    c.peer(`S 0:0(0) win 8192 ${options}`);
    c.sends(`S. 0:0(0) ack 1 win ${synAck}`);
    c.peer('. 1:1(0) ack 1');
    c.peer('P. 1:7(6) ack 1');
    c.sends(`. 1:1(0) ack 7 win ${first}`);
  });
});

test.each([...PROFILES.values()])('$name: no SYN offers more than SO_RCVBUF has', (profile) => {
  const { laboratory } = connecting({ profile, socket: { SO_RCVBUF: 3000 } });
  const window = laboratory.takeFrame()?.tcp?.window;
  expect(window).toBeGreaterThan(0);
  expect(window).toBeLessThanOrEqual(2 * 3000); // Linux doubles it
});

test('LINUX §3.3: 510 after 6 octets, 509 after 10: the edge does not move left', () => {
  const c = connected({ syn: FULL });
  c.peer('P. 1:7(6) ack 1');
  c.sends('. 1:1(0) ack 7 win 510');
  c.peer('P. 7:11(4) ack 1');
  c.sends('. 1:1(0) ack 11 win 510');
  c.peer('P. 11:139(128) ack 1');
  c.sends('. 1:1(0) ack 139 win 509');
});

test('SO_RCVBUF bounds what short segments fill, though each ACK rounds the window up', () => {
  const socket = { SO_RCVBUF: 65_536 };
  const c = connected({ profile: windows7, syn: NO_TIMESTAMPS, socket });
  let next = 1;
  // What is sent is not looked at.
  const drain = (): void => {
    while (c.laboratory.takeFrame() !== undefined);
  };
  const peerSends = (length: number): void => {
    c.peer(`P. ${next}:${next + length}(${length}) ack 1`);
    next += length;
    drain();
  };
  for (let i = 0; i < 40; i++) peerSends(1460);
  for (let i = 0; i < 150; i++) {
    peerSends(100);
    c.after(ms(250)); // each is acknowledged by itself
  }
  const held = c.read();
  drain();
  expect(held).toBeLessThanOrEqual(65_536 + 256);
  next = 1 + held;
  peerSends(100); // there is room again
  expect(c.read()).toBe(100);
  drain();
});

/** Linux before 6.17. */
const TRIMMING: HostProfile = {
  ...LINUX_WITH_ANY_BUFFER,
  tcp: { ...LINUX_WITH_ANY_BUFFER.tcp, takesBeyondWindow: false },
};

describe.each(INITIAL_NUMBERS)('initial numbers %d', (initial) => {
  const numbers = { hostInitial: initial, peerInitial: initial };

  test('SHLD-14: the right edge never moves left while nothing is read', () => {
    const c = connected({ ...numbers, socket: { SO_RCVBUF: 5000 } });
    c.peer('. 1:1461(1460) ack 1');
    c.sends('. 1:1(0) ack 1461 win 2920');
    c.peer('. 1461:2921(1460) ack 1');
    c.sendsAfter(ms(40), '. 1:1(0) ack 2921 win 1460', 'delayed-ack');
    c.peer('. 2921:4381(1460) ack 1');
    c.sendsAfter(ms(40), '. 1:1(0) ack 4381 win 0', 'delayed-ack');
    c.peer('. 4381:4391(10) ack 1');
    c.sends('. 1:1(0) ack 4381 win 0', 'outside-window');
  });

  test('RFC 9293 §3.8.6.1: text beyond the window is cut off, what fits is taken', () => {
    const c = connected({ ...numbers, profile: TRIMMING, socket: { SO_RCVBUF: 2920 } });
    c.peer('. 1:1461(1460) ack 1');
    c.sends('. 1:1(0) ack 1461 win 1460');
    c.peer('P. 1461:3461(2000) ack 1');
    c.sendsAfter(ms(40), '. 1:1(0) ack 2921 win 0', 'delayed-ack');
    expect(c.read()).toBe(2920);
    c.sends('. 1:1(0) ack 2921 win 2920', 'window-update');
  });

  test('Linux 6.17: text beyond the window is taken whole where nothing waits, else not', () => {
    const c = connected({ ...numbers, socket: { SO_RCVBUF: 2920 } });
    c.peer('. 1:4001(4000) ack 1');
    c.sendsAfter(ms(40), '. 1:1(0) ack 4001 win 0', 'delayed-ack');
    expect(c.read(3000)).toBe(3000);
    c.sends('. 1:1(0) ack 4001 win 1460', 'window-update');
    c.peer('. 4001:7001(3000) ack 1');
    c.sends('. 1:1(0) ack 4001', 'outside-window');
  });

  test('RFC 9293 §3.4: a segment that begins before the window and ends behind it is read', () => {
    const c = connected({ ...numbers, profile: TRIMMING, socket: { SO_RCVBUF: 1000 } });
    c.peer('. 1:1401(1400) ack 1');
    c.sends('. 1:1(0) ack 1001 win 0');
    expect(c.read(600)).toBe(600);
    c.sends('. 1:1(0) ack 1001 win 600', 'window-update');
    c.peer('. 1:1701(1700) ack 1');
    c.sendsAfter(ms(40), '. 1:1(0) ack 1601 win 0', 'delayed-ack');
  });

  test('RFC 9293 §3.8.6.2.2: reading opens a closed window when a segment fits, not before', () => {
    const c = connected({ ...numbers, socket: { SO_RCVBUF: 2920 } });
    c.peer('. 1:1461(1460) ack 1');
    c.sends('. 1:1(0) ack 1461');
    c.peer('. 1461:2921(1460) ack 1');
    c.sendsAfter(ms(40), '. 1:1(0) ack 2921 win 0', 'delayed-ack');
    for (let i = 0; i < 14; i++) expect(c.read(100)).toBe(100);
    c.sendsNothing();
    expect(c.read(60)).toBe(60);
    c.sends('. 1:1(0) ack 2921 win 1460', 'window-update');
    c.read(1460);
    c.sends('. 1:1(0) ack 2921 win 2920', 'window-update');
  });
});

test('RFC 9293 §3.8.6.2.2: in a buffer of one segment the window opens again after each', () => {
  const c = connected({ socket: { SO_RCVBUF: 500 } });
  for (let at = 1; at < 5000; at += 100) {
    c.peer(`P. ${at}:${at + 100}(100) ack 1`);
    c.after(ms(200));
    expect(c.read()).toBe(100);
    c.after(ms(200));
    const { sent } = c.laboratory;
    const { tcp } = sent.at(-1)?.frame ?? {};
    expect(tcp?.window, `at ${at}`).toBeGreaterThanOrEqual(150);
    sent.length = 0;
  }
});

test('MUST-39: an application that reads octet by octet does not make the window creep', () => {
  const c = connected({ socket: { SO_RCVBUF: 2920 } });
  c.peer('. 1:1461(1460) ack 1');
  c.sends('. 1:1(0) ack 1461');
  c.peer('. 1461:2921(1460) ack 1');
  c.sendsAfter(ms(40), '. 1:1(0) ack 2921 win 0', 'delayed-ack');
  let updates = 0;
  for (let i = 0; i < 2920; i++) {
    c.read(1);
    updates += c.laboratory.sent.splice(0).length;
  }
  expect(updates).toBe(2);
});

test('a buffer that is larger than an unscaled window can say draws no update with each read', () => {
  const c = connected({ socket: { SO_RCVBUF: 300_000 } });
  for (let at = 1; at < 100_000; at += 1460) c.peer(`P. ${at}:${at + 1460}(1460) ack 1`);
  c.after(ms(40));
  expect(c.laboratory.sent.at(-1)?.frame.tcp?.window).toBeGreaterThan(65_535 - 1460);
  c.laboratory.sent.length = 0;
  for (let i = 0; i < 100; i++) c.read(1);
  c.sendsNothing();
});

test('RFC 9293 §3.10.7.4 fifth: an ACK that advances SND.UNA brings its window, SEG.SEQ or not', () => {
  const c = connected({ window: 3000 });
  c.write(4000);
  c.sends('. 1:1461(1460)');
  c.sends('P. 1461:2921(1460)');
  c.peer('. 101:101(0) ack 1461 win 1500'); // the octets 1–100 are on their way
  c.peer('. 1:101(100) ack 2921 win 200');
  c.sends('. 2921:2921(0) ack 101');
  c.sendsNothing(ms(199)); // 2921 + 1500 would be beyond what was offered
  c.sendsAfter(ms(1), 'P. 2921:3121(200) ack 101');
});

test('RFC 7323 §2.3: a shift count above 14 is 14', () => {
  const c = connected({ syn: '<mss 1460,nop,wscale 15>', window: 1 });
  expect(c.tcb?.snd.windowScale).toBe(14);
});

test('LINUX §2.5: SO_RCVBUF decides the window scale', () => {
  for (const [space, scale] of [
    [2000, 0],
    [65535, 0],
    [65536, 1],
    [131071, 1],
    [131072, 2],
    [6291456, 7],
    [2 ** 30, 7], // no more than net.core.rmem_max
  ] as const) {
    const c = connecting({ socket: { SO_RCVBUF: space } });
    c.sends(`S 0:0(0) <mss 1460,sackOK,TS,nop,wscale ${scale}>`);
  }
});

test('RFC 9293 §3.5, figure 8: the SYN,ACK of a simultaneous open repeats the SYN’s window', () => {
  const c = connecting();
  c.sends('S 0:0(0) win 64240 id 1000');
  c.peer(`S 0:0(0) win 64240 ${FULL}`);
  c.sends('S. 0:0(0) ack 1 win 64240 id 1001', 'simultaneous-open');
  c.peer(`S. 0:0(0) ack 1 win 64240 ${FULL}`);
  c.sends('. 1:1(0) ack 1 win 502');
  c.peer('. 1:1(0) ack 1 win 502');
  c.is('ESTABLISHED');
});

test('LINUX §3.4: full segments let the window grow to the buffer', () => {
  const c = connectedActively({ profile: linux6, syn: FULL });
  const windows = [525, 548, 570, 593, 616, 629, 629]; // as captured
  for (const [i, window] of windows.entries()) {
    const at = 1 + 1448 * i;
    c.peer(`. ${at}:${at + 1448}(1448) ack 1 <nop,nop,TS val 101 ecr 0>`);
    c.sends(`. 1:1(0) ack ${at + 1448} win ${window}`);
    c.read();
  }
});
