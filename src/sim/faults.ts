/**
 * What can befall frames on their way through one direction of a link: composable, and decided by
 * the frame, its index and a stream of chance of the fault's own, so that adding one fault does not
 * change what another does. Every fault looks at every frame, whatever the others did to it.
 */
import { type Cause, cause, type Duration, type Instant, NEVER } from '../stack/index.ts';
import { u8 } from '../wire/index.ts';
import type { Random } from './random.ts';

/** Lost on the way. */
export const LOST: Cause = cause('lost', 'lost on the way', 'scenario');
/** Sent while the link was down. */
export const LINK_DOWN: Cause = cause('link-down', 'the link is down', 'scenario');

/** What becomes of one frame: whole, at once and once, unless a fault says otherwise. */
export interface Passage {
  /** The frame as it will arrive. Its bytes belong to the sender too: replace, do not change. */
  frame: Uint8Array;
  /** How many frames were sent in this direction before this one. */
  readonly index: number;
  /** When it was sent. */
  readonly now: Instant;
  /** Why it does not arrive; nothing when it does. */
  lost: Cause | undefined;
  /** What its arrival is put off by; what is sent after it may then overtake it. */
  delay: Duration;
  /** How often it arrives more than once. */
  extraCopies: number;
}

/** A fault at work in one direction of one link: changes what becomes of a frame. */
export type Impairment = (passage: Passage) => void;

/** A fault, which any number of links may have. */
export interface Fault {
  /** What its stream of chance is called. */
  readonly name: string;
  /** The fault at work, drawing from a stream of its own. */
  bind(random: Random): Impairment;
}

/** Loses each frame with a probability of 0 to 1. */
export function loss(probability: number): Fault {
  checkProbability(probability);
  return {
    name: 'loss',
    bind: (random) => (passage) => {
      if (random.chance(probability)) passage.lost = LOST;
    },
  };
}

/** Loses the frames of these indices: 0 is the first one sent in the direction. */
export function lossAt(indices: Iterable<number>): Fault {
  const lost = new Set(indices);
  return {
    name: 'loss-at',
    bind: () => (passage) => {
      if (lost.has(passage.index)) passage.lost = LOST;
    },
  };
}

/** Has each frame arrive twice with a probability of 0 to 1. */
export function duplicate(probability: number): Fault {
  checkProbability(probability);
  return {
    name: 'duplicate',
    bind: (random) => (passage) => {
      if (random.chance(probability)) passage.extraCopies += 1;
    },
  };
}

/** Delays each frame by `extraDelay` with a probability of 0 to 1, so that others overtake it. */
export function reorder(probability: number, extraDelay: Duration): Fault {
  checkProbability(probability);
  checkDelay(extraDelay);
  return {
    name: 'reorder',
    bind: (random) => (passage) => {
      if (random.chance(probability)) passage.delay += extraDelay;
    },
  };
}

/** Delays every frame by 0 to `maximum` ns, each as likely; frames may overtake each other. */
export function jitter(maximum: Duration): Fault {
  checkDelay(maximum);
  return {
    name: 'jitter',
    bind: (random) => (passage) => {
      passage.delay += random.below(maximum + 1);
    },
  };
}

/**
 * Flips one bit, any of the frame's, with a probability of 0 to 1; in a copy that arrives instead.
 */
export function corrupt(probability: number): Fault {
  checkProbability(probability);
  return {
    name: 'corrupt',
    bind: (random) => (passage) => {
      if (!random.chance(probability) || passage.frame.length === 0) return;
      const bit = random.below(8 * passage.frame.length);
      const copy = passage.frame.slice();
      copy[bit >>> 3] = u8(copy, bit >>> 3) ^ (1 << (bit & 7));
      passage.frame = copy;
    },
  };
}

/** Takes the link down from `start` up to, and not including, `end`: what is sent then is lost. */
export function partition(start: Instant, end: Instant = NEVER): Fault {
  return {
    name: 'partition',
    bind: () => (passage) => {
      if (passage.now >= start && passage.now < end) passage.lost = LINK_DOWN;
    },
  };
}

/** A fault that stops at `end`: frames sent then or later are spared. */
export function until(end: Instant, fault: Fault): Fault {
  return during(0, end, fault);
}

/** A fault that begins at `start`: frames sent earlier are spared. */
export function after(start: Instant, fault: Fault): Fault {
  return during(start, NEVER, fault);
}

function during(start: Instant, end: Instant, fault: Fault): Fault {
  return {
    name: fault.name,
    bind: (random) => {
      const impair = fault.bind(random);
      return (passage) => {
        if (passage.now >= start && passage.now < end) impair(passage);
      };
    },
  };
}

function checkProbability(probability: number): void {
  if (!(probability >= 0 && probability <= 1)) {
    throw new RangeError(`a probability is 0 to 1, not ${probability}`);
  }
}

function checkDelay(delay: Duration): void {
  if (!Number.isSafeInteger(delay) || delay < 0) {
    throw new RangeError(`a delay is a whole number of nanoseconds, 0 or more, not ${delay}`);
  }
}
