/**
 * One way for frames: in at one end, out at the other, as a link has two of and a loopback one.
 *
 *     transmit ─► queue ─► serialisation at the rate ─► latency ─► receive
 *                  │full                                 │lost
 *
 * Frames leave in the order they came and wait in a ring; only the first of them is in the loop, so
 * a packet costs no allocation and the loop's queue stays as short as there are pipes in use.
 */
import {
  assert,
  type Cause,
  cause,
  type Duration,
  type Instant,
  type Medium,
  type Receiver,
} from '../stack/index.ts';
import type { Fault, Impairment, Passage } from './faults.ts';
import type { Due, Loop } from './loop.ts';
import type { DropObserver, FrameObserver } from './observers.ts';
import type { Random } from './random.ts';
import { FrameRing, InstantRing } from './ring.ts';

/** The link's queue has no room. */
export const QUEUE_FULL: Cause = cause('queue-full', 'the queue of the link is full', 'scenario');
/** Nothing is attached to the end that the frame came out of. */
export const UNPLUGGED: Cause = cause('unplugged', 'the other end is not plugged in', 'scenario');

const UNLIMITED = Number.POSITIVE_INFINITY;

/** Time from the end of serialisation to arrival, constant or by the frame's index from 0. */
export type Latency = Duration | ((index: number) => Duration);

/** What one way is like. */
export interface PipeOptions {
  /**
   * Default 0. A latency by index holds for its frame exactly: where it is so much shorter than the
   * one before it, the frame overtakes.
   */
  readonly latency?: Latency;
  /** In bit/s, counting the frame's octets; without limit by default. */
  readonly rate?: number;
  /** How many frames may wait behind the one being serialised; without limit by default. */
  readonly queue?: number;
  /** What befalls frames after serialisation; nothing by default. */
  readonly faults?: readonly Fault[];
  /** Where the faults' streams are forked from; needed with faults. */
  readonly random?: Random;
}

/** One way. It takes frames as a {@link Medium} and gives them to the {@link Receiver} attached. */
export class Pipe implements Medium, Due {
  readonly #loop: Loop;
  readonly #latency: Duration;
  readonly #latencyOf: ((index: number) => Duration) | undefined;
  readonly #rate: number;
  readonly #queueLimit: number;
  readonly #impairments: readonly Impairment[];
  readonly #ring: FrameRing = new FrameRing();
  /** When the serialisation of those begins that wait for it. */
  readonly #waiting: InstantRing = new InstantRing();
  readonly #sentObservers: FrameObserver[] = [];
  readonly #arrivalObservers: FrameObserver[] = [];
  readonly #dropObservers: DropObserver[] = [];
  #receiver: Receiver | undefined = undefined;
  #busyUntil: Instant = 0;
  /** When the last frame that was put in the ring arrives. */
  #lastArrival: Instant = 0;
  #count = 0;

  /** @throws RangeError when an option's number is out of its range. */
  constructor(loop: Loop, options: PipeOptions = {}) {
    const { latency = 0, rate = UNLIMITED, queue = UNLIMITED, faults = [], random } = options;
    checkOptions(latency, rate, queue);
    this.#loop = loop;
    this.#latency = typeof latency === 'number' ? latency : 0;
    this.#latencyOf = typeof latency === 'number' ? undefined : latency;
    this.#rate = rate;
    this.#queueLimit = queue;
    this.#impairments = bindAll(faults, random);
  }

  /** Attaches who gets the frames; until then they are dropped where they come out. */
  attach(receiver: Receiver): void {
    this.#receiver = receiver;
  }

  /** Has `observer` see each frame when it goes in, after the queue has taken it. */
  observeSent(observer: FrameObserver): void {
    this.#sentObservers.push(observer);
  }

  /** Has `observer` see each frame when it comes out, before the receiver gets it. */
  observeArrivals(observer: FrameObserver): void {
    this.#arrivalObservers.push(observer);
  }

  /**
   * Has `observer` see each frame that does not come out; those lost on the way, when they go in.
   */
  observeDrops(observer: DropObserver): void {
    this.#dropObservers.push(observer);
  }

  transmit(frame: Uint8Array, cause: Cause, now: Instant): void {
    assert(now === this.#loop.now, 'a frame is sent at the present');
    const index = this.#count++;
    let departs = now;
    if (this.#rate !== UNLIMITED) {
      if (this.#isFull(now)) {
        this.#drop(frame, QUEUE_FULL, now);
        return;
      }
      departs = this.#serialise(frame.length, now);
    }
    for (const observer of this.#sentObservers) observer.frame(frame, cause, now);
    const arrives = departs + (this.#latencyOf?.(index) ?? this.#latency);
    if (this.#impairments.length === 0) this.#carry(frame, cause, arrives);
    else this.#impair(frame, cause, now, index, arrives);
  }

  /** The first frame arrives: for the loop to call. */
  due(now: Instant): void {
    const { frame, cause } = this.#ring;
    this.#ring.shift();
    if (this.#ring.length > 0) this.#loop.schedule(this, this.#ring.at);
    this.#deliver(frame, cause, now);
  }

  #isFull(now: Instant): boolean {
    if (this.#queueLimit === UNLIMITED || this.#busyUntil <= now) return false;
    this.#waiting.shiftUntil(now);
    return this.#waiting.length >= this.#queueLimit;
  }

  /** When the last bit has left. Rounded up, so that a link is never faster than its rate. */
  #serialise(length: number, now: Instant): Instant {
    const begins = Math.max(now, this.#busyUntil);
    if (begins > now && this.#queueLimit !== UNLIMITED) this.#waiting.push(begins);
    this.#busyUntil = begins + Math.ceil((length * 8e9) / this.#rate);
    return this.#busyUntil;
  }

  #impair(frame: Uint8Array, cause: Cause, now: Instant, index: number, arrives: Instant): void {
    const passage: Passage = { frame, index, now, lost: undefined, delay: 0, extraCopies: 0 };
    for (const impair of this.#impairments) impair(passage);
    if (passage.lost !== undefined) {
      this.#drop(frame, passage.lost, now);
      return;
    }
    for (let copies = passage.extraCopies; copies >= 0; copies--) {
      if (passage.delay === 0) this.#carry(passage.frame, cause, arrives);
      else this.#carryApart(passage.frame, cause, arrives + passage.delay);
    }
  }

  /** Puts a frame on its way: behind the others, or by itself where it arrives before them. */
  #carry(frame: Uint8Array, cause: Cause, arrives: Instant): void {
    if (arrives < this.#lastArrival) {
      this.#carryApart(frame, cause, arrives);
      return;
    }
    this.#lastArrival = arrives;
    this.#ring.push(frame, cause, arrives);
    if (this.#ring.length === 1) this.#loop.schedule(this, arrives);
  }

  #carryApart(frame: Uint8Array, cause: Cause, arrives: Instant): void {
    this.#loop.schedule({ due: (now) => this.#deliver(frame, cause, now) }, arrives);
  }

  #deliver(frame: Uint8Array, cause: Cause, now: Instant): void {
    for (const observer of this.#arrivalObservers) observer.frame(frame, cause, now);
    if (this.#receiver === undefined) this.#drop(frame, UNPLUGGED, now);
    else this.#receiver.receive(frame, cause, now);
  }

  #drop(frame: Uint8Array, cause: Cause, now: Instant): void {
    for (const observer of this.#dropObservers) observer.dropped(frame, cause, now);
  }
}

/** The faults at work, each with a stream named after it; a second of one name has a number too. */
function bindAll(faults: readonly Fault[], random: Random | undefined): Impairment[] {
  if (faults.length === 0) return [];
  assert(random !== undefined, 'a way with faults has a random stream to fork theirs from');
  const seen = new Map<string, number>();
  return faults.map((fault) => {
    const earlier = seen.get(fault.name) ?? 0;
    seen.set(fault.name, earlier + 1);
    return fault.bind(random.fork(earlier === 0 ? fault.name : `${fault.name} ${earlier + 1}`));
  });
}

function checkOptions(latency: Latency, rate: number, queue: number): void {
  if (typeof latency === 'number' && !(Number.isSafeInteger(latency) && latency >= 0)) {
    throw new RangeError(`a latency is a whole number of nanoseconds, 0 or more, not ${latency}`);
  }
  if (!(rate > 0)) throw new RangeError(`a rate is more than 0 bit/s, not ${rate}`);
  if (!(queue >= 0)) throw new RangeError(`a queue holds 0 frames or more, not ${queue}`);
}
