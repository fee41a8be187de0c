/**
 * For programs: one JSON object a line. `{"type":"script", …}` for each script as it ends, and
 * `{"type":"summary", …}` in the end. Times are in seconds.
 */
import type { Verdict } from '../verdict.ts';
import type { Reporter, Write } from './reporter.ts';
import type { Count, Summary } from './summary.ts';

export class JsonReporter implements Reporter {
  readonly #write: Write;

  constructor(write: Write) {
    this.#write = write;
  }

  begin(): void {
    // every line stands for itself
  }

  verdict({ virtualTime, wallTime, warnings, log, ...verdict }: Verdict): void {
    this.#line({
      type: 'script',
      ...verdict,
      warnings: warnings.length === 0 ? undefined : warnings,
      log: log.length === 0 ? undefined : log,
      virtual: virtualTime / 1e6,
      wall: wallTime / 1e3,
    });
  }

  end(summary: Summary, elapsed: number): void {
    const folders = [...summary.folders].map(([folder, count]) => ({
      folder,
      ...countJson(count, count.wallTime),
    }));
    this.#line({ type: 'summary', ...countJson(summary.total, elapsed), folders });
  }

  #line(value: object): void {
    this.#write(`${JSON.stringify(value)}\n`);
  }
}

function countJson({ passed, failed, skipped, virtualTime }: Count, wallTime: number): object {
  return { passed, failed, skipped, virtual: virtualTime / 1e6, wall: wallTime / 1e3 };
}
