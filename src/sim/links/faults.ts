/**
 * What befalls frames on their way through one direction of a link, one by one: faults are
 * composable, and each looks at every frame, whatever the others did to it. Those that say exactly
 * which frames they are about are in `rules.ts`; what happens by chance is netem's to say.
 */
import type { Cause, Duration, Instant } from '../../stack/index.ts';
import { decodeFrame, type Frame, LinkType } from '../../wire/index.ts';
import type { Random } from '../random.ts';

const NONE: readonly Passage[] = [];
const ONCE: readonly Duration[] = [];

/** What becomes of one frame: whole, at once and once, unless a fault says otherwise. */
export class Passage {
  /** The frame as it will arrive. Its bytes belong to the sender too: replace, do not change. */
  frame: Uint8Array;
  /** Why it was sent. */
  readonly cause: Cause;
  /** How many frames were sent in this direction before this one. */
  readonly index: number;
  /** When it was sent. */
  readonly now: Instant;
  /** Why it does not arrive; nothing when it does. */
  lost: Cause | undefined = undefined;
  /** What its arrival is put off by; what is sent after it may then overtake it. */
  delay: Duration = 0;
  /** It arrives once more for each of these, so much later. */
  copies: readonly Duration[] = ONCE;
  /** Who keeps it back, beside others. */
  heldWith: Passage[] | undefined = undefined;
  /** Those that were kept back and go on behind this one. */
  releases: readonly Passage[] = NONE;
  readonly #sent: Uint8Array;
  #packet: Frame | undefined = undefined;

  constructor(frame: Uint8Array, cause: Cause, index: number, now: Instant) {
    this.frame = frame;
    this.#sent = frame;
    this.cause = cause;
    this.index = index;
    this.now = now;
  }

  /** Has others go on behind this one. */
  release(others: readonly Passage[]): void {
    if (others.length > 0) this.releases = [...this.releases, ...others];
  }

  /** The frame as it was sent, decoded once for all who ask. */
  get packet(): Frame {
    this.#packet ??= decodeFrame(LinkType.ethernet, this.#sent);
    return this.#packet;
  }
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
