/**
 * Slots of netem (tc-netem(8), `slot`): packets leave together at instants, as on links that give
 * their senders turns (Wi-Fi, DOCSIS). A packet that comes when no slot is ahead has one made for
 * it, a while later; those that come meanwhile go with it, as many as the slot has room for.
 *
 *     come    │ ││  │      │ │
 *     leave   └─slot─┤└────slot─┤
 *
 * Linux takes packets out in the order of their delays (netem_dequeue()), here slots are given in
 * the order of their coming.
 */
import type { Duration, Instant } from '../time.ts';
import type { Chance } from './chance.ts';
import { DISTRIBUTION_SCALE, type DistributionName, distributionTable } from './distributions.ts';

/** Where slots begin, and how much fits into one. */
export interface SlotOptions {
  /** The time to the next slot: evenly between these two, */
  readonly least: Duration;
  readonly most: Duration;
  /** or of a distribution around both, which are then the same, with this as its deviation. */
  readonly jitter: Duration;
  readonly distribution: DistributionName | undefined;
  /** Packets and octets of a slot; Infinity where there is no bound. */
  readonly packets: number;
  readonly octets: number;
}

export class Slots {
  readonly #options: SlotOptions;
  readonly #chance: Chance;
  readonly #table: Int16Array | undefined;
  /** The slot that is open for packets: when it leaves, and what still fits. */
  #leavesAt: Instant = Number.NEGATIVE_INFINITY;
  #packetsLeft = 0;
  #octetsLeft = 0;

  constructor(options: SlotOptions, chance: Chance) {
    this.#options = options;
    this.#chance = chance;
    const { distribution } = options;
    this.#table = distribution === undefined ? undefined : distributionTable(distribution);
  }

  /** When a packet leaves that would leave at `at`. */
  place(at: Instant, octets: number): Instant {
    if (this.#leavesAt < at) this.#open(at);
    const leaves = this.#leavesAt;
    this.#packetsLeft -= 1;
    this.#octetsLeft -= octets;
    if (this.#packetsLeft <= 0 || this.#octetsLeft <= 0) this.#open(leaves);
    return leaves;
  }

  #open(from: Instant): void {
    const { packets, octets } = this.#options;
    this.#leavesAt = from + Math.max(0, this.#nextDelay());
    this.#packetsLeft = packets;
    this.#octetsLeft = octets;
  }

  #nextDelay(): Duration {
    const { least, most, jitter } = this.#options;
    const share = this.#chance() / 0x1_0000_0000;
    if (this.#table === undefined) {
      return least - jitter + Math.floor(share * (most - least + 2 * jitter));
    }
    const deviations = this.#table[Math.floor(share * this.#table.length)]!;
    return least + Math.round((jitter * deviations) / DISTRIBUTION_SCALE);
  }
}
