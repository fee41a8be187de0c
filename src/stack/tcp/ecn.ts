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
 */
import { type Ipv4Packet, type Seq, seqDiff, TcpFlag, type TcpSegment } from '../../wire/index.ts';
import { needsEcn } from './congestion/algorithms.ts';
import { Ecn } from './ecn-state.ts';
import type { Tcb } from './tcb.ts';

/** The ECN field of an IP header (RFC 3168 §5). */
export const EcnField = { notEct: 0, ect1: 1, ect0: 2, ce: 3 } as const;

/** The two bits of the octet that is the type of service otherwise. */
export const ECN_MASK = 3;
/** What a SYN asks by (§6.1.1). */
const SETUP = TcpFlag.ece | TcpFlag.cwr;

// Opening (RFC 3168 §6.1.1).

/** An active open: offers ECN if the host does so by itself, or the congestion control needs it. */
export function offerEcn(tcb: Tcb): void {
  const { mode } = tcb.profile.ecn;
  if (mode === 1 || needsEcn(tcb.congestionAlgorithm)) tcb.ecn = new Ecn();
}

/**
 * What our SYN asks, or our SYN,ACK answers. A repeated SYN goes without, lest that be what it is
 * dropped for (§6.1.1.1).
 */
export function synEcnFlags({ ecn, state, retransmissions, profile }: Tcb): number {
  if (ecn === undefined) return 0;
  if (state === 'SYN-RECEIVED') return TcpFlag.ece;
  return retransmissions > profile.ecn.offerRetries ? 0 : SETUP;
}

/** A passive open: the peer's SYN may offer ECN. One that is ECT itself offers something else. */
export function acceptEcn(tcb: Tcb, { tos }: Ipv4Packet, { flags }: TcpSegment): void {
  tcb.ecn = undefined;
  if ((flags & SETUP) !== SETUP) return;
  const isPlain = (tos & ECN_MASK) === EcnField.notEct;
  const isWanted = isPlain && tcb.profile.ecn.mode !== 0;
  if (isWanted || needsEcn(tcb.congestionAlgorithm)) tcb.ecn = new Ecn();
}

/** The answer to our SYN: a SYN,ACK agrees by ECE alone; a SYN that crossed ours, by both. */
export function agreeOnEcn(tcb: Tcb, { flags }: TcpSegment): void {
  const agrees = (flags & TcpFlag.ack) === 0 ? SETUP : TcpFlag.ece;
  if ((flags & SETUP) !== agrees) tcb.ecn = undefined;
}

// Sending.

/** ECE and CWR of a segment after the SYNs, whose octets up to `end` may be new. */
export function ecnFlags(tcb: Tcb, ecn: Ecn, start: Seq, length: number): number {
  let flags = ecn.echoes ? TcpFlag.ece : 0;
  if (ecn.owesCwr && isNewData(tcb, start, length)) {
    ecn.owesCwr = false;
    flags |= TcpFlag.cwr;
  }
  return flags;
}

/**
 * The ECN field of a segment: ECT(0) on new data only (§6.1.4, §6.1.5), since nobody would react
 * to marks on the rest; a data centre's control wants it on everything (RFC 8257 §3.1).
 */
export function ecnField(tcb: Tcb, start: Seq, length: number): number {
  const isCapable = isNewData(tcb, start, length) || needsEcn(tcb.congestionAlgorithm);
  return isCapable ? EcnField.ect0 : EcnField.notEct;
}

function isNewData({ snd }: Tcb, start: Seq, length: number): boolean {
  return length > 0 && start === snd.nxt;
}

// Reading acknowledgments (§6.1.2). How the window falls, `recovery.ts` says.

/** Segments whose delivery is told with ECE count as marked (Linux tcp_newly_delivered()). */
export function countMarked(tcb: Tcb, ecn: Ecn): void {
  const { recovery, congestion, snd, services } = tcb;
  const { ack, delivered } = recovery;
  if (ack.ece) {
    ecn.deliveredMarked += delivered - ack.priorDelivered;
    services.ip.counters.TcpExtTCPDeliveredCE += delivered - ack.priorDelivered;
  }
  congestion.acknowledged?.({
    delivered,
    marked: ecn.deliveredMarked,
    una: seqDiff(snd.una, snd.iss),
    next: seqDiff(snd.nxt, snd.iss),
  });
}
