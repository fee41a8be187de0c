/** epoll(7) against a simple model, and its rules one by one. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { C, close, control, Program, read, wait, write } from './program.ts';

/** An item as a program thinks of it. */
interface Watched {
  readonly manner: 'level' | 'edge' | 'once';
  /** Whether an edge has come since it was told last; a one-shot that has fired has none. */
  edge: boolean;
  isOff: boolean;
}

test('level-triggered tells what holds, edge-triggered what came, one-shot once', () => {
  const PIPES = 3;
  const pipe = fc.nat({ max: PIPES - 1 });
  const step = fc.oneof(
    fc.record({ kind: fc.constant('write' as const), pipe }),
    fc.record({ kind: fc.constant('read' as const), pipe }),
    fc.record({ kind: fc.constant('rearm' as const), pipe }),
    fc.record({ kind: fc.constant('wait' as const), maximum: fc.integer({ min: 1, max: 4 }) }),
  );
  const manner = fc.constantFrom('level' as const, 'edge' as const, 'once' as const);
  let told = 0;
  fc.assert(
    fc.property(
      fc.array(manner, { minLength: PIPES, maxLength: PIPES }),
      fc.array(step, { maxLength: 60, size: 'max' }),
      (manners, steps) => {
        const program = new Program();
        const epoll = program.epoll();
        const pipes = manners.map(() => program.hastyPipe());
        const events = { level: 'EPOLLIN', edge: 'EPOLLIN|EPOLLET', once: 'EPOLLIN|EPOLLONESHOT' };
        const items = manners.map((it): Watched => ({ manner: it, edge: false, isOff: false }));
        const waiting = manners.map(() => 0);
        for (const [at, [reader]] of pipes.entries()) {
          program.run(control(epoll, 'ADD', reader, events[manners[at]!]));
        }
        for (const it of steps) {
          if (it.kind === 'wait') {
            const ready = items.flatMap((item, at) => {
              const holds = waiting[at]! > 0 && !item.isOff;
              return holds && (item.manner !== 'edge' || item.edge) ? [at] : [];
            });
            const got = program
              .events(epoll, it.maximum)
              .map((text) => pipes.findIndex(([reader]) => text === `${reader}:0x1`));
            expect(got).toHaveLength(Math.min(it.maximum, ready.length));
            expect(new Set(got).size).toBe(got.length);
            for (const at of got) {
              expect(ready).toContain(at);
              items[at]!.edge = false;
              if (items[at]!.manner === 'once') items[at]!.isOff = true;
            }
            told += got.length;
            continue;
          }
          const [reader, writer] = pipes[it.pipe]!;
          const item = items[it.pipe]!;
          if (it.kind === 'write') {
            waiting[it.pipe]! += Number(program.run(write(writer, 1)));
            item.edge = true;
          } else if (it.kind === 'read') {
            if (program.run(read(reader, 1)) === 1) waiting[it.pipe]!--;
          } else {
            program.run(control(epoll, 'MOD', reader, events[item.manner]));
            item.isOff = false;
            if (waiting[it.pipe]! > 0) item.edge = true;
          }
        }
      },
    ),
  );
  expect(told).toBeGreaterThan(100);
});

describe('the ready list', () => {
  test('is in the order of becoming ready; who was told goes to the tail', () => {
    const program = new Program();
    const epoll = program.epoll();
    const pipes = [program.pipe(), program.pipe(), program.pipe()];
    for (const [reader] of pipes) program.run(control(epoll, 'ADD', reader, 'EPOLLIN'));
    for (const at of [2, 0, 1]) program.run(write(pipes[at]![1], 1));
    const order = (): number[] =>
      program
        .events(epoll, 2)
        .map((text) => pipes.findIndex(([reader]) => text.startsWith(`${reader}:`)));
    expect(order()).toEqual([2, 0]);
    expect(order()).toEqual([1, 2]);
    expect(order()).toEqual([0, 1]);
  });

  test('drops what is not ready any more', () => {
    const program = new Program();
    const epoll = program.epoll();
    const [reader, writer] = program.pipe();
    program.run(control(epoll, 'ADD', reader, 'EPOLLIN|EPOLLET'));
    program.run(write(writer, 1));
    program.run(read(reader, 1));
    expect(program.events(epoll)).toEqual([]);
    program.run(write(writer, 1));
    expect(program.events(epoll)).toEqual([`${reader}:0x1`]);
  });
});

test('a wait ends with the first event, or when its time is over', () => {
  const program = new Program();
  const epoll = program.epoll();
  const [reader, writer] = program.pipe();
  program.run(control(epoll, 'ADD', reader, 'EPOLLIN'));
  const first = program.process.call(wait(epoll, 5, 20), 0);
  expect(program.process.deadline).toBe(20_000_000);
  program.until(19_999_999);
  expect(first.result).toBeUndefined();
  program.until(20_000_000);
  expect(first.result?.returned).toBe(0);
  expect(first.finishedAt).toBe(20_000_000);
  const second = program.process.call(wait(epoll, 5, -1), program.now);
  expect(program.process.deadline).toBe(Infinity);
  program.run(write(writer, 1));
  expect(second.result?.returned).toBe(1);
});

test('an instance with an event is readable itself', () => {
  const program = new Program();
  const [outer, inner] = [program.epoll(), program.epoll()];
  const [reader, writer] = program.pipe();
  program.run(control(inner, 'ADD', reader, 'EPOLLIN|EPOLLET'));
  program.run(control(outer, 'ADD', inner, 'EPOLLIN'));
  const waiting = program.process.call(wait(outer, 5, -1), 0);
  program.run(write(writer, 1));
  expect(waiting.result?.returned).toBe(1);
  expect(program.events(inner)).toEqual([`${reader}:0x1`]);
  expect(program.events(outer)).toEqual([]);
});

test('a file that is closed is forgotten, by its last descriptor only', () => {
  const program = new Program();
  const epoll = program.epoll();
  const [reader, writer] = program.pipe();
  program.run(control(epoll, 'ADD', reader, 'EPOLLIN'));
  const copy = Number(
    program.run({ name: 'fcntl', fd: reader, command: C('F_DUPFD'), argument: 0 }),
  );
  program.run(write(writer, 1));
  program.run(close(reader));
  expect(program.events(epoll)).toEqual([`${reader}:0x1`]);
  program.run(close(copy));
  expect(program.events(epoll)).toEqual([]);
});

describe('epoll_ctl', () => {
  test.each([
    ['ADD', 'pipe', 'EPOLLIN', 0],
    ['ADD', 'watched', 'EPOLLIN', 'EEXIST'],
    ['MOD', 'pipe', 'EPOLLIN', 'ENOENT'],
    ['DEL', 'pipe', undefined, 'ENOENT'],
    ['ADD', 'pipe', undefined, 'EFAULT'],
    ['ADD', 'file', 'EPOLLIN', 'EPERM'],
    ['ADD', 'itself', 'EPOLLIN', 'EINVAL'],
    ['ADD', 'outer', 'EPOLLIN', 'ELOOP'],
    ['ADD', 'none', 'EPOLLIN', 'EBADF'],
    ['ADD', 'pipe', 'EPOLLIN|EPOLLEXCLUSIVE', 0],
    ['ADD', 'pipe', 'EPOLLRDHUP|EPOLLEXCLUSIVE', 'EINVAL'],
    ['MOD', 'watched', 'EPOLLIN|EPOLLEXCLUSIVE', 'EINVAL'],
    ['MOD', 'watched', 'EPOLLOUT', 0],
    ['DEL', 'watched', undefined, 0],
  ] as const)('%s of %s with %s is %s', (operation, what, events, result) => {
    const program = new Program();
    const [itself, outer] = [program.epoll(), program.epoll()];
    program.run(control(outer, 'ADD', itself, 'EPOLLIN'));
    const [pipe, watched] = program.pipe();
    program.run(control(itself, 'ADD', watched, 'EPOLLOUT'));
    const file = Number(program.run({ name: 'open', path: '/dev/zero', flags: 0 }));
    const fds = { itself, outer, pipe, watched, file, none: 99 };
    expect(program.run(control(itself, operation, fds[what], events))).toBe(result);
  });

  test('rows of instances end at five', () => {
    const program = new Program();
    const row = Array.from({ length: 6 }, () => program.epoll());
    const results = row
      .slice(1)
      .map((outer, at) => program.run(control(outer, 'ADD', row[at]!, 'EPOLLIN')));
    expect(results).toEqual([0, 0, 0, 0, 'ELOOP']);
  });

  test('of something else than an instance is EINVAL', () => {
    const program = new Program();
    const [reader, writer] = program.pipe();
    expect(program.run(control(reader, 'ADD', writer, 'EPOLLIN'))).toBe('EINVAL');
    expect(program.run(wait(reader))).toBe('EINVAL');
    expect(program.run(wait(program.epoll(), 0))).toBe('EINVAL');
    expect(program.run({ name: 'epoll_create', size: 0 })).toBe('EINVAL');
  });
});
