/** Sysctls of the host around TCP: its ports and addresses, echoes, and what CUBIC goes by. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { freebsd, linux6, seconds, settingsFrom, Sysctls } from '../../src/stack/index.ts';
import { CongestionWindow } from '../../src/stack/tcp/congestion/congestion-window.ts';
import { Cubic } from '../../src/stack/tcp/congestion/cubic.ts';
import { type FrameFields, Icmpv4Type, IPV4_ANY, parseIpv4 } from '../../src/wire/index.ts';
import {
  connected,
  errnoOf,
  HOST_ADDRESS,
  HOST_MAC,
  Laboratory,
  listening,
  PEER_ADDRESS,
  PEER_MAC,
} from '../help/peer.ts';

describe('ip_local_reserved_ports', () => {
  const ports = fc.integer({ min: 1024, max: 1055 });
  const range = fc.tuple(ports, ports).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);

  test('law: no program gets a reserved port without naming it', () => {
    let refused = 0;
    let given = 0;
    fc.assert(
      fc.property(fc.array(range, { maxLength: 5, size: 'max' }), fc.boolean(), (ranges, binds) => {
        const { host, sent } = new Laboratory();
        const written = ranges.map(([least, most]) => `${least}-${most}`).join();
        expect(host.sysctl.write('net.ipv4.ip_local_port_range', '1024 1055')).toBe('written');
        expect(host.sysctl.write('net.ipv4.ip_local_reserved_ports', written)).toBe('written');
        const isReserved = (port: number): boolean =>
          ranges.some(([least, most]) => port >= least && port <= most);
        const all = Array.from({ length: 32 }, (_, i) => 1024 + i);
        const free = all.filter((port) => !isReserved(port));
        const taken: number[] = [];
        const takeOne = (): void => {
          const socket = host.tcpSocket();
          if (binds) socket.bind(IPV4_ANY, 0);
          else socket.connect(PEER_ADDRESS, 80, 0);
          taken.push(socket.localPort);
        };
        for (const _ of free) takeOne();
        expect(taken.toSorted((a, b) => a - b)).toEqual(free);
        expect(errnoOf(takeOne)).toBe(binds ? 'EADDRINUSE' : 'EADDRNOTAVAIL');
        const reserved = all.find(isReserved);
        if (reserved !== undefined) host.tcpSocket().bind(IPV4_ANY, reserved);
        if (reserved !== undefined) refused += 1;
        given += free.length;
        sent.length = 0;
      }),
      { numRuns: 50 },
    );
    expect(refused).toBeGreaterThan(10);
    expect(given).toBeGreaterThan(100);
  });

  // As Linux 6.18 prints them.
  test.each([
    ['80,70-75,76', '70-76,80'],
    ['1,1', '1'],
    ['80,', '80'],
    ['', ''],
    ['1-10,3-5,9-12', '1-12'],
  ])('%j is %j', (written, read) => {
    const host = new Sysctls(settingsFrom(linux6));
    expect(host.write('net.ipv4.ip_local_reserved_ports', written)).toBe('written');
    expect(host.read('net.ipv4.ip_local_reserved_ports')).toBe(read);
  });

  test.each(['5-4', '80 90', '65536', '-1', '1-', 'http'])('%j is refused', (written) => {
    const host = new Sysctls(settingsFrom(linux6));
    expect(host.write('net.ipv4.ip_local_reserved_ports', written)).toBe('invalid');
  });
});

test('ip_nonlocal_bind: sockets may have addresses that the host does not have', () => {
  const { host } = new Laboratory();
  const elsewhere = parseIpv4('192.0.2.1');
  expect(errnoOf(() => host.tcpSocket().bind(elsewhere, 80))).toBe('EADDRNOTAVAIL');
  expect(errnoOf(() => host.udpSocket().bind(elsewhere, 80))).toBe('EADDRNOTAVAIL');
  expect(host.sysctl.write('net.ipv4.ip_nonlocal_bind', '1')).toBe('written');
  host.tcpSocket().bind(elsewhere, 80);
  host.udpSocket().bind(elsewhere, 80);
});

describe('echo requests', () => {
  const request = (destination: number): FrameFields => ({
    ethernet: { source: PEER_MAC, destination: HOST_MAC },
    ipv4: { source: PEER_ADDRESS, destination },
    icmpv4: { type: Icmpv4Type.echoRequest },
  });

  test('icmp_echo_ignore_all', () => {
    const laboratory = new Laboratory();
    expect(laboratory.host.sysctl.write('net.ipv4.icmp_echo_ignore_all', '1')).toBe('written');
    laboratory.receive(request(HOST_ADDRESS));
    expect(laboratory.takeFrame()).toBeUndefined();
    expect(laboratory.drops).toEqual(['icmp-echoes-off']);
  });

  test('icmp_echo_ignore_broadcasts=0: one to all is answered from the own address', () => {
    const laboratory = new Laboratory();
    const { sysctl } = laboratory.host;
    expect(sysctl.write('net.ipv4.icmp_echo_ignore_broadcasts', '0')).toBe('written');
    laboratory.receive(request(parseIpv4('10.0.0.255')));
    expect(laboratory.takeFrame()?.ipv4?.source).toBe(HOST_ADDRESS);
  });
});

describe('keep-alives of FreeBSD', () => {
  test('go for every connection, two hours after the last segment', () => {
    const c = connected({ profile: freebsd });
    c.sendsAfter(seconds(7200), '. 0:0(0) ack 1', 'keep-alive');
  });

  test('follow keepidle, keepintvl and keepcnt', () => {
    const c = listening({ profile: freebsd });
    for (const [name, value] of [
      ['keepidle', 10_000],
      ['keepintvl', 2000],
      ['keepcnt', 2],
    ]) {
      expect(c.host.sysctl.write(`net.inet.tcp.${name}`, String(value))).toBe('written');
    }
    c.handshake();
    c.sendsAfter(seconds(10), '. 0:0(0) ack 1', 'keep-alive');
    c.sendsAfter(seconds(2), '. 0:0(0) ack 1', 'keep-alive');
    c.sendsAfter(seconds(2), 'R. 1:1(0) ack 1', 'keep-alive-timeout');
    c.is('CLOSED');
  });

  test('are for those who ask where always_keepalive is 0', () => {
    const c = listening({ profile: freebsd });
    expect(c.host.sysctl.write('net.inet.tcp.always_keepalive', '0')).toBe('written');
    c.handshake();
    c.sendsNothing(seconds(8000));
  });
});

describe('CUBIC', () => {
  const cubicAfter = (...settings: readonly string[]): Cubic => {
    const host = settingsFrom(linux6);
    const sysctls = new Sysctls(host);
    for (const setting of settings) {
      const [name = '', value = ''] = setting.split('=');
      const file = `/sys/module/tcp_cubic/parameters/${name}`;
      expect(sysctls.write(file, value)).toBe('written');
    }
    return new Cubic(host.tcp.congestion.cubic);
  };

  test('beta says how much of the window a loss leaves', () => {
    const window = new CongestionWindow(100);
    expect(cubicAfter().thresholdAfterLoss(window)).toBe(70);
    expect(cubicAfter('beta=512').thresholdAfterLoss(window)).toBe(50);
  });

  test('initial_ssthresh counts where HyStart is off', () => {
    const thresholdAfter = (...settings: readonly string[]): number => {
      const window = new CongestionWindow(10);
      cubicAfter(...settings).begins(window);
      return window.ssthresh;
    };
    expect(thresholdAfter('initial_ssthresh=20', 'hystart=0')).toBe(20);
    expect(thresholdAfter('initial_ssthresh=20')).toBeGreaterThan(1000);
  });

  /** The threshold after a round whose ACKs come as a train of 30 ms, or 40 ms late. */
  function thresholdAfterRound(kind: 'train' | 'late', ...settings: readonly string[]): number {
    const cubic = cubicAfter(...settings);
    const window = new CongestionWindow(100);
    const millisecond = 1_000_000;
    cubic.segmentsAcked(window, 50 * millisecond, 1, 100, 0);
    for (let i = 1; i <= 30; i++) {
      const [rtt, gap] = kind === 'train' ? [50, 1] : [90, 10];
      cubic.segmentsAcked(window, rtt * millisecond, 100 + i, 1000, i * gap * millisecond);
    }
    return window.ssthresh;
  }

  test.each([
    ['train', [], 100],
    ['late', [], 100],
    ['train', ['hystart=0'], Infinity],
    ['late', ['hystart=0'], Infinity],
    ['train', ['hystart_detect=2'], Infinity],
    ['late', ['hystart_detect=1'], Infinity],
    ['train', ['hystart_low_window=101'], Infinity],
    ['train', ['hystart_ack_delta_us=500'], Infinity],
  ] as const)('HyStart ends slow start by a round: %s, %j', (kind, settings, threshold) => {
    const found = thresholdAfterRound(kind, ...settings);
    if (threshold === Infinity) expect(found).toBeGreaterThan(1000);
    else expect(found).toBe(threshold);
  });
});
