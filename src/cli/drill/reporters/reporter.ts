/** Who tells the user what became of the scripts. */
import type { Style } from '../style.ts';
import type { Verdict } from '../verdict.ts';
import { DotsReporter } from './dots.ts';
import { JsonReporter } from './json.ts';
import { JunitReporter } from './junit.ts';
import type { Summary } from './summary.ts';
import { TapReporter } from './tap.ts';

export interface Reporter {
  /** So many verdicts follow, unless the run ends early. */
  begin(count: number): void;
  verdict(verdict: Verdict): void;
  /** `elapsed` is the run's wall time in milliseconds; `isWhole` is false when it ended early. */
  end(summary: Summary, elapsed: number, isWhole: boolean): void;
}

/** Takes whole lines, with their line feeds. */
export type Write = (text: string) => void;

export const REPORTER_NAMES = ['tap', 'dots', 'json', 'junit'] as const;
export type ReporterName = (typeof REPORTER_NAMES)[number];

export function makeReporter(name: ReporterName, write: Write, style: Style): Reporter {
  switch (name) {
    case 'tap':
      return new TapReporter(write, style);
    case 'dots':
      return new DotsReporter(write, style);
    case 'json':
      return new JsonReporter(write);
    case 'junit':
      return new JunitReporter(write);
  }
}
