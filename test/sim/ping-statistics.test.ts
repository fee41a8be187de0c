/** The numbers that `ping` prints, as the real one printed them. */
import { describe, expect, test } from 'vitest';
import { PingStatistics, printRoundTrip } from '../../src/sim/tools/ping-statistics.ts';

describe('round trips: minimum, mean, maximum, mean deviation', () => {
  test.each([
    [[430, 67, 64], '0.064/0.187/0.430/0.171'],
    [[28, 63], '0.028/0.045/0.063/0.017'],
    [[97, 106], '0.097/0.101/0.106/0.004'],
    [[30, 66], '0.030/0.048/0.066/0.018'],
    [[161, 18], '0.018/0.089/0.161/0.071'],
    [[23], '0.023/0.023/0.023/0.000'],
  ])('%j: %s', (times, expected) => {
    const statistics = new PingStatistics();
    for (const each of times) {
      statistics.transmitted += 1;
      statistics.received += 1;
      statistics.answered(statistics.transmitted);
      statistics.took(each);
    }
    const [, text] = statistics.lines(0, true);
    expect(text).toBe(`rtt min/avg/max/mdev = ${expected} ms`);
  });
});

test.each([
  [7, '0.007'],
  [1234, '1.23'],
  [1235, '1.24'],
  [9994, '9.99'],
  [9995, '10.0'],
  [12_345, '12.3'],
  [99_949, '99.9'],
  [99_950, '100'],
  [123_456, '123'],
])('%d microseconds: %s ms', (microseconds, text) => {
  expect(printRoundTrip(microseconds)).toBe(text);
});

test('loss in percent has six digits; what was under way at once is the pipe', () => {
  const statistics = new PingStatistics();
  statistics.transmitted = 3;
  statistics.answered(1);
  statistics.received = 2;
  statistics.errors = 1;
  statistics.duplicates = 1;
  expect(statistics.lines(2_000_499_999, false)).toEqual([
    '3 packets transmitted, 2 received, +1 duplicates, +1 errors, 33.3333% packet loss, time 2000ms',
    'pipe 3',
  ]);
});
