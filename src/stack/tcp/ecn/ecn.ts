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
import { type Seq, seqDiff, TcpFlag, type TcpSegment } from '../../../wire/index.ts';
import type { IpPacket } from '../../ip/ip-layer.ts';
import { AccurateEcn, aceOf, reflectedField } from './accurate-ecn.ts';
import { needsEcn } from '../congestion/algorithms.ts';
import { EcnField } from './ecn-field.ts';
import { Ecn } from './ecn-state.ts';
import type { Tcb } from '../tcb.ts';

/** The two bits of the octet that is the type of service otherwise. */
export const ECN_MASK = 3;
/** What a SYN asks by (§6.1.1). */
const SETUP = TcpFlag.ece | TcpFlag.cwr;
/** The same as ACE: what asks for the older ECN. Other bits ask for AccECN (RFC 9768 §3.1.2). */
const CLASSIC_OFFER = 0b011;
/** Bits beside those that a newer ECN than RFC 3168's may ask by: AE, and what is reserved. */
const NEWER_OFFER = 0xf00;

// Opening (RFC 3168 §6.1.1).

/** An active open: offers ECN if the host does so by itself, or the congestion control needs it. */
export function offerEcn(tcb: Tcb): void {
  const { mode } = tcb.profile.ecn;
  const isOffered = mode === 1 || mode === 3 || mode === 4;
  if (!isOffered && !needsEcn(tcb.congestionAlgorithm)) return;
  tcb.ecn = new Ecn();
  if (mode === 3) tcb.ecn.accurate = new AccurateEcn();
}

/**
 * What our SYN asks, or our SYN,ACK answers. A repeated SYN goes without, lest that be what it is
 * dropped for (§6.1.1.1).
 */
export function synEcnFlags({ ecn, state, retransmissions, profile }: Tcb): number {
  if (ecn === undefined) return 0;
  const { accurate } = ecn;
  if (state !== 'SYN-SENT') return accurate === undefined ? TcpFlag.ece : accurate.flags(true);
  if (retransmissions > profile.ecn.offerRetries) return 0;
  return accurate === undefined ? SETUP : SETUP | TcpFlag.ae;
}

/** A passive open: the peer's SYN may offer ECN. One that is ECT itself offers something else. */
export function acceptEcn(tcb: Tcb, { tos }: IpPacket, { flags }: TcpSegment): void {
  tcb.ecn = undefined;
  const isAccurate = (flags & (SETUP | TcpFlag.ae)) !== 0 && aceOf(flags) !== CLASSIC_OFFER;
  if (isAccurate && tcb.profile.ecn.mode >= 3) {
    tcb.ecn = new Ecn();
    tcb.ecn.accurate = new AccurateEcn();
    tcb.ecn.accurate.reflects = tos & ECN_MASK;
    return;
  }
  if ((flags & SETUP) !== SETUP) return;
  // Who asks for more than is known here may well send its SYN as ECT (Linux).
  const isPlain = (tos & ECN_MASK) === EcnField.notEct || (flags & NEWER_OFFER) !== 0;
  const isWanted = isPlain && tcb.profile.ecn.mode !== 0;
  if (isWanted || needsEcn(tcb.congestionAlgorithm)) tcb.ecn = new Ecn();
}

/**
 * The answer to our SYN: a SYN,ACK agrees to ECN by ECE alone; a SYN that crossed ours, by both. To
 * AccECN it agrees by what it says of the ECN field of our SYN (RFC 9768 §3.1.1, table 2).
 */
export function agreeOnEcn(tcb: Tcb, ecn: Ecn, { tos }: IpPacket, seg: TcpSegment): void {
  const { flags } = seg;
  const isAnswer = (flags & TcpFlag.ack) !== 0;
  if (ecn.accurate !== undefined) {
    const ace = aceOf(flags);
    const isOlder = ace === 0b001 || ace === 0b101 || !isAnswer;
    if (!isOlder && ace !== 0 && ace !== 0b111) {
      ecn.accurate.reflects = tos & ECN_MASK;
      ecn.accurate.readOption(seg);
      if (isMangled(tcb, ace)) ecn.accurate.hasFailed = true;
      else if ((tos & ECN_MASK) === EcnField.ce) ecn.accurate.synAckMarked();
      return;
    }
    ecn.accurate = undefined;
    if (ace === 0b101) return; // the nonce of RFC 3540: ECN, too
  }
  if ((flags & SETUP) !== (isAnswer ? TcpFlag.ece : SETUP)) tcb.ecn = undefined;
}

/**
 * The first acknowledgment of our SYN,ACK: ACE of 0 shows that something cleared the bits (RFC 9768
 * §3.2.2.4); else, without data, it reflects how the SYN,ACK arrived (table 4).
 */
export function checkHandshakeAck(tcb: Tcb, { flags, payloadLength }: TcpSegment): void {
  const { ecn } = tcb;
  if (ecn?.accurate === undefined) return;
  ecn.accurate.reflects = undefined;
  const ace = aceOf(flags);
  if (ace === 0 || (payloadLength === 0 && isMangled(tcb, ace))) ecn.accurate.hasFailed = true;
  else if (payloadLength === 0 && reflectedField(ace) === EcnField.ce) ecn.deliveredMarked = 1;
}

/**
 * Whether the peer has seen another ECN field on our SYN or SYN,ACK than was sent, Not-ECT. Then
 * something on the way rewrites the field, and marks mean nothing (RFC 9768 §3.2.2.3).
 */
function isMangled({ profile }: Tcb, ace: number): boolean {
  const field = reflectedField(ace);
  return profile.ecn.testsPath && field !== undefined && field !== EcnField.notEct;
}

// Sending.

/** ECE and CWR of a segment after the SYNs, whose octets up to `end` may be new. */
export function ecnFlags(tcb: Tcb, ecn: Ecn, start: Seq, length: number): number {
  const { accurate } = ecn;
  if (accurate !== undefined) {
    const ace = accurate.flags(length === 0);
    accurate.reflects = undefined;
    return ace;
  }
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
export function ecnField(tcb: Tcb, ecn: Ecn, start: Seq, length: number): number {
  if (ecn.accurate !== undefined) return ecn.accurate.hasFailed ? EcnField.notEct : EcnField.ect0;
  const isCapable = isNewData(tcb, start, length) || needsEcn(tcb.congestionAlgorithm);
  return isCapable ? EcnField.ect0 : EcnField.notEct;
}

function isNewData({ snd }: Tcb, start: Seq, length: number): boolean {
  return length > 0 && start === snd.nxt;
}

// Reading acknowledgments (§6.1.2). How the window falls, `recovery.ts` says.

/** Segments whose delivery is told with ECE count as marked (Linux tcp_newly_delivered()). */
export function countMarked(tcb: Tcb, ecn: Ecn, mss: number): void {
  const { recovery, congestion, snd, services } = tcb;
  const { ack, delivered } = recovery;
  const newly = delivered - ack.priorDelivered;
  const { accurate, deliveredMarked: known } = ecn;
  let marked = ack.ece ? newly : 0;
  if (accurate !== undefined) {
    const isProgress = ack.advanced || ack.sacked;
    marked = isProgress ? accurate.newlyMarked(ack.ace, known, newly, ack.markedOctets, mss) : 0;
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
