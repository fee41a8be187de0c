/** Our process against the kernel of this machine: the same calls, the same results. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CallResult, SystemCall, UserMemory } from '../../src/stack/index.ts';
import { Machine, socket } from './machine.ts';
import { close, control, flags, read, setNonBlocking, wait, write } from './program.ts';
import { HAS_LINUX, runOnLinux, told } from './real-linux.ts';

/** Around the length of a page, and of a whole pipe. */
const length = fc.oneof(
  fc.integer({ min: 0, max: 10 }),
  fc.integer({ min: 4090, max: 4100 }),
  fc.integer({ min: 1, max: 70_000 }),
);
const events = fc
  .subarray(['POLLIN', 'POLLOUT', 'POLLRDHUP', 'POLLRDNORM', 'POLLPRI'])
  .map((names) => flags(...names));
const manners = fc
  .subarray(['EPOLLET', 'EPOLLONESHOT', 'EPOLLEXCLUSIVE'])
  .map((names) => flags(...names));
const epollEvents = fc
  .tuple(events, fc.oneof(fc.constant(0), manners))
  .map(([wanted, how]) => (wanted | how) >>> 0);

/** Octets that tell where they come from. */
let counter = 0;
function bytes(count: number): Uint8Array {
  return Uint8Array.from({ length: count }, () => (counter = (counter + 1) % 251));
}

/** Which descriptors a program uses for what. */
interface Choice {
  readonly reads: fc.Arbitrary<number>;
  readonly writes: fc.Arbitrary<number>;
  readonly epolls: fc.Arbitrary<number>;
  readonly watched: fc.Arbitrary<number>;
  /** How often it makes and closes files, in relation to the rest. */
  readonly changes: number;
}

/** What a program may do next. */
function stepOf({ reads, writes, epolls, watched, changes }: Choice): fc.Arbitrary<SystemCall> {
  const request = fc.record({ fd: fc.oneof(watched, fc.constant(-1)), events });
  const calls = {
    write: fc.tuple(writes, length).map(([fd, count]) => write(fd, bytes(count))),
    read: fc.tuple(reads, length).map(([fd, count]) => read(fd, count)),
    control: fc
      .tuple(epolls, fc.constantFrom('ADD', 'ADD', 'MOD', 'DEL'), watched, epollEvents)
      .map(([epoll, operation, fd, wanted]) => control(epoll, operation, fd, wanted)),
    wait: fc
      .tuple(epolls, fc.integer({ min: -1, max: 4 }))
      .map(([epoll, maximum]) => wait(epoll, maximum)),
    poll: fc
      .array(request, { maxLength: 4 })
      .map((requests): SystemCall => ({ name: 'poll', requests, timeout: 0 })),
    splice: fc
      .tuple(reads, writes, length, fc.constantFrom(0, 0, flags('SPLICE_F_NONBLOCK'), 64))
      .map(([from, to, count, how]): SystemCall => ({
        name: 'splice',
        from,
        to,
        length: count,
        flags: how,
      })),
    fcntl: fc
      .tuple(watched, fc.constantFrom('F_DUPFD', 'F_GETFL', 'F_GETFD', 'F_DUPFD_CLOEXEC'))
      .map(([fd, command]): SystemCall => ({
        name: 'fcntl',
        fd,
        command: flags(command),
        argument: 3,
      })),
    ioctl: watched.map((fd): SystemCall => ({ name: 'ioctl', fd, request: 'FIONREAD' })),
  };
  return fc.oneof(
    { weight: 24, arbitrary: calls.write },
    { weight: 24, arbitrary: calls.read },
    { weight: 20, arbitrary: calls.control },
    { weight: 32, arbitrary: calls.wait },
    { weight: 8, arbitrary: calls.poll },
    { weight: 8, arbitrary: calls.splice },
    { weight: 4, arbitrary: calls.ioctl },
    { weight: changes, arbitrary: calls.fcntl },
    { weight: changes, arbitrary: watched.map(close) },
    { weight: changes, arbitrary: fc.constant<SystemCall>({ name: 'pipe' }) },
    { weight: changes, arbitrary: fc.constant<SystemCall>({ name: 'epoll_create', size: 1 }) },
  );
}

/** Two pipes in 3–6 and an instance of epoll in 7 that watches them, and then anything. */
const PIPES: readonly SystemCall[] = [
  { name: 'pipe' },
  { name: 'pipe' },
  { name: 'epoll_create', size: 1 },
];

/** Runs the steps in our process; pipes never wait. What was called, and what each call told. */
function runHere(
  steps: readonly SystemCall[],
  start: readonly SystemCall[],
): {
  readonly calls: SystemCall[];
  readonly results: (CallResult | undefined)[];
} {
  const { program } = new Machine();
  const calls: SystemCall[] = [];
  const results: (CallResult | undefined)[] = [];
  const make = (call: SystemCall): void => {
    const result = program.result(call);
    calls.push(call);
    results.push(result);
    if (result?.written?.kind !== 'pipe') return;
    for (const end of result.written.ends) make(setNonBlocking(end));
  };
  for (const call of [...start, ...steps]) make(call);
  return { calls, results };
}

/** Two TCP sockets in 3 and 4 and an instance of epoll in 5. */
const SOCKETS: readonly SystemCall[] = [
  socket(flags('SOCK_NONBLOCK')),
  socket(flags('SOCK_NONBLOCK', 'SOCK_CLOEXEC')),
  { name: 'epoll_create', size: 1 },
];

/** What can be done with sockets without a peer. */
function lonelyStep(): fc.Arbitrary<SystemCall> {
  const fd = fc.constantFrom(3, 4);
  const receiving = fc
    .subarray(['MSG_PEEK', 'MSG_TRUNC', 'MSG_ERRQUEUE', 'MSG_WAITALL', 'MSG_OOB'])
    .map((names) => flags(...names));
  return fc.oneof(
    fc.tuple(fd, fc.nat(20), receiving).map(([of, count, how]) => read(of, count, how)),
    fc
      .tuple(fd, fc.nat(20), fc.constantFrom(0, flags('MSG_MORE'), flags('MSG_OOB')))
      .map(([of, count, how]) => write(of, bytes(count), how)),
    fc
      .tuple(fd, fc.integer({ min: -1, max: 9 }))
      .map(([of, backlog]): SystemCall => ({ name: 'listen', fd: of, backlog })),
    fc
      .tuple(fd, fc.integer({ min: -1, max: 3 }))
      .map(([of, how]): SystemCall => ({ name: 'shutdown', fd: of, how })),
    fc
      .tuple(fd, fc.constantFrom(0, flags('SOCK_NONBLOCK'), 1))
      .map(([of, how]): SystemCall => ({ name: 'accept', fd: of, flags: how })),
    stepOf({
      reads: fd,
      writes: fd,
      epolls: fc.constant(5),
      watched: fc.integer({ min: 3, max: 5 }),
      changes: 1,
    }),
  );
}

/** `socket` with what may be given to it; what a privileged kernel has and we do not is left out. */
function socketStep(): fc.Arbitrary<SystemCall> {
  const type = fc.constantFrom('SOCK_STREAM', 'SOCK_SEQPACKET', 'O_NONBLOCK', 'O_APPEND');
  const extra = fc.constantFrom('AF_UNSPEC', 'SOCK_NONBLOCK', 'SOCK_CLOEXEC', 'O_EXCL');
  const protocol = fc.constantFrom('IPPROTO_IP', 'IPPROTO_TCP', 'IPPROTO_UDP', 'IPPROTO_IGMP');
  return fc.tuple(type, extra, protocol).map(([kind, more, of]): SystemCall => ({
    name: 'socket',
    domain: 'AF_INET',
    type: flags(kind, more),
    protocol: flags(of),
  }));
}

/** Programs of the steps, here and there. */
function expectSame(step: fc.Arbitrary<SystemCall>, start: readonly SystemCall[]): void {
  counter = 0;
  const programs = fc
    .sample(fc.array(step, { minLength: 20, maxLength: 60, size: 'max' }), { numRuns: 60, seed: 1 })
    .map((steps) => runHere(steps, start));
  const real = runOnLinux(programs.map(({ calls }) => calls));
  for (const [at, { calls, results }] of programs.entries()) {
    for (const [index, result] of results.entries()) {
      const here = result === undefined ? 'waits' : told(result);
      expect(
        here,
        calls
          .slice(0, index + 1)
          .map(brief)
          .join('\n'),
      ).toEqual(real[at]?.[index]);
    }
  }
}

describe.skipIf(!HAS_LINUX)('the kernel says the same', () => {
  test('of two pipes and the instance of epoll that watches them', () => {
    expectSame(
      stepOf({
        reads: fc.constantFrom(3, 5),
        writes: fc.constantFrom(4, 6),
        epolls: fc.constant(7),
        watched: fc.integer({ min: 3, max: 6 }),
        changes: 1,
      }),
      PIPES,
    );
  });

  test('of sockets without a peer', () => {
    expectSame(lonelyStep(), SOCKETS);
  });

  test('of what socket is given', () => {
    expectSame(socketStep(), []);
  });

  test('of any call with any descriptor', () => {
    const any = fc.integer({ min: 3, max: 9 });
    expectSame(stepOf({ reads: any, writes: any, epolls: any, watched: any, changes: 6 }), PIPES);
  });
});

/** A call without the octets it writes. */
function brief(call: SystemCall): string {
  if (call.name === 'send') return `write(${call.fd}, ${lengthOf(call.message.buffers)})`;
  return JSON.stringify(call, (_key, value: unknown) =>
    typeof value === 'bigint' ? Number(value) : value,
  );
}

function lengthOf(buffers: readonly UserMemory[]): number {
  return buffers.reduce((sum, buffer) => sum + buffer.length, 0);
}
