/** What arrives a second time, for the sender to hear of: D-SACK (RFC 2883). */
import { type Seq, seqAdd, seqDiff, seqGt, seqLe, seqLt } from '../../../wire/index.ts';
import type { Tcb } from '../tcb.ts';
import { SackReport } from './sack-report.ts';

/**
 * Octets from `start` to `end` arrive: those of the first range that are here are a duplicate, and
 * so is the FIN, told of with them if it is behind them.
 */
export function reportOverlap(tcb: Tcb, start: Seq, end: Seq): void {
  const { rcv, receiveBuffer } = tcb;
  const held = receiveBuffer.firstHeld(seqDiff(start, rcv.nxt), seqDiff(end, rcv.nxt));
  const { fin } = rcv;
  const isFinHere = fin !== undefined && seqLe(start, fin) && seqGt(end, fin);
  const isFinFirst = isFinHere && (held === undefined || seqLt(fin, seqAdd(rcv.nxt, held.start)));
  if (isFinFirst) extendDuplicate(tcb, fin, seqAdd(fin, 1));
  if (held === undefined) return;
  const heldEnd = seqAdd(rcv.nxt, held.end);
  const withFin = isFinHere && heldEnd === fin ? 1 : 0;
  extendDuplicate(tcb, seqAdd(rcv.nxt, held.start), seqAdd(heldEnd, withFin));
}

/** What the next ACK reports as come twice (RFC 2883 §4). */
export function reportDuplicate(tcb: Tcb, start: Seq, end: Seq): void {
  if (!tcb.sendsSack || !tcb.profile.duplicateSack) return;
  const { counters } = tcb.services;
  if (seqLt(start, tcb.rcv.nxt)) counters.TcpExtTCPDSACKOldSent += 1;
  else counters.TcpExtTCPDSACKOfoSent += 1;
  tcb.sackReport ??= new SackReport();
  tcb.sackReport.setDuplicate(start, end);
}

function extendDuplicate(tcb: Tcb, start: Seq, end: Seq): void {
  if (tcb.sackReport?.hasDuplicate === true) tcb.sackReport.extendDuplicate(start, end);
  else reportDuplicate(tcb, start, end);
}
