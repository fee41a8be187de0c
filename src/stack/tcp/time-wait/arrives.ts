/**
 * SEGMENT ARRIVES for a record (RFC 9293 §3.10.7.4, as Linux tcp_timewait_state_process() has it).
 * In FIN-WAIT-2 the peer's FIN is waited for. In TIME-WAIT nothing new can come: whatever is not
 * just where it should be is answered by an acknowledgment, and what shows that the peer still
 * lives lets the time begin again.
 */
import {
  readTcpOptions,
  segmentLength,
  seqAdd,
  seqGe,
  seqGt,
  seqLt,
  TCP_HEADER_LENGTH,
  TcpFlag,
  type TcpOptionValues,
  type TcpSegment,
} from '../../../wire/index.ts';
import { type Cause, cause } from '../../cause.ts';
import type { CounterName } from '../../counters.ts';
import type { IpPacket } from '../../ip/ip-layer.ts';
import { type Instant, seconds } from '../../time.ts';
import { mayAnswerOutside } from '../segment-arrives/challenge.ts';
import { isOldTimestamp } from '../segment-arrives/paws.ts';
import { answerWithReset } from '../segment-arrives/reset.ts';
import { RESET_RECEIVED } from '../segment-arrives/check-rst.ts';
import { OUTSIDE_WINDOW } from '../segment-arrives/check-sequence.ts';
import { FIN_RECEIVED } from '../segment-arrives/process-fin.ts';
import { sendFromRecord } from './answer.ts';
import type { TimeWaitRecord } from './record.ts';

const NOTHING_NEW = cause(
  'time-wait-answer',
  'nothing new can come in TIME-WAIT',
  'RFC 9293 §3.10.7.4, Linux tcp_timewait_state_process()',
);
const OLD_IN_TIME_WAIT = cause(
  'paws-in-time-wait',
  'its timestamp is older than the last one',
  'RFC 7323 §5.3',
);
const NO_READER = cause('text-for-nobody', 'nobody is left to read it', 'RFC 9293 §3.6.1, Linux');
const SYN_IN_FIN_WAIT_2 = cause(
  'syn-in-fin-wait-2',
  'a SYN in the window of a connection without a socket',
  'Linux tcp_timewait_state_process()',
);
const NOTHING_TO_DO = cause('nothing-new', 'neither text nor FIN', 'RFC 9293 §3.10.7.4');
const RST_KEPT_OUT = cause('rst-kept-out', 'TIME-WAIT is not ended by a RST', 'RFC 1337 §3');
const RST_IN_TIME_WAIT = cause(
  'rst-in-time-wait',
  'a RST that is not at RCV.NXT, and nothing is left to protect',
  'Linux tcp_timewait_state_process()',
);

/** A segment for what is left of its connection. */
export function recordArrives(
  record: TimeWaitRecord,
  packet: IpPacket,
  seg: TcpSegment,
  now: Instant,
): void {
  const options = readTcpOptions(seg.bytes, seg.start + TCP_HEADER_LENGTH, seg.payloadAt);
  const isOld = isTooOld(record, seg, options, now);
  if (record.state === 'TIME-WAIT') inTimeWait(record, seg, options, isOld, now);
  else inFinWait2(record, packet, seg, options, isOld, now);
}

/** In so long a time no RST comes late that was sent before TS.Recent (Linux TCP_PAWS_MSL). */
const RST_LIFETIME = seconds(60);

/** PAWS, by which a RST is judged only soon after TS.Recent was taken (Linux tcp_paws_reject()). */
function isTooOld(
  record: TimeWaitRecord,
  seg: TcpSegment,
  options: TcpOptionValues,
  now: Instant,
): boolean {
  if (!record.hasTimestamps || !options.hasTimestamps || record.tsRecent === 0) return false;
  if (!isOldTimestamp(record, options.tsVal, 0, now)) return false;
  return (seg.flags & TcpFlag.rst) === 0 || now - record.tsRecentAt < RST_LIFETIME;
}

function inFinWait2(
  record: TimeWaitRecord,
  packet: IpPacket,
  seg: TcpSegment,
  options: TcpOptionValues,
  isOld: boolean,
  now: Instant,
): void {
  const { rcvNxt } = record;
  const { flags } = seg;
  const end = seqAdd(seg.seq, segmentLength(seg));
  if (isOld || !isInWindow(record, seg)) {
    answer(record, seg, OUTSIDE_WINDOW, 'TcpExtTCPACKSkippedFinWait2', now);
  } else if ((flags & TcpFlag.rst) !== 0) {
    endRecord(record, RESET_RECEIVED, now);
  } else if ((flags & TcpFlag.syn) !== 0 && seqGe(seg.seq, rcvNxt)) {
    refuse(record, packet, seg, SYN_IN_FIN_WAIT_2, now);
  } else if ((flags & TcpFlag.ack) === 0 || !seqGt(end, rcvNxt) || segmentLength(seg) === 0) {
    drop(record, seg, NOTHING_TO_DO, now);
  } else if ((flags & TcpFlag.fin) === 0 || end !== seqAdd(rcvNxt, 1)) {
    refuse(record, packet, seg, NO_READER, now);
  } else {
    record.rcvNxt = end;
    noteTimestamp(record, options, now);
    enterTimeWait(record, now);
    sendFromRecord(record, 0, FIN_RECEIVED, now);
  }
}

/** Linux tcp_in_window() */
function isInWindow({ rcvNxt, rcvWnd }: TimeWaitRecord, seg: TcpSegment): boolean {
  if (seg.seq === rcvNxt) return true;
  const end = seqAdd(seg.seq, segmentLength(seg));
  const edge = seqAdd(rcvNxt, rcvWnd);
  if (seqGt(end, rcvNxt) && seqLt(seg.seq, edge)) return true;
  return seg.seq === edge && seg.seq === end;
}

/** What comes after all cannot be delivered: the peer learns by a RST, and nothing is left. */
function refuse(
  record: TimeWaitRecord,
  packet: IpPacket,
  seg: TcpSegment,
  why: Cause,
  now: Instant,
): void {
  drop(record, seg, why, now);
  answerWithReset(record.services, packet, seg, why, now);
  endRecord(record, why, now);
}

function inTimeWait(
  record: TimeWaitRecord,
  seg: TcpSegment,
  options: TcpOptionValues,
  isOld: boolean,
  now: Instant,
): void {
  const { profile } = record.services;
  const isReset = (seg.flags & TcpFlag.rst) !== 0;
  if (!isOld && seg.seq === record.rcvNxt && (isReset || segmentLength(seg) === 0)) {
    if (!isReset) restart(record, now);
    else if (profile.keepsTimeWait) drop(record, seg, RST_KEPT_OUT, now);
    else return endRecord(record, RESET_RECEIVED, now); // its assassination (RFC 1337)
    noteTimestamp(record, options, now);
  } else if (isReset) {
    drop(record, seg, RST_IN_TIME_WAIT, now);
  } else {
    // A SYN without ACK may be new, with a number that looks old: it does not hold anything up.
    if (isOld || (seg.flags & TcpFlag.ack) !== 0) restart(record, now);
    const why = isOld ? OLD_IN_TIME_WAIT : NOTHING_NEW;
    answer(record, seg, why, 'TcpExtTCPACKSkippedTimeWait', now);
  }
}

function enterTimeWait(record: TimeWaitRecord, now: Instant): void {
  const { services } = record;
  services.trace?.stateEntered(record, record.state, 'TIME-WAIT', FIN_RECEIVED, now);
  record.state = 'TIME-WAIT';
  record.enteredAt = now;
  restart(record, now);
}

function restart(record: TimeWaitRecord, now: Instant): void {
  const { services } = record;
  services.restart(record, services.profile.timeWait, now);
}

function noteTimestamp(record: TimeWaitRecord, options: TcpOptionValues, now: Instant): void {
  if (!record.hasTimestamps || !options.hasTimestamps) return;
  record.tsRecent = options.tsVal;
  record.tsRecentAt = now;
}

/**
 * The segment goes no further, and an ACK says what is expected, only so often. In FIN-WAIT-2 that
 * answers a RST, too: RFC 9293 §3.10.7.4 would have it dropped, but the record does not look.
 */
function answer(
  record: TimeWaitRecord,
  seg: TcpSegment,
  why: Cause,
  skipped: CounterName,
  now: Instant,
): void {
  drop(record, seg, why, now);
  if (mayAnswerOutside(record, seg, skipped, now)) sendFromRecord(record, 0, why, now);
}

function drop(record: TimeWaitRecord, seg: TcpSegment, why: Cause, now: Instant): void {
  record.services.trace?.dropped(seg.bytes, why, now);
}

/** The connection is CLOSED. */
export function endRecord(record: TimeWaitRecord, why: Cause, now: Instant): void {
  const { services, state } = record;
  services.trace?.stateEntered(record, state, 'CLOSED', why, now);
  services.forget(record);
}
