/** The reporters that there are, by name. */
import type { Style } from '../style.ts';
import { DotsReporter } from './dots.ts';
import { JsonReporter } from './json.ts';
import { JunitReporter } from './junit.ts';
import type { Reporter, Write } from './reporter.ts';
import { TapReporter } from './tap.ts';

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
