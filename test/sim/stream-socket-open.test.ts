/** Stream sockets of scenario code, until they are connected: bind, listen, accept, connect. */
import { describe, expect } from 'vitest';
import { drop } from '../../src/sim/index.ts';
import { ms, seconds } from '../../src/stack/index.ts';
import { printIp } from '../../src/wire/index.ts';
import { familyOfTest, test } from '../help/family-test.ts';
import {
  addressOf,
  anyOf,
  between,
  errno,
  listening,
  ONE_WAY,
  pairOf,
  play,
  serverOf,
} from './lab.ts';
import { alone, connected, knowForGood } from './stream-sockets.ts';

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
