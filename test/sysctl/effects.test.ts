/** What sysctls change: the SYNs, windows and timers of connections that begin afterwards. */
import { describe, expect, test } from 'vitest';
import { linux4, ms, seconds } from '../../src/stack/index.ts';
import { connected, Conversation, FULL, listening, PEER_ADDRESS } from '../help/peer.ts';

type Setting = readonly [name: string, value: string];

function set(c: Conversation, settings: readonly Setting[]): void {
  for (const [name, value] of settings) expect(c.host.sysctl.write(name, value)).toBe('written');
}

/** A host whose settings were changed before anybody spoke to it. */
function listeningWith(...settings: readonly Setting[]): Conversation {
  const c = listening();
  set(c, settings);
  return c;
}

describe('tcp_rmem', () => {
  const settings: Setting = ['net.ipv4.tcp_rmem', '4096 540000 15728640'];

  test('of the packetdrill suite gives the window 65535 and the scale 8', () => {
    const c = listeningWith(settings);
    c.peer(`S 0:0(0) win 32792 ${FULL}`);
    c.sends('S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,TS val 0 ecr 100,nop,wscale 8>');
  });

  test('does so for a connection that the host opens', () => {
    const c = opening(listeningWith(settings));
    c.sends('S 0:0(0) win 65535 <mss 1460,sackOK,TS val 0 ecr 0,nop,wscale 8>');
  });

  test.each([
    ['4096 87380 6291456', 43_440, 7], // 30 segments of 1448
    ['4096 2000 65535', 1000, 0],
    ['4096 131072 33554432', 65_160, 10],
    ['4096 131072 2147483647', 65_160, 14],
  ])('%s: window %d, scale %d', (value, window, scale) => {
    const c = listeningWith(['net.ipv4.tcp_rmem', value], ['net.core.rmem_max', '2304']);
    c.peer(`S 0:0(0) win 32792 ${FULL}`);
    c.sends(`S. 0:0(0) ack 1 win ${window} <mss 1460,sackOK,TS val 0 ecr 100,nop,wscale ${scale}>`);
  });
});

test('rmem_max above tcp_rmem decides the scale', () => {
  const c = listeningWith(['net.core.rmem_max', '33554432']);
  c.peer(`S 0:0(0) win 32792 ${FULL}`);
  c.sends('S. 0:0(0) ack 1 win 65160 <mss 1460,sackOK,TS val 0 ecr 100,nop,wscale 10>');
});

test.each<[number, number]>([
  [1, 28_960], // a half of 87380, at most 20 segments of 1448
  [2, 28_960],
  [-2, 21_845], // a quarter
  [0, 28_960],
])('tcp_adv_win_scale %d, before Linux 6.6: window %d', (value, window) => {
  const c = listening({ profile: linux4 });
  set(c, [['net.ipv4.tcp_adv_win_scale', String(value)]]);
  c.peer(`S 0:0(0) win 32792 ${FULL}`);
  c.sends(`S. 0:0(0) ack 1 win ${window}`);
});

test.each<[number, number]>([
  [31, 64_088], // room for a segment is held back
  [0, 65_160], // nothing is
  [1, 32_768], // half of it is
])('tcp_app_win %d: %d octets may be offered at first', (value, octets) => {
  const c = listeningWith(['net.ipv4.tcp_app_win', String(value)]);
  c.peer(`S 0:0(0) win 32792 ${FULL}`);
  c.sends('S. 0:0(0) ack 1 win 65160');
  expect(c.tcb?.rcv.ssthresh).toBe(octets);
});

test.each([
  ['net.ipv4.tcp_timestamps', '<mss 1460,nop,nop,sackOK,nop,wscale 7>'],
  ['net.ipv4.tcp_sack', '<mss 1460,nop,nop,TS val 0 ecr 100,nop,wscale 7>'],
  ['net.ipv4.tcp_window_scaling', '<mss 1460,sackOK,TS val 0 ecr 100>'],
])('%s=0 leaves the option out, and 1 brings it back', (name, options) => {
  const c = listeningWith([name, '0']);
  c.peer(`S 0:0(0) win 32792 ${FULL}`);
  c.sends(`S. 0:0(0) ack 1 ${options}`);
  set(c, [[name, '1']]);
  const next = connectionFrom(c, 40_001);
  next.peer(`S 0:0(0) win 32792 ${FULL}`);
  next.sends('S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 0 ecr 100,nop,wscale 7>');
});

test('tcp_timestamps=2 counts from no offset', () => {
  const c = listening({ choices: { timestampOffset: () => 1000 } });
  c.peer(`S 0:0(0) win 32792 ${FULL}`);
  c.sends('S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 1000 ecr 100,nop,wscale 7>');
  set(c, [['net.ipv4.tcp_timestamps', '2']]);
  const next = connectionFrom(c, 40_001);
  next.peer(`S 0:0(0) win 32792 ${FULL}`);
  next.sends('S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 0 ecr 100,nop,wscale 7>');
});

test('tcp_synack_retries is read when the timer fires, also by those that wait already', () => {
  const c = listeningWith();
  c.peer('S 0:0(0) win 32792 <mss 1460>');
  c.sends('S. 0:0(0) ack 1');
  set(c, [['net.ipv4.tcp_synack_retries', '1']]);
  c.sendsAfter(seconds(1), 'S. 0:0(0) ack 1', 'syn-ack-timeout');
  c.sendsNothing(seconds(60));
  c.is('CLOSED');
});

test('tcp_syn_retries and tcp_syn_linear_timeouts', () => {
  const c = opening(
    listeningWith(['net.ipv4.tcp_syn_retries', '2'], ['net.ipv4.tcp_syn_linear_timeouts', '1']),
  );
  c.sends('S 0:0(0)');
  c.sendsAfter(seconds(1), 'S 0:0(0)');
  c.sendsAfter(seconds(1), 'S 0:0(0)');
  c.sendsAfter(seconds(2), 'S 0:0(0)');
  c.sendsNothing(seconds(60));
  c.is('CLOSED');
});

test('tcp_rto_min_us is for connections that begin later, as on Linux', () => {
  const c = connected({ syn: '<mss 1460>' }); // without SACK: no probe comes first
  set(c, [['net.ipv4.tcp_rto_min_us', '50000']]);
  c.write(1);
  c.sends('P. 1:2(1) ack 1', 'data');
  c.sendsNothing(ms(199));
});

test('ip_default_ttl is for all that is sent from now on', () => {
  const c = connected();
  set(c, [['net.ipv4.ip_default_ttl', '7']]);
  c.write(1);
  const { frame } = c.sends('P. 1:2(1) ack 1', 'data');
  expect(frame.ipv4?.ttl).toBe(7);
});

test('ip_local_port_range', () => {
  const c = opening(listeningWith(['net.ipv4.ip_local_port_range', '5000 5001']));
  expect(c.hostPort).toBe(5000);
  c.sends('S 0:0(0)');
});

test.each([
  ['0', '<mss 1460,nop,nop,sackOK>'],
  ['1', '<mss 1460,sackOK,TS val 0 ecr 100,nop,wscale 7>'],
  ['2', '<mss 1460,nop,nop,sackOK,nop,wscale 7>'],
  ['3', '<mss 1460,sackOK,TS val 0 ecr 100>'],
])('BSD: net.inet.tcp.rfc1323=%s', (value, options) => {
  const c = listeningWith(['net.inet.tcp.rfc1323', value]);
  expect(c.host.sysctl.read('net.inet.tcp.rfc1323')).toBe(value);
  c.peer(`S 0:0(0) win 32792 ${FULL}`);
  c.sends(`S. 0:0(0) ack 1 ${options}`);
});

/** A connection that the host opens. */
function opening({ laboratory, host, now }: Conversation): Conversation {
  const c = new Conversation(laboratory, { peerPort: 80 });
  const socket = host.tcpSocket();
  socket.connect(PEER_ADDRESS, 80, now);
  c.hostPort = socket.localPort;
  return c;
}

/** Another connection to the same host. */
function connectionFrom(c: Conversation, peerPort: number): Conversation {
  return new Conversation(c.laboratory, { peerPort });
}
