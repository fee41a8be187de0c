/** Descriptors: the lowest free one, shared descriptions, the limit (POSIX.1-2017 §2.14). */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FileSystem, PosixProcess } from '../../src/stack/index.ts';
import { DISK_LENGTH } from '../../src/stack/posix/file-system.ts';
import { C, close, Program, read, setNonBlocking, write } from './program.ts';

const fcntl = (fd: number, command: string, argument = 0) =>
  ({ name: 'fcntl', fd, command: C(command), argument }) as const;

const open = (path: string, flags = 'O_RDONLY') =>
  ({ name: 'open', path, flags: C(flags) }) as const;

function small(descriptorLimit: number): Program {
  return new Program(
    new PosixProcess({
      makeSocket: () => {
        throw new Error('no network');
      },
      descriptorLimit,
    }),
  );
}

test('a new descriptor is the lowest that is free', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('open' as const) }),
    fc.record({ kind: fc.constant('close' as const), fd: fc.integer({ min: 0, max: 12 }) }),
    fc.record({
      kind: fc.constant('copy' as const),
      fd: fc.integer({ min: 0, max: 12 }),
      least: fc.integer({ min: -1, max: 12 }),
    }),
  );
  const LIMIT = 10;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
      const program = small(LIMIT);
      const used = new Set([0, 1, 2]);
      const lowest = (least: number): number | 'EMFILE' => {
        for (let fd = least; fd < LIMIT; fd++) if (!used.has(fd)) return fd;
        return 'EMFILE';
      };
      const take = (fd: number | string): number | string => {
        if (typeof fd === 'number') used.add(fd);
        return fd;
      };
      for (const it of steps) {
        if (it.kind === 'open') {
          expect(program.run(open('/dev/null'))).toBe(take(lowest(0)));
        } else if (it.kind === 'close') {
          expect(program.run(close(it.fd))).toBe(used.delete(it.fd) ? 0 : 'EBADF');
        } else {
          const expected = !used.has(it.fd)
            ? 'EBADF'
            : it.least < 0 || it.least >= LIMIT
              ? 'EINVAL'
              : take(lowest(it.least));
          expect(program.run(fcntl(it.fd, 'F_DUPFD', it.least))).toBe(expected);
        }
      }
    }),
  );
});

test('a pipe that finds room for one end only takes none', () => {
  const program = small(4);
  expect(program.run({ name: 'pipe' })).toBe('EMFILE');
  expect(program.run(open('/dev/null'))).toBe(3);
});

test('copies share status flags, and the file is closed with the last', () => {
  const program = new Program();
  const [reader, writer] = program.pipe();
  const copy = Number(program.run(fcntl(writer, 'F_DUPFD')));
  program.run(setNonBlocking(copy));
  expect(program.run(fcntl(writer, 'F_GETFL'))).toBe(C('O_WRONLY|O_NONBLOCK'));
  program.run(close(writer));
  program.run(setNonBlocking(reader));
  expect(program.run(read(reader, 1))).toBe('EAGAIN');
  program.run(close(copy));
  expect(program.run(read(reader, 1))).toBe(0);
});

test('FD_CLOEXEC belongs to the descriptor', () => {
  const program = new Program();
  const fd = Number(program.run(open('/dev/zero', 'O_RDONLY|O_CLOEXEC')));
  const copy = Number(program.run(fcntl(fd, 'F_DUPFD')));
  expect(program.run(fcntl(fd, 'F_GETFD'))).toBe(1);
  expect(program.run(fcntl(copy, 'F_GETFD'))).toBe(0);
  program.run(fcntl(copy, 'F_SETFD', 1));
  expect(program.run(fcntl(copy, 'F_GETFD'))).toBe(1);
});

test('FIONBIO sets O_NONBLOCK, and F_SETFL leaves the access mode alone', () => {
  const program = new Program();
  const [reader] = program.pipe();
  program.run({ name: 'ioctl', fd: reader, request: 'FIONBIO', argument: 1 });
  expect(program.run(fcntl(reader, 'F_GETFL'))).toBe(C('O_NONBLOCK'));
  program.run({ name: 'ioctl', fd: reader, request: 'FIONBIO', argument: 0 });
  program.run(fcntl(reader, 'F_SETFL', C('O_RDWR')));
  expect(program.run(fcntl(reader, 'F_GETFL'))).toBe(C('O_RDONLY'));
});

test('a full disk takes no more', () => {
  const fileSystem = new FileSystem();
  const file = fileSystem.create('/tmp/large');
  file.writeAt(DISK_LENGTH - 2, Uint8Array.of(1));
  file.writeAt(0, Uint8Array.of(1, 2)); // what is there can be changed
  expect(() => file.writeAt(DISK_LENGTH - 1, Uint8Array.of(1, 2))).toThrow('ENOSPC');
  expect(fileSystem.writeFile('/tmp/small', Uint8Array.of(1, 2), 0)).toBe(false);
  expect(fileSystem.writeFile('/tmp/small', Uint8Array.of(1), 0)).toBe(true);
});

describe('open', () => {
  function withFiles(): Program {
    const fileSystem = new FileSystem();
    fileSystem.writeFile('/tmp/five', Uint8Array.of(1, 2, 3, 4, 5), 0);
    let value = '7\n';
    fileSystem.mount({
      readFile: (path) => (path === '/proc/value' ? new TextEncoder().encode(value) : undefined),
      writeFile: (path, bytes) => {
        const text = new TextDecoder().decode(bytes);
        if (path !== '/proc/value' || !/^\d+\n?$/.test(text)) return false;
        value = text;
        return true;
      },
    });
    return new Program(
      new PosixProcess({
        makeSocket: () => {
          throw new Error('no network');
        },
        fileSystem,
      }),
    );
  }

  test.each([
    ['', 'O_RDONLY', 'ENOENT'],
    ['/tmp/none', 'O_RDONLY', 'ENOENT'],
    ['/none/file', 'O_WRONLY|O_CREAT', 'ENOENT'],
    ['/tmp/five/x', 'O_RDONLY', 'ENOTDIR'],
    ['/tmp/five/', 'O_RDONLY', 'ENOTDIR'],
    ['/tmp/five', 'O_RDONLY|O_DIRECTORY', 'ENOTDIR'],
    ['/tmp/five', 'O_RDWR|O_CREAT|O_EXCL', 'EEXIST'],
    ['/tmp', 'O_WRONLY', 'EISDIR'],
    [`/tmp/${'x'.repeat(5000)}`, 'O_RDONLY', 'ENAMETOOLONG'],
    ['/tmp/../tmp/./five', 'O_RDONLY', 3],
    ['/tmp/new', 'O_WRONLY|O_CREAT', 3],
  ])('of %s with %s is %s', (path, flags, result) => {
    expect(withFiles().run(open(path, flags))).toBe(result);
  });

  test('reads from its position to the end', () => {
    const program = withFiles();
    program.run(open('/tmp/five'));
    expect(program.run(read(3, 3))).toBe(3);
    expect(program.run({ name: 'ioctl', fd: 3, request: 'FIONREAD' })).toBe(0);
    expect(program.run(read(3, 3))).toBe(2);
    expect(program.run(read(3, 3))).toBe(0);
    expect(program.run(write(3, 1))).toBe('EBADF');
    expect(program.run(read(3, 3, C('MSG_PEEK')))).toBe('ENOTSOCK');
  });

  test('O_TRUNC empties, O_APPEND writes at the end', () => {
    const program = withFiles();
    const { fileSystem } = program.process;
    program.run(open('/tmp/five', 'O_WRONLY|O_APPEND'));
    program.run(write(3, Uint8Array.of(6)));
    expect(fileSystem.readFile('/tmp/five', 0)).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6));
    program.run(open('/tmp/five', 'O_WRONLY|O_TRUNC'));
    expect(fileSystem.readFile('/tmp/five', 0)).toHaveLength(0);
  });

  test('a generated file is read as it was when opened, and written through its source', () => {
    const program = withFiles();
    expect(program.run(open('/proc/value', 'O_RDWR'))).toBe(3);
    expect(program.run(write(3, new TextEncoder().encode('8\n')))).toBe(2);
    expect(program.run(write(3, new TextEncoder().encode('eight')))).toBe('EINVAL');
    expect(program.process.fileSystem.readFile('/proc/value', 0)).toEqual(
      new TextEncoder().encode('8\n'),
    );
  });

  test('a source whose file is mounted may refuse; other files are made with their folders', () => {
    const { fileSystem } = withFiles().process;
    expect(fileSystem.writeFile('/proc/value', new TextEncoder().encode('x'), 0)).toBe(false);
    expect(fileSystem.writeFile('/a/b/c', Uint8Array.of(1), 0)).toBe(true);
    expect(fileSystem.writeFile('/a/b', Uint8Array.of(1), 0)).toBe(false);
    expect(fileSystem.readFile('/a/b/c', 0)).toEqual(Uint8Array.of(1));
    expect(fileSystem.remove('/a/b/c')).toBe(true);
    expect(fileSystem.readFile('/a/b/c', 0)).toBeUndefined();
  });

  test('/dev/zero has any number of zeros, /dev/null none', () => {
    const program = withFiles();
    program.run(open('/dev/zero'));
    program.run(open('/dev/null', 'O_RDWR'));
    expect(program.run(read(3, 70_000))).toBe(70_000);
    expect(program.run(read(4, 70_000))).toBe(0);
    expect(program.run(write(4, 70_000))).toBe(70_000);
  });
});

describe('capabilities', () => {
  const set = (kind: 'CAP_EFFECTIVE' | 'CAP_PERMITTED', isRaised: boolean) =>
    ({ name: 'cap_set', set: kind, capability: 'CAP_NET_ADMIN', isRaised }) as const;

  test('an effective one can be given up and come back, a permitted one not', () => {
    const program = new Program();
    expect(program.run(set('CAP_PERMITTED', false))).toBe('EPERM');
    expect(program.run(set('CAP_EFFECTIVE', false))).toBe(0);
    expect(program.run(set('CAP_EFFECTIVE', true))).toBe(0);
    expect(program.run(set('CAP_EFFECTIVE', false))).toBe(0);
    expect(program.run(set('CAP_PERMITTED', false))).toBe(0);
    expect(program.run(set('CAP_EFFECTIVE', true))).toBe('EPERM');
  });
});
