/** Files of a host: what is written is what is read, however it was written. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FileError, HostFiles } from '../../src/sim/index.ts';
import { fromUtf8 } from '../../src/wire/index.ts';

const kernel = {
  readFile: (path: string): string | undefined =>
    path === '/proc/sys/net/ipv4/tcp_sack' ? '1\n' : undefined,
  writeFile: (path: string, text: string): boolean =>
    path === '/proc/sys/net/ipv4/tcp_sack' && /^[01]\n?$/.test(text),
};

function filesAt(now = 0): HostFiles {
  return new HostFiles(kernel, { now });
}

test('writing and appending give what was written, in order', () => {
  const name = fc.constantFrom('a', './a', '/tmp/a');
  const step = fc.record({ name, isAppended: fc.boolean(), text: fc.string({ maxLength: 40 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const files = filesAt();
      const expected = new Map<string, string>();
      for (const { name: path, isAppended, text } of steps) {
        if (isAppended) files.append(path, text);
        else files.write(path, text);
        const key = path === './a' ? 'a' : path;
        expected.set(key, (isAppended ? (expected.get(key) ?? '') : '') + text);
      }
      for (const [path, text] of expected) expect(files.readText(path)).toBe(text);
      expect(files.list().map(({ path }) => path)).toEqual([...expected.keys()].toSorted());
    }),
  );
});

describe('files', () => {
  test('that are not there say so', () => {
    expect(() => filesAt().read('gone')).toThrow(new FileError('ENOENT', 'gone'));
    expect(filesAt().remove('gone')).toBe(false);
  });

  test('are listed with length and time', () => {
    const files = filesAt(5);
    files.write('b', 'hello');
    files.write('a', '');
    expect(files.list()).toEqual([
      { path: 'a', length: 0, modifiedAt: 5 },
      { path: 'b', length: 5, modifiedAt: 5 },
    ]);
  });

  test('of the kernel are read and written by the kernel', () => {
    const files = filesAt();
    expect(fromUtf8(files.read('/proc/sys/net/ipv4/tcp_sack'))).toBe('1\n');
    files.write('/proc/sys/net/ipv4/tcp_sack', '0\n');
    const refused = 'Invalid argument';
    expect(() => files.write('/proc/sys/net/ipv4/tcp_sack', 'x')).toThrow(refused);
    expect(() => files.append('/proc/none', '1')).toThrow('No such file or directory');
  });

  test('of a host are bounded', () => {
    const files = filesAt();
    const much = new Uint8Array(128 * 1024 * 1024);
    files.write('a', much);
    files.write('a', much); // what it held is free again
    files.write('b', much);
    expect(() => files.append('a', 'x')).toThrow('No space left on device');
  });
});
