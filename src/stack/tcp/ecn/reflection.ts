/**
 * How the SYN,ACK arrived, and the SYN: with AccECN each end tells the other in the handshake (RFC
 * 9768 §3.2.2.1), which shows whether the way rewrites the ECN field (§3.2.2.3), and whether it is
 * congested already (§3.2.2.2).
 *
 *     SYN,ACK          ACE: how the SYN arrived
 *     the ACK of it    ACE: how the SYN,ACK arrived; in all that follows it is a count
 */
import {
  segmentLength,
  seqAdd,
  TcpFlag,
  type TcpOptionValues,
  type TcpSegment,
} from '../../../wire/index.ts';
import type { IpPacket } from '../../ip/ip-layer.ts';
import { type AccurateEcn, AccurateFailure, aceOf, reflectedField } from './accurate-ecn.ts';
import { countMark } from './accurate-receiver.ts';
import { seeOption } from './accurate-sender.ts';
import { EcnField, ecnFieldOf, isValidTransition } from './ecn-field.ts';
import type { Ecn } from './ecn-state.ts';
import { enterReduction } from '../recovery/phases.ts';
import { beSender, type Tcb } from '../tcb.ts';

/** The peer's SYN,ACK, which agrees: the bare ACK of it tells how it arrived. */
export function takeSynAck(
  tcb: Tcb,
  accurate: AccurateEcn,
  packet: IpPacket,
  seg: TcpSegment,
  options: TcpOptionValues,
): void {
  noteSynAck(accurate, packet, options);
  judgeReflection(tcb, accurate, aceOf(seg.flags));
}

function noteSynAck(accurate: AccurateEcn, packet: IpPacket, options: TcpOptionValues): void {
  const field = ecnFieldOf(packet);
  accurate.peerSynField = field;
  accurate.lastField = field;
  accurate.owesReflection = true;
  seeOption(accurate, options.accurateEcn);
  if (field !== EcnField.ce || accurate.isSynAckCounted) return;
  accurate.isSynAckCounted = true;
  countMark(accurate);
}

/**
 * A SYN,ACK that comes once more, before anything else: the ACK of it was lost. If there will be
 * another it tells how the latest arrived.
 */
export function synAckAgain(
  { ecn, rcv, ackOwed }: Tcb,
  packet: IpPacket,
  { flags, seq }: TcpSegment,
  options: TcpOptionValues,
): void {
  const accurate = ecn?.accurate;
  if (accurate === undefined || (flags & TcpFlag.ack) === 0) return;
  if (seq !== rcv.irs || rcv.nxt !== seqAdd(seq, 1)) return;
  if (reflectedField(aceOf(flags)) === undefined) return; // it has given AccECN up
  noteSynAck(accurate, packet, options);
  accurate.owesReflection = ackOwed !== undefined;
}

/**
 * The first acknowledgment of our SYN,ACK. Without data its ACE is no count: it reflects how the
 * SYN,ACK arrived, and 0 means that the peer does not count at all (§3.2.2.1, table 4). Where both
 * have opened the peer's SYN,ACK comes first.
 */
export function checkHandshakeAck(
  tcb: Tcb,
  ecn: Ecn,
  accurate: AccurateEcn,
  packet: IpPacket,
  seg: TcpSegment,
  options: TcpOptionValues,
): void {
  const ace = aceOf(seg.flags);
  accurate.awaitsReflection = (seg.flags & TcpFlag.syn) !== 0;
  if (accurate.awaitsReflection) {
    takeSynAck(tcb, accurate, packet, seg, options);
    return;
  }
  seeOption(accurate, options.accurateEcn);
  if (segmentLength(seg) > 0 || options.sack.length > 0) return;
  if (ace === 0) {
    accurate.failures |= AccurateFailure.aceReceived | AccurateFailure.optionReceived;
    accurate.ignoresFeedback = true;
    return;
  }
  if (reflectedField(ace) === EcnField.ce) ecn.deliveredMarked = 1;
  judgeReflection(tcb, accurate, ace);
}

/**
 * What the peer saw on our SYN or SYN,ACK. If that cannot be, something on the way rewrites the
 * field (§3.2.2.3); a mark is heeded all the same, as congestion it stands for may be real.
 */
function judgeReflection(tcb: Tcb, accurate: AccurateEcn, ace: number): void {
  const seen = reflectedField(ace);
  if (seen === undefined) return;
  const { testsPath } = tcb.profile.ecn;
  if (testsPath && !isValidTransition(accurate.synField, seen)) {
    accurate.failures |= AccurateFailure.aceReceived;
  }
  if (seen === EcnField.ce) reduceFirstWindow(tcb);
}

/** The way is congested already: the first window is as large as after a mark (§3.2.2.2). */
function reduceFirstWindow(tcb: Tcb): void {
  beSender(tcb);
  enterReduction(tcb);
  const { window, congestion } = tcb;
  if (congestion.control === undefined) window.cwnd = Math.min(window.cwnd, window.ssthresh);
}
