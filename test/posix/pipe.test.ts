/** Pipes: a queue of octets, and calls that wait for its other end. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { C, close, poll, Program, read, write } from './program.ts';

test('what is read is what was written, in order', () => {
  const step = fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 20_000 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const program = new Program();
      const [reader, writer] = program.hastyPipe();
      let written = 0;
      let taken = 0;
      for (const [isWrite, count] of steps) {
        if (isWrite) {
          const bytes = Uint8Array.from({ length: count }, (_, at) => (written + at) % 251);
          const result = program.run(write(writer, bytes));
          if (typeof result === 'number') written += result;
          // PIPE_BUF: a page or less is whole or nothing.
          if (count <= 4096) expect([count, 'EAGAIN']).toContain(result);
        } else {
          const result = program.result(read(reader, count));
          if (result?.written?.kind !== 'message') {
            expect([result?.errno, written]).toEqual(['EAGAIN', taken]);
            continue;
          }
          const { bytes } = result.written;
          expect(bytes.every((byte, at) => byte === (taken + at) % 251)).toBe(true);
          expect(bytes).toHaveLength(Math.min(count, written - taken));
          taken += bytes.length;
        }
        expect(written - taken).toBeLessThanOrEqual(65_536);
        expect(program.run(poll(reader, 'POLLIN'))).toBe(written > taken ? 1 : 0);
      }
    }),
  );
});

test('a read waits for the first octet', () => {
  const program = new Program();
  const [reader, writer] = program.pipe();
  const reading = program.process.call(read(reader, 10), 5);
  expect(reading.result).toBeUndefined();
  program.now = 8;
  expect(program.run(write(writer, 3))).toBe(3);
  expect(reading.result?.returned).toBe(3);
  expect(reading.finishedAt).toBe(8);
});

test('a write waits until all of it is taken', () => {
  const program = new Program();
  const [reader, writer] = program.pipe();
  const writing = program.process.call(write(writer, 150_000), 0);
  expect(program.run(read(reader, 70_000))).toBe(65_536);
  expect(writing.result).toBeUndefined();
  expect(program.run(read(reader, 70_000))).toBe(65_536);
  expect(writing.result?.returned).toBe(150_000);
  expect(program.run(read(reader, 70_000))).toBe(150_000 - 2 * 65_536);
});

test('a write whose reader goes returns what was taken, the next one EPIPE', () => {
  const program = new Program();
  const [reader, writer] = program.pipe();
  const writing = program.process.call(write(writer, 70_000), 0);
  program.run(close(reader));
  expect(writing.result?.returned).toBe(65_536);
  expect(program.run(write(writer, 1))).toBe('EPIPE');
});

test('a read whose writer goes is at the end', () => {
  const program = new Program();
  const [reader, writer] = program.pipe();
  const reading = program.process.call(read(reader, 1), 0);
  program.run(close(writer));
  expect(reading.result?.returned).toBe(0);
});

test('a descriptor closed under a call that waits is free; the file stays open for the call', () => {
  const program = new Program();
  const [reader, writer] = program.pipe();
  const reading = program.process.call(read(reader, 1), 0);
  expect(program.run(close(reader))).toBe(0);
  expect(program.run(read(reader, 1))).toBe('EBADF');
  expect(program.run(write(writer, 5))).toBe(5);
  expect(reading.result?.returned).toBe(1);
  expect(program.run(write(writer, 5))).toBe('EPIPE'); // now the last reader is gone
});

test('a pointer that leads nowhere is EFAULT once there is something to copy', () => {
  const program = new Program();
  const [reader, writer] = program.pipe();
  const bad = { ...read(reader, 4), isPointerInvalid: true };
  const reading = program.process.call(bad, 0);
  expect(reading.result).toBeUndefined();
  program.run(write(writer, 4));
  expect(reading.result?.errno).toBe('EFAULT');
  expect(program.run(read(reader, 4))).toBe(4);
  const message = { address: undefined, buffers: ['invalid-pointer' as const], control: [] };
  expect(program.run({ name: 'send', fd: writer, message, flags: 0 })).toBe('EFAULT');
});

test.each([
  ['reader', 'POLLIN', 0],
  ['writer', 'POLLOUT', 1],
])('an empty pipe: poll at the %s for %s is %s', (end, events, count) => {
  const program = new Program();
  const [reader, writer] = program.pipe();
  expect(program.run(poll(end === 'reader' ? reader : writer, events))).toBe(count);
});

test('poll tells of the other end unasked', () => {
  const program = new Program();
  const [reader, writer] = program.pipe();
  const [reader2, writer2] = program.pipe();
  program.run(close(writer));
  program.run(close(reader2));
  const result = program.result({
    name: 'poll',
    requests: [
      { fd: reader, events: 0 },
      { fd: writer2, events: C('POLLOUT') },
      { fd: writer, events: C('POLLOUT') },
      { fd: -1, events: C('POLLOUT') },
    ],
    timeout: -1,
  });
  expect(result?.returned).toBe(3);
  expect(result?.written).toEqual({
    kind: 'poll',
    revents: [C('POLLHUP'), C('POLLOUT|POLLERR'), C('POLLNVAL'), 0],
  });
});
