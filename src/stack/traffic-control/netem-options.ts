/** What netem can be asked to do to packets (tc-netem(8)), as values. */
import type { Duration } from '../time.ts';
import type { DistributionName } from './distributions.ts';
import type { LossOptions } from './loss-models.ts';
import type { SlotOptions } from './netem-slots.ts';

/** How often something happens, and how much that depends on the last time: of 2³² − 1. */
export interface Likelihood {
  readonly probability: number;
  readonly correlation: number;
}

/** A line's own rate, with what its framing adds to packets. */
export interface RateOptions {
  readonly octetsPerSecond: number;
  /** Added to each packet's octets; may be less than 0. */
  readonly packetOverhead: number;
  /** Packets travel in cells of so many octets; 0 for a line without cells. */
  readonly cellSize: number;
  /** Added to each cell. */
  readonly cellOverhead: number;
}

export interface NetemOptions {
  /** How many packets may be on their way; what is more is dropped. */
  readonly limit: number;
  readonly latency: Duration;
  readonly jitter: Duration;
  /** How much a delay depends on the last one. */
  readonly delayCorrelation: number;
  readonly distribution: DistributionName;
  readonly loss: LossOptions | undefined;
  /** Marks packets that are ECN-capable instead of losing them. */
  readonly ecn: boolean;
  readonly duplicate: Likelihood;
  readonly corrupt: Likelihood;
  /** How often a packet is sent at once, overtaking those that are delayed… */
  readonly reorder: Likelihood;
  /** …of which there are at least so many before one may; 0 for no reordering. */
  readonly gap: number;
  readonly rate: RateOptions | undefined;
  /** Instants at which packets leave together. */
  readonly slot: SlotOptions | undefined;
  /** Of the chance that decides; without one it is drawn from the simulation's. */
  readonly seed: bigint | undefined;
}

const NEVER_HAPPENS: Likelihood = { probability: 0, correlation: 0 };

/** Nothing happens to anything. */
export const NO_IMPAIRMENT: NetemOptions = {
  limit: 1000,
  latency: 0,
  jitter: 0,
  delayCorrelation: 0,
  distribution: 'uniform',
  loss: undefined,
  ecn: false,
  duplicate: NEVER_HAPPENS,
  corrupt: NEVER_HAPPENS,
  reorder: NEVER_HAPPENS,
  gap: 0,
  rate: undefined,
  slot: undefined,
  seed: undefined,
};
