/**
 * `--at`, `--on` and `--show` of `tcpetri run`: an instant and a host hold for what is to be shown
 * behind them on the command line.
 */
import { type Command, Option } from 'commander';
import {
  calendarOf,
  misunderstandingOf,
  type Scenario,
  type View,
  type Visit,
} from '../sim/index.ts';
import { type Instant, seconds } from '../stack/index.ts';
import { ScenarioFailure, UsageError } from './errors.ts';

/** A line to be run, as the command line has it. */
export interface Show {
  readonly at: string;
  readonly host: string | undefined;
  readonly line: string;
}

/**
 * Gives a command the options. What is returned tells, once all is parsed, what is to be shown; it
 * throws a UsageError where an instant or a host is given and nothing to be shown there.
 */
export function addVisits(command: Command): () => readonly Show[] {
  const shows: Show[] = [];
  let at = 'end';
  let host: string | undefined;
  let unused: string | undefined;
  const group = "The hosts' terminals:";
  command
    .addOption(
      new Option('--at <time>', 'when: 12:00:01.5, +1.5s, or end, which is the default')
        .argParser((text: string) => {
          unused = '--at';
          return (at = text);
        })
        .helpGroup(group),
    )
    .addOption(
      new Option('--on <host>', 'where; on every host by default')
        .argParser((text: string) => {
          unused = '--on';
          return (host = text);
        })
        .helpGroup(group),
    )
    .addOption(
      new Option(
        '--show <line>',
        'run a line in a shell there and print what it prints; repeatable',
      )
        .argParser((line: string) => {
          unused = undefined;
          return shows.push({ at, host, line });
        })
        .helpGroup(group),
    );
  return () => {
    if (unused === undefined) return shows;
    throw new UsageError(`${unused} is for a --show behind it, and there is none`);
  };
}

/**
 * What is to be shown as visits of a run. Afterwards `check` throws where an instant did not come
 * or a command was not found.
 *
 * @throws UsageError for a time that is none, and for a line that no shell understands
 */
export function planVisits(
  shows: readonly Show[],
  scenario: Scenario,
  show: (view: View) => void,
): { readonly visits: readonly Visit[]; readonly check: (endedAt: Instant) => void } {
  const seen = new Set<Show>();
  let unknown: View | undefined;
  for (const { line } of shows) {
    const reason = misunderstandingOf(line);
    if (reason !== undefined) throw new UsageError(`--show '${line}': ${reason}`);
  }
  const visits = shows.map((each): Visit => ({
    at: each.at === 'end' ? 'end' : instantOf(each.at, scenario, '12:00:01.5, +1.5s or end'),
    host: each.host,
    line: each.line,
    show: (view: View) => {
      seen.add(each);
      show(view);
      if (view.status === NOT_FOUND) unknown ??= view;
    },
  }));
  const check = (endedAt: Instant): void => {
    if (unknown !== undefined) {
      throw new UsageError(`--show '${unknown.line}': no such command on ${unknown.host}`);
    }
    const missed = shows.find((each) => !seen.has(each));
    if (missed === undefined) return;
    const end = printInstant(endedAt, scenario);
    throw new ScenarioFailure(`--at ${missed.at}: the run was over at ${end}`);
  };
  return { visits, check };
}

/** The status of a command that a shell did not find. */
const NOT_FOUND = 127;

const AFTER = /^\+(\d{1,7}(?:\.\d{1,9})?)(ms|us|ns|s|m|)$/;
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  s: 1,
  ms: 1e-3,
  us: 1e-6,
  ns: 1e-9,
  m: 60,
};

/**
 * An instant of the calendar, or after the beginning: `+1.5s`. `examples` are of what may be said.
 *
 * @throws UsageError
 */
export function instantOf(text: string, scenario: Scenario, examples: string): Instant {
  const [, amount, unit = ''] = AFTER.exec(text) ?? [];
  if (amount !== undefined) return Math.round(seconds(Number(amount)) * UNITS[unit]!);
  try {
    return calendarOf(scenario).at(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const isTime = /^\d\d:/.test(text) || /^\d{4}-/.test(text);
    const what = isTime ? error.message : `not a time such as ${examples}: "${text}"`;
    throw new UsageError(`--at: ${what}`, { cause: error });
  }
}

/** The time of day, as packets carry it. */
export function printInstant(at: Instant, scenario: Scenario): string {
  const { seconds: epoch, nanoseconds } = calendarOf(scenario).timeOf(at);
  const clock = new Date(epoch * 1000).toISOString().slice(11, 19);
  return `${clock}.${String(Math.floor(nanoseconds / 1000)).padStart(6, '0')}`;
}
