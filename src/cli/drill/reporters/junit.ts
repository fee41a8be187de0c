/**
 * JUnit's XML, which continuous integration reads: a suite for each folder, a case for each script.
 * Suites name how many failed before the first case, so everything is written in the end.
 */
import { basename, dirname } from 'node:path';
import { PLAIN } from '../style.ts';
import type { Verdict } from '../verdict.ts';
import { failureLines, placeOf } from './failure-text.ts';
import type { Reporter, Write } from './reporter.ts';
import type { Count, Summary } from './summary.ts';

export class JunitReporter implements Reporter {
  readonly #write: Write;
  readonly #verdicts: Verdict[] = [];

  constructor(write: Write) {
    this.#write = write;
  }

  begin(): void {
    // see the end
  }

  verdict(verdict: Verdict): void {
    this.#verdicts.push(verdict);
  }

  end(summary: Summary, elapsed: number): void {
    const all = { ...summary.total, wallTime: elapsed };
    this.#write('<?xml version="1.0" encoding="UTF-8"?>\n');
    this.#write(`<testsuites name="tcpetri drill"${countAttributes(all)}>\n`);
    for (const [folder, count] of summary.folders) {
      this.#write(`  <testsuite name="${escape(folder)}"${countAttributes(count)}>\n`);
      for (const verdict of this.#verdicts) {
        if (dirname(verdict.file) === folder) this.#write(caseOf(verdict));
      }
      this.#write('  </testsuite>\n');
    }
    this.#write('</testsuites>\n');
  }
}

function countAttributes({ passed, failed, skipped, wallTime }: Count): string {
  const tests = passed + failed + skipped;
  return ` tests="${tests}" failures="${failed}" errors="0" skipped="${skipped}" time="${seconds(wallTime)}"`;
}

function caseOf({ file, status, reason, failure, wallTime }: Verdict): string {
  const name = escape(basename(file));
  const folder = escape(dirname(file));
  const opening = `    <testcase classname="${folder}" name="${name}" time="${seconds(wallTime)}"`;
  if (status === 'skipped') {
    return `${opening}>\n      <skipped message="${escape(reason ?? '')}"/>\n    </testcase>\n`;
  }
  if (failure === undefined) return `${opening}/>\n`;
  const message = escape(failure.message);
  const text = [placeOf(file, failure), ...failureLines(failure, PLAIN)].join('\n');
  return (
    `${opening}>\n      <failure type="${failure.kind}" message="${message}">` +
    `${escape(text)}</failure>\n    </testcase>\n`
  );
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

/** XML has no way to write most control characters; they become U+FFFD. */
function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
}
