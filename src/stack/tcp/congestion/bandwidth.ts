/**
 * Bandwidth as Linux's BBR counts it: segments per microsecond in 2⁻²⁴ths, so that both 100 bit/s
 * and 100 Gbit/s are whole numbers.
 */
import type { Duration } from '../../time.ts';

export type Bandwidth = number;

const MICROSECOND: Duration = 1000;
export const BANDWIDTH_UNIT: number = 2 ** 24;
/** Gains are in 256ths. */
export const GAIN_UNIT = 256;

/** So many segments in so long. */
export function bandwidthOf(segments: number, interval: Duration): Bandwidth {
  return Math.floor((segments * BANDWIDTH_UNIT) / Math.max(1, Math.floor(interval / MICROSECOND)));
}

/** What it delivers in so long, in whole segments. */
export function segmentsIn(bandwidth: Bandwidth, interval: Duration): number {
  return Math.floor((bandwidth * Math.floor(interval / MICROSECOND)) / BANDWIDTH_UNIT);
}

/** Octets a second, times a gain, and one percent less so that a queue can drain. */
export function octetsPerSecond(bandwidth: Bandwidth, segment: number, gain: number): number {
  const rate = Math.floor((bandwidth * segment * gain) / GAIN_UNIT);
  return Math.floor((rate * 990_000) / BANDWIDTH_UNIT);
}
