/** Who tells the user what became of the scripts. */
import type { Verdict } from '../verdict.ts';
import type { Summary } from './summary.ts';

export interface Reporter {
  /** So many verdicts follow, unless the run ends early. */
  begin(count: number): void;
  verdict(verdict: Verdict): void;
  /** `elapsed` is the run's wall time in milliseconds; `isWhole` is false when it ended early. */
  end(summary: Summary, elapsed: number, isWhole: boolean): void;
}

/** Takes whole lines, with their line feeds. */
export type Write = (text: string) => void;
