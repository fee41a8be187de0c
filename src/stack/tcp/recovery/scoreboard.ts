/**
 * Reading SACK blocks (RFC 2018 §5, RFC 2883, RFC 6675 Update()): which segments the peer has,
 * which arrived twice, and whether the network changed their order.
 */
import { type Seq, seqDiff, seqGe, seqGt, seqLe, seqLt, toSeq, u32 } from '../../../wire/index.ts';
import type { Instant } from '../../time.ts';
import type { AckReport } from './ack-report.ts';
import { effectiveSendMss, usualSendMss } from '../open/negotiate.ts';
import { NONE } from './ordered-slots.ts';
import { noteDelivery } from './rack.ts';
import { EVER_RETRANSMITTED, LOST, RETRANSMITTED, SACKED } from './sent-segments.ts';
import type { Tcb } from '../tcb.ts';

const BLOCK_LENGTH = 8;

/** Takes in the blocks of a SACK option, eight octets each. */
export function readSackBlocks(tcb: Tcb, blocks: Uint8Array, ack: Seq, now: Instant): void {
  const { recovery, sent } = tcb;
  const report = recovery.ack;
  let from = 0;
  const hasDuplicate = isDuplicateReport(blocks, ack);
  if (hasDuplicate) {
    from = BLOCK_LENGTH;
    takeDuplicate(tcb, startOf(blocks, 0), endOf(blocks, 0), now);
  }
  let at = lowestBlock(blocks, from, ack);
  while (at >= 0) {
    const start = startOf(blocks, at);
    const end = endOf(blocks, at);
    if (isPlausible(tcb, start, end, ack)) sackRange(tcb, start, end, now);
    at = lowestBlock(blocks, from, start);
  }
  if (sent.sacked === 0) return;
  const { reorderedFrom } = report;
  if (
    reorderedFrom !== undefined &&
    (recovery.phase !== 'Loss' || recovery.undoFrom !== undefined)
  ) {
    noteReordering(tcb, reorderedFrom, 'TcpExtTCPSACKReorder');
  }
}

/**
 * Of the blocks that begin behind `after`, where the lowest is; −1 for none. A block stands first
 * when it tells the latest news (RFC 2018 §4): read in that order, what one ACK tells all at once
 * would look as if the network had changed its order (Linux tcp_sacktag_write_queue()).
 */
function lowestBlock(blocks: Uint8Array, from: number, after: Seq): number {
  let lowest = -1;
  for (let at = from; at + BLOCK_LENGTH <= blocks.length; at += BLOCK_LENGTH) {
    const start = startOf(blocks, at);
    if (!seqGt(start, after)) continue;
    if (lowest < 0 || seqLt(start, startOf(blocks, lowest))) lowest = at;
    else if (start === startOf(blocks, lowest) && seqGt(endOf(blocks, at), endOf(blocks, lowest)))
      lowest = at;
  }
  return lowest;
}

function startOf(blocks: Uint8Array, at: number): Seq {
  return toSeq(u32(blocks, at));
}

function endOf(blocks: Uint8Array, at: number): Seq {
  return toSeq(u32(blocks, at + 4));
}

/** RFC 2883 §4: the first block tells of a duplicate below the ACK, or inside the second block. */
function isDuplicateReport(blocks: Uint8Array, ack: Seq): boolean {
  if (blocks.length < BLOCK_LENGTH) return false;
  const start = startOf(blocks, 0);
  if (seqLt(start, ack)) return true;
  if (blocks.length < 2 * BLOCK_LENGTH) return false;
  return (
    seqLe(endOf(blocks, 0), endOf(blocks, BLOCK_LENGTH)) &&
    seqGe(start, startOf(blocks, BLOCK_LENGTH))
  );
}

/**
 * A block is of octets in flight, or the peer speaks of what was never sent (RFC 2018 §5). One that
 * begins where `ack` is makes no sense: that would be acknowledged (tcp_is_sackblock_valid()).
 */
function isPlausible({ snd }: Tcb, start: Seq, end: Seq, ack: Seq): boolean {
  return seqLt(start, end) && seqLe(end, snd.nxt) && seqLt(start, snd.nxt) && seqGt(start, ack);
}

/**
 * The peer has got something twice. If it was sent twice, the second time was needless: count that
 * towards an undo, and let RACK wait longer next time (RFC 8985 §6.2 step 4).
 */
function takeDuplicate(tcb: Tcb, start: Seq, end: Seq, now: Instant): void {
  if (!seqLt(start, end) || seqGt(end, tcb.snd.nxt)) return;
  if (tcb.deliveryRate === undefined) return; // but for its SYN it has sent nothing
  const { recovery } = tcb;
  const report = recovery.ack;
  const segments = Math.max(1, Math.ceil(seqDiff(end, start) / usualSendMss(tcb)));
  recovery.duplicatesReported += segments;
  const { counters } = tcb.services;
  counters.TcpExtTCPDSACKRecv += 1;
  // More duplicates than retransmissions are the network's doing.
  if (recovery.duplicatesReported > tcb.counts.retransmissions) {
    counters.TcpExtTCPDSACKIgnoredDubious += 1;
    return;
  }
  counters.TcpExtTCPDSACKRecvSegs += segments;
  report.dsack = true;
  recovery.delivered += segments; // a needless copy was delivered, too (tcp_dsack_seen())
  if (recovery.isProbing && recovery.probeIsRetransmission && end === recovery.probeEnd) {
    report.dsackOfProbe = true;
  } else {
    recovery.dsackSeen = true;
  }
  const { undoFrom } = recovery;
  const counts = undoFrom !== undefined && recovery.undoRetransmissions > 0;
  if (counts && seqLe(end, report.priorUna) && seqGt(end, undoFrom)) {
    recovery.undoRetransmissions = Math.max(0, recovery.undoRetransmissions - segments);
  }
  forgetRetransmissions(tcb, start, end, now);
}

/**
 * A duplicate of what is still in flight: both copies have arrived, of which the scoreboard may
 * know none (Linux tcp_sacktag_one()).
 */
function forgetRetransmissions(tcb: Tcb, start: Seq, end: Seq, now: Instant): void {
  const { sent, recovery } = tcb;
  if (!isPlausible(tcb, start, end, tcb.snd.una)) return;
  let i = firstCovered(tcb, start);
  for (; i !== NONE && seqLe(sent.endOf(i), end); i = sent.next(i)) {
    if (sent.is(i, EVER_RETRANSMITTED)) {
      if (recovery.undoFrom !== undefined && recovery.undoRetransmissions > 0) {
        recovery.undoRetransmissions -= 1;
      }
      if (sent.is(i, SACKED)) reorderedAt(recovery.ack, sent.startOf(i));
    }
    if (!sent.is(i, SACKED)) sackSegment(tcb, i, now);
    sent.unmark(i, RETRANSMITTED);
  }
}

/** The first segment that begins at `start` or behind it. */
function firstCovered({ sent }: Tcb, start: Seq): number {
  if (seqLe(start, sent.start)) return sent.first;
  const segment = sent.find(start);
  return sent.startOf(segment) === start ? segment : sent.next(segment);
}

/** Marks the segments that lie wholly inside a block. What is known of it already is skipped. */
function sackRange(tcb: Tcb, start: Seq, end: Seq, now: Instant): void {
  const { sent } = tcb;
  if (sent.count === 0) return;
  let i = firstCovered(tcb, start);
  while (i !== NONE && seqLe(sent.endOf(i), end)) {
    if (!sent.is(i, SACKED)) sackSegment(tcb, i, now);
    i = sent.next(sent.lastOfRun(i));
  }
}

function sackSegment(tcb: Tcb, segment: number, now: Instant): void {
  const { sent, recovery } = tcb;
  const report = recovery.ack;
  const sentAt = sent.sentAt(segment);
  const end = sent.endOf(segment);
  noteDelivery(recovery, tcb.rtt, sent, segment, now);
  tcb.deliveryRate?.segmentDelivered(tcb, segment);
  if (!sent.is(segment, EVER_RETRANSMITTED)) {
    const start = sent.startOf(segment);
    // Sent once, and it fills a hole below what is sacked: it was overtaken.
    if (sent.sacked > 0 && seqLt(start, recovery.highestSacked)) reorderedAt(report, start);
    if (seqLe(end, recovery.point)) report.ackedOriginal = true;
    if (report.firstSackedAt < 0) report.firstSackedAt = sentAt;
    report.lastSackedAt = sentAt;
  }
  if (sent.sacked === 0 || seqGt(end, recovery.highestSacked)) recovery.highestSacked = end;
  // A copy of what does not count as lost is believed to be still under way.
  const isLost = sent.is(segment, LOST);
  sent.mark(segment, SACKED, isLost ? LOST | RETRANSMITTED : 0);
  report.sacked = true;
  recovery.delivered += 1;
}

/** A segment from `start` on arrived after later ones. */
export function reorderedAt(report: AckReport, start: Seq): void {
  if (report.reorderedFrom === undefined || seqLt(start, report.reorderedFrom)) {
    report.reorderedFrom = start;
  }
}

/** The network has changed the order by as much as lies between `from` and what is sacked. */
export function noteReordering(
  tcb: Tcb,
  from: Seq,
  counter: 'TcpExtTCPSACKReorder' | 'TcpExtTCPTSReorder',
): void {
  const { recovery } = tcb;
  const distance = seqDiff(highestSacked(tcb), from);
  if (distance <= 0) return;
  const mss = effectiveSendMss(tcb);
  if (distance > recovery.reordering * mss) {
    const { reorderingMost } = tcb.profile.lossRecovery;
    recovery.reordering = Math.min(Math.ceil(distance / mss), reorderingMost);
  }
  recovery.reorderingsSeen += 1;
  tcb.services.counters[counter] += 1;
}

/** Where the highest sacked segment ends; SND.UNA when none is. */
export function highestSacked({ sent, recovery, snd }: Tcb): Seq {
  return sent.sacked === 0 ? snd.una : recovery.highestSacked;
}
