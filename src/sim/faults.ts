/**
 * What can befall frames on their way through one direction of a link: composable, and decided by
 * the frame, its index and a stream of chance of the fault's own, so that adding one fault does not
 * change what another does. Every fault looks at every frame, whatever the others did to it.
 */
import { type Cause, cause, type Duration, type Instant } from '../stack/index.ts';
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
