/**
 * Makes a draft that the judge does not agree with smaller: happenings are left out, first many at
 * a time, then one by one, as long as the judge says the same of what is left (after Zeller and
 * Hildebrandt's ddmin).
 */
import type { Draft, Happening } from '../../src/drill/index.ts';
import type { Judge } from './judge.ts';

/** A draft, as filled in, and what the judge says of it. */
export interface Difference {
  readonly draft: Draft;
  readonly script: string;
  readonly said: string;
}

/** How far times may differ; a busy machine gets the second chance. */
export const TOLERANCE = 12_000;
export const WIDE_TOLERANCE = 20_000;

/** No more scripts than these are judged for one difference. */
const MOST_JUDGED = 30;
const FIRST_CHUNK = 8;

/**
 * The smallest difference found.
 *
 * @param fill the script of a draft; nothing where it cannot be filled in
 */
export async function reduce(
  found: Difference,
  fill: (draft: Draft) => string | undefined,
  judge: Judge,
): Promise<Difference> {
  let best = found;
  let left = MOST_JUDGED;
  for (let chunk = FIRST_CHUNK; chunk >= 1; chunk >>= 1) {
    for (let end = best.draft.happenings.length; end > 0 && left > 0; end -= chunk) {
      const draft = without(best.draft, Math.max(0, end - chunk), end);
      if (draft === undefined) continue;
      const script = fill(draft);
      if (script === undefined) continue;
      left -= 1;
      const said = await saidTwice(script, found.said, judge);
      if (said !== undefined) best = { draft, script, said };
    }
  }
  return best;
}

/** The draft without what lies between, as far as the connection does not need it. */
function without(draft: Draft, start: number, end: number): Draft | undefined {
  const stays = ({ isNeeded }: Happening, at: number): boolean =>
    isNeeded || at < start || at >= end;
  const happenings = draft.happenings.filter(stays);
  return happenings.length === draft.happenings.length ? undefined : { ...draft, happenings };
}

/** What the judge says, if it says the same twice and it is what was said before. */
async function saidTwice(
  script: string,
  before: string,
  judge: Judge,
): Promise<string | undefined> {
  const first = await judge(script, TOLERANCE);
  if (first === undefined || gistOf(first) !== gistOf(before)) return undefined;
  const second = await judge(script, WIDE_TOLERANCE);
  return second !== undefined && gistOf(second) === gistOf(first) ? second : undefined;
}

/** What the judge complains of, without the numbers and the line. */
export function gistOf(said: string): string {
  const lines = said.split('\n').map((line) => line.trim());
  const assertion = lines.find((line) => line.startsWith('assert '));
  const complaint = lines.find((line) => /error|expected|bad /i.test(line)) ?? lines[0] ?? '';
  return (assertion?.replace(/,.*/, '') ?? complaint.replace(/^\S*:\d+: /, '')).replaceAll(
    /0x[0-9a-f]+|\d+(?:\.\d+)?/g,
    'N',
  );
}
