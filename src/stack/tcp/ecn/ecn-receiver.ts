/**
 * The receiver's side of ECN: marks that arrive with data become ECE on acknowledgments (RFC 3168
 * §6.1.3, RFC 8257 §3.2).
 */
import { TcpFlag, type TcpSegment } from '../../../wire/index.ts';
import type { IpPacket } from '../../ip/ip-layer.ts';
import { cause } from '../../cause.ts';
import { type Instant, NEVER } from '../../time.ts';
import { quickPhase } from '../receive/ack-policy.ts';
import { needsEcn } from '../congestion/algorithms.ts';
import { EcnField, ecnFieldOf } from './ecn-field.ts';
import type { Ecn } from './ecn-state.ts';
import type { Tcb } from '../tcb.ts';
import { transmit } from '../send/transmit.ts';

const CWR_RECEIVED = cause(
  'cwr-received',
  'the sender has slowed down, perhaps to one segment: no delay',
  'RFC 3168 §6.1.3, Linux tcp_ecn_accept_cwr()',
);
const MARK_BEGINS = cause('ce-begins', 'packets are marked from here on', 'RFC 8257 §3.2');
const MARK_ENDS = cause('ce-ends', 'packets are not marked any more', 'RFC 8257 §3.2');

/** Segments that are acknowledged at once after a mark, at most (Linux tcp_data_ecn_check()). */
const QUICK_ACKS = 2;

/** A segment of data that was accepted, before its text is taken. */
export function readEcnField(
  tcb: Tcb,
  ecn: Ecn,
  packet: IpPacket,
  segmentSize: number,
  now: Instant,
): void {
  if (ecn.accurate !== undefined) return; // it counts every packet
  const field = ecnFieldOf(packet);
  const isMarked = field === EcnField.ce;
  const quick = Math.min(QUICK_ACKS, quickPhase(tcb, segmentSize));
  if (field === EcnField.notEct) {
    // Where others were ECT it is a retransmission: the sender waits for what it fills.
    if (ecn.hasSeenEct) tcb.delayedAck.mustBeQuick(quick);
    return;
  }
  ecn.hasSeenEct = true;
  if (needsEcn(tcb.congestionAlgorithm)) {
    echoExactly(tcb, ecn, isMarked, now);
  } else if (isMarked && !ecn.echoes) {
    tcb.delayedAck.mustBeQuick(quick);
    ecn.echoes = true;
  }
}

/**
 * RFC 8257 §3.2: the sender wants to know how much was marked, so ECE says of each segment whether
 * it was. A delayed acknowledgment may speak of one kind only: it goes before the change.
 */
function echoExactly(tcb: Tcb, ecn: Ecn, isMarked: boolean, now: Instant): void {
  if (ecn.lastMarked !== isMarked) {
    const why = isMarked ? MARK_BEGINS : MARK_ENDS;
    if (tcb.timers.delayedAck !== NEVER) {
      ecn.echoes = ecn.lastMarked;
      transmit(tcb, tcb.snd.nxt, 0, 0, 0, why, now);
    }
    tcb.ackOwed = why;
  }
  ecn.lastMarked = isMarked;
  ecn.echoes = isMarked;
}

/** CWR on data: the sender has reacted, and marks count anew. */
export function readCwr(tcb: Tcb, ecn: Ecn, { flags }: TcpSegment): void {
  if ((flags & TcpFlag.cwr) === 0 || ecn.accurate !== undefined) return;
  ecn.echoes = false;
  tcb.ackOwed = CWR_RECEIVED;
}
