/** System calls on TCP sockets: what waits for what, and what errors say. */
import { describe, expect } from 'vitest';
import { ms, seconds, type SystemCall } from '../../src/stack/index.ts';
import { stream } from '../help/notation.ts';
import { test } from '../help/family-test.ts';
import {
  accept,
  connect,
  connected,
  here,
  listening,
  Machine,
  outcome,
  setOption,
  socket,
  there,
} from './machine.ts';
import { C, close, control, poll, read, setNonBlocking, wait, write } from './program.ts';

const SYN = 'S 0:0(0) win 65535 <mss 1460>';

describe('accept', () => {
  test('waits for a connection, and tells whose it is', () => {
    const machine = listening();
    const accepting = machine.begin(accept(3));
    machine.receives(SYN);
    machine.peer.sends('S. 0:0(0) ack 1');
    expect(outcome(accepting)).toBe('waits');
    machine.receives('. 1:1(0) ack 1');
    expect(outcome(accepting)).toBe(4);
    expect(accepting.result?.written).toEqual({
      kind: 'address',
      address: { address: there().address, port: 40_000 },
    });
  });

  test('gives no O_NONBLOCK but its own', () => {
    const machine = listening();
    machine.run(setNonBlocking(3));
    expect(machine.run(accept(3))).toBe('EAGAIN');
    machine.peer.handshake();
    expect(machine.run(accept(3, C('SOCK_NONBLOCK')))).toBe(4);
    expect(machine.run(read(4, 1))).toBe('EAGAIN');
  });

  test('keeps its descriptor while it waits, and gives it back when it fails', () => {
    const machine = listening();
    machine.run(setOption(3, 'SOL_SOCKET', 'SO_RCVBUF', 5000));
    const accepting = machine.begin(accept(3));
    expect(machine.run(socket())).toBe(5);
    expect(machine.run({ name: 'shutdown', fd: 3, how: C('SHUT_RD') })).toBe(0);
    expect(outcome(accepting)).toBe('EINVAL');
    expect(machine.run(socket())).toBe(4);
  });
});

describe('connect', () => {
  test('waits for the handshake', () => {
    const machine = new Machine({ peerPort: 80, hostPort: 32_768 });
    machine.run(socket());
    const connecting = machine.begin(connect(3));
    machine.peer.sends('S 0:0(0)');
    expect(outcome(connecting)).toBe('waits');
    machine.receives('S. 0:0(0) ack 1 win 65535 <mss 1460>');
    machine.peer.sends('. 1:1(0) ack 1');
    expect(outcome(connecting)).toBe(0);
    expect(machine.run(connect(3))).toBe('EISCONN');
  });

  test('without waiting: in progress, already, done once, connected', () => {
    const machine = new Machine({ peerPort: 80, hostPort: 32_768 });
    machine.run(socket(C('SOCK_NONBLOCK')));
    expect(machine.run(connect(3))).toBe('EINPROGRESS');
    expect(machine.run(connect(3))).toBe('EALREADY');
    machine.peer.sends('S 0:0(0)');
    machine.receives('S. 0:0(0) ack 1 win 65535 <mss 1460>');
    machine.peer.sends('. 1:1(0) ack 1');
    expect(machine.run(poll(3, 'POLLOUT'))).toBe(1);
    expect(machine.run(connect(3))).toBe(0);
    expect(machine.run(connect(3))).toBe('EISCONN');
  });

  test('refused: the call that waits says so', () => {
    const machine = new Machine({ peerPort: 80, hostPort: 32_768 });
    machine.run(socket());
    const connecting = machine.begin(connect(3));
    machine.peer.sends('S 0:0(0)');
    machine.receives('R. 0:0(0) ack 1 win 0');
    expect(outcome(connecting)).toBe('ECONNREFUSED');
  });

  test('AF_UNSPEC dissolves the connection', () => {
    const machine = connected();
    expect(machine.run({ name: 'connect', fd: 4, address: 'unspecified' })).toBe(0);
    machine.ignoreSent();
    expect(machine.run(read(4, 1))).toBe('ECONNRESET'); // whoever reads now learns of it, once
    expect(machine.run(read(4, 1))).toBe('ENOTCONN');
  });
});

describe('reading and writing', () => {
  test('a read waits for octets, and the end of the stream is none', () => {
    const machine = connected();
    const reading = machine.begin(read(4, 100));
    machine.receives('P. 1:11(10) ack 1');
    machine.peer.sends('. 1:1(0) ack 11');
    expect(outcome(reading)).toBe(10);
    const ending = machine.begin(read(4, 100));
    machine.receives('F. 11:11(0) ack 1');
    machine.ignoreSent();
    expect(outcome(ending)).toBe(0);
  });

  test('MSG_WAITALL waits for all, and is content with less at the end', () => {
    const machine = connected();
    const first = machine.begin(read(4, 15, C('MSG_WAITALL')));
    const second = 'P. 11:21(10) ack 1';
    machine.receives('P. 1:11(10) ack 1');
    expect(outcome(first)).toBe('waits');
    machine.receives(second);
    expect(outcome(first)).toBe(15);
    const last = machine.begin(read(4, 15, C('MSG_WAITALL')));
    expect(outcome(last)).toBe('waits');
    machine.receives('F. 21:21(0) ack 1');
    machine.ignoreSent();
    expect(outcome(last)).toBe(5);
  });

  test('MSG_PEEK leaves octets, MSG_TRUNC throws them away, MSG_DONTWAIT does not wait', () => {
    const machine = connected();
    expect(machine.run(read(4, 15, C('MSG_DONTWAIT')))).toBe('EAGAIN');
    machine.receives('P. 1:11(10) ack 1');
    machine.ignoreSent();
    expect(machine.run(read(4, 15, C('MSG_PEEK')))).toBe(10);
    expect(machine.run(read(4, 4, C('MSG_TRUNC')))).toBe(4);
    expect(machine.run({ name: 'ioctl', fd: 4, request: 'SIOCINQ' })).toBe(0);
    expect(machine.result({ name: 'ioctl', fd: 4, request: 'SIOCINQ' })?.written).toEqual({
      kind: 'int',
      value: 6,
    });
  });

  test('SO_RCVTIMEO ends the wait', () => {
    const machine = connected();
    const timeout: SystemCall = {
      name: 'setsockopt',
      fd: 4,
      level: 'SOL_SOCKET',
      option: 'SO_RCVTIMEO',
      value: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
      length: 16,
    };
    expect(machine.run(timeout)).toBe(0);
    const reading = machine.begin(read(4, 1));
    machine.after(seconds(1) - 1);
    expect(outcome(reading)).toBe('waits');
    machine.after(1);
    expect(outcome(reading)).toBe('EAGAIN');
    expect(reading.finishedAt).toBe(seconds(1));
  });

  test('a write waits until all is taken, and an error ends it with what was', () => {
    const machine = connected();
    machine.run(setOption(4, 'SOL_SOCKET', 'SO_SNDBUF', 10_000));
    const part = machine.run(write(4, 1_000_000, C('MSG_DONTWAIT')));
    machine.ignoreSent();
    const writing = machine.begin(write(4, 100_000));
    expect(outcome(writing)).toBe('waits');
    expect(part).toBeGreaterThan(0);
    let acked = 1;
    while (machine.peer.tcb !== undefined && acked < Number(part) / 2) {
      acked += 1460;
      machine.receives(`. 1:1(0) ack ${acked}`);
      machine.ignoreSent();
    }
    expect(outcome(writing)).toBe('waits');
    machine.receives('R 1:1(0)');
    expect(Number(outcome(writing))).toBeGreaterThan(0);
    expect(machine.run(write(4, 1))).toBe('ECONNRESET');
    expect(machine.run(write(4, 1))).toBe('EPIPE');
  });

  test('a pointer that leads nowhere', () => {
    const machine = connected();
    machine.receives('P. 1:11(10) ack 1');
    machine.ignoreSent();
    expect(machine.run({ ...read(4, 4), isPointerInvalid: true } as SystemCall)).toBe('EFAULT');
    expect(machine.run(read(4, 100))).toBe(10);
  });
});

describe('close', () => {
  const LINGER: SystemCall = {
    name: 'setsockopt',
    fd: 4,
    level: 'SOL_SOCKET',
    option: 'SO_LINGER',
    value: { onoff: 1, linger: 5 },
    length: 8,
  };

  test('with SO_LINGER waits for the acknowledgment of the FIN', () => {
    const machine = connected();
    machine.run(LINGER);
    const closing = machine.begin(close(4));
    machine.peer.sends('F. 1:1(0) ack 1');
    expect(outcome(closing)).toBe('waits');
    machine.after(ms(100));
    machine.receives('. 1:1(0) ack 2');
    expect(outcome(closing)).toBe(0);
    expect(closing.finishedAt).toBe(ms(100));
  });

  test('with SO_LINGER and both FINs on their way waits for ours to be acknowledged', () => {
    const machine = connected();
    machine.run(LINGER);
    const closing = machine.begin(close(4));
    machine.receives('F. 1:1(0) ack 1');
    expect(outcome(closing)).toBe('waits');
    machine.receives('. 2:2(0) ack 2');
    machine.ignoreSent();
    expect(outcome(closing)).toBe(0);
  });

  test('with SO_LINGER gives up when its time is over', () => {
    const machine = connected();
    machine.run(LINGER);
    const closing = machine.begin(close(4));
    machine.after(seconds(10));
    machine.ignoreSent();
    expect(outcome(closing)).toBe(0);
    expect(closing.finishedAt).toBe(seconds(5));
  });

  test('under a read that waits: the connection stays until the read is over', () => {
    const machine = connected();
    const reading = machine.begin(read(4, 1));
    expect(machine.run(close(4))).toBe(0);
    machine.peer.sendsNothing();
    machine.receives('P. 1:2(1) ack 1');
    expect(outcome(reading)).toBe(1);
    machine.peer.sends('. 1:1(0) ack 2');
    machine.peer.sends('F. 1:1(0) ack 2');
  });
});

describe('poll and epoll', () => {
  test('poll waits for the first event of several', () => {
    const machine = connected();
    const polling = machine.begin({
      name: 'poll',
      requests: [
        { fd: 3, events: C('POLLIN') },
        { fd: 4, events: C('POLLIN') },
      ],
      timeout: 100,
    });
    machine.after(ms(10));
    machine.receives('P. 1:2(1) ack 1');
    machine.ignoreSent();
    expect(polling.result?.written).toEqual({ kind: 'poll', revents: [0, C('POLLIN')] });
    expect(polling.finishedAt).toBe(ms(10));
  });

  test('an edge comes with each arrival, and tells all that holds', () => {
    const machine = connected();
    const epoll = machine.program.epoll();
    const events = (): string[] => {
      const written = machine.result(wait(epoll, 1))?.written;
      return written?.kind === 'epoll' ? written.events.map((it) => it.events.toString(16)) : [];
    };
    machine.run(control(epoll, 'ADD', 4, 'EPOLLIN|EPOLLOUT|EPOLLET'));
    expect(events()).toEqual(['4']);
    expect(events()).toEqual([]);
    machine.receives('P. 1:1001(1000) ack 1');
    expect(events()).toEqual(['5']);
    expect(events()).toEqual([]);
    machine.run(read(4, 10));
    expect(events()).toEqual([]);
    machine.receives('P. 1001:1011(10) ack 1');
    machine.ignoreSent();
    expect(events()).toEqual(['5']);
  });
});

describe('splice and sendfile', () => {
  test('a socket into a pipe, up to urgent data and not beyond', () => {
    const machine = connected();
    const [reader, writer] = machine.program.pipe();
    const splice = (length: number): SystemCall => ({
      name: 'splice',
      from: 4,
      to: writer,
      length,
      flags: 0,
    });
    machine.receives('U. 1:101(100) ack 1 urg 100');
    machine.ignoreSent();
    expect(machine.run(splice(99))).toBe(99);
    expect(machine.run(splice(1))).toBe(0);
    expect(machine.run(read(reader, 200))).toBe(99);
  });

  test('a pipe into a socket, which may wait for the pipe', () => {
    const machine = connected();
    const [reader, writer] = machine.program.pipe();
    const call: SystemCall = { name: 'splice', from: reader, to: 4, length: 50, flags: 0 };
    expect(machine.run({ ...call, flags: C('SPLICE_F_NONBLOCK') })).toBe('EAGAIN');
    const splicing = machine.begin(call);
    machine.run(write(writer, stream(0, 20)));
    expect(outcome(splicing)).toBe(20);
    machine.peer.sends('P. 1:21(20) ack 1');
    machine.run(close(writer));
    expect(machine.run(call)).toBe(0);
  });

  test('sendfile sends from an offset, or from where the file is', () => {
    const machine = connected();
    const { fileSystem } = machine.process;
    fileSystem.writeFile('/tmp/file', stream(0, 50), 0);
    machine.run({ name: 'open', path: '/tmp/file', flags: 0 });
    const sendfile = (offset: number | undefined, length: number): SystemCall => ({
      name: 'sendfile',
      to: 4,
      from: 5,
      offset,
      length,
    });
    const first = machine.result(sendfile(0, 20));
    expect([first?.returned, first?.written]).toEqual([20, { kind: 'offset', offset: 20 }]);
    machine.peer.sends('P. 1:21(20) ack 1');
    machine.receives('. 1:1(0) ack 21');
    machine.run(read(5, 20));
    expect(machine.run(sendfile(undefined, 1000))).toBe(30);
    machine.peer.sends('P. 21:51(30) ack 1');
    expect(machine.run(sendfile(undefined, 1000))).toBe(0);
    expect(machine.run({ ...sendfile(0, 1), from: 4 } as SystemCall)).toBe('ESPIPE');
    expect(machine.run({ ...sendfile(undefined, 1), from: 4 } as SystemCall)).toBe('EINVAL');
    expect(machine.run({ ...sendfile(0, 1), to: 5 } as SystemCall)).toBe('EBADF');
  });
});

describe('errors', () => {
  const file: SystemCall = { name: 'open', path: '/dev/null', flags: 2 };
  const bad = { name: 'bind', fd: 3, address: 'invalid-pointer' } as const;

  test.once.each<[string, SystemCall, string | number]>([
    ['no such descriptor', accept(9), 'EBADF'],
    ['no socket', accept(4), 'ENOTSOCK'],
    ['flags that accept has not', accept(3, 1), 'EINVAL'],
    ['and before the kind of file', accept(4, 1), 'EINVAL'],
    ['send on a file', write(4, 1, C('MSG_NOSIGNAL')), 'ENOTSOCK'],
    ['an address that leads nowhere', bad, 'EFAULT'],
    ['its descriptor first', { ...bad, fd: 4 }, 'ENOTSOCK'],
    ['a family that is none', { ...bad, address: 'unspecified' }, 'EAFNOSUPPORT'],
    ['bound twice', { name: 'bind', fd: 3, address: here() }, 'EINVAL'],
    ['shutdown of nothing', { name: 'shutdown', fd: 3, how: 3 }, 'EINVAL'],
    [
      'a negative length',
      { ...setOption(3, 'SOL_TCP', 'TCP_NODELAY', 1), length: -1 } as SystemCall,
      'EINVAL',
    ],
    [
      'an option that leads nowhere',
      { ...setOption(3, 'SOL_TCP', 'TCP_NODELAY', 1), value: 'invalid-pointer' } as SystemCall,
      'EFAULT',
    ],
    ['no such option', setOption(3, 'SOL_TCP', 'TCP_NONE', 1), 'ENOPROTOOPT'],
    ['a request of nobody', { name: 'ioctl', fd: 3, request: 'SIOCNONE' }, 'EINVAL'],
    ['fcntl of nothing', { name: 'fcntl', fd: 3, command: 999, argument: 0 }, 'EINVAL'],
    ['F_GETFL of a socket', { name: 'fcntl', fd: 3, command: C('F_GETFL'), argument: 0 }, 2],
  ])('%s', (_words, call, result) => {
    const machine = listening();
    machine.run(file);
    expect(machine.run(call)).toBe(result);
  });

  test('without CAP_NET_ADMIN nobody sets a mark, without CAP_NET_BIND_SERVICE low ports', () => {
    const machine = new Machine();
    machine.run(socket());
    const drop = { name: 'cap_set', set: 'CAP_EFFECTIVE', isRaised: false } as const;
    machine.run({ ...drop, capability: 'CAP_NET_ADMIN' });
    machine.run({ ...drop, capability: 'CAP_NET_BIND_SERVICE' });
    expect(machine.run(setOption(3, 'SOL_SOCKET', 'SO_MARK', 1))).toBe('EPERM');
    expect(machine.run({ name: 'bind', fd: 3, address: here() })).toBe('EACCES');
    expect(machine.run({ name: 'bind', fd: 3, address: { ...here(), port: 8080 } })).toBe(0);
  });
});
