/** Opening: what arrives in CLOSED, LISTEN and SYN-SENT (RFC 9293 §3.10.7.1–3). */
import {
  readTcpOptions,
  type Seq,
  seqAdd,
  seqGt,
  seqLe,
  TCP_HEADER_LENGTH,
  TcpFlag,
  type TcpOptionValues,
  type TcpSegment,
} from '../../../wire/index.ts';
import type { IpPacket } from '../../ip/ip-layer.ts';
import { type Cause, cause } from '../../cause.ts';
import { countNoRoute } from '../../ip/no-way.ts';
import { type Instant, NEVER } from '../../time.ts';
import { close, drop, enterEstablished } from '../close.ts';
import { narrowAfterLostSyns } from '../congestion/first-window.ts';
import { acceptEcn, agreeOnEcn } from '../ecn/opening.ts';
import { acknowledgeSynData, readFastOpenAnswer } from '../fast-open/client.ts';
import { answerFastOpen } from '../fast-open/server.ts';
import { measureSyn } from '../measure.ts';
import { chooseIss, takeSyn } from './initial-numbers.ts';
import { oldestToGiveWay, type SynRule, synRule } from '../listen/listen-queue.ts';
import type { ConnectionOptions } from '../sockets/connection-options.ts';
import type { Listener } from '../listen/listener.ts';
import { announcedMss, prepareOffer } from './negotiate.ts';
import { timestampValue } from '../send/segment-options.ts';
import { startTimeout } from '../recovery/retransmission-timer.ts';
import { answerWithReset } from '../segment-arrives/reset.ts';
import { signatureOf, signatureProblem } from '../signature/check.ts';
import { keyFor } from '../signature/keys.ts';
import { answerWithCookie } from '../listen/syn-cookie-sent.ts';
import type { TcpServices } from '../services.ts';
import { moveTo, type Tcb } from '../tcb.ts';
import { transmit, transmitSyn } from '../send/transmit.ts';

const NO_CONNECTION = cause('no-connection', 'no connection and no listener', 'RFC 9293 §3.10.7.1');
const NO_LISTENED_ACK = cause(
  'ack-in-listen',
  'an acknowledgment of nothing that was sent',
  'RFC 9293 §3.10.7.2',
);
const NOT_A_SYN = cause('not-a-syn', 'neither SYN, ACK nor RST', 'RFC 9293 §3.10.7.2');
const SYN_FIN = cause('syn-fin', 'SYN and FIN in one segment', 'Linux, RFC 9293 §3.10.7.2');
const RST_IN_LISTEN = cause('rst-in-listen', 'a RST cannot be for it', 'RFC 9293 §3.10.7.2');
const BACKLOG_FULL = cause('backlog-full', 'too many connections wait', 'Linux, listen(2)');
const SYN_QUEUE_FULL = cause(
  'syn-queue-full',
  'too many connections are opening',
  'Linux tcp_max_syn_backlog',
);
const GAVE_WAY = cause('gave-way', 'makes room for a newer SYN', 'RFC 4987 §3.4');
const NO_ROUTE = cause('no-route', 'no route leads back to its sender', 'RFC 1122 §3.3.1');
const SYN_RECEIVED = cause('syn-received', 'SYN received', 'RFC 9293 §3.10.7.2');
const SYN_ACK = cause('syn-ack', 'answers a SYN', 'RFC 9293 §3.10.7.2');
const BAD_ACK = cause('unacceptable-ack', 'acknowledges what was not sent', 'RFC 9293 §3.10.7.3');
const FOREIGN_ECHO = cause(
  'foreign-echo',
  'echoes a timestamp that no SYN of ours had',
  'RFC 7323 §3.2, Linux tcp_rcv_synsent_state_process()',
);
const REFUSED = cause('refused', 'RST received: connection refused', 'RFC 9293 §3.10.7.3');
const RST_WITHOUT_ACK = cause('rst-without-ack', 'a RST without ACK', 'RFC 9293 §3.10.7.3');
const SYN_ACKED = cause('syn-acked', 'SYN,ACK received', 'RFC 9293 §3.10.7.3');
const THIRD_ACK = cause('handshake-ack', 'acknowledges the SYN,ACK', 'RFC 9293 §3.10.7.3');
const SIMULTANEOUS = cause('simultaneous-open', 'SYN received', 'RFC 9293 §3.10.7.3, MUST-10');
export const REOPENED: Cause = cause(
  'reopened',
  'a newer SYN takes its place',
  'RFC 9293 §3.6.1, RFC 6191',
);
const GUESSED_RST = cause(
  'rst-number-guessed',
  'a RST with a number that no answer to a SYN has',
  'RFC 9293 §3.10.7.3 second',
);
const NOTHING_USEFUL = cause('neither-syn-nor-rst', 'neither SYN nor RST', 'RFC 9293 §3.10.7.3');

/**
 * §3.10.7.1: the segment belongs to nothing here. One that is signed is answered where `behind`, a
 * listener at the peer's port, has the key: the peer would believe nothing else (Linux
 * tcp_v4_send_reset()).
 */
export function inClosed(
  services: TcpServices,
  behind: Listener | undefined,
  packet: IpPacket,
  seg: TcpSegment,
  now: Instant,
): void {
  services.trace?.dropped(packet.bytes, NO_CONNECTION, now);
  const signature = signatureOf(seg);
  const isSigned = signature.length > 0;
  const keys = (isSigned && behind?.optionsFor(packet.source).signatureKeys) || [];
  const key = keyFor(keys, packet.source);
  if (isSigned && key === undefined) return;
  if (signatureProblem(key, signature, packet, seg) !== undefined) return;
  answerWithReset(services, packet, seg, NO_CONNECTION, now, key);
}

/** How far the ISS of a connection that begins anew lies beyond the old one's numbers (Linux). */
const REOPENING_STEP = 65537;

/** The ISS of a connection in the place of one that sent up to `sndNxt`. */
export function successorIss(sndNxt: Seq): Seq {
  return seqAdd(sndNxt, REOPENING_STEP); // beyond all that the peer may still receive
}

/**
 * Whether the segment opens anew what waits in TIME-WAIT (§3.6.1, MAY-2): a SYN that no old
 * duplicate can be, because its number or its timestamp is beyond all that came (RFC 6191).
 */
export function isNewerSyn(
  { hasTimestamps, tsRecent }: { readonly hasTimestamps: boolean; readonly tsRecent: number },
  rcvNxt: Seq,
  seg: TcpSegment,
): boolean {
  if ((seg.flags & (TcpFlag.syn | TcpFlag.ack | TcpFlag.rst)) !== TcpFlag.syn) return false;
  const peer = readTcpOptions(seg.bytes, seg.start + TCP_HEADER_LENGTH, seg.payloadAt);
  const age = hasTimestamps && peer.hasTimestamps ? (peer.tsVal - tsRecent) | 0 : 0;
  return age > 0 || (age === 0 && seqGt(seg.seq, rcvNxt));
}

/** Where a listener's new connection comes from: the table that will hold it. */
export interface ConnectionMaker extends TcpServices {
  /** A control block in LISTEN for the peer of `packet`, in the table; nothing without a route. */
  accept(packet: IpPacket, seg: TcpSegment, options: ConnectionOptions): Tcb | undefined;
}

/** §3.10.7.2: a segment for a listening socket and no connection. */
export function inListen(
  services: ConnectionMaker,
  listener: Listener,
  packet: IpPacket,
  seg: TcpSegment,
  now: Instant,
  iss?: Seq,
): void {
  const { flags } = seg;
  const { trace } = services;
  if ((flags & TcpFlag.rst) !== 0) {
    trace?.dropped(packet.bytes, RST_IN_LISTEN, now); // first
  } else if ((flags & TcpFlag.ack) !== 0) {
    trace?.dropped(packet.bytes, NO_LISTENED_ACK, now); // second
    const key = keyFor(listener.optionsFor(packet.source).signatureKeys, packet.source);
    answerWithReset(services, packet, seg, NO_LISTENED_ACK, now, key);
  } else if ((flags & TcpFlag.syn) === 0) {
    trace?.dropped(packet.bytes, NOT_A_SYN, now); // fourth
  } else if ((flags & TcpFlag.fin) !== 0) {
    trace?.dropped(packet.bytes, SYN_FIN, now);
  } else if (listener.isFull) {
    trace?.dropped(packet.bytes, BACKLOG_FULL, now);
  } else {
    // Who was here a moment ago is no flood (Linux: connections in TIME-WAIT).
    const rule = iss === undefined ? synRule(services, listener, packet, now) : 'keep';
    takeOpening(services, listener, rule, packet, seg, iss, now); // third
  }
}

/** A SYN that may open a connection, as far as there is room for one. */
function takeOpening(
  services: ConnectionMaker,
  listener: Listener,
  rule: SynRule,
  packet: IpPacket,
  seg: TcpSegment,
  iss: Seq | undefined,
  now: Instant,
): void {
  const { trace, profile } = services;
  if (rule === 'refuse') {
    trace?.dropped(packet.bytes, SYN_QUEUE_FULL, now);
    return;
  }
  const oldest = oldestToGiveWay(listener, profile.listen);
  if (oldest !== undefined) close(oldest, undefined, GAVE_WAY, now);
  const tcb = services.accept(packet, seg, listener.optionsFor(packet.source));
  if (tcb === undefined) {
    countNoRoute(services.counters, packet.source);
    trace?.dropped(packet.bytes, NO_ROUTE, now);
  } else if (rule === 'cookie') answerWithCookie(tcb, listener, packet, seg, now);
  else synReceived(tcb, listener, packet, seg, iss, now);
}

function synReceived(
  tcb: Tcb,
  listener: Listener,
  packet: IpPacket,
  seg: TcpSegment,
  iss: Seq | undefined,
  now: Instant,
): void {
  const { services } = tcb;
  const peer = readTcpOptions(seg.bytes, seg.start + TCP_HEADER_LENGTH, seg.payloadAt);
  const { fastOpen } = listener;
  prepareOffer(tcb, now);
  acceptEcn(tcb, packet, seg);
  // No SACK block fits beside a signature and timestamps (Linux tcp_synack_options()).
  if (tcb.signatureKey !== undefined && peer.sackPermitted && tcb.offersSack) {
    tcb.offersTimestamps = false;
  }
  takeSyn(tcb, seg.seq, seg, peer, now);
  chooseIss(tcb, now, iss);
  const isOpen = fastOpen !== undefined && answerFastOpen(tcb, fastOpen, seg, now);
  if (!isOpen) {
    tcb.listener = listener;
    listener.opening.add(tcb);
  }
  moveTo(tcb, 'SYN-RECEIVED', SYN_RECEIVED, now);
  tcb.rtt.beginAt(tcb.profile.retransmission.synAckRto);
  sendSyn(tcb, SYN_ACK, now);
  services.schedule(tcb);
  if (isOpen) listener.push(tcb);
}

/** Sends our SYN or SYN-ACK for the first time, with `octets` of data, and starts its timer. */
export function sendSyn(tcb: Tcb, why: Cause, now: Instant, octets = 0): void {
  tcb.timedAt = now;
  tcb.synSentAt = now;
  startTimeout(tcb, now);
  if (tcb.state === 'SYN-SENT') tcb.services.counters.TcpOutSegs += 1;
  transmitSyn(tcb, why, now, octets);
}

/**
 * A SYN with data was too long for the way: it goes again at once, without its data and with what
 * the way carries as its MSS (Linux tcp_simple_retransmit()).
 */
export function sendPlainSyn(tcb: Tcb, why: Cause, now: Instant): void {
  const { counters } = tcb.services;
  counters.TcpRetransSegs += 1;
  counters.TcpExtTCPSynRetrans += 1;
  if (tcb.fastOpen !== undefined) tcb.fastOpen.option = undefined;
  tcb.timedAt = -1; // Karn
  tcb.rcv.mss = Math.min(tcb.rcv.mss, announcedMss(tcb, now));
  startTimeout(tcb, now);
  transmitSyn(tcb, why, now);
}

/** §3.10.7.3 */
export function inSynSent(
  tcb: Tcb,
  packet: IpPacket,
  seg: TcpSegment,
  options: TcpOptionValues,
  now: Instant,
): void {
  const { snd } = tcb;
  const { flags } = seg;
  const hasAck = (flags & TcpFlag.ack) !== 0;
  if (hasAck && !isAcceptableAck(seg.ack, snd.una, snd.nxt)) {
    drop(tcb, seg, BAD_ACK, now); // first
    answerWithReset(tcb.services, packet, seg, BAD_ACK, now, tcb.signatureKey);
    hurrySyn(tcb, now);
  } else if (hasAck && isForeignEcho(tcb, options, now)) {
    drop(tcb, seg, FOREIGN_ECHO, now);
    answerWithReset(tcb.services, packet, seg, FOREIGN_ECHO, now, tcb.signatureKey);
  } else if ((flags & TcpFlag.rst) !== 0) {
    if (!hasAck)
      drop(tcb, seg, RST_WITHOUT_ACK, now); // second
    else if (tcb.profile.checksRefusals && seg.seq !== tcb.rcv.nxt)
      drop(tcb, seg, GUESSED_RST, now); // RCV.NXT is 0 before the peer's SYN
    else close(tcb, 'ECONNREFUSED', REFUSED, now);
  } else if ((flags & TcpFlag.syn) === 0) {
    drop(tcb, seg, NOTHING_USEFUL, now); // fifth
  } else {
    takeSyn(tcb, seg.seq, seg, options, now); // fourth
    if (tcb.ecn !== undefined) agreeOnEcn(tcb, tcb.ecn, packet, seg, options);
    if (hasAck) synAcknowledged(tcb, seg, options, now);
    else openSimultaneously(tcb, now);
  }
}

/**
 * Whether it echoes a timestamp that none of our SYNs had: the answer to an older connection's, as
 * Linux judges it. Nothing is read into it where the peer does not echo.
 */
function isForeignEcho(tcb: Tcb, options: TcpOptionValues, now: Instant): boolean {
  const { services, offersTimestamps, synSentAt } = tcb;
  if (!offersTimestamps || !options.hasTimestamps || options.tsEcr === 0) return false;
  const first = timestampValue(tcb, services.timestampClock.ticks(synSentAt));
  const last = timestampValue(tcb, services.timestampClock.ticks(now));
  return ((options.tsEcr - first) | 0) < 0 || ((last - options.tsEcr) | 0) < 0;
}

/**
 * The peer still has an older connection, which took no notice of our SYN and ends by our reset:
 * the next SYN need not wait for a whole timeout (Linux tcp_rcv_synsent_state_process()).
 */
function hurrySyn(tcb: Tcb, now: Instant): void {
  if (tcb.retransmissions > 0) return;
  const { clock } = tcb.services;
  tcb.timers.retransmission = clock.after(now, clock.twoTicks);
}

function isAcceptableAck(ack: Seq, una: Seq, nxt: Seq): boolean {
  return seqGt(ack, una) && seqLe(ack, nxt);
}

function synAcknowledged(tcb: Tcb, seg: TcpSegment, options: TcpOptionValues, now: Instant): void {
  const { snd, fastOpen } = tcb;
  const isSynRepeated = tcb.timedAt < 0;
  measureSyn(tcb, options, now);
  snd.una = seqAdd(snd.iss, 1);
  snd.small = snd.una;
  tcb.counts.octetsAcknowledged += 1;
  tcb.timers.retransmission = NEVER;
  if (fastOpen !== undefined) acknowledgeSynData(tcb, seg.ack, now);
  enterEstablished(tcb, SYN_ACKED, now);
  narrowAfterLostSyns(tcb, options);
  if (tcb.ecn?.accurate !== undefined) transmit(tcb, snd.una, 0, 0, 0, THIRD_ACK, now);
  else if (tcb.writerAwaitsOpening) acknowledgeLater(tcb, now);
  else tcb.ackOwed = THIRD_ACK;
  if (fastOpen === undefined) return;
  const hasSent = readFastOpenAnswer(tcb, fastOpen, seg, isSynRepeated, now);
  if (hasSent) tcb.ackOwed = undefined;
  else if (tcb.finReceived) acknowledgeLater(tcb, now);
}

/**
 * The program is about to acknowledge the SYN-ACK: by data, where a call waits to write, or by its
 * FIN, where the peer's came with the SYN-ACK (Linux tcp_rcv_synsent_state_process()).
 */
function acknowledgeLater(tcb: Tcb, now: Instant): void {
  const { delayedAck, timers, services, profile } = tcb;
  tcb.ackOwed = undefined;
  delayedAck.answerAwaited(now);
  timers.delayedAck = services.clock.after(now, profile.delayedAck.maximum);
}

/** Both ends opened actively: our SYN goes again, now with an acknowledgment (§3.5, figure 7). */
function openSimultaneously(tcb: Tcb, now: Instant): void {
  moveTo(tcb, 'SYN-RECEIVED', SIMULTANEOUS, now);
  if (tcb.fastOpen !== undefined) tcb.fastOpen.option = undefined;
  // Karn: which of the two SYNs will be acknowledged?
  const isTimed = tcb.timedAt >= 0 && tcb.profile.retransmission.timesCrossingSyn;
  tcb.timedAt = isTimed ? now : -1;
  transmitSyn(tcb, SIMULTANEOUS, now);
}
