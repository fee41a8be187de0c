/** A script as a busy machine runs it: each event a little late, by no more than it could be. */
import { SplitMix32 } from '../split-mix.ts';
import type { Microseconds, Script, ScriptEvent } from '../syntax/script.ts';

/** Packets that come at once are a little apart all the same. */
const APART: Microseconds = 60;
/** Always the same delays: a script that is filled in twice is the same script. */
const SEED = 12_345;

/**
 * The script, whose times are absolute, with its events late by up to `most` each, and by no more
 * than one part in `share` of the time since what came before.
 */
export function later(script: Script, most: Microseconds, share: number): Script {
  const chance = new SplitMix32(SEED);
  const upTo = (limit: Microseconds): Microseconds => chance.next() % (limit + 1);
  let before = 0;
  let lateness = 0;
  const events = script.events.map((event): ScriptEvent => {
    const { time, action } = event;
    if (time.kind !== 'absolute') return event;
    const gap = time.at - before;
    before = time.at;
    lateness += upTo(Math.min(most, Math.floor(gap / share)));
    const isArrival = action.kind === 'packet' && action.direction === 'inbound';
    if (gap === 0 && isArrival) lateness += upTo(APART);
    return { ...event, time: { ...time, at: time.at + lateness } };
  });
  return { ...script, events };
}
