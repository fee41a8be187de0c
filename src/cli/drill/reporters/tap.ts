/**
 * TAP 14 (testanything.org): a line for each script as soon as its verdict is there, diagnostics of
 * failures as YAML, and the summary as comments.
 */
import type { Style } from '../style.ts';
import type { Verdict } from '../verdict.ts';
import { failureLines, placeOf } from './failure-text.ts';
import type { Reporter, Write } from './reporter.ts';
import { duration, type Summary } from './summary.ts';

export class TapReporter implements Reporter {
  readonly #write: Write;
  readonly #style: Style;
  #number = 0;

  constructor(write: Write, style: Style) {
    this.#write = write;
    this.#style = style;
  }

  begin(count: number): void {
    this.#write(`TAP version 14\n1..${count}\n`);
  }

  verdict(verdict: Verdict): void {
    this.#number += 1;
    const lines = verdict.log.map((line) => `# ${line}`);
    lines.push(this.#testPoint(verdict));
    lines.push(...verdict.warnings.map((warning) => `# warning: ${warning}`));
    lines.push(...this.#diagnostics(verdict));
    this.#write(`${lines.join('\n')}\n`);
  }

  #testPoint({ file, status, reason, virtualTime, wallTime }: Verdict): string {
    const name = `${this.#number} - ${escape(file)}`;
    switch (status) {
      case 'passed': {
        const times = `${duration(virtualTime / 1e6)} in ${duration(wallTime / 1000)}`;
        return `${this.#style.good('ok')} ${name} ${this.#style.faint(`(${times})`)}`;
      }
      case 'failed':
        return `${this.#style.bad('not ok')} ${name}`;
      case 'skipped':
        return `ok ${name} # SKIP ${escape(reason ?? '')}`;
    }
  }

  #diagnostics({ file, failure }: Verdict): string[] {
    if (failure === undefined) return [];
    // A cause of a stack from elsewhere may have lines of its own.
    const text = failureLines(failure, this.#style).flatMap((line) => line.split(/\r\n|[\r\n]/));
    const report = text.length === 0 ? [] : ['report: |2', ...text.map((line) => `  ${line}`)];
    const message = this.#style.strong(JSON.stringify(failure.message));
    const at = JSON.stringify(placeOf(file, failure));
    return ['---', `message: ${message}`, `at: ${at}`, ...report, '...'].map((line) =>
      `  ${line}`.trimEnd(),
    );
  }

  end(summary: Summary, elapsed: number, isWhole: boolean): void {
    if (!isWhole) this.#write('Bail out! the run ended early\n');
    this.#write(
      summary
        .lines(elapsed, this.#style)
        .map((line) => `# ${line}\n`)
        .join(''),
    );
  }
}

/** A `#` would begin a directive, a line feed another line. */
function escape(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('#', '\\#')
    .replaceAll(/[\r\n]+/g, ' ');
}
