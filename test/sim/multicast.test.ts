/** Groups as scenario code joins them. */
import { describe, expect, test } from 'vitest';
import type { Process } from '../../src/sim/index.ts';
import { ms } from '../../src/stack/index.ts';
import { errno, ONE_WAY, play } from './lab.ts';

/** Runs a program on each of two hosts that have addresses of both families. */
function across(
  client: (process: Process) => Promise<void>,
  server: (process: Process) => Promise<void> = async () => {},
): Promise<unknown> {
  return play(({ network }) => {
    const [a, b] = network.pair(
      { latency: ONE_WAY },
      {
        client: { address: ['10.0.0.1/24', 'fd00::1/64'] },
        server: { address: ['10.0.0.2/24', 'fd00::2/64'] },
      },
    );
    b.run('server', server);
    a.run('client', client);
  });
}

describe.each(['239.1.1.1', 'ff05::1'])('%s', (group) => {
  const isIpv4 = group.includes('.');

  test('who has joined hears it, and who has left does not', () =>
    across(
      async (process) => {
        await process.sleep(ms(10));
        const socket = process.socket('datagram');
        socket.setsockopt(isIpv4 ? 'IP_MULTICAST_IF' : 'IPV6_MULTICAST_IF', 'eth0');
        for (const text of ['one', 'two']) {
          socket.send(text, { address: group, port: 7 });
          await process.sleep(ms(50));
        }
      },
      async (process) => {
        const socket = process.socket('datagram');
        socket.join(group, 'eth0');
        socket.bind(7);
        expect((await socket.recv()).text).toBe('one');
        socket.leave(group, 'eth0');
        expect(await errno(() => socket.recv(ms(100)))).toBe('EAGAIN');
      },
    ));

  test('errors are those of setsockopt', () =>
    across(async (process) => {
      const socket = process.socket('datagram');
      expect(await errno(() => socket.join(isIpv4 ? '10.0.0.2' : 'fd00::2'))).toBe('EINVAL');
      expect(await errno(() => socket.join(group, 'eth7'))).toBe('ENODEV');
      socket.join(group, isIpv4 ? '10.0.0.1' : 'eth0');
      expect(await errno(() => socket.join(group, 'eth0'))).toBe('EADDRINUSE');
      socket.leave(group, 'eth0');
      expect(await errno(() => socket.leave(group, 'eth0'))).toBe('EADDRNOTAVAIL');
      socket.close();
      expect(await errno(() => socket.join(group))).toBe('EBADF');
    }));
});

test('a socket of IPv4 joins no group of IPv6', () =>
  across(async (process) => {
    const socket = process.socket('datagram', 'AF_INET');
    expect(await errno(() => socket.join('ff05::1', 'eth0'))).toBe('ENOPROTOOPT');
    expect(await errno(() => socket.setsockopt('IPV6_MULTICAST_HOPS', 3))).toBe('ENOPROTOOPT');
  }));
