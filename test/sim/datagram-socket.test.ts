/** Datagram sockets of scenario code: every call and its errors. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DatagramSocket, Process } from '../../src/sim/index.ts';
import { ms, seconds } from '../../src/stack/index.ts';
import { between, errno, ONE_WAY, pattern, SERVER } from './lab.ts';

function bound(process: Process, port = SERVER.port): DatagramSocket {
  const socket = process.socket('datagram');
  socket.bind(port);
  return socket;
}

test('a datagram and its answer, each with its sender', () =>
  between(
    async (process) => {
      const socket = process.socket('datagram');
      socket.send('question', SERVER);
      const { text, payload, from } = await socket.recv();
      expect(text).toBe('answer');
      expect(payload).toHaveLength(6);
      expect(from).toEqual(SERVER);
      expect(process.now).toBe(4 * ONE_WAY); // ARP there and back, then the two
    },
    async (process) => {
      const socket = bound(process);
      const { text, from } = await socket.recv();
      expect(text).toBe('question');
      expect(from.address).toBe('10.0.0.1');
      socket.send('answer', from);
    },
  ));

test('boundaries between datagrams are kept, those of nothing too', () =>
  between(
    async (process) => {
      const socket = process.socket('datagram');
      for (const text of ['a', '', 'bcd']) {
        socket.send(text, SERVER);
        await process.sleep(ms(50)); // more than three would not wait for ARP
      }
    },
    async (process) => {
      const socket = bound(process);
      const texts: string[] = [];
      for (let i = 0; i < 3; i++) texts.push((await socket.recv()).text);
      expect(texts).toEqual(['a', '', 'bcd']);
    },
  ));

describe('ends', () => {
  test('local and remote', () =>
    between(async (process) => {
      const socket = process.socket('datagram');
      expect(socket.local).toEqual({ address: '0.0.0.0', port: 0 });
      expect(socket.remote).toBeUndefined();
      socket.connect(SERVER);
      expect(socket.local.address).toBe('10.0.0.1');
      expect(socket.local.port).toBeGreaterThanOrEqual(32_768);
      expect(socket.remote).toEqual(SERVER);
    }));

  test('a connected socket hears its peer only', () =>
    between(
      async (process) => {
        const other = bound(process, 1000);
        const peer = bound(process, 1001);
        await process.sleep(ms(1));
        other.send('other', SERVER);
        peer.send('peer', SERVER);
        await process.sleep(seconds(1));
      },
      async (process) => {
        const socket = bound(process);
        socket.connect({ address: '10.0.0.1', port: 1001 });
        expect((await socket.recv()).text).toBe('peer');
      },
    ));
});

describe('errors', () => {
  test('EADDRINUSE, EADDRNOTAVAIL, EINVAL of bind', () =>
    between(async (process) => {
      const socket = bound(process);
      expect(await errno(() => bound(process))).toBe('EADDRINUSE');
      expect(await errno(() => process.socket('datagram').bind(81, '10.0.0.9'))).toBe(
        'EADDRNOTAVAIL',
      );
      expect(await errno(() => socket.bind(81))).toBe('EINVAL');
      expect(await errno(() => process.socket('stream').bind(SERVER.port))).toBeUndefined();
    }));

  test('EDESTADDRREQ: sent to nobody', () =>
    between(async (process) => {
      expect(await errno(() => process.socket('datagram').send('x'))).toBe('EDESTADDRREQ');
    }));

  test('EMSGSIZE: more than a packet holds', () =>
    between(async (process) => {
      const socket = process.socket('datagram');
      expect(await errno(() => socket.send(new Uint8Array(1_472), SERVER))).toBeUndefined();
      expect(await errno(() => socket.send(new Uint8Array(65_508), SERVER))).toBe('EMSGSIZE');
      const self = { address: '127.0.0.1', port: 9 };
      expect(await errno(() => socket.send(new Uint8Array(65_507), self))).toBeUndefined();
      expect(await errno(() => socket.send(new Uint8Array(65_508), self))).toBe('EMSGSIZE');
    }));

  test('ENETUNREACH: no route', () =>
    between(async (process) => {
      const away = { address: '192.0.2.1', port: 9 };
      expect(await errno(() => process.socket('datagram').send('x', away))).toBe('ENETUNREACH');
      expect(await errno(() => process.socket('datagram').connect(away))).toBe('ENETUNREACH');
    }));

  test('ECONNREFUSED: a connected socket hears that nobody has the port, once', () =>
    between(async (process) => {
      const socket = process.socket('datagram');
      socket.connect(SERVER);
      socket.send('x');
      expect(await errno(() => socket.recv())).toBe('ECONNREFUSED');
      socket.send('x');
      await process.sleep(seconds(1));
      expect(await errno(() => socket.send('x'))).toBe('ECONNREFUSED');
      expect(await errno(() => socket.send('x'))).toBeUndefined();
    }));

  test('an unconnected socket does not', () =>
    between(async (process) => {
      const socket = process.socket('datagram');
      socket.send('x', SERVER);
      await process.sleep(seconds(1));
      expect(await errno(() => socket.send('x', SERVER))).toBeUndefined();
    }));

  test('that nobody answers ARP is a soft error, of which Linux does not tell', () =>
    between(async (process) => {
      const socket = process.socket('datagram');
      socket.connect({ address: '10.0.0.9', port: 9 });
      socket.send('x');
      expect(await errno(() => socket.recv(seconds(5)))).toBe('EAGAIN');
      expect(process.now).toBe(seconds(5));
    }));

  test('EBADF from every call after close; a second close does nothing', () =>
    between(async (process) => {
      const socket = bound(process);
      const waiting = errno(() => socket.recv());
      await process.sleep(ms(1));
      socket.close();
      expect(await waiting).toBe('EBADF');
      expect(await errno(() => socket.bind(81))).toBe('EBADF');
      expect(await errno(() => socket.connect(SERVER))).toBe('EBADF');
      expect(await errno(() => socket.send('x', SERVER))).toBe('EBADF');
      expect(await errno(() => socket.recv())).toBe('EBADF');
      expect(await errno(() => socket.close())).toBeUndefined();
      expect(process.sockets.size).toBe(0);
      expect(await errno(() => bound(process))).toBeUndefined(); // the port is free
    }));

  test.each([-1, 65_536, 0.5])('port %d is no port', async (port) => {
    await between(async (process) => {
      const socket = process.socket('datagram');
      const to = { address: '10.0.0.2', port };
      expect(() => socket.bind(port)).toThrow(`not a port: ${port}`);
      expect(() => socket.connect(to)).toThrow(`not a port: ${port}`);
      expect(() => socket.send('x', to)).toThrow(`not a port: ${port}`);
    });
  });
});

test('several that wait are served one datagram each, the first first', () =>
  between(
    async (process) => {
      const socket = process.socket('datagram');
      for (const text of ['1', '2', '3']) {
        socket.send(text, SERVER);
        await process.sleep(ms(50));
      }
    },
    async (process) => {
      const socket = bound(process);
      const received = await Promise.all([1, 2, 3].map(() => socket.recv()));
      expect(received.map(({ text }) => text)).toEqual(['1', '2', '3']);
    },
  ));

test('a full receive buffer drops what comes, and says so', async () => {
  const { drops } = await between(
    async (process) => {
      const socket = process.socket('datagram');
      for (let i = 0; i < 200; i++) {
        socket.send(new Uint8Array(1_400), SERVER);
        await process.sleep(ms(50));
      }
    },
    async (process) => {
      const socket = bound(process);
      await process.sleep(seconds(11));
      let received = 0;
      for (; socket.stackSocket.receiveQueue > 0; received++) await socket.recv();
      expect(received).toBe(1 + Math.floor(212_992 / 2_304)); // each in a block of 2,048
    },
  );
  expect(drops.filter(({ cause }) => cause === 'udp-queue-full')).toHaveLength(
    200 - (1 + Math.floor(212_992 / 2_304)),
  );
});

test('law: datagrams of any size that fits arrive as they were sent', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 1_472 }), { minLength: 1, maxLength: 10 }),
      async (lengths) => {
        const received: number[] = [];
        await between(
          async (process) => {
            const socket = process.socket('datagram');
            for (const length of lengths) {
              socket.send(pattern(length), SERVER);
              await process.sleep(2 * ONE_WAY); // so that none waits for ARP but the first
            }
          },
          async (process) => {
            const socket = bound(process);
            for (const length of lengths) {
              const { payload } = await socket.recv();
              expect(payload).toEqual(pattern(length));
              received.push(payload.length);
            }
          },
        );
        expect(received).toEqual(lengths);
      },
    ),
    { numRuns: 25 },
  ));

describe('to everybody', () => {
  test.each(['255.255.255.255', '10.0.0.255'])('%s needs SO_BROADCAST', async (address) => {
    const { frames } = await between(
      async (process, { network }) => {
        network.capture(network.hosts[0]!);
        const socket = process.socket('datagram');
        socket.bind(5000);
        const to = { address, port: SERVER.port };
        const bound = address.startsWith('255') ? 'ENETUNREACH' : 'EACCES';
        expect(await errno(() => socket.send('x', to))).toBe(bound);
        if (address.startsWith('255')) socket.setsockopt('SO_BINDTODEVICE', 'eth0');
        expect(await errno(() => socket.send('x', to))).toBe('EACCES');
        socket.setsockopt('SO_BROADCAST', 1);
        socket.send('x', to);
      },
      async (process) => {
        expect((await bound(process).recv()).from).toEqual({ address: '10.0.0.1', port: 5000 });
      },
    );
    expect(frames[0]?.bytes.subarray(0, 6)).toEqual(new Uint8Array(6).fill(0xff)); // and no ARP
  });

  test('a socket bound to an interface hears that only; ENODEV where there is none', () =>
    between(async (process) => {
      const [outside, inside] = [process.socket('datagram'), process.socket('datagram')];
      outside.setsockopt('SO_BINDTODEVICE', 'eth0');
      inside.setsockopt('SO_BINDTODEVICE', 'lo');
      outside.bind(1000);
      inside.bind(1001);
      for (const port of [1000, 1001]) {
        process.socket('datagram').send('x', { address: '127.0.0.1', port });
      }
      expect((await inside.recv()).text).toBe('x');
      expect(await errno(() => outside.recv(ms(1)))).toBe('EAGAIN');
      expect(await errno(() => inside.setsockopt('SO_BINDTODEVICE', 'eth7'))).toBe('ENODEV');
    }));
});
