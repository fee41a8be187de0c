/**
 * AccECN's sender of data: how many of its packets were marked follows from ACE, as far as its
 * three bits cannot have gone round unnoticed, and from the option where it comes through (RFC 9768
 * §3.2.2.5.2, appendix A.2; Linux __tcp_accecn_process()).
 */
import { TcpOptionKind, u24 } from '../../../wire/index.ts';
import {
  ACE_MASK,
  type AccurateEcn,
  AccurateFailure,
  FIRST_COUNT,
  OptionSeen,
} from './accurate-ecn.ts';
import { FIRST_OCTETS } from './accurate-option.ts';
import { EcnField } from './ecn-field.ts';
import type { Ecn } from './ecn-state.ts';
import type { Tcb } from '../tcb.ts';

/** The fields whose counters the option has, by its kind: in this order or in its reverse. */
const ORDER_0: readonly EcnField[] = [EcnField.ect0, EcnField.ce, EcnField.ect1];
const ORDER_1: readonly EcnField[] = [EcnField.ect1, EcnField.ce, EcnField.ect0];
const COUNTERS_AT = 2;
const COUNTER_LENGTH = 3;
const COUNTER_MASK = 0xff_ffff;
/** In place of newly marked octets: the peer does not say. */
const UNKNOWN = -1;

/** So many segments in an acknowledgment, on average, mean that ACKs are thinned on their way. */
const THINNED = 4;
const AVERAGE_SHIFT = 6;
const AVERAGE_MOST = 0xffff;
/** A marked segment is not smaller than the MSS by more than this, on average (A.2.2). */
const SAFETY_FACTOR = 2;
/** Behind so many octets a first option comes too late: its counters may have gone round. */
const TOO_LATE = 2 ** 23 - 1;

/**
 * Newly marked packets by an acknowledgment that is not superseded (§3.2.2.2), which delivered
 * `delivered` segments of at most `mss` octets.
 */
export function newlyMarked(
  tcb: Tcb,
  ecn: Ecn,
  accurate: AccurateEcn,
  ace: number,
  option: Uint8Array,
  delivered: number,
  mss: number,
): number {
  const octets = readOption(tcb, accurate, option);
  noteDelivered(accurate, delivered);
  if (accurate.ignoresFeedback || !accurate.isAceCount) return 0;
  const { deliveredMarked: known } = ecn;
  const least = (ace - FIRST_COUNT - known) & ACE_MASK;
  const isThinned = accurate.averageDelivered > THINNED << AVERAGE_SHIFT;
  const marked = safeCount(least, delivered, octets, mss, isThinned);
  if (octets !== UNKNOWN) checkConsistency(tcb, accurate, octets, known + marked, delivered);
  return marked;
}

/**
 * The number of marks that an increment of ACE by `least` stands for: more than it seems where ACE
 * may have gone round, because at least eight segments were delivered, and where that is likely by
 * the number of newly marked octets; −1 where this is not known. If nearly all acknowledgments are
 * thinned out it would be assumed too often.
 */
export function safeCount(
  least: number,
  delivered: number,
  octets: number,
  mss: number,
  isThinned: boolean,
): number {
  if (delivered <= ACE_MASK) return least;
  const most = delivered - ((delivered - least) & ACE_MASK);
  if (octets === UNKNOWN) return isThinned ? least : most;
  if (octets === 0) return least;
  if (octets > least * mss) return most;
  return octets * SAFETY_FACTOR < most * mss ? least : most;
}

/** An exponential average in 64ths (Linux pkts_acked_ewma). */
function noteDelivered(accurate: AccurateEcn, delivered: number): void {
  if (delivered === 0) return;
  const { averageDelivered: average } = accurate;
  const sample = delivered << AVERAGE_SHIFT;
  const next =
    average === 0 ? sample : ((average << AVERAGE_SHIFT) - average + sample) >>> AVERAGE_SHIFT;
  accurate.averageDelivered = Math.min(next, AVERAGE_MOST);
}

/**
 * Marked octets without a marked packet cannot be: somebody writes into the bits. Certain it is
 * only where ACE cannot have gone round, by whatever we sent (§3.2.3.2.5).
 */
function checkConsistency(
  { counts }: Tcb,
  accurate: AccurateEcn,
  octets: number,
  marked: number,
  delivered: number,
): void {
  const withoutData = counts.segmentsOut - counts.dataSegmentsOut;
  const isCertain = delivered + withoutData <= ACE_MASK;
  if (octets > 0 && marked === accurate.markedAtOption && isCertain) {
    accurate.failures |= AccurateFailure.aceReceived;
  }
  accurate.markedAtOption = marked;
}

/** The option of a segment that opens the connection, or the first that comes: is it intact? */
export function seeOption(accurate: AccurateEcn, option: Uint8Array): void {
  if (option.length === 0 || accurate.optionSeen >= OptionSeen.counters) return;
  accurate.optionSeen = judge(option);
  if (accurate.optionSeen === OptionSeen.failed) {
    accurate.failures |= AccurateFailure.optionReceived;
  }
}

/** A counter of ECT octets that is zero was cleared (§3.2.3.2.4): the first, and the third. */
function judge(option: Uint8Array): OptionSeen {
  const counters = Math.floor((option.length - COUNTERS_AT) / COUNTER_LENGTH);
  if (counters === 0) return OptionSeen.empty;
  const isFirstCleared = u24(option, COUNTERS_AT) === 0;
  const isThirdCleared = counters > 2 && u24(option, COUNTERS_AT + 2 * COUNTER_LENGTH) === 0;
  return isFirstCleared || isThirdCleared ? OptionSeen.failed : OptionSeen.counters;
}

/** Newly marked octets by the option, or UNKNOWN. */
function readOption({ counts }: Tcb, accurate: AccurateEcn, option: Uint8Array): number {
  if (option.length === 0) {
    if (accurate.optionSeen === OptionSeen.not && counts.octetsSent >= TOO_LATE) {
      accurate.optionSeen = OptionSeen.failed;
      accurate.failures |= AccurateFailure.optionReceived;
    }
    return UNKNOWN;
  }
  seeOption(accurate, option);
  if (accurate.has(AccurateFailure.optionReceived)) return UNKNOWN;
  const order = option[0] === TcpOptionKind.accurateEcn0 ? ORDER_0 : ORDER_1;
  let marked = UNKNOWN;
  for (let i = 0; i < order.length; i++) {
    const at = COUNTERS_AT + COUNTER_LENGTH * i;
    if (at + COUNTER_LENGTH > option.length) break; // what does not make a counter is padding
    const field = order[i]!;
    const grown = takeCounter(accurate, field, u24(option, at));
    if (field === EcnField.ce) marked = grown;
  }
  return marked;
}

/** What a counter has grown by; UNKNOWN where it has shrunk. */
function takeCounter({ delivered }: AccurateEcn, field: EcnField, counter: number): number {
  const grown = (counter - FIRST_OCTETS[field] - delivered[field]) & COUNTER_MASK;
  if (grown > COUNTER_MASK >>> 1) return UNKNOWN;
  delivered[field] += grown;
  return grown;
}
