/** What the scenarios of impaired links show. */
import { expect, test } from 'vitest';
import { loadScenario, record } from '../help/run.ts';

test('the third data segment is lost, and sent again before any timer', async () => {
  const { text, result } = await record(await loadScenario('impaired/third-segment'));
  const starts = text.flatMap((line) => /seq (\d+):/.exec(line)?.[1] ?? []);
  expect(starts.slice(0, 3)).toEqual(['1', '1449', '4345']); // 2897 is missing
  expect(starts.filter((start) => start === '2897')).toHaveLength(1);
  expect(text.some((line) => line.includes('sack 1 {4345:'))).toBe(true);
  expect(result.endedAt).toBeLessThan(120e9);
});
