/**
 * Exact faults: rules of what befalls which packets, for lessons and tests.
 *
 *     faults: [drop(nth(3, dataFrom(client))), delay(syn, ms(50))]
 *
 * What a rule is about is said in the words of `selection.ts`.
 */
import { type Cause, cause, type Duration } from '../../stack/index.ts';
import { u8 } from '../../wire/index.ts';
import type { Fault, Passage } from './faults.ts';
import { type Selection, testOf } from './selection.ts';

/** Dropped by a rule. */
export const DROPPED: Cause = cause('dropped', 'a rule of the link drops it', 'scenario');

/** Loses them. */
export function drop(selection: Selection): Fault {
  return rule('drop', selection, (passage) => {
    passage.lost = DROPPED;
  });
}

/** Has each arrive twice, the second right behind the first, or later by so much. */
export function duplicate(selection: Selection, later: Duration = 0): Fault {
  checkDelay(later);
  return rule('duplicate', selection, (passage) => {
    passage.copies = [...passage.copies, later];
  });
}

/** Has them arrive later by so much; what is sent behind them may overtake them. */
export function delay(selection: Selection, time: Duration): Fault {
  checkDelay(time);
  return rule('delay', selection, (passage) => {
    passage.delay += time;
  });
}

/** Flips the lowest bit of each one's last octet, in a copy that arrives instead. */
export function corrupt(selection: Selection): Fault {
  return rule('corrupt', selection, (passage) => {
    const last = passage.frame.length - 1;
    if (last < 0) return;
    const copy = passage.frame.slice();
    copy[last] = u8(copy, last) ^ 1;
    passage.frame = copy;
  });
}

/**
 * Holds them back until one of `release` passes in the same direction: they go on right behind it,
 * in their order. What is never released never arrives.
 */
export function hold(selection: Selection, release: Selection): Fault {
  return {
    name: 'hold',
    bind: () => {
      const [isHeld, releases] = [testOf(selection), testOf(release)];
      const held: Passage[] = [];
      return (passage) => {
        const isChosen = isHeld(passage.packet, passage.index);
        if (releases(passage.packet, passage.index)) passage.release(held.splice(0));
        else if (isChosen) passage.heldWith = held;
      };
    },
  };
}

function checkDelay(time: Duration): void {
  if (Number.isSafeInteger(time) && time >= 0) return;
  throw new RangeError(`a delay is a whole number of nanoseconds, 0 or more, not ${time}`);
}

function rule(name: string, selection: Selection, act: (passage: Passage) => void): Fault {
  return {
    name,
    bind: () => {
      const isChosen = testOf(selection);
      return (passage) => {
        if (isChosen(passage.packet, passage.index)) act(passage);
      };
    },
  };
}
