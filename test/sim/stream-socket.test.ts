/** Stream sockets of scenario code: every call, its errors, and who waits for what. */
import * as fc from 'fast-check';
import { describe, expect } from 'vitest';
import {
  drop,
  frames,
  type Process,
  type SimulatedHost,
  type StreamSocket,
} from '../../src/sim/index.ts';
import { ms, seconds, type SocketOption } from '../../src/stack/index.ts';
import { fromUtf8, printIp, readTcpOptions } from '../../src/wire/index.ts';
import { FAMILIES, onWire } from '../help/families.ts';
import { familyOfTest, test } from '../help/family-test.ts';
import {
  addressOf,
  anyOf,
  between,
  errno,
  listening,
  type Observed,
  ONE_WAY,
  pairOf,
  pattern,
  play,
  SERVER,
  serverOf,
} from './lab.ts';

/** A connection of `client` to `server`, with a program at each end. */
function connected(
  client: (socket: StreamSocket, process: Process) => Promise<void>,
  server: (socket: StreamSocket, process: Process) => Promise<void>,
  options: readonly (readonly [SocketOption, number])[] = [],
): Promise<Observed> {
  return between(
    async (process) => {
      const socket = process.socket('stream');
      for (const [option, value] of options) socket.setsockopt(option, value);
      await socket.connect(serverOf());
      await client(socket, process);
    },
    async (process) => {
      const listener = process.socket('stream');
      for (const [option, value] of options) listener.setsockopt(option, value);
      listener.bind(SERVER.port, anyOf());
      listener.listen();
      await server(await listener.accept(), process);
    },
  );
}

/** The states of what waits alone on the host of a socket. */
function waitingAlone({ stackSocket: { tcb } }: StreamSocket): string[] {
  return [...(tcb?.services.timeWaits.values() ?? [])].map(({ state }) => state);
}

/** Has the host of `pair` know the other's hardware address without asking ever again. */
function knowForGood(client: SimulatedHost): void {
  const eth0 = client.interface('eth0').stack;
  client.stack.addNeighbor(eth0, onWire(familyOfTest().address(2)), eth0.mac + 1, 0);
}

/** Runs a program on a host that has no one to talk to. */
async function alone(program: (process: Process) => Promise<void>): Promise<void> {
  await play(({ network }) => {
    const host = network.host('alone', { address: familyOfTest().interfaceAddress(1) });
    network.link(host, network.switch());
    host.run('program', program);
  });
}

describe('bind', () => {
  test('takes the port and address asked for', () =>
    alone(async (process) => {
      const socket = process.socket('stream', familyOfTest().socketFamily);
      expect(socket.local).toEqual({ address: anyOf(), port: 0 });
      socket.bind(80, addressOf(1));
      expect(socket.local).toEqual({ address: addressOf(1), port: 80 });
    }));

  test('port 0 takes an odd ephemeral one, as Linux does', () =>
    alone(async (process) => {
      const socket = process.socket('stream');
      socket.bind(0, anyOf());
      expect(socket.local.port).toBeGreaterThanOrEqual(32_768);
      expect(socket.local.port % 2).toBe(1);
    }));

  test('EADDRINUSE: another socket has the port, of any address or of the same', () =>
    alone(async (process) => {
      process.socket('stream').bind(80, anyOf());
      process.socket('stream').bind(81, printIp(familyOfTest().loopback));
      expect(await errno(() => process.socket('stream').bind(80, anyOf()))).toBe('EADDRINUSE');
      expect(await errno(() => process.socket('stream').bind(80, addressOf(1)))).toBe('EADDRINUSE');
      expect(await errno(() => process.socket('stream').bind(81, anyOf()))).toBe('EADDRINUSE');
      expect(
        await errno(() => process.socket('stream').bind(81, printIp(familyOfTest().loopback))),
      ).toBe('EADDRINUSE');
      expect(await errno(() => process.socket('stream').bind(81, addressOf(1)))).toBeUndefined();
    }));

  test('EADDRINUSE: a connection of the port is in TIME-WAIT; SO_REUSEADDR on both allows it', () =>
    between(
      async (process) => {
        await process.sleep(ms(1));
        const socket = process.socket('stream');
        await socket.connect(serverOf());
        await socket.recv();
        await socket.close();
      },
      async (process) => {
        const listener = process.socket('stream');
        listener.setsockopt('SO_REUSEADDR', 1);
        listener.bind(80, anyOf());
        listener.listen();
        const connection = await listener.accept();
        await connection.close();
        await listener.close();
        await process.sleep(seconds(1));
        expect(await errno(() => process.socket('stream').bind(80, anyOf()))).toBe('EADDRINUSE');
        const reuser = process.socket('stream');
        reuser.setsockopt('SO_REUSEADDR', 1);
        reuser.bind(80, anyOf());
        reuser.listen();
        await process.sleep(seconds(60));
        await reuser.close();
        expect(await errno(() => process.socket('stream').bind(80, anyOf()))).toBeUndefined();
      },
    ));

  test('EADDRNOTAVAIL: the address is not the host’s', () =>
    alone(async (process) => {
      expect(await errno(() => process.socket('stream').bind(80, addressOf(9)))).toBe(
        'EADDRNOTAVAIL',
      );
    }));

  test('EINVAL: the socket is bound', () =>
    alone(async (process) => {
      const socket = process.socket('stream');
      socket.bind(80, anyOf());
      expect(await errno(() => socket.bind(81, anyOf()))).toBe('EINVAL');
    }));

  test.each([-1, 65_536, 80.5, Number.NaN])('port %d is no port', (port) =>
    alone(async (process) => {
      expect(() => process.socket('stream').bind(port, anyOf())).toThrow(RangeError);
      expect(() => process.socket('stream').bind(port, anyOf())).toThrow(`not a port: ${port}`);
    }),
  );

  test('a host name is no address', () =>
    alone(async (process) => {
      expect(() => process.socket('stream').bind(80, 'localhost')).toThrow(
        'not an IPv4 address: "localhost"',
      );
    }));
});

describe('listen and accept', () => {
  test('listen takes a port of its own when none is bound', () =>
    alone(async (process) => {
      const socket = process.socket('stream');
      socket.listen();
      expect(socket.state).toBe('LISTEN');
      expect(socket.local.port).not.toBe(0);
    }));

  test('EINVAL: listen on a connection, accept without listen; listen again is well', () =>
    connected(
      async (socket) => {
        expect(await errno(() => socket.listen())).toBe('EINVAL');
      },
      async (_connection, process) => {
        const listener = process.socket('stream');
        expect(await errno(() => listener.accept())).toBe('EINVAL');
        listener.listen();
        listener.listen();
      },
    ));

  test('EADDRINUSE: two that may share a port cannot both listen', () =>
    alone(async (process) => {
      const [first, second] = [process.socket('stream'), process.socket('stream')];
      for (const socket of [first, second]) {
        socket.setsockopt('SO_REUSEADDR', 1);
        socket.bind(80, anyOf());
      }
      first.listen();
      expect(await errno(() => second.listen())).toBe('EADDRINUSE');
    }));

  test('an accepted socket knows both ends', () =>
    connected(
      async (socket) => {
        expect(socket.remote).toEqual(serverOf());
        expect(socket.local.address).toBe(addressOf(1));
      },
      async (connection) => {
        expect(connection.local).toEqual(serverOf());
        expect(connection.remote?.address).toBe(addressOf(1));
        expect(connection.state).toBe('ESTABLISHED');
      },
    ));

  test('several that wait in accept are served one connection each, the first first', async () => {
    const served: string[] = [];
    await between(
      async (process) => {
        const sockets = [1, 2, 3].map(() => process.socket('stream'));
        for (const socket of sockets) await socket.connect(serverOf());
        for (const socket of sockets) await socket.send('x');
        await process.sleep(seconds(1));
      },
      async (process) => {
        const listener = listening(process);
        const serve = async (name: string): Promise<void> => {
          const connection = await listener.accept();
          served.push(`${name} ${(await connection.recvText()).length}`);
        };
        await Promise.all(['a', 'b', 'c'].map(serve));
      },
    );
    expect(served).toEqual(['a 1', 'b 1', 'c 1']);
  });

  test('what waits in the backlog is accepted in order; more than backlog + 1 is not let in', () => {
    const ports: number[] = [];
    return between(
      async (process) => {
        for (let i = 0; i < 2; i++) {
          const socket = process.socket('stream');
          await socket.connect(serverOf());
          ports.push(socket.local.port);
        }
        const third = process.socket('stream');
        const before = process.now;
        await third.connect(serverOf()); // its SYN is heard when the first is accepted
        ports.push(third.local.port);
        expect(process.now - before).toBeGreaterThanOrEqual(seconds(1));
        await process.sleep(seconds(3));
      },
      async (process) => {
        const listener = listening(process, 1);
        await process.sleep(ms(1500));
        const accepted: (number | undefined)[] = [];
        for (let i = 0; i < 3; i++) accepted.push((await listener.accept()).remote?.port);
        expect(accepted).toEqual(ports);
      },
    );
  });
});

describe('connect', () => {
  test('ECONNREFUSED: nobody listens', () =>
    between(async (process) => {
      const socket = process.socket('stream');
      expect(await errno(() => socket.connect(serverOf()))).toBe('ECONNREFUSED');
      expect(process.now).toBe(4 * ONE_WAY); // ARP there and back, SYN there, RST back
    }));

  test('ETIMEDOUT: no answer to eleven SYNs, four of them a second apart', () =>
    play(({ network }) => {
      const [client] = pairOf(network, {
        aToB: { faults: [drop((_, index) => index < 99)] },
      });
      knowForGood(client);
      client.run('client', async (process) => {
        const socket = process.socket('stream');
        expect(await errno(() => socket.connect(serverOf()))).toBe('ETIMEDOUT');
        expect(process.now).toBe(seconds(4 + 1 + 2 + 4 + 8 + 16 + 32 + 64));
      });
    }));

  test('EHOSTUNREACH: nobody answers ARP', () =>
    alone(async (process) => {
      const socket = process.socket('stream');
      expect(await errno(() => socket.connect({ address: addressOf(7), port: 80 }))).toBe(
        'EHOSTUNREACH',
      );
      expect(process.now).toBeGreaterThanOrEqual(seconds(3)); // three requests, a second each
      expect(process.now).toBeLessThan(seconds(5));
    }));

  test('ENETUNREACH: no route', () =>
    alone(async (process) => {
      const socket = process.socket('stream');
      expect(await errno(() => socket.connect({ address: '192.0.2.1', port: 80 }))).toBe(
        'ENETUNREACH',
      );
      expect(process.now).toBe(0);
    }));

  test('EALREADY while it goes on, EISCONN after', () =>
    connected(
      async (socket, process) => {
        expect(await errno(() => socket.connect(serverOf()))).toBe('EISCONN');
        const other = process.socket('stream');
        const going = errno(() => other.connect({ ...serverOf(), port: 81 }));
        expect(await errno(() => other.connect(serverOf()))).toBe('EALREADY');
        expect(await going).toBe('ECONNREFUSED');
      },
      async () => {},
    ));

  test('EISCONN: the socket listens', () =>
    alone(async (process) => {
      expect(await errno(() => listening(process).connect(serverOf()))).toBe('EISCONN');
    }));

  test('EADDRNOTAVAIL: the connection exists', () =>
    between(
      async (process) => {
        const first = process.socket('stream');
        first.setsockopt('SO_REUSEADDR', 1);
        await first.connect(serverOf());
        const second = process.socket('stream');
        second.setsockopt('SO_REUSEADDR', 1);
        second.bind(first.local.port, anyOf());
        expect(await errno(() => second.connect(serverOf()))).toBe('EADDRNOTAVAIL');
      },
      async (process) => {
        listening(process);
        await process.sleep(seconds(1));
      },
    ));

  test('a bound socket keeps its port and address', () =>
    between(
      async (process) => {
        const socket = process.socket('stream');
        socket.bind(1234, addressOf(1));
        await socket.connect(serverOf());
        expect(socket.local).toEqual({ address: addressOf(1), port: 1234 });
      },
      async (process) => {
        expect((await listening(process).accept()).remote?.port).toBe(1234);
      },
    ));

  test.each([-1, 65_536, 1.5])('port %d is no port', (port) =>
    alone(async (process) => {
      await expect(
        process.socket('stream').connect({ address: addressOf(2), port }),
      ).rejects.toThrow(`not a port: ${port}`);
    }),
  );
});

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

function optionsOf(options: Uint8Array): ReturnType<typeof readTcpOptions> {
  return readTcpOptions(options, 0, options.length);
}

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
