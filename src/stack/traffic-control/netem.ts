/**
 * The network emulator: what becomes of a packet, decided when it comes, in the order of Linux's
 * `netem_enqueue()`:
 *
 *     duplicate? ─► lose (or mark)? ─► corrupt? ─► over the limit? ─► reorder: now
 *                                                                  └► delay, rate, slot: later
 *
 * The second of two copies takes the whole way again, but for being duplicated. Nothing waits here:
 * whoever uses it, a link or an interface's queue, keeps the packet until its instant.
 */
import { type Cause, cause } from '../cause.ts';
import { DeadlineQueue } from '../deadline-queue.ts';
import type { Duration, Instant } from '../time.ts';
import { u8 } from '../../wire/index.ts';
import { type Chance, chanceOf, CorrelatedChance } from './chance.ts';
import { markCongestion } from './congestion-mark.ts';
import { DISTRIBUTION_SCALE, distributionTable } from './distributions.ts';
import { type LossModel, lossModel } from './loss-models.ts';
import type { Likelihood, NetemOptions, RateOptions } from './netem-options.ts';
import { Slots } from './netem-slots.ts';

/** Lost on the way. */
export const LOST: Cause = cause('lost', 'lost on the way', 'Linux tc-netem(8)');
/** More packets are on their way than netem's limit. */
export const NETEM_LIMIT: Cause = cause(
  'netem-limit',
  'more packets are on their way than may be',
  'Linux tc-netem(8)',
);

/** Who has the packets that netem decides about. */
export interface Carrier {
  /** The frame goes on at `at`, which is the present or later. */
  carry(frame: Uint8Array, cause: Cause, at: Instant): void;
  /** The frame goes no further. */
  drop(frame: Uint8Array, why: Cause, now: Instant): void;
}

export class Netem {
  readonly options: NetemOptions;
  readonly #chance: Chance;
  readonly #isLost: LossModel | undefined;
  readonly #duplicate: CorrelatedChance;
  readonly #corrupt: CorrelatedChance;
  readonly #reorder: CorrelatedChance;
  readonly #delay: CorrelatedChance;
  readonly #table: Int16Array | undefined;
  readonly #slots: Slots | undefined;
  /** When those go on that are on their way: there are only so many. */
  readonly #departures: DeadlineQueue<undefined> = new DeadlineQueue();
  /** The latest of them. */
  #lastDeparture: Instant = 0;
  /** How many packets were delayed since one was reordered. */
  #delayed = 0;
  /** How many packets were marked instead of lost; how many second copies there were. */
  marked = 0;
  duplicated = 0;

  /** @param random where the seed comes from when the options have none. */
  constructor(options: NetemOptions, random: Chance) {
    const chance = chanceOf(options.seed ?? (BigInt(random()) << 32n) | BigInt(random()));
    this.options = options;
    this.#chance = chance;
    this.#isLost = options.loss === undefined ? undefined : lossModel(options.loss, chance);
    this.#duplicate = new CorrelatedChance(chance, options.duplicate.correlation);
    this.#corrupt = new CorrelatedChance(chance, options.corrupt.correlation);
    this.#reorder = new CorrelatedChance(chance, options.reorder.correlation);
    this.#delay = new CorrelatedChance(chance, options.delayCorrelation);
    this.#table = distributionTable(options.distribution);
    this.#slots = options.slot && new Slots(options.slot, chance);
  }

  /** How many packets are on their way. */
  backlog(now: Instant): number {
    while (this.#departures.earliest <= now) this.#departures.pop();
    return this.#departures.length;
  }

  /** A packet comes; instants never go back. What becomes of it, `carrier` is told at once. */
  take(frame: Uint8Array, cause: Cause, now: Instant, carrier: Carrier): void {
    const isTwice = happens(this.options.duplicate, this.#duplicate);
    this.#takeOne(frame, cause, now, carrier, isTwice);
  }

  /** Lost and duplicated at once, a packet goes on once. */
  #takeOne(
    frame: Uint8Array,
    cause: Cause,
    now: Instant,
    carrier: Carrier,
    isTwice: boolean,
  ): void {
    const { options } = this;
    let [passed, copies] = [frame, isTwice ? 2 : 1];
    if (this.#isLost?.() === true) {
      const marked = options.ecn ? markCongestion(frame) : undefined;
      if (marked === undefined) copies -= 1;
      else this.marked += 1;
      passed = marked ?? frame;
    }
    if (copies === 0) {
      carrier.drop(frame, LOST, now);
      return;
    }
    const first = happens(options.corrupt, this.#corrupt) ? this.#flipBit(passed) : passed;
    if (this.backlog(now) >= options.limit) {
      carrier.drop(frame, NETEM_LIMIT, now);
      return;
    }
    if (copies === 2) {
      this.duplicated += 1;
      this.#takeOne(passed, cause, now, carrier, false);
    }
    this.#send(first, cause, now, carrier);
  }

  #send(frame: Uint8Array, cause: Cause, now: Instant, carrier: Carrier): void {
    const { gap, reorder, rate } = this.options;
    let at = now;
    if (gap === 0 || this.#delayed < gap - 1 || reorder.probability < this.#reorder.next()) {
      const delay = Math.max(0, this.#nextDelay());
      at = rate === undefined ? now + delay : this.#behindOthers(frame.length, rate, delay, now);
      this.#delayed += 1;
    } else {
      this.#delayed = 0;
    }
    if (at > now) this.#lastDeparture = Math.max(this.#lastDeparture, at);
    if (this.#slots !== undefined) at = this.#slots.place(at, frame.length);
    if (at > now) this.#departures.push(undefined, at);
    carrier.carry(frame, cause, at);
  }

  /** On a line with a rate a packet begins when the last one has left: its waiting is delay. */
  #behindOthers(length: number, rate: RateOptions, delay: Duration, now: Instant): Instant {
    const begins = Math.max(now, this.#lastDeparture);
    return begins + Math.max(0, delay - (begins - now)) + serialisation(length, rate);
  }

  /**
   * A delay of the distribution around the latency; with much jitter it may be less than none. The
   * number drawn is scaled to its place, so that numbers close to each other are delays close to
   * each other. Linux takes the remainder instead, by which a delay's correlation is lost.
   */
  #nextDelay(): Duration {
    const { latency, jitter } = this.options;
    if (jitter === 0) return latency;
    const share = this.#delay.next() / 0x1_0000_0000;
    if (this.#table === undefined) return latency - jitter + Math.floor(share * 2 * jitter);
    const deviations = this.#table[Math.floor(share * this.#table.length)]!;
    return latency + Math.round((jitter * deviations) / DISTRIBUTION_SCALE);
  }

  /** A copy with one bit of any octet the other way round. */
  #flipBit(frame: Uint8Array): Uint8Array {
    if (frame.length === 0) return frame;
    const octet = Math.floor((this.#chance() * frame.length) / 0x1_0000_0000);
    const copy = frame.slice();
    copy[octet] = u8(copy, octet) ^ (1 << (this.#chance() >>> 29));
    return copy;
  }
}

function happens({ probability }: Likelihood, chance: CorrelatedChance): boolean {
  return probability !== 0 && probability >= chance.next();
}

/** How long a packet takes on the line, rounded down as Linux does. */
function serialisation(length: number, rate: RateOptions): Duration {
  let octets = Math.max(0, length + rate.packetOverhead);
  if (rate.cellSize > 0) {
    octets = Math.ceil(octets / rate.cellSize) * (rate.cellSize + rate.cellOverhead);
  }
  return Math.floor((octets * 1_000_000_000) / rate.octetsPerSecond);
}
