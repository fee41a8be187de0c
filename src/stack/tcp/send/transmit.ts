/** One segment from control block to frame: header, options, payload, checksum, IPv4. */
import {
  ETHERNET_HEADER_LENGTH,
  foldSum,
  IPV4_ANY,
  IpProtocol,
  put16,
  type Seq,
  seqAdd,
  seqDiff,
  seqMax,
  TCP_HEADER_LENGTH,
  TcpFlag,
  TIMESTAMPS_LENGTH,
  signTcp,
  writeTcpChecksum,
  writeTcpHeader,
} from '../../../wire/index.ts';
import type { Cause } from '../../cause.ts';
import { TTL_OF_HOST } from '../../sockets/ip-options.ts';
import { BY_HOST } from '../../ip/identification.ts';
import type { PacketHeader } from '../../ip/ip-layer.ts';
import { mtuOf } from '../../ip/path-mtu.ts';
import { beLong } from '../../interfaces/offload.ts';
import { type Instant, NEVER } from '../../time.ts';
import { compressionSent } from '../receive/ack-policy.ts';
import { ecnField, ecnFlags } from '../ecn/ecn.ts';
import { synEcnField, synEcnFlags } from '../ecn/opening.ts';
import { isHalfOpen } from '../fast-open/half-open.ts';
import { FIELD_MAXIMUM, offerWindow, windowOfSyn } from '../receive/receive-window.ts';
import { mustNotFragment } from '../path-mtu/segment-size.ts';
import {
  optionsFor,
  type SegmentOptions,
  timestampValue,
  TIMESTAMPS_ALONE,
  writeOptions,
} from './segment-options.ts';
import { synOptions } from '../open/syn-options.ts';
import type { Tcb } from '../tcb.ts';
import { RareTimer } from '../timers.ts';
import { dropWithoutWay, followRoute } from './way.ts';

/**
 * Sends a SYN or SYN-ACK, a SYN perhaps with the first `octets` (RFC 7413). A listener's SYN-ACK
 * has IPv4 identification 0 on a host that keeps no more than a record of the opening connection.
 * Says whether it left the host.
 *
 * @param tsVal the timestamp: that of a SYN cookie carries more than the time
 */
export function transmitSyn(
  tcb: Tcb,
  why: Cause,
  now: Instant,
  octets = 0,
  tsVal: number = timestampValue(tcb, tcb.services.timestampClock.ticks(now)),
): boolean {
  const { ip, snd, rcv } = tcb;
  const { transportAt } = ip;
  const hasAck = tcb.state !== 'SYN-SENT';
  const options = synOptions(tcb, tsVal);
  const isReply = tcb.listener !== undefined || isHalfOpen(tcb);
  // A listener knows by now what options each segment will carry; a SYN does not, and where it is
  // repeated, even as the SYN,ACK of a simultaneous open, its window stays (Linux).
  const segment = rcv.mss - (tcb.hasTimestamps ? TIMESTAMPS_LENGTH : 0);
  const window = isReply ? windowOfSyn(tcb, segment) : Math.min(rcv.offered, FIELD_MAXIMUM);
  if (hasAck) {
    rcv.edge = seqMax(rcv.edge, seqAdd(rcv.nxt, window));
    rcv.offered = window;
    tcb.lastAckSent = rcv.nxt;
  }
  const headerLength = TCP_HEADER_LENGTH + options.length;
  const frame = ip.carve(headerLength + octets);
  writeTcpHeader(
    frame,
    transportAt,
    tcb.localPort,
    tcb.remotePort,
    snd.iss,
    rcv.nxt,
    headerLength,
    TcpFlag.syn | (hasAck ? TcpFlag.ack : 0) | synEcnFlags(tcb),
    window,
    0,
  );
  frame.set(options, transportAt + TCP_HEADER_LENGTH);
  if (octets > 0) takeData(tcb, seqAdd(snd.iss, 1), 0, octets, frame, headerLength, now);
  const isRecord = isReply && tcb.profile.minisockets;
  const id = isRecord ? 0 : nextIdentification(tcb);
  if (isReply) {
    tcb.services.counters.TcpOutSegs += 1;
    tcb.counts.segmentsOut -= 1; // it is the listener's (Linux tcp_make_synack())
  }
  return complete(tcb, frame, id, synEcnField(tcb), why, now);
}

/** What the header of one segment says that those which leave with it repeat (Linux GSO). */
interface CommonHeader {
  options: SegmentOptions;
  window: number;
  /** ECE and CWR, or ACE. */
  marks: number;
  /** The ECN field of the IP header. */
  field: number;
}

/** Of the segment with text that was made last: read before the next one is made. */
const common: CommonHeader = { options: TIMESTAMPS_ALONE, window: 0, marks: 0, field: 0 };

/**
 * Sends a segment with the ACK flag, `length` octets of the send buffer from `offset` behind
 * SND.UNA on, timestamps and SACK blocks as agreed, and the present window. Says whether it left
 * the host, as far as the host knows: its own queue may have no room.
 *
 * @param segmentLength where the device is to cut it, the payload of each segment but the last
 */
export function transmit(
  tcb: Tcb,
  seq: Seq,
  flags: number,
  offset: number,
  length: number,
  why: Cause,
  now: Instant,
  segmentLength: number = length,
): boolean {
  const { services, ip, rcv } = tcb;
  const { transportAt } = ip;
  const options = optionsFor(tcb, seq, length);
  const headerLength = TCP_HEADER_LENGTH + options.length;
  const frame = ip.carve(headerLength + length);
  const segments = length > segmentLength ? Math.ceil(length / segmentLength) : 1;
  if (segments > 1) beLong(frame, segmentLength);
  const isReset = (flags & TcpFlag.rst) !== 0;
  const urgentPointer = tcb.snd.isUrgent ? urgentPointerAt(tcb, seq) : 0;
  if (isReset) services.counters.TcpOutRsts += 1;
  // What is sent again is no more of these (RFC 4022).
  if (seq === tcb.snd.nxt || (length === 0 && (flags & TcpFlag.fin) === 0)) {
    services.counters.TcpOutSegs += segments;
  }
  const { ecn } = tcb;
  const isBare = flags === 0 && length === 0 && options.blocks === 0;
  const marks = ecn === undefined ? 0 : ecnFlags(tcb, ecn, seq, length, isBare);
  const isRecord = tcb.listener !== undefined && tcb.profile.minisockets;
  const window = isRecord ? windowOfRecord(tcb) : isReset ? windowOfReset(tcb) : offerWindow(tcb);
  writeTcpHeader(
    frame,
    transportAt,
    tcb.localPort,
    tcb.remotePort,
    seq,
    rcv.nxt,
    headerLength,
    flags | TcpFlag.ack | (urgentPointer > 0 ? TcpFlag.urg : 0) | marks,
    window,
    urgentPointer,
  );
  writeOptions(tcb, options, frame, transportAt + TCP_HEADER_LENGTH, now);
  if (length > 0) takeData(tcb, seq, offset, length, frame, headerLength, now, segments);
  compressionSent(tcb);
  tcb.lastAckSent = rcv.nxt;
  tcb.ackOwed = undefined;
  tcb.timers.delayedAck = NEVER;
  tcb.timers.stop(RareTimer.sackCompression);
  tcb.delayedAck.ackSent();
  if (length > 0) tcb.delayedAck.dataSent(services.clock.lastTick(now));
  const field = ecn === undefined ? 0 : ecnField(tcb, ecn, seq, length);
  if (length > 0) {
    common.options = options;
    common.window = window;
    common.marks = marks;
    common.field = field;
  }
  const id = isRecord ? 0 : nextIdentification(tcb, segments);
  tcb.counts.segmentsOut += segments - 1;
  const hasLeft = complete(tcb, frame, id, field, why, now);
  if (isReset && !hasLeft) services.counters.TcpExtTCPAbortFailed += 1;
  return hasLeft;
}

/**
 * Sends a segment of new data that leaves at the instant of the one that was made last, and with
 * its header, as devices give it to what they cut off a long frame (Linux tcp_gso_segment()): but
 * for the number, the text, and CWR, which the first alone carries. Says whether it left the host.
 */
export function transmitNext(
  tcb: Tcb,
  seq: Seq,
  flags: number,
  offset: number,
  length: number,
  why: Cause,
  now: Instant,
): boolean {
  const { services, ip, ecn } = tcb;
  const { transportAt } = ip;
  const { options, window, field } = common;
  const marks = ecn?.accurate === undefined ? common.marks & ~TcpFlag.cwr : common.marks;
  const headerLength = TCP_HEADER_LENGTH + options.length;
  const frame = ip.carve(headerLength + length);
  services.counters.TcpOutSegs += 1;
  writeTcpHeader(
    frame,
    transportAt,
    tcb.localPort,
    tcb.remotePort,
    seq,
    tcb.rcv.nxt,
    headerLength,
    flags | TcpFlag.ack | marks,
    window,
    0,
  );
  writeOptions(tcb, options, frame, transportAt + TCP_HEADER_LENGTH, now);
  takeData(tcb, seq, offset, length, frame, headerLength, now);
  return complete(tcb, frame, nextIdentification(tcb), field, why, now);
}

/** A record has but the window of its SYN,ACK, and does not round it up (Linux rsk_rcv_wnd). */
function windowOfRecord({ rcv }: Tcb): number {
  return rcv.offered >>> rcv.windowScale;
}

function windowOfReset(tcb: Tcb): number {
  return tcb.profile.abortWindow === 'zero' ? 0 : offerWindow(tcb);
}

/**
 * The number of a segment without text: SND.NXT, unless the peer has taken back so much of its
 * window that it would refuse that; then the window's end, on Linux (tcp_acceptable_seq()).
 */
export function numberWithoutText({ snd, rcv, profile }: Tcb): Seq {
  const edge = seqAdd(snd.una, snd.wnd);
  const beyond = seqDiff(snd.nxt, edge);
  return beyond < 1 << rcv.windowScale || !profile.staysInWindow ? snd.nxt : edge;
}

/** How far behind `seq` SND.UP is, as far as the field can say; 0 when it is not (Linux). */
function urgentPointerAt({ snd }: Tcb, seq: Seq): number {
  const distance = seqDiff(snd.up, seq);
  return distance <= 0 ? 0 : Math.min(distance, 0xffff);
}

/** Octets of the send buffer go into the frame, behind the header. */
function takeData(
  tcb: Tcb,
  seq: Seq,
  offset: number,
  length: number,
  frame: Uint8Array,
  headerLength: number,
  now: Instant,
  segments = 1,
): void {
  tcb.sendBuffer.copyTo(offset, length, frame, tcb.ip.transportAt + headerLength);
  countData(tcb, length, segments, now);
  tcb.sendMarks?.sent(seq, seqAdd(seq, length), frame.subarray(ETHERNET_HEADER_LENGTH), now);
}

function countData({ counts }: Tcb, length: number, segments: number, now: Instant): void {
  counts.dataSegmentsOut += segments;
  counts.octetsSent += length;
  counts.dataSentAt = now;
}

/** A device counts up from it, one for each segment that it cuts (Linux ip_select_ident_segs()). */
function nextIdentification(tcb: Tcb, segments = 1): number {
  const id = tcb.ipIdentification;
  if (id === BY_HOST) return id;
  tcb.ipIdentification = (id + segments) & 0xffff;
  return id;
}

/** Of the segment that leaves: written to its frame before another one is made. */
const header: { -readonly [Field in keyof PacketHeader]: PacketHeader[Field] } = {
  protocol: IpProtocol.tcp,
  source: IPV4_ANY,
  destination: IPV4_ANY,
  id: 0,
  ttl: 0,
  tos: 0,
  dontFragment: false,
  sourceRoute: undefined,
  flowLabel: 0,
};

/**
 * @param id the IPv4 identification, or `BY_HOST`
 * @param field the ECN field of the IP header
 */
function complete(
  tcb: Tcb,
  frame: Uint8Array,
  id: number,
  field: number,
  why: Cause,
  now: Instant,
): boolean {
  const { localAddress, remoteAddress, ip, signatureKey: key } = tcb;
  const { transportAt } = ip;
  const hasWay = followRoute(tcb);
  const { route, options } = tcb;
  tcb.counts.segmentsOut += 1;
  if (key !== undefined) {
    signTcp(frame, transportAt, frame.length, localAddress, remoteAddress, key);
  }
  const length = frame.length - transportAt;
  const pseudo = tcb.pseudoSum + length;
  if (route.port.interface.checksumOffload) {
    put16(frame, transportAt + 16, foldSum(pseudo)); // the device adds the rest
  } else {
    writeTcpChecksum(frame, transportAt, frame.length, pseudo);
  }
  const dontFragment = mustNotFragment(tcb, now); // path MTU discovery (RFC 1191 §3)
  header.source = localAddress;
  header.destination = remoteAddress;
  header.id =
    id === BY_HOST
      ? ip.nextIdentification(localAddress, remoteAddress, IpProtocol.tcp, dontFragment)
      : id;
  header.ttl = options.ttl === TTL_OF_HOST ? ip.ttlFor(route) : options.ttl;
  header.tos = options.tos | field;
  header.dontFragment = dontFragment;
  header.sourceRoute = tcb.sourceRoute;
  header.flowLabel = tcb.flowLabel;
  if (!hasWay) {
    dropWithoutWay(tcb, frame, header, now);
    return false;
  }
  if (tcb.profile.problems.forgetsOptions && !dontFragment) {
    return sendPerhapsCut(tcb, frame, header, why, now);
  }
  return ip.send(frame, route, header, why, now);
}

/** Forgotten options may have made the packet too long for its way: then it goes in fragments. */
function sendPerhapsCut(
  { ip, route }: Tcb,
  frame: Uint8Array,
  header: PacketHeader,
  why: Cause,
  now: Instant,
): boolean {
  const mtu = mtuOf(route, now);
  const isTooLong = frame.length - ETHERNET_HEADER_LENGTH > mtu;
  if (isTooLong) return ip.sendFragments(frame, route, header, mtu, why, now);
  return ip.send(frame, route, header, why, now);
}
