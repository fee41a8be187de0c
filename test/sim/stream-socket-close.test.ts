/** Stream sockets of scenario code: shutdown, close, and SO_LINGER. */
import { describe, expect } from 'vitest';
import type { StreamSocket } from '../../src/sim/index.ts';
import { ms, seconds } from '../../src/stack/index.ts';
import { fromUtf8 } from '../../src/wire/index.ts';
import { test } from '../help/family-test.ts';
import { addressOf, anyOf, between, errno, listening, ONE_WAY, pattern, serverOf } from './lab.ts';
import { alone, connected, waitingAlone } from './stream-sockets.ts';

describe('shutdown', () => {
  test('ENOTCONN without a connection', () =>
    alone(async (process) => {
      expect(await errno(() => process.socket('stream').shutdown('both'))).toBe('ENOTCONN');
    }));

  test('half-close: the other direction goes on', async () => {
    const { states } = await connected(
      async (socket) => {
        await socket.send('question');
        socket.shutdown('write');
        expect(await socket.recvText()).toBe('answer');
        expect(await socket.recvText()).toBe('');
        await socket.close();
      },
      async (connection, process) => {
        expect(fromUtf8(await connection.recvAll())).toBe('question');
        await process.sleep(seconds(1));
        expect(connection.state).toBe('CLOSE-WAIT');
        await connection.send('answer');
        await connection.close();
      },
    );
    expect(states).toContain('client FIN-WAIT-2');
    expect(states).toContain('server LAST-ACK');
  });

  test('while the connection opens ends it: ECONNRESET', async () => {
    const { states } = await between(async (process) => {
      const socket = process.socket('stream');
      const opening = errno(() => socket.connect({ ...serverOf(), address: addressOf(3) }));
      await process.sleep(ms(25));
      socket.shutdown('write');
      expect(await opening).toBe('ECONNRESET');
      expect(process.now).toBe(ms(25));
      expect(await errno(() => socket.send('x'))).toBe('EPIPE');
    });
    expect(states).toEqual(['client SYN-SENT', 'client CLOSED']);
  });

  test('of reading ends a wait in recv', () =>
    connected(
      async (socket, process) => {
        const reading = socket.recv();
        await process.sleep(ms(100));
        socket.shutdown('read');
        expect(await reading).toHaveLength(0);
        await socket.send('x'); // the other side is open still
      },
      async (connection) => {
        expect(await connection.recvText()).toBe('x');
      },
    ));
});

describe('close', () => {
  test('EBADF from every call afterwards; a second close does nothing', () =>
    connected(
      async (socket) => {
        await socket.close();
        expect(await errno(() => socket.bind(1, anyOf()))).toBe('EBADF');
        expect(await errno(() => socket.listen())).toBe('EBADF');
        expect(await errno(() => socket.accept())).toBe('EBADF');
        expect(await errno(() => socket.connect(serverOf()))).toBe('EBADF');
        expect(await errno(() => socket.send('x'))).toBe('EBADF');
        expect(await errno(() => socket.recv())).toBe('EBADF');
        expect(await errno(() => socket.shutdown('both'))).toBe('EBADF');
        expect(await errno(() => socket.setsockopt('SO_RCVBUF', 1))).toBe('EBADF');
        expect(await errno(() => socket.getsockopt('SO_RCVBUF'))).toBe('EBADF');
        expect(await errno(() => socket.close())).toBeUndefined();
      },
      async () => {},
    ));

  test('frees the port', () =>
    alone(async (process) => {
      await listening(process).close();
      expect(listening(process).state).toBe('LISTEN');
    }));

  test('ends the wait of another task in accept, recv, send and connect: EBADF', () =>
    connected(
      async (socket, process) => {
        const waits: (readonly [StreamSocket, Promise<string | undefined>])[] = [];
        const listener = listening(process);
        waits.push([listener, errno(() => listener.accept())]);
        waits.push([socket, errno(() => socket.recv())]);
        waits.push([socket, errno(() => socket.send(new Uint8Array(1_000_000)))]);
        const opening = process.socket('stream');
        waits.push([
          opening,
          errno(() => opening.connect({ ...serverOf(), address: addressOf(3) })),
        ]);
        await process.sleep(ms(100));
        for (const [waiting] of waits) await errno(() => waiting.close());
        for (const [, failure] of waits) expect(await failure).toBe('EBADF');
        expect(process.now).toBeLessThan(seconds(1));
      },
      async (_connection, process) => process.sleep(seconds(1)),
    ));

  test('with data unread resets, so that the peer learns of it', async () => {
    const { segments } = await connected(
      async (socket) => {
        await socket.send('unread');
        expect(await errno(() => socket.recv())).toBe('ECONNRESET');
      },
      async (connection, process) => {
        await process.sleep(seconds(1));
        await connection.close();
      },
    );
    expect(segments.at(-1)).toMatch(/^80 R/);
  });

  test('of a listener resets what nobody has accepted', () =>
    between(
      async (process) => {
        const socket = process.socket('stream');
        await socket.connect(serverOf());
        expect(await errno(() => socket.recv())).toBe('ECONNRESET');
      },
      async (process) => {
        const listener = listening(process);
        await process.sleep(seconds(1));
        await listener.close();
      },
    ));

  test('while the connection opens: the SYN goes unanswered by us', async () => {
    const { segments } = await between(async (process) => {
      const socket = process.socket('stream');
      const opening = errno(() => socket.connect(serverOf()));
      await process.sleep(ms(25)); // the SYN is on its way
      await socket.close();
      expect(await opening).toBe('EBADF');
      expect(socket.state).toBe('CLOSED');
    });
    expect(segments.map((segment) => segment.split(' ')[1])).toEqual(['S', 'RA']);
  });
});

describe('SO_LINGER', () => {
  test('off: close returns at once, and delivery goes on behind', () =>
    connected(
      async (socket, process) => {
        const before = process.now;
        await socket.send(pattern(50_000));
        await socket.close();
        expect(process.now).toBe(before);
      },
      async (connection, process) => {
        await process.sleep(seconds(1));
        expect(await connection.recvAll()).toHaveLength(50_000);
      },
    ));

  test('zero: the connection is aborted by RST, and what was not delivered is lost', async () => {
    const { segments } = await connected(
      async (socket) => {
        socket.setsockopt('SO_LINGER', { on: true, seconds: 0 });
        await socket.send('lost, perhaps');
        await socket.close();
        expect(socket.state).toBe('CLOSED');
      },
      async (connection) => {
        expect(await errno(() => connection.recv())).toSatisfy(
          (code) => code === undefined || code === 'ECONNRESET',
        );
      },
    );
    const ours = segments.filter((segment) => !segment.startsWith('80 '));
    expect(ours.at(-1)).toMatch(/ RA? 0$/);
    expect(ours.some((segment) => segment.includes('F'))).toBe(false);
  });

  test('a time: close waits until everything is acknowledged, the FIN too', () =>
    connected(
      async (socket, process) => {
        socket.setsockopt('SO_LINGER', { on: true, seconds: 30 });
        await socket.send('hello');
        const before = process.now;
        await socket.close();
        expect(process.now - before).toBe(2 * ONE_WAY + ms(40)); // and the FIN's ACK is delayed
        expect(waitingAlone(socket)).toEqual(['FIN-WAIT-2']);
      },
      async (connection, process) => {
        expect(await connection.recvText()).toBe('hello');
        await process.sleep(seconds(1));
      },
    ));

  test('a time: close is over when the FIN and its ACK come in one segment', () =>
    connected(
      async (socket, process) => {
        socket.setsockopt('SO_LINGER', { on: true, seconds: 30 });
        const before = process.now;
        await socket.close();
        expect(process.now - before).toBe(2 * ONE_WAY);
        expect(waitingAlone(socket)).toEqual(['TIME-WAIT']);
      },
      async (connection) => {
        expect(await connection.recv()).toHaveLength(0); // and closes at once
      },
    ));

  test('a time: close waits no longer than that, and delivery goes on behind', () =>
    connected(
      async (socket, process) => {
        socket.setsockopt('SO_LINGER', { on: true, seconds: 2 });
        await socket.send(pattern(140_000));
        const before = process.now;
        await socket.close();
        expect(process.now - before).toBe(seconds(2));
        expect(socket.state).toBe('FIN-WAIT-1');
      },
      async (connection, process) => {
        await process.sleep(seconds(10));
        expect(await connection.recvAll()).toHaveLength(140_000);
      },
    ));

  test('a time: a socket that is opening does not linger', () =>
    between(async (process) => {
      const socket = process.socket('stream');
      socket.setsockopt('SO_LINGER', { on: true, seconds: 10 });
      const opening = errno(() => socket.connect({ ...serverOf(), address: addressOf(3) }));
      await process.sleep(ms(100));
      await socket.close();
      expect(process.now).toBe(ms(100));
      expect(await opening).toBe('EBADF');
    }));

  test('a time: with data unread there is nothing to wait for', () =>
    connected(
      async (socket, process) => {
        socket.setsockopt('SO_LINGER', { on: true, seconds: 10 });
        await process.sleep(seconds(1));
        await socket.close();
        expect(process.now).toBe(seconds(1) + 4 * ONE_WAY);
      },
      async (connection) => {
        await connection.send('unread');
        expect(await errno(() => connection.recv())).toBe('ECONNRESET');
      },
    ));

  test('a time: while close waits, the descriptor is gone already', () =>
    connected(
      async (socket, process) => {
        socket.setsockopt('SO_LINGER', { on: true, seconds: 10 });
        const reading = errno(() => socket.recv());
        const closing = socket.close();
        expect(await errno(() => socket.close())).toBeUndefined();
        expect(await errno(() => socket.send('x'))).toBe('EBADF');
        expect(await reading).toBe('EBADF');
        expect(process.sockets.has(socket)).toBe(false);
        await closing;
      },
      async (connection, process) => {
        expect(await connection.recvText()).toBe('');
        await process.sleep(seconds(1));
      },
    ));

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('EINVAL: %d seconds', (time) =>
    alone(async (process) => {
      const socket = process.socket('stream');
      expect(await errno(() => socket.setsockopt('SO_LINGER', { on: true, seconds: time }))).toBe(
        'EINVAL',
      );
    }),
  );

  test('is inherited by accepted sockets', () =>
    between(
      async (process) => {
        const socket = process.socket('stream');
        await socket.connect(serverOf());
        expect(await errno(() => socket.recv())).toBe('ECONNRESET');
      },
      async (process) => {
        const listener = listening(process);
        listener.setsockopt('SO_LINGER', { on: true, seconds: 0 });
        await (await listener.accept()).close();
      },
    ));
});
