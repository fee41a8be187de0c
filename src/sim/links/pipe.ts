/**
 * One way for frames: in at one end, out at the other, as a link has two of and a loopback one.
 *
 *     transmit ─► queue ─► serialisation at the rate ─► faults ─► netem ─► latency ─► receive
 *                  │full                                  │lost     │lost
 *
 * Frames leave in the order they came and wait in a ring; only the first of them is in the loop, so
 * a packet costs no allocation and the loop's queue stays as short as there are pipes in use. With
 * a queueing discipline, frames wait there until the link is free, and who is next is its choice.
 */
import {
  assert,
  type Carrier,
  type Cause,
  cause,
  drain,
  type Duration,
  type Instant,
  type Medium,
  NEVER,
  Netem,
  type PacketQueue,
  parseNetem,
  parseQueue,
  QueuedPacket,
  type Receiver,
} from '../../stack/index.ts';
import { type Impairment, Passage } from './faults.ts';
import type { Due, Loop } from '../loop.ts';
import { checkOptions, type PipeChange, type PipeOptions } from './pipe-options.ts';
import type { DropObserver, FrameObserver } from '../observers.ts';
import type { Random } from '../random.ts';
import { FrameRing, InstantRing } from './ring.ts';

/** The link's queue has no room. */
export const QUEUE_FULL: Cause = cause('queue-full', 'the queue of the link is full', 'scenario');
/** Sent while the link was down. */
export const LINK_DOWN: Cause = cause('link-down', 'the link is down', 'scenario');
/** Nothing is attached to the end that the frame came out of. */
export const UNPLUGGED: Cause = cause('unplugged', 'the other end is not plugged in', 'scenario');

const UNLIMITED = Number.POSITIVE_INFINITY;

/** One way. It takes frames as a {@link Medium} and gives them to the {@link Receiver} attached. */
export class Pipe implements Medium, Due {
  readonly #loop: Loop;
  readonly #random: Random | undefined;
  #latency: Duration = 0;
  #latencyOf: ((index: number) => Duration) | undefined = undefined;
  #rate = UNLIMITED;
  #queueLimit = UNLIMITED;
  /** Where frames wait by a discipline; nothing where they wait in the order of their coming. */
  #discipline: PacketQueue | undefined = undefined;
  /** When the loop says that the link is free for the next of them. */
  #turnAt: Instant = NEVER;
  readonly #turn: Due = {
    due: (now) => {
      if (now === this.#turnAt) this.#sendQueued(now);
    },
  };
  #impairments: readonly Impairment[] = [];
  #netem: Netem | undefined = undefined;
  /** How many of each name have been bound to a stream of chance. */
  readonly #bound = new Map<string, number>();
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
  /** Whether each frame takes the same time, and nothing befalls one. */
  #isPlain = true;
  /** What the frame that netem looks at has before it after that. */
  #behindNetem: Duration = 0;
  readonly #carrier: Carrier = {
    carry: (frame, cause, at) => this.#carry(frame, cause, at + this.#behindNetem),
    drop: (frame, why) => this.#drop(frame, why, this.#loop.now),
  };
  /** Who is at the end of it. */
  get receiver(): Receiver | undefined {
    return this.#receiver;
  }

  /** Whether the link carries nothing. */
  isDown = false;

  /** @throws RangeError, WordError when an option is out of its range. */
  constructor(loop: Loop, options: PipeOptions = {}) {
    this.#loop = loop;
    this.#random = options.random;
    this.change(options);
  }

  /**
   * Makes the way another one, from now on. What is under way arrives as it would have, so that
   * where the latency falls, later frames may overtake it.
   *
   * @throws RangeError, WordError when an option is out of its range.
   */
  change({ latency, rate, queue, faults, netem }: PipeChange): void {
    checkOptions(latency ?? 0, rate ?? UNLIMITED, typeof queue === 'number' ? queue : UNLIMITED);
    if (latency !== undefined) {
      this.#latency = typeof latency === 'number' ? latency : 0;
      this.#latencyOf = typeof latency === 'number' ? undefined : latency;
    }
    this.#rate = rate ?? this.#rate;
    if (queue !== undefined) this.#changeQueue(queue);
    if (faults !== undefined) {
      this.#impairments = faults.map((fault) => fault.bind(this.#streamOf(fault.name)));
    }
    if (netem !== undefined) this.#netem = this.#netemOf(netem);
    this.#isPlain =
      this.#latencyOf === undefined && this.#netem === undefined && this.#impairments.length === 0;
  }

  /** Those that wait go from one queue to the next. */
  #changeQueue(queue: number | string): void {
    const now = this.#loop.now;
    const before = this.#discipline;
    this.#queueLimit = typeof queue === 'number' ? queue : UNLIMITED;
    this.#discipline = typeof queue === 'number' ? undefined : this.#disciplineOf(queue);
    if (before === undefined) return;
    for (const { frame, cause } of drain(before, now)) this.transmit(frame, cause, now);
  }

  #disciplineOf(words: string): PacketQueue {
    const setup = parseQueue(words);
    const random = this.#streamOf('queue');
    return setup.make(
      () => random.u32(),
      (frame, why, now) => this.#drop(frame, why, now),
    );
  }

  #netemOf(words: string): Netem | undefined {
    const options = parseNetem(words);
    if (words.trim() === '') return undefined;
    const random = this.#streamOf('netem');
    return new Netem(options, () => random.u32());
  }

  /** A stream of chance for something of that name; a second one's has a number too. */
  #streamOf(name: string): Random {
    assert(this.#random !== undefined, 'a way with faults has a random stream to fork theirs from');
    const count = (this.#bound.get(name) ?? 0) + 1;
    this.#bound.set(name, count);
    return this.#random.fork(count === 1 ? name : `${name} ${count}`);
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

  /** When all that was sent will have left. */
  get busyUntil(): Instant {
    return this.#busyUntil;
  }

  transmit(frame: Uint8Array, cause: Cause, now: Instant): void {
    assert(now === this.#loop.now, 'a frame is sent at the present');
    if (this.#discipline !== undefined) {
      this.#enqueue(this.#discipline, frame, cause, now);
      return;
    }
    const index = this.#count++;
    if (this.isDown) {
      this.#drop(frame, LINK_DOWN, now);
      return;
    }
    let departs = now;
    if (this.#rate !== UNLIMITED) {
      if (this.#isFull(now)) {
        this.#drop(frame, QUEUE_FULL, now);
        return;
      }
      departs = this.#serialise(frame.length, now);
    }
    if (!this.#isPlain) this.#pass(frame, cause, now, index, departs);
    else {
      if (this.#sentObservers.length > 0) show(this.#sentObservers, frame, cause, now);
      this.#carry(frame, cause, departs + this.#latency);
    }
  }

  #enqueue(discipline: PacketQueue, frame: Uint8Array, cause: Cause, now: Instant): void {
    if (discipline.length > 0) this.#sendQueued(now); // where the link is just free
    discipline.enqueue(new QueuedPacket(frame, cause, now), now);
    this.#sendQueued(now);
  }

  /** Sends what the discipline gives, until the link is busy. */
  #sendQueued(now: Instant): void {
    while (this.#busyUntil <= now) {
      const next = this.#discipline?.dequeue(now);
      if (next === undefined) break;
      const { frame, cause } = next;
      const index = this.#count++;
      if (this.isDown) this.#drop(frame, LINK_DOWN, now);
      else {
        const departs = this.#rate === UNLIMITED ? now : this.#serialise(frame.length, now);
        this.#pass(frame, cause, now, index, departs);
      }
    }
    if (this.#discipline === undefined || this.#discipline.length === 0) return;
    const turn = Math.max(this.#busyUntil, this.#discipline.readyAt);
    if (this.#turnAt === turn) return;
    this.#turnAt = turn;
    this.#loop.schedule(this.#turn, turn);
  }

  /** The frame is on the line: it has left at `departs`. */
  #pass(frame: Uint8Array, cause: Cause, now: Instant, index: number, departs: Instant): void {
    if (this.#sentObservers.length > 0) show(this.#sentObservers, frame, cause, now);
    const latency = this.#latencyOf?.(index) ?? this.#latency;
    if (this.#impairments.length > 0) this.#impair(frame, cause, now, index, departs, latency);
    else if (this.#netem !== undefined) this.#emulate(this.#netem, frame, cause, departs, latency);
    else this.#carry(frame, cause, departs + latency);
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

  #impair(
    frame: Uint8Array,
    cause: Cause,
    now: Instant,
    index: number,
    departs: Instant,
    latency: Duration,
  ): void {
    const passage = new Passage(frame, cause, index, now);
    for (const impair of this.#impairments) impair(passage);
    const { delay } = passage;
    if (passage.lost !== undefined) this.#drop(frame, passage.lost, now);
    else if (passage.heldWith !== undefined) passage.heldWith.push(passage);
    else {
      this.#goOn(passage, departs, latency, delay);
      for (const later of passage.copies) this.#goOn(passage, departs, latency, delay + later);
    }
    for (const held of passage.releases) this.#goOn(held, departs, latency, held.delay);
  }

  #goOn({ frame, cause }: Passage, departs: Instant, latency: Duration, delay: Duration): void {
    if (this.#netem !== undefined) {
      this.#emulate(this.#netem, frame, cause, departs, latency + delay);
    } else if (delay === 0) this.#carry(frame, cause, departs + latency);
    else this.#carryApart(frame, cause, departs + latency + delay);
  }

  #emulate(
    netem: Netem,
    frame: Uint8Array,
    cause: Cause,
    departs: Instant,
    latency: Duration,
  ): void {
    this.#behindNetem = latency;
    netem.take(frame, cause, departs, this.#carrier);
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
    if (this.#arrivalObservers.length > 0) show(this.#arrivalObservers, frame, cause, now);
    if (this.#receiver === undefined) this.#drop(frame, UNPLUGGED, now);
    else this.#receiver.receive(frame, cause, now);
  }

  #drop(frame: Uint8Array, cause: Cause, now: Instant): void {
    for (const observer of this.#dropObservers) observer.dropped(frame, cause, now);
  }
}

function show(
  observers: readonly FrameObserver[],
  frame: Uint8Array,
  cause: Cause,
  now: Instant,
): void {
  for (const observer of observers) observer.frame(frame, cause, now);
}
