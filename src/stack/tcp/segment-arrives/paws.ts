/**
 * Protection against wrapped sequence numbers (RFC 7323 §5): TS.Recent, which segment it is taken
 * from, and which timestamps are too old for it.
 */
import {
  segmentLength,
  seqGt,
  TcpFlag,
  type TcpOptionValues,
  type TcpSegment,
} from '../../../wire/index.ts';
import { type Cause, cause } from '../../cause.ts';
import { type Instant, ms, seconds } from '../../time.ts';
import type { Tcb } from '../tcb.ts';

export const PAWS: Cause = cause(
  'paws',
  'its timestamp is older than the last one',
  'RFC 7323 §5.3',
);

/** TS.Recent, and when it was taken. */
export interface RecentTimestamp {
  readonly tsRecent: number;
  readonly tsRecentAt: Instant;
}

/** RFC 7323 §5.5: after so long a pause the peer's timestamp clock may have wrapped. */
const TIMESTAMP_LIFETIME = seconds(24 * 86_400);

/** Whether `tsVal` is older than TS.Recent, by more than `tolerance`. */
export function isOldTimestamp(
  { tsRecent, tsRecentAt }: RecentTimestamp,
  tsVal: number,
  tolerance: number,
  now: Instant,
): boolean {
  // Some peers send timestamps of 0 in their SYNs only (Linux tcp_paws_check()).
  if (tolerance > 0 && tsRecent === 0) return false;
  const age = (tsRecent - tsVal) | 0;
  const isOld = age > tolerance || age === -0x8000_0000;
  return isOld && now - tsRecentAt < TIMESTAMP_LIFETIME;
}

/** RFC 7323 §5.3's replay window: as old as one retransmission and a fifth more (Linux). */
const REPLAY_SHARE = 1.2;

/**
 * An ACK that tells nothing new was only overtaken, by one sent on another processor (Linux
 * tcp_disordered_ack_check()).
 */
export function isHarmlessOldAck(tcb: Tcb, seg: TcpSegment, tsVal: number): boolean {
  const { rcv, snd, profile, rtt } = tcb;
  if (profile.timestampTolerance === 0) return false;
  if ((seg.flags & TcpFlag.ack) === 0 || segmentLength(seg) > 0) return false;
  if (seg.seq !== rcv.nxt || seg.ack !== snd.una) return false;
  if (seg.window << snd.windowScale > snd.wnd || seqGt(seg.seq, snd.wl1)) return false;
  return ((tcb.tsRecent - tsVal) | 0) <= (rtt.rto * REPLAY_SHARE) / ms(1);
}

/**
 * RFC 7323 §4.3: TS.Recent is that of the segment that spans the last acknowledgment sent. One
 * whose own acknowledgment is not believed says nothing by its timestamp either.
 */
export function noteTimestamp(
  tcb: Tcb,
  seg: TcpSegment,
  options: TcpOptionValues,
  now: Instant,
): void {
  if (!tcb.hasTimestamps || !options.hasTimestamps || seqGt(seg.seq, tcb.lastAckSent)) return;
  if (isOldTimestamp(tcb, options.tsVal, 0, now)) return;
  tcb.tsRecent = options.tsVal;
  tcb.tsRecentAt = now;
}
