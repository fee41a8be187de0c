/** A character for each script, `.` passed, `F` failed, `s` skipped; then failures and summary. */
import type { Style } from '../style.ts';
import type { Verdict } from '../verdict.ts';
import { failureLines, placeOf } from './failure-text.ts';
import type { Reporter, Write } from './reporter.ts';
import type { Summary } from './summary.ts';

/** Characters on a line. */
const WIDTH = 80;

export class DotsReporter implements Reporter {
  readonly #write: Write;
  readonly #style: Style;
  readonly #failed: Verdict[] = [];
  #column = 0;

  constructor(write: Write, style: Style) {
    this.#write = write;
    this.#style = style;
  }

  begin(): void {
    // nothing comes before the first dot
  }

  verdict(verdict: Verdict): void {
    if (verdict.log.length > 0) this.#endLine();
    this.#write(verdict.log.map((line) => `${line}\n`).join(''));
    if (verdict.status === 'failed') this.#failed.push(verdict);
    this.#write(this.#signOf(verdict));
    this.#column += 1;
    if (this.#column === WIDTH) this.#endLine();
  }

  #signOf({ status }: Verdict): string {
    if (status === 'failed') return this.#style.bad('F');
    return status === 'passed' ? this.#style.good('.') : 's';
  }

  #endLine(): void {
    if (this.#column > 0) this.#write('\n');
    this.#column = 0;
  }

  end(summary: Summary, elapsed: number): void {
    this.#endLine();
    for (const { file, failure } of this.#failed) {
      if (failure === undefined) continue;
      const lines = failureLines(failure, this.#style).map((line) => `    ${line}\n`);
      const title = this.#style.strong(`${placeOf(file, failure)}: ${failure.message}`);
      this.#write(`\n${title}\n${lines.join('')}`);
    }
    const lines = summary.lines(elapsed, this.#style).map((line) => `${line}\n`);
    this.#write(`\n${lines.join('')}`);
  }
}
