/** The flags of printing, as command lines and scenarios write them. */
import { describe, expect, test } from 'vitest';
import { DEFAULT_PRINT_FLAGS, parsePrintFlags } from '../../src/tcpdump/index.ts';

describe('parsePrintFlags', () => {
  test('counts flags that mean more when repeated, together or apart', () => {
    const flags = { ...DEFAULT_PRINT_FLAGS, numeric: 2, verbose: 3 };
    expect(parsePrintFlags(['-nn', '-vvv'])).toEqual(flags);
    expect(parsePrintFlags('-nnvvv')).toEqual(flags);
    expect(parsePrintFlags('-n -v  -v -n -v')).toEqual(flags);
  });

  test('knows the long names', () => {
    const flags = parsePrintFlags(
      '--dont-verify-checksums --number --nano --absolute-tcp-sequence-numbers',
    );
    expect(flags).toEqual({
      ...DEFAULT_PRINT_FLAGS,
      ignoreChecksums: true,
      numbered: true,
      nanoseconds: true,
      absoluteSequence: true,
    });
    expect(parsePrintFlags('--nano --micro')).toEqual(DEFAULT_PRINT_FLAGS);
  });

  test('takes the count beside the flag or after it', () => {
    expect(parsePrintFlags('-c 5').count).toBe(5);
    expect(parsePrintFlags('-c5').count).toBe(5);
    expect(parsePrintFlags('-nec5')).toEqual({
      ...DEFAULT_PRINT_FLAGS,
      numeric: 1,
      linkHeader: true,
      count: 5,
    });
  });

  test('adds to flags that are there', () => {
    expect(parsePrintFlags('-v', parsePrintFlags('-nv')).verbose).toBe(2);
  });

  test.each([
    ['-z', 'not a flag of printing: -z'],
    ['-nz', 'not a flag of printing: -z'],
    ['--nanos', 'not a flag of printing: --nanos'],
    ['file', 'not a flag of printing: file'],
    ['-', 'not a flag of printing: -'],
    ['-c', '-c needs a count'],
    ['-c 0', 'invalid packet count 0'],
    ['-c -1', 'invalid packet count -1'],
    ['-tttttt', 'only -t, -tt, -ttt, -tttt and -ttttt are supported'],
  ])('refuses %s', (flags, message) => {
    expect(() => parsePrintFlags(flags)).toThrow(new RangeError(message));
  });
});
