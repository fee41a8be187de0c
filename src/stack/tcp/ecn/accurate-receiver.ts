/**
 * AccECN's receiver of data: it counts what arrives by its ECN field, whatever else it is (RFC 9768
 * §3.2), and decides which arrivals are so telling that an acknowledgment must not wait
 * (§3.2.2.5.1) or that the option is to go along (§3.2.3.3).
 */
import { type Seq, TcpFlag, type TcpOptionValues, type TcpSegment } from '../../../wire/index.ts';
import { cause } from '../../cause.ts';
import type { IpPacket } from '../../ip/ip-layer.ts';
import type { Instant } from '../../time.ts';
import { type AccurateEcn, AccurateFailure } from './accurate-ecn.ts';
import { COUNTERS_UP_TO } from './accurate-option.ts';
import { EcnField, ecnFieldOf } from './ecn-field.ts';
import type { Ecn } from './ecn-state.ts';
import type { Tcb } from '../tcb.ts';

const EDGE = cause(
  'ecn-change',
  'the ECN field of what arrives has changed',
  'RFC 9768 §3.2.2.5.1',
);
const MANY_MARKS = cause('ace-overflow', 'ACE would wrap unnoticed', 'RFC 9768 §3.2.2.5.1');

/** A counter is told of at least once while it grows by 2^22 octets (§3.2.3.3). */
const REPETITION_SHIFT = 22;

/** An acceptable segment, before its text is taken. The field of a SYN,ACK has been counted. */
export function countArrival(
  tcb: Tcb,
  ecn: Ecn,
  accurate: AccurateEcn,
  packet: IpPacket,
  seg: TcpSegment,
  options: TcpOptionValues,
  now: Instant,
): void {
  if ((seg.flags & TcpFlag.syn) !== 0) return;
  const field = ecnFieldOf(packet);
  const { payloadLength } = seg;
  accurate.isLater =
    tcb.hasTimestamps && options.hasTimestamps && ((options.tsVal - tcb.tsRecent) | 0) > 0;
  if (field !== EcnField.notEct) {
    ecn.hasSeenEct = true;
    if (field === EcnField.ce) countMark(accurate);
    if (payloadLength > 0) countOctets(accurate, field, payloadLength);
  }
  noteChange(accurate, field);
  if (isBeaconDue(tcb, accurate, now)) demand(accurate, 1);
  oweAcknowledgment(tcb, accurate, payloadLength > 0);
}

/** A packet with CE, which may be a SYN,ACK, too. */
export function countMark(accurate: AccurateEcn): void {
  accurate.received += 1;
  accurate.unreported += 1;
}

/** Octets of payload that came with a field other than Not-ECT. */
export function countOctets(accurate: AccurateEcn, field: EcnField, length: number): void {
  const before = accurate.octets[field];
  accurate.octets[field] = before + length;
  accurate.changedCounters = Math.max(accurate.changedCounters, COUNTERS_UP_TO[field]);
  if (before >>> REPETITION_SHIFT !== (before + length) >>> REPETITION_SHIFT) demand(accurate, 1);
}

/** What differs from the packet before is told of twice: the second time it is unambiguous. */
function noteChange(accurate: AccurateEcn, field: EcnField): void {
  if (field !== accurate.lastField) accurate.hasChanged = true;
  if (accurate.hasChanged || field === EcnField.ce) demand(accurate, 2);
  accurate.lastField = field;
}

/**
 * Text that has been acknowledged comes again. Where it was told of as a duplicate the last time,
 * beside the option, that ACK did not arrive either: perhaps because of the option (§3.2.3.2.2,
 * Linux tcp_rcv_spurious_retrans()).
 */
export function noteRepetition({ accurate }: Ecn, start: Seq): void {
  if (accurate?.duplicateTold !== start) return;
  accurate.failures |= AccurateFailure.optionSent;
}

function demand(accurate: AccurateEcn, segments: number): void {
  accurate.demand = Math.max(accurate.demand, segments);
}

/** The option goes so many times in a round trip (tcp_ecn_option_beacon), if anything arrives. */
function isBeaconDue({ profile, rtt }: Tcb, { optionSentAt }: AccurateEcn, now: Instant): boolean {
  const { beacon } = profile.ecn;
  return beacon > 0 && (now - optionSentAt) * beacon >= rtt.srtt;
}

/**
 * A change is acknowledged with the data that brings it, and marks before ACE has gone round. Where
 * only acknowledgments arrive they count, too, if the host acknowledges those at all.
 */
function oweAcknowledgment(tcb: Tcb, accurate: AccurateEcn, hasText: boolean): void {
  const { rcv, receiveBuffer, profile, lastAckSent } = tcb;
  const isTextOwed = hasText || receiveBuffer.hasGap || rcv.nxt !== lastAckSent;
  const most = isTextOwed ? profile.ecn.marksPerAck : profile.ecn.marksPerAckOfAcks;
  if (hasText && accurate.hasChanged) tcb.ackOwed = EDGE;
  else if (accurate.unreported >= most) tcb.ackOwed = MANY_MARKS;
  if (hasText) accurate.hasChanged = false;
}
