/** Sockets of both families on one host: what they take, what they share, what programs see. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  Administrator,
  type Host,
  type SocketFamily,
  TcpSocketFile,
  UdpSocketFile,
} from '../../src/stack/index.ts';
import { fromUtf8, parseIp, printIp, utf8 } from '../../src/wire/index.ts';
import { errnoOf, Laboratory } from '../help/peer.ts';

/** A host whose sockets reach each other by loopback. */
function machine(): Host {
  const { host } = new Laboratory();
  const { loopback } = host;
  loopback.attach({ transmit: (frame, why, now) => loopback.receive(frame, why, now) });
  return host;
}

interface Bound {
  readonly family: SocketFamily;
  readonly address: string;
  readonly isV6Only: boolean;
}

function bind(host: Host, { family, address, isV6Only }: Bound, port: number): string | undefined {
  return errnoOf(() => {
    const socket = host.tcpSocket(family);
    if (isV6Only) socket.setOption('IPV6_V6ONLY', 1, 0);
    socket.bind(parseIp(address), port);
  });
}

const V4: Bound = { family: 'AF_INET', address: '0.0.0.0', isV6Only: false };
const V4_LOOPBACK: Bound = { ...V4, address: '127.0.0.1' };
const DUAL: Bound = { family: 'AF_INET6', address: '::', isV6Only: false };
const V6_ONLY: Bound = { ...DUAL, isV6Only: true };
const MAPPED: Bound = { ...DUAL, address: '::ffff:127.0.0.1' };
const V6_LOOPBACK: Bound = { ...DUAL, address: '::1' };

describe('who may have a port beside whom (Linux inet_rcv_saddr_equal())', () => {
  test.each([
    [V4, DUAL, 'EADDRINUSE'],
    [V4, V6_ONLY, undefined],
    [V4, MAPPED, 'EADDRINUSE'],
    [V4, V6_LOOPBACK, undefined],
    [V4_LOOPBACK, DUAL, 'EADDRINUSE'],
    [V4_LOOPBACK, MAPPED, 'EADDRINUSE'],
    [DUAL, V6_ONLY, 'EADDRINUSE'],
    [DUAL, V6_LOOPBACK, 'EADDRINUSE'],
    [V6_ONLY, MAPPED, undefined],
    [V6_LOOPBACK, MAPPED, undefined],
  ])('%j and %j: %s, in either order', (one, other, expected) => {
    for (const [first, second] of [
      [one, other],
      [other, one],
    ] as const) {
      const host = machine();
      expect(bind(host, first, 80)).toBeUndefined();
      expect(bind(host, second, 80)).toBe(expected);
    }
  });
});

describe('what a socket refuses', () => {
  const v4 = parseIp('127.0.0.1');
  const v6 = parseIp('::1');
  const mapped = parseIp('::ffff:127.0.0.1');

  test.each([
    ['AF_INET', v6, 'EAFNOSUPPORT', 'EAFNOSUPPORT'],
    ['AF_INET6', v4, 'EINVAL', 'EINVAL'],
    ['AF_INET6', parseIp('ff02::1'), 'EINVAL', 'ENETUNREACH'],
    ['AF_INET6', parseIp('2001:db8::7'), 'EADDRNOTAVAIL', 'ENETUNREACH'],
  ] as const)('%s and %s: %s to bind, %s to connect', (family, address, toBind, toConnect) => {
    const host = machine();
    expect(errnoOf(() => host.tcpSocket(family).bind(address, 80))).toBe(toBind);
    expect(errnoOf(() => host.tcpSocket(family).connect(address, 80, 0))).toBe(toConnect);
  });

  test('IPV6_V6ONLY: nothing of IPv4, and it cannot be changed once it has a port', () => {
    const host = machine();
    const socket = host.tcpSocket('AF_INET6');
    socket.setOption('IPV6_V6ONLY', 1, 0);
    expect(errnoOf(() => socket.bind(mapped, 80))).toBe('EINVAL');
    expect(errnoOf(() => socket.connect(mapped, 80, 0))).toBe('ENETUNREACH');
    socket.bind(v6, 80);
    expect(errnoOf(() => socket.setOption('IPV6_V6ONLY', 0, 0))).toBe('EINVAL');
  });

  test('an address of one version does not reach the other', () => {
    const host = machine();
    const socket = host.tcpSocket('AF_INET6');
    socket.bind(mapped, 80);
    expect(errnoOf(() => socket.connect(v6, 81, 0))).toBe('EAFNOSUPPORT');
  });

  test('options of IPv6 are no options of a socket of IPv4', () => {
    const file = new TcpSocketFile(machine().tcpSocket());
    expect(errnoOf(() => file.getOption('SOL_IPV6', 'IPV6_V6ONLY', 4, 0))).toBe('ENOPROTOOPT');
    const datagrams = new UdpSocketFile(machine().udpSocket());
    expect(errnoOf(() => datagrams.setOption('SOL_IPV6', 'IPV6_TCLASS', 1, 4, 0))).toBe(
      'ENOPROTOOPT',
    );
  });
});

test('a listener of both versions takes IPv4, and its program reads the peer mapped', () => {
  const host = machine();
  const listener = new TcpSocketFile(host.tcpSocket('AF_INET6'));
  listener.bind({ address: parseIp('::'), port: 80 });
  listener.listen(8, 0);
  const seen = ['127.0.0.1', '::1', '::ffff:127.0.0.1', '::'].map((text) => {
    const address = parseIp(text);
    const client = host.tcpSocket(typeof address === 'number' ? 'AF_INET' : 'AF_INET6');
    client.connect(address, 80, 0);
    expect(client.connected()).toBe(true);
    return printIp(listener.accept()!.peerName!.address);
  });
  expect(seen).toEqual(['::ffff:127.0.0.1', '::1', '::ffff:127.0.0.1', '::1']);
});

test.each([
  ['AF_INET', '0.0.0.0', undefined, '127.0.0.1'],
  ['AF_INET', '0.0.0.0', '10.0.0.1', '10.0.0.1'],
  ['AF_INET6', '::ffff:0.0.0.0', undefined, '::ffff:127.0.0.1'],
  ['AF_INET6', '::ffff:0.0.0.0', '::ffff:10.0.0.1', '::ffff:10.0.0.1'],
  ['AF_INET6', '::', undefined, '::1'],
  ['AF_INET6', '::', '::ffff:10.0.0.1', '::ffff:127.0.0.1'],
] as const)('%s to %s, bound to %s: any address is this host, %s', (family, to, bound, reached) => {
  const host = machine();
  const listener = host.tcpSocket('AF_INET6');
  listener.bind(parseIp('::'), 80);
  listener.listen(8, 0);
  const tcp = new TcpSocketFile(host.tcpSocket(family));
  const udp = new UdpSocketFile(host.udpSocket(family));
  for (const socket of [tcp, udp]) {
    if (bound !== undefined) socket.bind({ address: parseIp(bound), port: 0 });
    socket.connect({ address: parseIp(to), port: 80 }, 0);
    expect(printIp(socket.peerName!.address)).toBe(reached);
  }
});

test('of two listeners the one of the packet’s version takes it', () => {
  const host = machine();
  const [v4, v6] = (['AF_INET', 'AF_INET6'] as const).map((family) => {
    const listener = host.tcpSocket(family);
    if (family === 'AF_INET6') listener.setOption('IPV6_V6ONLY', 1, 0);
    listener.bind(parseIp(family === 'AF_INET' ? '0.0.0.0' : '::'), 80);
    listener.listen(8, 0);
    return listener;
  });
  host.tcpSocket().connect(parseIp('127.0.0.1'), 80, 0);
  host.tcpSocket('AF_INET6').connect(parseIp('::ffff:127.0.0.1'), 80, 0);
  host.tcpSocket('AF_INET6').connect(parseIp('::1'), 80, 0);
  expect([v4!.listener?.waiting, v6!.listener?.waiting]).toEqual([2, 1]);
});

test('net.ipv6.bindv6only is what a new socket begins with', () => {
  const host = machine();
  expect(host.tcpSocket('AF_INET6').getOption('IPV6_V6ONLY')).toBe(0);
  host.sysctl.write('net.ipv6.bindv6only', '1');
  expect(host.tcpSocket('AF_INET6').getOption('IPV6_V6ONLY')).toBe(1);
  expect(host.udpSocket('AF_INET6').isV6Only).toBe(true);
});

test('law: a datagram finds the socket of its port and version, and tells where it came from', () => {
  const address = fc.constantFrom('127.0.0.1', '::1', '::ffff:127.0.0.1');
  fc.assert(
    fc.property(address, fc.boolean(), (text, isBound) => {
      const host = machine();
      const to = parseIp(text);
      const receiver = new UdpSocketFile(host.udpSocket('AF_INET6'));
      receiver.setOption('SOL_IPV6', 'IPV6_RECVHOPLIMIT', 1, 4, 0);
      receiver.setOption('SOL_IP', 'IP_RECVTTL', 1, 4, 0);
      receiver.bind({ address: parseIp(isBound && text === '::1' ? '::1' : '::'), port: 7 });
      const sender = host.udpSocket(typeof to === 'number' ? 'AF_INET' : 'AF_INET6');
      sender.send(utf8('hello'), to, 7, 0);
      const received = receiver.receive(100, 0)!;
      expect(fromUtf8(received.bytes)).toBe('hello');
      const isVersion6 = text === '::1';
      const from = received.address!;
      expect(printIp(from.address)).toBe(isVersion6 ? '::1' : '::ffff:127.0.0.1');
      expect(received.control).toEqual([
        isVersion6
          ? { level: 'SOL_IPV6', type: 'IPV6_HOPLIMIT', data: { kind: 'int', value: 64 } }
          : { level: 'SOL_IP', type: 'IP_TTL', data: { kind: 'int', value: 64 } },
      ]);
      receiver.send({ ...ANSWER, address: from }, 0);
      expect(fromUtf8(sender.receive()!.payload)).toBe('answer');
    }),
    { numRuns: 20 },
  );
});

const ANSWER = { buffers: [utf8('answer')], control: [], flags: 0, continues: false };

test('the tools show which versions a socket takes', () => {
  const host = machine();
  const administrator = new Administrator(host);
  const listening: readonly (readonly [Bound, number])[] = [
    [V4, 80],
    [DUAL, 81],
    [V6_ONLY, 82],
    [V6_LOOPBACK, 83],
  ];
  for (const [{ family, address, isV6Only }, port] of listening) {
    const socket = host.tcpSocket(family);
    if (isV6Only) socket.setOption('IPV6_V6ONLY', 1, 0);
    socket.bind(parseIp(address), port);
    socket.listen(8, 0);
  }
  host.tcpSocket('AF_INET6').connect(parseIp('::ffff:127.0.0.1'), 81, 0);
  const shown = administrator.run(['ss', '-tnH', '-l'], '', 0)?.output ?? '';
  expect(shown.split('\n').map((line) => line.split(/\s+/).slice(3, 5))).toEqual([
    ['0.0.0.0:80', '0.0.0.0:*'],
    ['*:81', '*:*'],
    ['[::]:82', '[::]:*'],
    ['[::1]:83', '[::]:*'],
    [],
  ]);
  const connected = administrator.run(['ss', '-tnH'], '', 0)?.output ?? '';
  expect(connected).toMatch(/\[::ffff:127\.0\.0\.1\]:81/);
  const files = ['/proc/net/tcp', '/proc/net/tcp6'].map(
    (path) => (administrator.readFile(path, 0) ?? '').split('\n').length - 2,
  );
  expect(files).toEqual([1, 5]);
  expect(administrator.readFile('/proc/net/tcp6', 0)).toContain(
    ' 0000000000000000FFFF00000100007F:0051 ',
  );
});
