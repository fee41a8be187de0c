/**
 * A `connect` to the peer of a connection in TIME-WAIT, with the same ports (Linux
 * tcp_twsk_unique()): timestamps tell the segments of both apart, as they do where the peer opens
 * it again (RFC 6191), and the numbers go on beyond the old ones.
 */
import { isLoopback, toSeq } from '../../../wire/index.ts';
import { type Cause, cause } from '../../cause.ts';
import { type Instant } from '../../time.ts';
import { successorIss } from '../open/synchronize.ts';
import type { Tcb } from '../tcb.ts';
import type { TimeWaitRecord } from './record.ts';

export const REUSED: Cause = cause(
  'time-wait-reused',
  'a new connection takes its place',
  'Linux tcp_tw_reuse',
);

/** The values of tcp_tw_reuse. */
const ALWAYS = 1;
const ON_LOOPBACK = 2;

/**
 * Whether a new connection may have the numbers of a record. Who bound the port meant it, and need
 * not wait until nothing old is under way.
 */
export function mayReuse(record: TimeWaitRecord, isPortBound: boolean, now: Instant): boolean {
  const { timeWaitRecords: rules } = record.services.profile;
  if (rules === undefined || !record.hasTimestamps) return false;
  if (isPortBound) return true;
  if (record.state === 'FIN-WAIT-2' || now - record.enteredAt < rules.reuseDelay) return false;
  return rules.reuse === ALWAYS || (rules.reuse === ON_LOOPBACK && isOnLoopback(record));
}

function isOnLoopback({ localAddress, remoteAddress }: TimeWaitRecord): boolean {
  return isLoopback(localAddress) || isLoopback(remoteAddress);
}

/**
 * The new connection goes on where the old one ended: SND.NXT tells which ISS it is to take, and
 * its SYN echoes the last timestamp that came.
 */
export function succeed(tcb: Tcb, record: TimeWaitRecord): void {
  const iss = successorIss(record.sndNxt);
  tcb.snd.nxt = iss === toSeq(0) ? toSeq(1) : iss; // 0 is that of a connection without a past
  tcb.tsRecent = record.tsRecent;
  tcb.tsRecentAt = record.tsRecentAt;
}
