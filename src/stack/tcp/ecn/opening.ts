/**
 * How two ends agree on ECN: by the bits of their SYNs (RFC 3168 §6.1.1, RFC 9768 §3.1). The SYN
 * says what it would like best, the SYN,ACK what it will be.
 *
 *     SYN      AE CWR ECE       AccECN         SYN,ACK  how the SYN's ECN field arrived: AccECN
 *                 CWR ECE       ECN                              ECE: ECN
 *                 (none)                                         (none): none
 *
 * What AccECN's handshake tells beside that is `reflection.ts`.
 */
import { TcpFlag, type TcpOptionValues, type TcpSegment } from '../../../wire/index.ts';
import { type Cause, cause } from '../../cause.ts';
import type { IpPacket } from '../../ip/ip-layer.ts';
import { AccurateEcn, AccurateFailure, aceFlags, aceOf, reflectionOf } from './accurate-ecn.ts';
import { needsEcn } from '../congestion/algorithms.ts';
import { EcnField, ecnFieldOf } from './ecn-field.ts';
import { Ecn } from './ecn-state.ts';
import { takeSynAck } from './reflection.ts';
import type { Tcb } from '../tcb.ts';

export const TWO_MODES: Cause = cause(
  'two-ecn-modes',
  'a SYN asked for AccECN, another for ECN: who got which is not certain',
  'RFC 9768 §3.1.5',
);

/** What a SYN asks for ECN by (RFC 3168 §6.1.1). */
const SETUP = TcpFlag.ece | TcpFlag.cwr;
/** The same as ACE. Any other bits ask for AccECN (RFC 9768 §3.1.2, §3.1.3). */
const CLASSIC_OFFER = 0b011;
/** Bits beside those that a newer ECN than RFC 3168's may ask by: AE, and what is reserved. */
const NEWER_OFFER = 0xf00;
/**
 * ACE of a SYN,ACK that does not agree to AccECN: no ECN, ECN, and what a broken server returns of
 * our SYN. The one that reflects nothing, 101, is reserved, and agrees (RFC 9768 §3.1.3).
 */
const ANSWER = { none: 0b000, classic: 0b001, broken: 0b111 } as const;
/** From here on tcp_ecn accepts AccECN. */
const ACCURATE_MODE = 3;
/** A SYN,ACK that is repeated because of so many timeouts gives ECN up (RFC 9768 §3.2.3.2.2). */
const PLAIN_SYN_ACK_FROM = 2;

function asksForAccurate(ace: number): boolean {
  return ace !== 0 && ace !== CLASSIC_OFFER;
}

/** An active open: offers ECN if the host does so by itself, or it is needed on this way. */
export function offerEcn(tcb: Tcb): void {
  const { mode } = tcb.profile.ecn;
  const isOffered = mode === 1 || mode === 3 || mode === 4;
  if (!isOffered && !isWanted(tcb)) return;
  tcb.ecn = new Ecn();
  if (mode === ACCURATE_MODE) tcb.ecn.accurate = new AccurateEcn();
}

/** The congestion control needs ECN, or the route has it used (`ip route … features ecn`). */
function isWanted({ congestionAlgorithm, route }: Tcb): boolean {
  return needsEcn(congestionAlgorithm) || route.metrics.usesEcn;
}

/**
 * What our SYN asks, or our SYN,ACK answers. A SYN that is repeated goes without in the end, lest
 * that be what it is dropped for (RFC 3168 §6.1.1.1, RFC 9768 §3.1.4.1).
 */
export function synEcnFlags(tcb: Tcb): number {
  const { ecn, state, retransmissions, profile } = tcb;
  if (ecn === undefined) return 0;
  const { accurate } = ecn;
  if (accurate === undefined) {
    if (state !== 'SYN-SENT') return TcpFlag.ece;
    if (retransmissions <= profile.ecn.offerRetries) return SETUP;
    ecn.hasPlainSyn = true;
    return 0;
  }
  if (state === 'SYN-SENT') {
    return retransmissions > profile.ecn.accurateOfferRetries ? 0 : SETUP | TcpFlag.ae;
  }
  accurate.synAcks += 1;
  if (retransmissions < PLAIN_SYN_ACK_FROM) return aceFlags(reflectionOf(accurate.peerSynField));
  accurate.failures |= AccurateFailure.aceSent;
  return 0;
}

/**
 * The ECN field of a SYN or SYN,ACK: not ECT (RFC 3168 §6.1.1), unless the congestion control is a
 * data centre's (RFC 8257 §3.6).
 */
export function synEcnField({ ecn, congestionAlgorithm }: Tcb): EcnField {
  const field = needsEcn(congestionAlgorithm) ? EcnField.ect0 : EcnField.notEct;
  if (ecn === undefined) return EcnField.notEct;
  if (ecn.accurate !== undefined) ecn.accurate.synField = field;
  return field;
}

/** A passive open: the peer's SYN may offer ECN. One that is ECT itself offers something else. */
export function acceptEcn(tcb: Tcb, packet: IpPacket, { flags }: TcpSegment): void {
  const { mode } = tcb.profile.ecn;
  tcb.ecn = undefined;
  const ace = aceOf(flags);
  if (mode >= ACCURATE_MODE && asksForAccurate(ace)) {
    tcb.ecn = new Ecn();
    beginAccurate(tcb.ecn, new AccurateEcn(), ecnFieldOf(packet));
  } else if ((flags & SETUP) === SETUP) {
    // Who asks for more than is known here may well send its SYN as ECT (Linux).
    const isPlain = ecnFieldOf(packet) === EcnField.notEct || (flags & NEWER_OFFER) !== 0;
    const isTaken = mode !== 0 || tcb.route.metrics.usesEcn;
    if ((isPlain && isTaken) || needsEcn(tcb.congestionAlgorithm)) tcb.ecn = new Ecn();
  }
  if (tcb.ecn !== undefined) tcb.ecn.peerOffer = ace;
}

/** Reflects how a SYN arrived (RFC 9768 §3.1.1, table 2). */
function isAccurateAnswer(ace: number): boolean {
  return ace === 0b010 || ace === 0b011 || ace === 0b100 || ace === 0b110;
}

function beginAccurate(ecn: Ecn, accurate: AccurateEcn, synField: EcnField): void {
  ecn.accurate = accurate;
  accurate.peerSynField = synField;
  accurate.lastField = synField;
}

/**
 * The ACK of a SYN cookie. Of AccECN it tells by itself, as nobody else would set ACE to 2 or more
 * (RFC 9768 §5.1), if our SYN,ACK may have agreed to any; of ECN something else has to.
 */
export function resumeEcn(
  tcb: Tcb,
  { flags }: TcpSegment,
  mayHaveAgreed: boolean,
  hasEcn: boolean,
): void {
  const { mode } = tcb.profile.ecn;
  if (mayHaveAgreed && mode >= ACCURATE_MODE && aceOf(flags) > ANSWER.classic) {
    tcb.ecn = new Ecn();
    tcb.ecn.accurate = new AccurateEcn();
  } else if (hasEcn && (mode !== 0 || isWanted(tcb))) {
    tcb.ecn = new Ecn();
  }
}

/**
 * The peer's SYN again, while ours is not acknowledged: what the first agreed on stays, but how the
 * latest arrived is told (RFC 9768 §3.1.5). Says why both must give up, if they must.
 */
export function acceptEcnAgain(
  tcb: Tcb,
  packet: IpPacket,
  { flags }: TcpSegment,
): Cause | undefined {
  const { ecn, profile } = tcb;
  if (ecn === undefined) return undefined;
  if ((flags & SETUP) !== SETUP) ecn.hasPlainSyn = true;
  if (profile.ecn.mode < ACCURATE_MODE) return undefined;
  const { accurate } = ecn;
  const ace = aceOf(flags);
  const isOther =
    ace === CLASSIC_OFFER
      ? asksForAccurate(ecn.peerOffer)
      : asksForAccurate(ace) && ecn.peerOffer === CLASSIC_OFFER;
  if (isOther) return TWO_MODES;
  if (accurate === undefined) return undefined;
  accurate.peerSynField = ecnFieldOf(packet);
  // Has the peer given ECN up? It may not count what is marked.
  if (ace === 0) accurate.failures |= AccurateFailure.aceReceived;
  return undefined;
}

/** The answer to our SYN, or the SYN of one who opens, too (RFC 9768 §3.1.1 and §3.1.2). */
export function agreeOnEcn(
  tcb: Tcb,
  ecn: Ecn,
  packet: IpPacket,
  seg: TcpSegment,
  options: TcpOptionValues,
): void {
  const ace = aceOf(seg.flags);
  const isAnswer = (seg.flags & TcpFlag.ack) !== 0;
  if (isAnswer && isAccurateAnswer(ace) && tcb.profile.ecn.answerMayBeAccurate) {
    ecn.accurate ??= new AccurateEcn();
  }
  const { accurate } = ecn;
  if (!isAnswer) {
    ecn.peerOffer = ace;
    if (accurate !== undefined && asksForAccurate(ace)) {
      beginAccurate(ecn, accurate, ecnFieldOf(packet));
      return;
    }
    ecn.accurate = undefined;
    if ((seg.flags & SETUP) !== SETUP) tcb.ecn = undefined;
  } else if (accurate === undefined || ace === ANSWER.classic) {
    ecn.accurate = undefined;
    if ((seg.flags & SETUP) !== TcpFlag.ece) tcb.ecn = undefined;
  } else if (ace === ANSWER.none || ace === ANSWER.broken) {
    tcb.ecn = undefined;
  } else {
    accurate.demand = 2; // on the ACK of this, and on the first data (§3.2.3.2.1)
    takeSynAck(tcb, accurate, packet, seg, options);
  }
}
