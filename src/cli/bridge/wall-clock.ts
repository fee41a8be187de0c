/** Node's clock for simulations in real time. */
import type { WallClock } from '../../bridge/index.ts';
import type { Duration, Instant } from '../../stack/index.ts';

const MILLISECOND: Duration = 1_000_000;
/** What `setTimeout` can wait for; whoever waits longer is called early and asks again. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** The monotonic clock, from when it was asked for on. */
export function wallClock(): WallClock {
  const began = process.hrtime.bigint();
  return {
    now: (): Instant => Number(process.hrtime.bigint() - began),
    after: (time, call) => {
      // A timer of Node's comes at whole milliseconds. Below one, the poll for input is as long as
      // a turn takes; and rounded down, what is left of a longer time is spent that way too.
      if (time < MILLISECOND) {
        const immediate = setImmediate(call);
        return () => clearImmediate(immediate);
      }
      const milliseconds = Math.min(Math.floor(time / MILLISECOND), LONGEST_TIMEOUT);
      // Node looks at its timers before it looks for input. What answers a segment has often come
      // while the machine was busy, and is to be read before the segment counts as unanswered.
      let immediate: NodeJS.Immediate | undefined;
      const timeout = setTimeout(() => (immediate = setImmediate(call)), milliseconds);
      return () => {
        clearTimeout(timeout);
        clearImmediate(immediate);
      };
    },
  };
}
