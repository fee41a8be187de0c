/**
 * The timestamps of captures. pcapng keeps a 64-bit count of units since the epoch, as two 32-bit
 * halves, and an interface's `if_tsresol` octet names the unit: 10⁻ⁿ s, or 2⁻ⁿ s when its highest
 * bit is set (draft-ietf-opsawg-pcapng §4.2).
 *
 * Nanoseconds since 1970 exceed 2⁵³, so one JavaScript number does not hold such a count. Decimal
 * units down to the nanosecond, which is what captures have, are divided in 16-bit digits; the rest
 * goes through `BigInt`.
 */

/** A point in time: `nanoseconds` after `seconds`. */
export interface CaptureTime {
  /** Whole seconds since 1970-01-01 00:00 UTC. */
  readonly seconds: number;
  /** 0–999,999,999; more only where a damaged pcap record says so. */
  readonly nanoseconds: number;
}

/** Values of the `if_tsresol` octet. */
export const TimestampResolution = { microseconds: 6, nanoseconds: 9 } as const;

/** 10ⁿ, the units in a second. */
const UNITS: readonly number[] = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/** The time that a 64-bit count of units means; fractions of a nanosecond are cut off. */
export function timeOfTimestamp(high: number, low: number, resolution: number): CaptureTime {
  const units = UNITS[resolution];
  if (units === undefined) return timeOfFineTimestamp(high, low, resolution);
  // Long division in digits of 16 bits: every dividend is below 2⁴⁶. `%` would be a slow fmod.
  const upper = Math.floor(high / units);
  const second = (high - upper * units) * 0x10000 + (low >>> 16);
  const middle = Math.floor(second / units);
  const third = (second - middle * units) * 0x10000 + (low & 0xffff);
  const lower = Math.floor(third / units);
  return {
    seconds: upper * 0x1_0000_0000 + middle * 0x10000 + lower,
    nanoseconds: (third - lower * units) * (1e9 / units),
  };
}

function timeOfFineTimestamp(high: number, low: number, resolution: number): CaptureTime {
  const count = (BigInt(high) << 32n) | BigInt(low);
  const exponent = BigInt(resolution & 0x7f);
  const units = resolution >= 0x80 ? 1n << exponent : 10n ** exponent;
  return {
    seconds: Number(count / units),
    nanoseconds: Number(((count % units) * 1_000_000_000n) / units),
  };
}

/** The two 32-bit halves of a timestamp. */
export interface Timestamp {
  readonly high: number;
  readonly low: number;
}

/** The count of units that a time is, modulo 2⁶⁴; what is finer than the unit is cut off. */
export function timestampOfTime(time: CaptureTime, resolution: number): Timestamp {
  const units = UNITS[resolution];
  if (units === undefined || time.seconds > 0xffff_ffff) return fineTimestampOf(time, resolution);
  const fraction = Math.floor(time.nanoseconds / (1e9 / units));
  // seconds × units in two parts, each below 2⁴⁷, the upper one worth 2¹⁶
  const upper = (time.seconds >>> 16) * units;
  const lower = (time.seconds & 0xffff) * units + fraction + (upper & 0xffff) * 0x10000;
  return {
    high: (Math.floor(upper / 0x10000) + Math.floor(lower / 0x1_0000_0000)) >>> 0,
    low: lower >>> 0,
  };
}

function fineTimestampOf(time: CaptureTime, resolution: number): Timestamp {
  const exponent = BigInt(resolution & 0x7f);
  const units = resolution >= 0x80 ? 1n << exponent : 10n ** exponent;
  const count = BigInt(time.seconds) * units + (BigInt(time.nanoseconds) * units) / 1_000_000_000n;
  return { high: Number((count >> 32n) & 0xffff_ffffn), low: Number(count & 0xffff_ffffn) };
}
