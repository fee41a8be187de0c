/**
 * Captures of real kernels: our text is tcpdump's, for every set of flags where tcpdump is here, and
 * everywhere for the texts that were kept of it.
 */
import { describe, expect, test } from 'vitest';
import { CAPTURES, goldenText } from './fixtures.ts';
import { HAS_TCPDUMP, ourText, realTexts } from './real-tcpdump.ts';

const FLAG_SETS = [
  '-n',
  '-nn',
  '-nnn --number',
  '-n -v',
  '-n -vv',
  '-n -vvv',
  '-n -vvv -K',
  '-n -e',
  '-n -e -vv',
  '-n -S',
  '-n -t',
  '-n -tt',
  '-n -ttt',
  '-n -tttt',
  '-n -ttttt',
  '-n -#',
  '-n -q',
  '-n -qq -e',
  '-n -q -v',
  '-n -A',
  '-n -AA -t',
  '-n -x',
  '-n -xx -vv',
  '-n -X',
  '-n -XX -e',
  '-n --nano',
  '-n --nano -ttt --micro',
  '-n -c 3',
  '-nnevvvSX -tttt -#',
];

test.skipIf(!HAS_TCPDUMP).each(FLAG_SETS)('captures print as with tcpdump %s', (flags) => {
  const real = realTexts(
    CAPTURES.map(([, capture]) => capture),
    flags,
  );
  for (const [at, [name, capture]] of CAPTURES.entries()) {
    expect({ name, text: ourText(capture, flags) }).toEqual({ name, text: real[at] });
  }
});

describe('without a tcpdump to ask', () => {
  const kept = CAPTURES.filter(([name]) => goldenText(name, false) !== undefined);

  test('there are texts to compare with', () => {
    expect(kept.length).toBeGreaterThanOrEqual(19);
  });

  test.each(kept)('%s prints as it was printed once', (name, capture) => {
    expect(ourText(capture, '-nn')).toBe(goldenText(name, false));
    expect(ourText(capture, '-nn -vvv')).toBe(goldenText(name, true));
  });
});
