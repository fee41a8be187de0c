/**
 * Who may have whose port (socket(7)): SO_REUSEADDR and SO_REUSEPORT at bind, listen and connect. The
 * tables are what Linux 6.18 answered to the same calls on its loopback addresses.
 */
import * as fc from 'fast-check';
import { describe, expect } from 'vitest';
import { type Host, type TcpSocket } from '../../src/stack/index.ts';
import type { IpAddress } from '../../src/wire/index.ts';
import { FAMILIES } from '../help/families.ts';
import { familyOfTest, test } from '../help/family-test.ts';
import { errnoOf, Laboratory, listening } from '../help/peer.ts';

const PORT = 4000;

/** `a` for SO_REUSEADDR, `p` for SO_REUSEPORT. */
type Flags = '' | 'a' | 'p' | 'ap';
const FLAGS: readonly Flags[] = ['', 'a', 'p', 'ap'];

function socketWith(host: Host, flags: Flags, family = familyOfTest()): TcpSocket {
  const socket = family.open(host);
  setFlags(socket, flags);
  return socket;
}

function setFlags(socket: TcpSocket, flags: Flags): void {
  socket.setOption('SO_REUSEADDR', flags.includes('a') ? 1 : 0, 0);
  socket.setOption('SO_REUSEPORT', flags.includes('p') ? 1 : 0, 0);
}

/** By the first socket's flags: with which flags another may bind its port. */
const BESIDE: Readonly<Record<'bound' | 'listening', Readonly<Record<Flags, readonly Flags[]>>>> = {
  bound: { '': [], a: ['a', 'ap'], p: ['p', 'ap'], ap: ['a', 'p', 'ap'] },
  listening: { '': [], a: [], p: ['p', 'ap'], ap: ['p', 'ap'] },
};

describe.each(['bound', 'listening'] as const)('beside a socket that is %s', (state) => {
  const cases = FLAGS.flatMap((first) => FLAGS.map((second) => [first, second] as const));

  test.each(cases)('with %j, one with %j binds the same address or any', (first, second) => {
    const family = familyOfTest();
    const own = family.address(1);
    for (const [held, wanted] of [
      [own, own],
      [family.any, own],
      [own, family.any],
    ] as const) {
      const { host } = new Laboratory();
      const holder = socketWith(host, first);
      holder.bind(held, PORT);
      if (state === 'listening') holder.listen(5, 0);
      const other = socketWith(host, second);
      const isShared = BESIDE[state][first].includes(second);
      expect(errnoOf(() => other.bind(wanted, PORT))).toBe(isShared ? undefined : 'EADDRINUSE');
      if (isShared) other.listen(5, 0);
    }
  });
});

test('sockets at different addresses do not share a port', () => {
  const { host, hostAddress, family } = new Laboratory();
  socketWith(host, '').bind(hostAddress, PORT);
  const bind = (): void => socketWith(host, '').bind(family.loopback, PORT);
  expect(errnoOf(bind)).toBeUndefined();
});

test('two may be bound where only one may listen: the flags count again', () => {
  const { host, hostAddress } = new Laboratory();
  const [first, second, third] = [1, 2, 3].map(() => socketWith(host, 'a'));
  for (const socket of [first!, second!, third!]) socket.bind(hostAddress, PORT);
  setFlags(third!, '');
  expect(errnoOf(() => third!.listen(5, 0))).toBe('EADDRINUSE');
  third!.close(0);
  first!.listen(5, 0);
  expect(errnoOf(() => second!.listen(5, 0))).toBe('EADDRINUSE');
});

test.each(FLAGS)(
  'connections keep their address for sockets with %j as their listener was',
  (flags) => {
    const c = listening({ hostPort: PORT });
    setFlags(c.listener!, 'a');
    c.handshake();
    c.accept();
    c.listener!.close(c.now);
    const isShared = flags.includes('a');
    const bind = (address: IpAddress): string | undefined =>
      errnoOf(() => {
        const socket = socketWith(c.host, flags);
        socket.bind(address, PORT);
        socket.close(c.now);
      });
    expect(bind(c.hostAddress)).toBe(isShared ? undefined : 'EADDRINUSE');
    expect(bind(c.family.any)).toBe(isShared ? undefined : 'EADDRINUSE');
    expect(bind(c.family.loopback)).toBeUndefined();
  },
);

test('bind(0) gives no port that another has, whatever both allow', () => {
  const { host, hostAddress, family } = new Laboratory();
  expect(host.sysctl.write('net.ipv4.ip_local_port_range', '1024 1025')).toBe('written');
  const ports = [1, 2].map(() => {
    const socket = socketWith(host, 'ap');
    socket.bind(hostAddress, 0);
    return socket.localPort;
  });
  expect(ports.toSorted((a, b) => a - b)).toEqual([1024, 1025]);
  expect(errnoOf(() => socketWith(host, 'ap').bind(hostAddress, 0))).toBe('EADDRINUSE');
  socketWith(host, 'ap').bind(family.loopback, 0);
});

test('bind(0) shares ports when none is left and the administrator allows it', () => {
  const { host, hostAddress } = new Laboratory();
  expect(host.sysctl.write('net.ipv4.ip_local_port_range', '1024 1025')).toBe('written');
  expect(host.sysctl.write('net.ipv4.ip_autobind_reuse', '1')).toBe('written');
  const bound = (flags: Flags): number => {
    const socket = socketWith(host, flags);
    socket.bind(hostAddress, 0);
    return socket.localPort;
  };
  expect([bound('a'), bound('a')].toSorted((a, b) => a - b)).toEqual([1024, 1025]);
  expect([1024, 1025]).toContain(bound('a'));
  expect(errnoOf(() => bound(''))).toBe('EADDRINUSE');
});

test('connect takes a bound port for another peer, and none that is bound by itself', () => {
  const { host, hostAddress, peerAddress, family, sent } = new Laboratory();
  expect(host.sysctl.write('net.ipv4.ip_local_port_range', '1024 1024')).toBe('written');
  const [first, second] = [1, 2].map(() => socketWith(host, 'a'));
  for (const socket of [first!, second!]) socket.bind(hostAddress, 1024);
  first!.connect(peerAddress, 80, 0);
  expect(errnoOf(() => second!.connect(peerAddress, 80, 0))).toBe('EADDRNOTAVAIL');
  second!.connect(peerAddress, 81, 0);
  expect(errnoOf(() => family.open(host).connect(peerAddress, 82, 0))).toBe('EADDRNOTAVAIL');
  sent.length = 0;
});

describe('listeners that share a port by SO_REUSEPORT', () => {
  test.law('each peer gets the same one each time, and all get some', (families) => {
    fc.assert(
      fc.property(families, fc.integer({ min: 2, max: 5 }), (family, count) => {
        const c = listening({ family, socket: { SO_REUSEPORT: 1 }, backlog: 200 });
        const others = Array.from({ length: count - 1 }, () => {
          const socket = socketWith(c.host, 'p', FAMILIES[family]);
          socket.bind(c.family.any, c.hostPort);
          socket.listen(200, 0);
          return socket;
        });
        for (let peer = 0; peer < 60; peer++) {
          c.another({ peerPort: 41_000 + peer }).peer('S 0:0(0) win 65535 <mss 1460>');
          c.laboratory.sent.length = 0;
          c.another({ peerPort: 41_000 + peer }).peer('. 1:1(0) ack 1');
        }
        const taken = [c.listener!, ...others].map((socket) => {
          let accepted = 0;
          while (socket.accept() !== undefined) accepted += 1;
          return accepted;
        });
        expect(Math.min(...taken)).toBeGreaterThan(0);
        expect(taken.reduce((sum, some) => sum + some, 0)).toBe(60);
      }),
      { numRuns: 8, seed: 20_261_121 },
    );
  });
});
