/** How `npm test` runs: against the sources, so that no stale build can answer for them. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['tcpetri:source'] },
  ssr: { resolve: { conditions: ['tcpetri:source'] } },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: '100%', // the default leaves a core alone, which of two is half
  },
});
