/**
 * SYN cookies (RFC 4987 §3.6): under a flood of SYNs a server keeps nothing of those that it
 * answers. What it must know when the handshake ends it writes into its own initial sequence
 * number, which the peer sends back. As Linux does it (net/ipv4/syncookies.c):
 *
 *     ISS = hash₁(four-tuple) + peer's ISS + minute · 2²⁴ + (hash₂(four-tuple, minute) + i) mod 2²⁴
 *
 * where i says which of four values is the peer's MSS at least. Window scale, SACK and ECN find no
 * room there; they lie in the low bits of the timestamp, if both ends use timestamps, and are not
 * agreed on otherwise.
 */
import {
  ABSENT,
  concat,
  encodeIp,
  isIpv6,
  put32,
  type Seq,
  seqToU32,
  toSeq,
  u32,
} from '../../../wire/index.ts';
import { sipHash } from '../../siphash.ts';
import { type Duration, ms, seconds } from '../../time.ts';
import type { FourTuple } from '../../trace.ts';

/** The keys of the two hashes. */
export type SynCookieKeys = readonly [first: Uint8Array, second: Uint8Array];

/** The values of the MSS that a cookie can tell (Linux msstab: the most frequent ones). */
const MSS_TABLE: readonly number[] = [536, 1300, 1440, 1460];
const MSS_TABLE_OF_IPV6: readonly number[] = [1220, 1420, 1440, 8940];

/** Below the minutes (Linux COOKIEBITS). */
const COOKIE_BITS = 24;
const COOKIE_MASK = 2 ** COOKIE_BITS - 1;
/** What is left for the minutes. */
const MINUTE_MASK = 0xff;
/** How long the counter stands (TCP_SYNCOOKIE_PERIOD). */
const PERIOD: Duration = seconds(60);
/** A cookie of the present minute is good, and one of the minute before (MAX_SYNCOOKIE_AGE). */
const AGES = 2;
/** How long a cookie may still come back after the last was sent (TCP_SYNCOOKIE_VALID). */
export const SYN_COOKIE_LIFETIME: Duration = AGES * PERIOD;

/** The counter of a host that has been up for so long (Linux tcp_cookie_time()). */
export function cookieMinute(uptime: Duration): number {
  return Math.floor(uptime / PERIOD);
}

/** The cookie that answers a SYN with the number `peerIss` and the MSS `mss`. */
export function synCookie(
  keys: SynCookieKeys,
  connection: FourTuple,
  peerIss: Seq,
  minute: number,
  mss: number,
): Seq {
  const index = Math.max(
    0,
    mssTable(connection).findLastIndex((known) => known <= mss),
  );
  const low = (hashOf(keys[1], connection, minute) + index) & COOKIE_MASK;
  const high = (minute & MINUTE_MASK) * 2 ** COOKIE_BITS;
  return toSeq(hashOf(keys[0], connection, 0) + seqToU32(peerIss) + high + low);
}

/** The MSS that a cookie tells; nothing for what is no cookie of ours, or too old. */
export function mssOfCookie(
  keys: SynCookieKeys,
  connection: FourTuple,
  peerIss: Seq,
  minute: number,
  cookie: Seq,
): number | undefined {
  const rest = (seqToU32(cookie) - hashOf(keys[0], connection, 0) - seqToU32(peerIss)) >>> 0;
  const age = (minute - (rest >>> COOKIE_BITS)) & MINUTE_MASK;
  if (age >= AGES) return undefined;
  return mssTable(connection)[(rest - hashOf(keys[1], connection, minute - age)) & COOKIE_MASK];
}

function mssTable({ remoteAddress }: FourTuple): readonly number[] {
  return isIpv6(remoteAddress) ? MSS_TABLE_OF_IPV6 : MSS_TABLE;
}

function hashOf(key: Uint8Array, connection: FourTuple, minute: number): number {
  const numbers = new Uint8Array(8);
  put32(numbers, 0, ((connection.remotePort << 16) | connection.localPort) >>> 0);
  put32(numbers, 4, minute >>> 0);
  const { remoteAddress, localAddress } = connection;
  const message = concat(encodeIp(remoteAddress), encodeIp(localAddress), numbers);
  return u32(sipHash(key, message), 0);
}

/** What a timestamp carries of the peer's SYN. */
export interface CarriedOptions {
  /** The peer's shift count, or {@link ABSENT}. */
  readonly windowScale: number;
  readonly sack: boolean;
  readonly ecn: boolean;
}

// The low bits of the timestamp (Linux TSBITS and TS_OPT_…).
const TIMESTAMP_STEP = 64;
/** No window scale: no shift count is that large. */
const NO_SCALE = 0xf;
const SACK = 0x10;
const ECN = 0x20;

/**
 * The timestamp of a host that has been up for so long, its low bits replaced. It is never ahead of
 * the clock, or the next segment would seem older than it (Linux cookie_init_timestamp()).
 */
export function cookieTimestamp(
  uptime: Duration,
  { windowScale, sack, ecn }: CarriedOptions,
): number {
  const clock = Math.floor(uptime / ms(1));
  const scale = windowScale === ABSENT ? NO_SCALE : windowScale;
  const bits = scale | (sack ? SACK : 0) | (ecn ? ECN : 0);
  const timestamp = clock - (clock % TIMESTAMP_STEP) + bits;
  return (timestamp > clock ? timestamp - TIMESTAMP_STEP : timestamp) >>> 0;
}

/** What an echoed timestamp carried (Linux cookie_timestamp_decode(), cookie_ecn_ok()). */
export function carriedOptions(timestamp: number): CarriedOptions {
  const scale = timestamp & NO_SCALE;
  return {
    windowScale: scale === NO_SCALE ? ABSENT : scale,
    sack: (timestamp & SACK) !== 0,
    ecn: (timestamp & ECN) !== 0,
  };
}
