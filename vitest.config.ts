/** How `npm test` runs: against the sources, so that no stale build can answer for them. */
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Those that put something else in the place of a module, which only Vite's modules allow. */
const WITH_MODULES_OF_VITE = ['test/tcp/header-prediction.test.ts'];

/** Short files that start many processes. */
const LONG = /\/test\/(?:docs\.test|(?:bench|bridge|cli|scenarios|tcpdump)\/)/;

/** What takes long goes first, so that all workers end at about the same time. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ project, moduleId }: TestSpecification): number =>
      project.name === 'modules of Vite' ? 0 : LONG.test(moduleId) ? 1 : 2;
    // oxlint-disable-next-line unicorn/no-array-sort -- not that of arrays
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  resolve: { conditions: ['tcpetri:source'] },
  ssr: { resolve: { conditions: ['tcpetri:source'] } },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: '100%', // the default leaves a core alone, which of two is half
    sequence: { sequencer: LongFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'modules of Node.js',
          include: ['test/**/*.test.ts'],
          exclude: WITH_MODULES_OF_VITE,
          isolate: false, // else each file loads 700 of them: a quarter of the time
          // Vite's modules ask an object for each name that they import, at each use: laws that
          // run on Node.js's own take three fifths of the time.
          execArgv: ['--import', 'tsx', '--conditions=tcpetri:source'],
          experimental: { viteModuleRunner: false, nodeLoader: false },
        },
      },
      { extends: true, test: { name: 'modules of Vite', include: WITH_MODULES_OF_VITE } },
    ],
  },
});
