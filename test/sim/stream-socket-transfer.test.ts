/** Stream sockets of scenario code: send and recv, their errors, and who waits for what. */
import * as fc from 'fast-check';
import { describe, expect } from 'vitest';
import { drop, frames } from '../../src/sim/index.ts';
import { ms, seconds } from '../../src/stack/index.ts';
import { fromUtf8 } from '../../src/wire/index.ts';
import { FAMILIES } from '../help/families.ts';
import { test } from '../help/family-test.ts';
import {
  anyOf,
  between,
  errno,
  listening,
  ONE_WAY,
  pairOf,
  pattern,
  play,
  serverOf,
} from './lab.ts';
import { alone, connected, knowForGood } from './stream-sockets.ts';

describe('send', () => {
  test('EPIPE before there is a connection', () =>
    alone(async (process) => {
      expect(await errno(() => process.socket('stream').send('x'))).toBe('EPIPE');
      expect(await errno(() => listening(process).send('x'))).toBe('EPIPE');
    }));

  test('waits for the connection while it opens', () =>
    between(
      async (process) => {
        const socket = process.socket('stream');
        const opening = socket.connect(serverOf());
        await socket.send('early');
        expect(process.now).toBe(4 * ONE_WAY);
        await opening;
      },
      async (process) => {
        expect(await (await listening(process).accept()).recvText()).toBe('early');
      },
    ));

  test('fails when the connection that it waits for does', () =>
    between(async (process) => {
      const socket = process.socket('stream');
      const opening = errno(() => socket.connect(serverOf()));
      const sending = errno(() => socket.send('early'));
      expect(await Promise.all([opening, sending])).toContain('ECONNREFUSED');
      expect(socket.state).toBe('CLOSED');
    }));

  test('of nothing sends nothing', async () => {
    const { segments } = await connected(
      async (socket) => {
        await socket.send('');
        await socket.send(new Uint8Array());
      },
      async (connection) => {
        expect(await connection.recvText()).toBe('');
      },
    );
    expect(segments.every((segment) => segment.endsWith(' 0'))).toBe(true);
  });

  test('EPIPE after shutdown(write)', () =>
    connected(
      async (socket) => {
        socket.shutdown('write');
        expect(await errno(() => socket.send('x'))).toBe('EPIPE');
      },
      async () => {},
    ));

  test('ECONNRESET once, when the peer has reset; EPIPE from then on', () =>
    connected(
      async (socket, process) => {
        await process.sleep(seconds(1));
        expect(await errno(() => socket.send('x'))).toBe('ECONNRESET');
        expect(await errno(() => socket.send('x'))).toBe('EPIPE');
        expect(await errno(() => socket.recv())).toBeUndefined(); // the end of the stream
      },
      async (connection) => {
        connection.setsockopt('SO_LINGER', { on: true, seconds: 0 });
        await connection.close();
      },
    ));

  test('ETIMEDOUT when nothing is acknowledged any more', () =>
    play(({ network }) => {
      const lost = drop((_, index) => index >= 3 && index < 203);
      const [client, server] = pairOf(network, { aToB: { faults: [lost] } });
      knowForGood(client);
      server.run('server', async (process) => {
        await listening(process).accept();
        await process.sleep(seconds(2000));
      });
      client.run('client', async (process) => {
        const socket = process.socket('stream');
        await socket.connect(serverOf());
        await socket.send('lost');
        expect(await errno(() => socket.recv())).toBe('ETIMEDOUT');
        expect(process.now).toBeGreaterThan(seconds(900)); // R2, tcp_retries2
      });
    }));

  test('takes what fits at once; what does not waits, and gets on as the reader reads', async () => {
    const sent: number[] = [];
    await connected(
      async (socket, process) => {
        for (let i = 0; i < 4; i++) {
          await socket.send(pattern(100_000));
          sent.push(process.now);
        }
        await socket.close();
      },
      async (connection, process) => {
        await process.sleep(seconds(10));
        let length = 0;
        for (;;) {
          const bytes = await connection.recv(10_000);
          if (bytes.length === 0) break;
          length += bytes.length;
          await process.sleep(ms(10));
        }
        expect(length).toBe(400_000);
      },
      [['SO_SNDBUF', 40_000]],
    );
    expect(sent[0]).toBeLessThan(seconds(1)); // 65,536 to the reader, the rest in the buffer
    expect(sent[1]).toBeGreaterThan(seconds(10));
    expect(sent).toEqual(sent.toSorted((a, b) => a - b));
    expect(sent[3]).toBeGreaterThan(sent[2] ?? Infinity);
  });

  test('that waits gets EPIPE when another task shuts the writing down', () =>
    connected(
      async (socket, process) => {
        const sending = errno(() => socket.send(new Uint8Array(1_000_000)));
        await process.sleep(seconds(1));
        socket.shutdown('write');
        expect(await sending).toBe('EPIPE');
        expect(process.now).toBe(seconds(1) + 4 * ONE_WAY);
      },
      async (_connection, process) => process.sleep(seconds(10)),
    ));
});

describe('recv', () => {
  test('ENOTCONN before there is a connection', () =>
    alone(async (process) => {
      expect(await errno(() => process.socket('stream').recv())).toBe('ENOTCONN');
    }));

  test('gives what is there, at most the limit, and an empty array at the end, ever again', () =>
    connected(
      async (socket, process) => {
        await socket.send('hello');
        await process.sleep(seconds(1));
        await socket.send(' world');
        await socket.close();
      },
      async (connection, process) => {
        expect(await connection.recvText(2)).toBe('he');
        expect(await connection.recvText(2)).toBe('ll');
        expect(await connection.recvText(2)).toBe('o');
        expect(await connection.recvText()).toBe(' world');
        expect(process.now).toBeGreaterThan(seconds(1));
        for (let i = 0; i < 3; i++) expect(await connection.recv()).toHaveLength(0);
      },
    ));

  test.each([0, -1, 1.5, Number.NaN])('EINVAL: a limit of %d', async (limit) => {
    await connected(
      async (socket) => {
        await socket.send('x');
      },
      async (connection) => {
        expect(await errno(() => connection.recv(limit))).toBe('EINVAL');
        expect(await connection.recvText()).toBe('x');
      },
    );
  });

  test('ECONNRESET once, when the peer resets; then the end', () =>
    connected(
      async (socket) => {
        expect(await errno(() => socket.recv())).toBe('ECONNRESET');
        expect(await socket.recv()).toHaveLength(0);
        expect(await errno(() => socket.send('x'))).toBe('EPIPE');
      },
      async (connection, process) => {
        await process.sleep(ms(100));
        connection.setsockopt('SO_LINGER', { on: true, seconds: 0 });
        await connection.close();
      },
    ));

  test('of several tasks: each octet goes to one of them', () =>
    connected(
      async (socket, process) => {
        for (const text of ['a', 'b', 'c']) {
          await process.sleep(ms(100));
          await socket.send(text);
        }
        await socket.close();
      },
      async (connection) => {
        const texts = await Promise.all([1, 2, 3, 4].map(() => connection.recvText()));
        expect(texts).toEqual(['a', 'b', 'c', '']);
      },
    ));

  test('recvAll gives everything until the end', () =>
    connected(
      async (socket) => {
        await socket.send(pattern(300_000));
        await socket.close();
      },
      async (connection) => {
        expect(await connection.recvAll()).toEqual(pattern(300_000));
      },
    ));

  test('text may be cut within a character by its limit only', () =>
    connected(
      async (socket) => {
        await socket.send('§3.10 – 2·MSL');
        await socket.close();
      },
      async (connection) => {
        expect(fromUtf8(await connection.recvAll())).toBe('§3.10 – 2·MSL');
      },
    ));
});

describe('laws', () => {
  const aWrite = fc.record({
    length: fc.integer({ min: 0, max: 20_000 }),
    pause: fc.integer({ min: 0, max: 300 }).map(ms),
  });

  test.law('whatever is written arrives exactly, whatever the pauses and losses', (families) =>
    fc.assert(
      fc.asyncProperty(
        families,
        fc.record({
          writes: fc.array(aWrite, { maxLength: 6 }),
          limit: fc.integer({ min: 1, max: 70_000 }),
          readPause: fc.integer({ min: 0, max: 50 }).map(ms),
          receive: fc.constantFrom(0, 2_000, 10_000),
          send: fc.constantFrom(0, 3_000, 20_000),
          lost: fc.array(fc.integer({ min: 2, max: 40 }), { maxLength: 4 }),
        }),
        async (name, { writes, limit, readPause, receive, send, lost }) => {
          const family = FAMILIES[name];
          const all = pattern(writes.reduce((sum, { length }) => sum + length, 0));
          const most = Math.max(limit, Math.ceil(all.length / 50)); // so that a run stays short
          let read: readonly number[] = [];
          await play(({ network, check }) => {
            const link = { latency: ms(3), faults: [drop(frames(...lost))] };
            const [client, server] = pairOf(network, link, {}, family);
            server.run('server', async (process) => {
              const listener = process.socket('stream');
              if (receive > 0) listener.setsockopt('SO_RCVBUF', receive);
              listener.bind(80, anyOf(family));
              listener.listen();
              const connection = await listener.accept();
              const parts: number[] = [];
              for (;;) {
                const part = await connection.recv(most);
                if (part.length === 0) break;
                check(part.length <= most, 'no more than the limit');
                for (const octet of part) parts.push(octet);
                await process.sleep(readPause);
              }
              read = parts;
              await connection.close();
            });
            client.run('client', async (process) => {
              const socket = process.socket('stream');
              if (send > 0) socket.setsockopt('SO_SNDBUF', send);
              await socket.connect(serverOf(family));
              let at = 0;
              for (const { length, pause } of writes) {
                await process.sleep(pause);
                await socket.send(all.subarray(at, at + length));
                at += length;
              }
              socket.shutdown('write');
              expect(await socket.recv()).toHaveLength(0);
            });
          });
          expect(Uint8Array.from(read)).toEqual(all);
        },
      ),
      { numRuns: 30 },
    ),
  );
});
