/** Stream sockets of scenario code: what their options do. */
import { describe, expect } from 'vitest';
import type { StreamSocket } from '../../src/sim/index.ts';
import type { SocketOption } from '../../src/stack/index.ts';
import { fromUtf8, readTcpOptions } from '../../src/wire/index.ts';
import { test } from '../help/family-test.ts';
import { errno, type Observed, ONE_WAY, pattern } from './lab.ts';
import { alone, connected } from './stream-sockets.ts';

describe('options', () => {
  const transfer = (...options: (readonly [SocketOption, number])[]): Promise<Observed> =>
    connected(
      async (socket) => {
        await socket.send(pattern(20_000));
        await socket.close();
      },
      async (connection) => {
        expect(await connection.recvAll()).toEqual(pattern(20_000));
      },
      options,
    );

  /** The window of each segment from port 80 after its SYN, in octets. */
  function windows({ frames }: Observed): number[] {
    const scale = frames.flatMap(({ frame: { tcp } }) => {
      return tcp?.sourcePort === 80 ? optionsOf(tcp.options).windowScale : [];
    });
    return frames.flatMap(({ frame: { tcp } }) =>
      tcp?.sourcePort === 80 && (tcp.flags & 2) === 0 ? [tcp.window << Math.max(0, ...scale)] : [],
    );
  }

  test('SO_RCVBUF bounds the window offered, and what is in flight with it', async () => {
    const small = await transfer(['SO_RCVBUF', 4096]);
    expect(Math.max(...windows(small))).toBeLessThanOrEqual(4096);
    expect(Math.max(...windows(await transfer()))).toBeGreaterThan(20_000);
    expect(small.result?.endedAt).toBeGreaterThan((await transfer()).result?.endedAt ?? 0);
  });

  test('SO_SNDBUF bounds what send takes before it waits', () =>
    connected(
      async (socket, process) => {
        expect(socket.getsockopt('SO_SNDBUF')).toBe(2 * 5_000);
        const before = process.now;
        await socket.send(pattern(10_000)); // one packet may reach beyond the limit
        expect(process.now).toBe(before);
        await socket.send('x');
        expect(process.now - before).toBeGreaterThanOrEqual(2 * ONE_WAY);
        await socket.close();
      },
      async (connection) => {
        expect(await connection.recvAll()).toHaveLength(10_001);
      },
      [['SO_SNDBUF', 5_000]],
    ));

  test('TCP_MAXSEG bounds segments and is announced', async () => {
    const { frames } = await transfer(['TCP_MAXSEG', 500]);
    const announced = frames
      .map(({ frame: { tcp } }) => (tcp === undefined ? -1 : optionsOf(tcp.options).mss))
      .filter((mss) => mss >= 0);
    expect(announced).toEqual([500, 500]);
    // with timestamps in the header, 12 octets less
    expect(Math.max(...frames.map(({ frame }) => (frame.tcp ? frame.payload.length : 0)))).toBe(
      488,
    );
  });

  test('TCP_NODELAY sends small writes at once; without it they wait for the ACK', async () => {
    const small = async (socket: StreamSocket): Promise<void> => {
      for (const text of ['a', 'b', 'c']) await socket.send(text);
      await socket.close();
    };
    const read = async (connection: StreamSocket): Promise<void> => {
      expect(fromUtf8(await connection.recvAll())).toBe('abc');
    };
    const lengths = ({ segments }: Observed): number[] =>
      segments.map((segment) => Number(segment.split(' ')[2])).filter((length) => length > 0);
    expect(lengths(await connected(small, read, [['TCP_NODELAY', 1]]))).toEqual([1, 1, 1]);
    expect(lengths(await connected(small, read))).toEqual([1, 2]);
  });

  test('what is set is what is got, and inherited by accepted sockets', () =>
    connected(
      async (socket) => {
        expect(socket.getsockopt('SO_RCVBUF')).toBe(2 * 9_000);
        expect(socket.getsockopt('SO_REUSEADDR')).toBe(1);
        expect(socket.getsockopt('TCP_NODELAY')).toBe(1);
      },
      async (connection) => {
        expect(connection.getsockopt('SO_RCVBUF')).toBe(2 * 9_000);
        expect(connection.getsockopt('TCP_NODELAY')).toBe(1);
      },
      [
        ['SO_RCVBUF', 9_000],
        ['SO_REUSEADDR', 1],
        ['TCP_NODELAY', 1],
      ],
    ));

  test.each([1.5, Number.NaN])('EINVAL: SO_RCVBUF of %d', (value) =>
    alone(async (process) => {
      const socket = process.socket('stream');
      expect(await errno(() => socket.setsockopt('SO_RCVBUF', value))).toBe('EINVAL');
    }),
  );
});

function optionsOf(options: Uint8Array): ReturnType<typeof readTcpOptions> {
  return readTcpOptions(options, 0, options.length);
}
