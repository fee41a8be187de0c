import { describe, expect, test } from 'vitest';
import { WORKLOADS } from '../../bench/workloads.ts';

describe('npm run bench', () => {
  test.each(WORKLOADS.map((workload) => [workload.name, workload] as const))(
    '%s works at a thousandth of its size',
    async (name, workload) => {
      const figures = await workload.measure(1 / 1000);
      expect(figures.length).toBeGreaterThan(0);
      for (const figure of figures) {
        expect(figure.name).toMatch(new RegExp(`^${name}(-cold|-rss)?$`));
        expect(figure.value).toEqual(expect.any(Number));
        expect(figure.unit).not.toBe('');
      }
    },
  );

  test('workloads have names of their own', () => {
    expect(new Set(WORKLOADS.map(({ name }) => name)).size).toBe(WORKLOADS.length);
  });
});
