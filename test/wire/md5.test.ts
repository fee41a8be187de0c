/** MD5 against the texts of its RFC, and against another implementation. */
import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { md5, printHex } from '../../src/wire/index.ts';

const utf8 = new TextEncoder();

// prettier-ignore
test.each([
  ['', 'd41d8cd98f00b204e9800998ecf8427e'],
  ['a', '0cc175b9c0f1b6a831c399e269772661'],
  ['abc', '900150983cd24fb0d6963f7d28e17f72'],
  ['message digest', 'f96b697d7cb7938d525a2f31aaf161d0'],
  ['abcdefghijklmnopqrstuvwxyz', 'c3fcd3d76192e4007dfb496cca67e13b'],
  ['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', 'd174ab98d277d9f5a5611c2c9f419d9f'],
  ['12345678901234567890123456789012345678901234567890123456789012345678901234567890', '57edf4a22be3c955ac49da2e2107b67a'],
])('RFC 1321 §A.5: %j', (text, digest) => {
  expect(printHex(md5(utf8.encode(text)))).toBe(digest);
});

test('law: parts of any length have the digest of the whole', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 150, size: 'max' })), (parts) => {
      const other = createHash('md5');
      for (const part of parts) other.update(part);
      expect(printHex(md5(...parts))).toBe(other.digest('hex'));
    }),
  );
});
