/** Traffic control, as tc(8) has it: the network emulator, queues of interfaces and links. */
export { markCongestion } from './congestion-mark.ts';
export { type Carrier, LOST, Netem, NETEM_LIMIT } from './netem.ts';
export type { DistributionName } from './distributions.ts';
export type { LossOptions } from './loss-models.ts';
export type { Likelihood, NetemOptions, RateOptions } from './netem-options.ts';
export type { SlotOptions } from './netem-slots.ts';
export { parseNetem, readNetem } from './netem-words.ts';
export { WordError } from './words.ts';
export { CODEL } from './codel.ts';
export { drain, type PacketQueue, QueueCounts, QueuedPacket } from './packet-queue.ts';
export { parseQueue, type QueueSetup, readQueue } from './queue-words.ts';
export { OVER_BURST } from './tbf.ts';
export { RED_EARLY, RED_FORCED } from './red.ts';
export {
  type Device,
  type Egress,
  type EgressStatistics,
  EmulatedEgress,
  QueuedEgress,
} from './egress.ts';
