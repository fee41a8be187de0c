/**
 * AccECN's option as it is sent: when, with how many of its counters, and where it lies (RFC 9768
 * §3.2.3.3; Linux tcp_options_fit_accecn()). Its counters stand in the order ECT(1), CE, ECT(0);
 * they may be left out from the end as far as they have not changed since they were last told.
 *
 *     kind 174 │ length │ ECT(1), 24 bits │ CE │ ECT(0)         11, 8, 5 or 2 octets
 *
 * It fills whole words, or else takes the place of the NOPs that stand before the next option.
 */
import { put24, type Seq, seqAdd, TcpOptionKind } from '../../../wire/index.ts';
import type { Instant } from '../../time.ts';
import { type AccurateEcn, AccurateFailure, OptionSeen } from './accurate-ecn.ts';
import { EcnField } from './ecn-field.ts';
import type { Tcb } from '../tcb.ts';

/** How many counters there must be for that of a field to be among them. */
export const COUNTERS_UP_TO: Readonly<Record<EcnField, number>> = { 0: 0, 1: 1, 2: 3, 3: 2 };
/** What the counters begin with on the wire: one that was cleared on the way shows it (§3.2.1). */
export const FIRST_OCTETS: Readonly<Record<EcnField, number>> = { 0: 0, 1: 1, 2: 1, 3: 0 };

/** In place of a number of counters: no option. */
export const NO_OPTION = -1;

const MOST_COUNTERS = 3;
const COUNTER_LENGTH = 3;
const NOP = 1;
/** Octets of options in a header at most. */
const OPTIONS_MOST = 40;
/** A SACK option stands behind two NOPs. */
export const NOPS_BEFORE_SACK = 2;
const BLOCK_LENGTH = 8;
/** So many blocks of SACK are worth more than the option (§3.2.3.3). */
const BLOCKS_FIRST = 2;

/** Values of tcp_ecn_option. */
const ON_CHANGES = 1;
const PERSISTENT = 3;

/** What an option of so many counters takes in a header beside `nops` that it may replace. */
export function spaceOf(counters: number, nops: number): number {
  if (counters === NO_OPTION) return 0;
  const length = 2 + COUNTER_LENGTH * counters;
  return (length & 3) > nops ? (length + 3) & ~3 : length & ~3;
}

/** The most counters for which there is room, but no fewer than `least`. */
export function countersFor(room: number, nops: number, least: number): number {
  let counters = MOST_COUNTERS;
  while (counters >= least && spaceOf(counters, nops) > room) counters -= 1;
  return counters >= least ? counters : NO_OPTION;
}

/** Whether the next segment is to carry the option, if it finds room. */
function isDue({ profile }: Tcb, accurate: AccurateEcn): boolean {
  const { option, optionAwaitsPeer } = profile.ecn;
  if (option === 0 || (optionAwaitsPeer && accurate.optionSeen === OptionSeen.not)) return false;
  if (option < PERSISTENT && accurate.has(AccurateFailure.optionSent)) return false;
  return option !== ON_CHANGES || accurate.demand > 0;
}

/**
 * How many of `blocks` blocks of SACK the next segment has beside `others` octets of options: one
 * less at times, for counters that have changed.
 */
export function blocksBeside(tcb: Tcb, others: number, blocks: number): number {
  const accurate = tcb.ecn?.accurate;
  if (accurate === undefined || blocks <= BLOCKS_FIRST || accurate.changedCounters === 0) {
    return blocks;
  }
  if (!isDue(tcb, accurate)) return blocks;
  for (let fewer = blocks; fewer >= BLOCKS_FIRST; fewer--) {
    if (countersFor(roomFor(others, fewer), NOPS_BEFORE_SACK, accurate.changedCounters) >= 0) {
      return fewer;
    }
  }
  return blocks;
}

/** How many counters the next segment has beside `others` octets of options and those blocks. */
export function countersBeside(tcb: Tcb, others: number, blocks: number): number {
  const accurate = tcb.ecn?.accurate;
  if (accurate === undefined || !isDue(tcb, accurate)) return NO_OPTION;
  const nops = blocks > 0 ? NOPS_BEFORE_SACK : 0;
  return countersFor(roomFor(others, blocks), nops, accurate.changedCounters);
}

function roomFor(others: number, blocks: number): number {
  const sack = blocks === 0 ? 0 : 2 + NOPS_BEFORE_SACK + BLOCK_LENGTH * blocks;
  return OPTIONS_MOST - others - sack;
}

/** The octets of options that the counters take in a segment with or without SACK blocks. */
export function optionSpace(counters: number, blocks: number): number {
  return spaceOf(counters, blocks > 0 ? NOPS_BEFORE_SACK : 0);
}

/**
 * Decides what the option of a segment has, whose octets begin at `start`, and returns the octets
 * that it takes.
 */
export function planCounters(
  tcb: Tcb,
  others: number,
  blocks: number,
  start: Seq,
  length: number,
): number {
  const accurate = tcb.ecn?.accurate;
  if (accurate === undefined) return 0;
  const isAllowed = !isFirstDataAgain(tcb, start, length);
  const counters = isAllowed ? countersBeside(tcb, others, blocks) : NO_OPTION;
  accurate.plannedCounters = counters;
  accurate.duplicateTold = counters === NO_OPTION ? undefined : tcb.sackReport?.duplicateStart;
  return optionSpace(counters, blocks);
}

/**
 * Whether these are the first octets of all, sent again: the option may be what they were lost for,
 * so that they go without (§3.2.3.2.2).
 */
function isFirstDataAgain({ snd }: Tcb, start: Seq, length: number): boolean {
  return length > 0 && start !== snd.nxt && start === seqAdd(snd.iss, 1);
}

/**
 * Writes the option as planned, and NOPs up to `end`: the end of its words, or of the NOPs before a
 * SACK option.
 */
export function writeCounters(
  accurate: AccurateEcn,
  frame: Uint8Array,
  start: number,
  end: number,
  now: Instant,
): void {
  const { octets, plannedCounters: counters } = accurate;
  if (counters === NO_OPTION) return;
  const behind = start + 2 + COUNTER_LENGTH * counters;
  frame[start] = TcpOptionKind.accurateEcn1;
  frame[start + 1] = behind - start;
  if (counters > 0) put24(frame, start + 2, octets[EcnField.ect1] + FIRST_OCTETS[EcnField.ect1]);
  if (counters > 1) put24(frame, start + 5, octets[EcnField.ce] + FIRST_OCTETS[EcnField.ce]);
  if (counters > 2) put24(frame, start + 8, octets[EcnField.ect0] + FIRST_OCTETS[EcnField.ect0]);
  frame.fill(NOP, behind, end);
  accurate.changedCounters = 0;
  accurate.optionSentAt = now;
  if (accurate.demand > 0) accurate.demand -= 1;
}
