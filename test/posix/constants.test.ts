/** The numbers of system calls are those of Linux. */
import { constants as fileConstants } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { describe, expect, test } from 'vitest';
import { constantOf, EPOLL, ERRNO, POLL, SocketError, type Errno } from '../../src/stack/index.ts';

describe.skipIf(process.platform !== 'linux')('of this machine', () => {
  test.each(Object.keys(ERRNO))('%s has the same number', (name) => {
    const theirs: Partial<Record<string, number>> = osConstants.errno;
    // Node leaves a few out, such as EHOSTDOWN.
    expect(theirs[name] ?? constantOf(name)).toBe(constantOf(name));
  });

  test.each(Object.entries(fileConstants).filter(([name]) => name.startsWith('O_')))(
    '%s has the same number',
    (name, value) => {
      expect([undefined, value]).toContain(constantOf(name));
    },
  );
});

test('an error says its words and its name', () => {
  const words = Object.keys(ERRNO).map((code) => new SocketError(code as Errno, 'x').message);
  for (const message of words) expect(message).toMatch(/^x: [A-Z].* \(E[A-Z0-9]+\)$/);
  expect(new Set(words).size).toBe(words.length);
});

test('the events of epoll are those of poll', () => {
  for (const [name, value] of Object.entries(POLL)) {
    expect([undefined, value]).toContain(constantOf(`E${name}`));
  }
  expect(EPOLL.EPOLLET).toBe(2 ** 31);
});

test.each([
  ['MSG_ZEROCOPY', 0x400_0000],
  ['SOF_TIMESTAMPING_OPT_ID_TCP', 0x1_0000],
  ['EWOULDBLOCK', 11],
  ['TCP_INFINITE_SSTHRESH', 0x7fff_ffff],
  ['AF_UNSPEC', 0],
  ['toString', undefined],
  ['', undefined],
])('%s is %s', (name, value) => {
  expect(constantOf(name)).toBe(value);
});
