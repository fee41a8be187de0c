/** How `npm test` runs: against the sources, so that no stale build can answer for them. */
import { defineConfig } from 'vitest/config';

/** Those that put something else in the place of a module. */
const WITH_MODULES_OF_THEIR_OWN = ['test/tcp/header-prediction.test.ts'];

export default defineConfig({
  resolve: { conditions: ['tcpetri:source'] },
  ssr: { resolve: { conditions: ['tcpetri:source'] } },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: '100%', // the default leaves a core alone, which of two is half
    projects: [
      {
        extends: true,
        test: {
          name: 'modules of Node.js',
          include: ['test/**/*.test.ts'],
          exclude: WITH_MODULES_OF_THEIR_OWN,
          isolate: false, // else each file loads 700 of them: a quarter of the time
          // Vite's modules ask an object for each name that they import, at each use: laws that
          // run on Node.js's own take three fifths of the time.
          execArgv: ['--import', 'tsx', '--conditions=tcpetri:source'],
          experimental: { viteModuleRunner: false, nodeLoader: false },
        },
      },
      {
        extends: true,
        test: { name: 'modules of their own', include: WITH_MODULES_OF_THEIR_OWN },
      },
    ],
  },
});
