/**
 * Explicit congestion notification (RFC 3168, RFC 8311): routers mark packets (CE) in place of
 * dropping them, the receiver echoes the mark (ECE), the sender slows down once a window and says
 * so (CWR).
 *
 *     sender  ── ECT(0) ──▶ router ── CE ──▶ receiver
 *             ◀───────────── ECE ───────────           on every ACK, until
 *             ── CWR, with the next new data ──▶       the sender has answered
 *
 * A connection has an {@link Ecn} only while both ends want it; without one nothing here runs.
 *
 * What §6.1.2 asks where a window of one segment is marked, to wait for the retransmission timer,
 * is not here, nor on Linux: a reduction leaves two segments at least (RFC 5681 §3.1, equation 4).
 */
import { type Seq, seqDiff, TcpFlag, type TcpOptionValues } from '../../../wire/index.ts';
import { aceFlags, AccurateFailure, reflectionOf } from './accurate-ecn.ts';
import { newlyMarked } from './accurate-sender.ts';
import { needsEcn } from '../congestion/algorithms.ts';
import { EcnField } from './ecn-field.ts';
import type { Ecn } from './ecn-state.ts';
import type { Tcb } from '../tcb.ts';

// Sending.

/**
 * ECE and CWR of a segment after the SYNs, whose octets from `start` on may be new; or ACE, which
 * in a bare ACK of a SYN,ACK reflects how that arrived (RFC 9768 §3.2.2.1).
 *
 * @param isBare an ACK without data, FIN and SACK blocks
 */
export function ecnFlags(tcb: Tcb, ecn: Ecn, start: Seq, length: number, isBare: boolean): number {
  const { accurate } = ecn;
  if (accurate !== undefined) {
    const reflects = accurate.owesReflection && isBare;
    accurate.owesReflection = false;
    return aceFlags(reflects ? reflectionOf(accurate.peerSynField) : accurate.count());
  }
  let flags = ecn.echoes ? TcpFlag.ece : 0;
  if (ecn.owesCwr && isNewData(tcb, start, length)) {
    ecn.owesCwr = false;
    flags |= TcpFlag.cwr;
  }
  return flags;
}

const PATH_FAILURES = AccurateFailure.aceSent | AccurateFailure.aceReceived;

/**
 * The ECN field of a segment: ECT(0) on new data only (§6.1.4, §6.1.5), since nobody would react
 * to marks on the rest; a data centre's control wants it on everything (RFC 8257 §4.1), and AccECN
 * feeds back the marks of everything. It is not used where the peer may not know of ECN (RFC 3168
 * §6.1.1), or where marks may get lost (RFC 9768 §3.1.5).
 */
export function ecnField(tcb: Tcb, ecn: Ecn, start: Seq, length: number): EcnField {
  const { accurate } = ecn;
  if (accurate?.has(PATH_FAILURES) === true) return EcnField.notEct;
  if (accurate === undefined && ecn.hasPlainSyn && !tcb.profile.ecn.ectAfterPlainSyn) {
    return EcnField.notEct;
  }
  const isAlways = accurate !== undefined && tcb.profile.ecn.marksEverything;
  const isCapable = isAlways || isNewData(tcb, start, length) || needsEcn(tcb.congestionAlgorithm);
  return isCapable ? EcnField.ect0 : EcnField.notEct;
}

function isNewData({ snd }: Tcb, start: Seq, length: number): boolean {
  return length > 0 && start === snd.nxt;
}

// Reading acknowledgments (§6.1.2). How the window falls, `recovery.ts` says.

/**
 * Segments whose delivery is told with ECE count as marked (Linux tcp_newly_delivered()); with
 * AccECN as many as the peer says, in an acknowledgment that no later one has overtaken.
 */
export function countMarked(tcb: Tcb, ecn: Ecn, options: TcpOptionValues, mss: number): void {
  const { recovery, congestion, snd, services } = tcb;
  const { ack, delivered } = recovery;
  const newly = delivered - ack.priorDelivered;
  const { accurate } = ecn;
  let marked = ack.ece ? newly : 0;
  if (accurate !== undefined) {
    const isNews = ack.advanced || ack.sacked || accurate.isLater;
    const option = options.accurateEcn;
    marked = isNews ? newlyMarked(tcb, ecn, accurate, ack.ace, option, newly, mss) : 0;
    ack.ece = marked > 0;
  }
  ecn.deliveredMarked += marked;
  services.counters.TcpExtTCPDeliveredCE += marked;
  congestion.acknowledged?.({
    delivered,
    marked: ecn.deliveredMarked,
    una: seqDiff(snd.una, snd.iss),
    next: seqDiff(snd.nxt, snd.iss),
  });
}
