/**
 * Which options a segment behind the SYNs carries, and where they lie:
 *
 *     TCP header │ MD5 signature │ NOP NOP timestamps │ AccECN's counters │ NOP NOP SACK blocks
 *                    RFC 2385         RFC 7323              RFC 9768            RFC 2018
 *
 * Nearly every segment has timestamps alone. What the others have is chosen for each anew: SACK
 * blocks and counters make room for each other.
 */
import {
  NOP_NOP_TIMESTAMPS,
  put32,
  type Seq,
  seqToU32,
  TIMESTAMPS_LENGTH,
} from '../../../wire/index.ts';
import type { Instant } from '../../time.ts';
import {
  blocksBeside,
  countersBeside,
  NOPS_BEFORE_SACK,
  optionSpace,
  planCounters,
  writeCounters,
} from '../ecn/accurate-option.ts';
import type { SackBlock } from '../receive/sack-report.ts';
import { signatureLength } from '../signature/check.ts';
import type { Tcb } from '../tcb.ts';

const NOP_NOP_SACK = 0x01010500;

export interface SegmentOptions {
  /** Octets in all. */
  readonly length: number;
  /** Octets of the signature, which is made when the segment is complete. */
  readonly signature: number;
  readonly hasTimestamps: boolean;
  /** SACK blocks. */
  readonly blocks: number;
}

const NONE: SegmentOptions = { length: 0, signature: 0, hasTimestamps: false, blocks: 0 };
export const TIMESTAMPS_ALONE: SegmentOptions = {
  ...NONE,
  length: TIMESTAMPS_LENGTH,
  hasTimestamps: true,
};

/** TSval: how many ticks the host has been up, from where the connection has them begin. */
export function timestampValue(
  { timestampOffset }: { readonly timestampOffset: number },
  ticks: number,
): number {
  return (ticks + timestampOffset) >>> 0;
}

function hasNoOthers({ sackReport, ecn, signatureKey }: Tcb): boolean {
  return sackReport === undefined && ecn?.accurate === undefined && signatureKey === undefined;
}

function timestampsLength({ hasTimestamps }: Tcb): number {
  return hasTimestamps ? TIMESTAMPS_LENGTH : 0;
}

/** What the options take that each segment has. */
export function lastingOptionsLength(tcb: Tcb): number {
  return signatureLength(tcb) + timestampsLength(tcb);
}

/** What each segment's options take now. */
export function currentOptionsLength(tcb: Tcb): number {
  return hasNoOthers(tcb) ? timestampsLength(tcb) : lengthWithOthers(tcb);
}

function lengthWithOthers(tcb: Tcb): number {
  const others = lastingOptionsLength(tcb);
  const blocks = blocksBeside(tcb, others, sackBlockCount(tcb));
  return others + sackLength(blocks) + optionSpace(countersBeside(tcb, others, blocks), blocks);
}

/** The options of a segment with `length` octets from `seq` on, which is about to be made. */
export function optionsFor(tcb: Tcb, seq: Seq, length: number): SegmentOptions {
  if (hasNoOthers(tcb)) return tcb.hasTimestamps ? TIMESTAMPS_ALONE : NONE;
  return choose(tcb, seq, length);
}

function choose(tcb: Tcb, seq: Seq, length: number): SegmentOptions {
  const { hasTimestamps } = tcb;
  const signature = signatureLength(tcb);
  const others = signature + timestampsLength(tcb);
  const blocks = blocksBeside(tcb, others, sackBlockCount(tcb));
  const counters = planCounters(tcb, others, blocks, seq, length);
  return { length: others + counters + sackLength(blocks), signature, hasTimestamps, blocks };
}

/** How many SACK blocks there are room and reason for (RFC 2018 §3). */
export function sackBlockCount({ sackReport, hasTimestamps, signatureKey }: Tcb): number {
  if (sackReport === undefined) return 0;
  if (signatureKey !== undefined) return Math.min(sackReport.count, hasTimestamps ? 0 : 2);
  return Math.min(sackReport.count, hasTimestamps ? 3 : 4);
}

/** The octets of a SACK option with its two NOPs. */
function sackLength(blocks: number): number {
  return blocks === 0 ? 0 : 4 + 8 * blocks;
}

/** Writes the options chosen behind a header that ends at `start`: all but the signature. */
export function writeOptions(
  tcb: Tcb,
  options: SegmentOptions,
  frame: Uint8Array,
  start: number,
  now: Instant,
): void {
  const at = start + options.signature;
  if (options.hasTimestamps) {
    put32(frame, at, NOP_NOP_TIMESTAMPS);
    put32(frame, at + 4, timestampValue(tcb, tcb.services.timestampClock.ticks(now)));
    put32(frame, at + 8, tcb.tsRecent);
  }
  if (options !== TIMESTAMPS_ALONE && options !== NONE) {
    writeOthers(tcb, options, frame, start, now);
  }
}

/** SACK blocks and AccECN's counters. */
function writeOthers(
  tcb: Tcb,
  options: SegmentOptions,
  frame: Uint8Array,
  start: number,
  now: Instant,
): void {
  const at = start + options.signature + (options.hasTimestamps ? TIMESTAMPS_LENGTH : 0);
  const { blocks } = options;
  const sackAt = start + options.length - sackLength(blocks);
  if (blocks > 0) writeSack(frame, sackAt, tcb.sackReport?.take(blocks) ?? []);
  const accurate = tcb.ecn?.accurate;
  if (accurate === undefined) return;
  writeCounters(accurate, frame, at, sackAt + (blocks > 0 ? NOPS_BEFORE_SACK : 0), now);
}

function writeSack(frame: Uint8Array, at: number, blocks: readonly SackBlock[]): void {
  put32(frame, at, NOP_NOP_SACK);
  frame[at + 3] = 2 + 8 * blocks.length;
  let blockAt = at + 4;
  for (const { start, end } of blocks) {
    put32(frame, blockAt, seqToU32(start));
    put32(frame, blockAt + 4, seqToU32(end));
    blockAt += 8;
  }
}
