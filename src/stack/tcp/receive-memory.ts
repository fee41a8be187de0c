/**
 * The bound of a receive buffer (SO_RCVBUF, tcp_rmem), as Linux keeps it: by the memory of the
 * packets that wait (sk_rmem_alloc), with all that is kept beside their octets. A peer that sends
 * single octets fills it, and with it the window closes, long before there are as many octets.
 * Where a system counts octets alone, so does this.
 *
 * What finds the buffer over its bound has room made for it, in this order: the buffer grows, where
 * it may; what waits is copied together; what came ahead of order is thrown away, from the right.
 * So there are at most two packets more than the bound: one that found it not reached, and one in
 * order that a reader waits for.
 */
import { TCP_HEADER_LENGTH, TIMESTAMPS_LENGTH } from '../../wire/index.ts';
import type { Tcb } from './tcb.ts';
import { mergedMemory, WaitingPackets } from './segment-memory.ts';

/** What {@link payloadShare} counts a ratio in (Linux TCP_RMEM_TO_WIN_SCALE: 8 bits). */
export const RATIO_UNIT = 256;

/** How much payload a buffer of `memory` octets has room for (Linux tcp_win_from_space()). */
export function payloadShare(memory: number, ratio: number): number {
  return Math.floor((memory * ratio) / RATIO_UNIT);
}

/** The buffer has `memory` octets: of the system's choice, or of the program's (SO_RCVBUF). */
export function setReceiveMemory({ rcv }: Tcb, memory: number): void {
  if (rcv.memory === memory) return;
  rcv.memory = memory;
  rcv.space = payloadShare(memory, rcv.ratio);
}

/** Whether packets count with all that is kept beside their octets. */
function countsPackets({ profile }: Tcb): boolean {
  return profile.receiveTuning !== undefined;
}

/** What waits to be read, and for earlier octets, takes of the buffer (Linux sk_rmem_alloc). */
export function memoryInUse(tcb: Tcb): number {
  if (!countsPackets(tcb)) return tcb.receiveBuffer.length;
  const { inOrder, ahead } = tcb.rcv;
  return (inOrder?.memory ?? 0) + (ahead?.memory ?? 0);
}

/** Octets of payload that there is room for (Linux tcp_space()). */
export function freeSpace(tcb: Tcb): number {
  const { rcv, receiveBuffer, backlog } = tcb;
  if (!countsPackets(tcb)) return rcv.space - receiveBuffer.length;
  const waiting = backlog === undefined ? 0 : backlog.memory;
  return payloadShare(rcv.memory - memoryInUse(tcb) - waiting, rcv.ratio);
}

/** What the device takes for a segment of `payload` octets, perhaps of several merged ones. */
export function segmentMemory(tcb: Tcb, payload: number): number {
  const { mergedSegment, packetBuffers } = tcb.route.port.interface;
  return mergedMemory(packetBuffers, headersOf(tcb), payload, mergedSegment ?? payload);
}

/** Before the payload of each segment. */
function headersOf({ ip, hasTimestamps }: Tcb): number {
  return ip.headerLength + TCP_HEADER_LENGTH + (hasTimestamps ? TIMESTAMPS_LENGTH : 0);
}

export function waitingPackets(tcb: Tcb, isOrdered = false): WaitingPackets {
  return new WaitingPackets(tcb.route.port.interface.packetBuffers, headersOf(tcb), isOrdered);
}

/**
 * How many fragments of pages payload has beside one, which begins there in the stream: where it
 * goes on in the next page, and where it was hung together of several.
 */
export function moreFragments({ route, backlog }: Tcb, offset: number, payload: number): number {
  const { pageLength } = route.port.interface.packetBuffers;
  if (pageLength === 0 || payload === 0) return 0;
  const pages = Math.floor((offset + payload - 1) / pageLength) - Math.floor(offset / pageLength);
  return backlog === undefined ? pages : pages + backlog.hung - 1;
}

/** A packet of `payload` octets has come in order. */
export function countInOrder(tcb: Tcb, payload: number): void {
  if (!countsPackets(tcb)) return;
  const { rcv, route } = tcb;
  rcv.inOrder ??= waitingPackets(tcb, true);
  const segment = route.port.interface.mergedSegment ?? payload;
  const more = moreFragments(tcb, tcb.counts.octetsReceived, payload);
  if (rcv.inOrder.append(payload, segment, more)) tcb.services.counters.TcpExtTCPRcvCoalesce += 1;
}

/**
 * Of so many octets in so many pieces that had come ahead of order, the first may be in order now
 * (Linux tcp_ofo_queue()).
 */
export function joinAhead(tcb: Tcb, ahead: number, pieces: number): void {
  const { rcv, receiveBuffer, services } = tcb;
  const joined = ahead - receiveBuffer.ahead;
  if (joined === 0 || rcv.inOrder === undefined) return;
  const taken = pieces - receiveBuffer.pieces;
  const isJoined = rcv.ahead?.move(joined, ahead, taken, pieces, rcv.inOrder) === true;
  if (isJoined) services.counters.TcpExtTCPRcvCoalesce += 1;
}

/** A packet of `payload` octets has come ahead of order; perhaps right behind another one. */
export function countAhead(tcb: Tcb, payload: number, isBehindOne: boolean): void {
  if (!countsPackets(tcb)) return;
  const { rcv, route } = tcb;
  rcv.ahead ??= waitingPackets(tcb);
  const segment = route.port.interface.mergedSegment ?? payload;
  if (!isBehindOne) rcv.ahead.add(payload, segment);
  else if (rcv.ahead.append(payload, segment)) tcb.services.counters.TcpExtTCPRcvCoalesce += 1;
}

/** How long the packet is that a reader of `length` octets, which are gone already, had first. */
export function firstPacket({ rcv, receiveBuffer }: Tcb, length: number): number {
  return rcv.inOrder?.firstOf(receiveBuffer.readable + length) ?? length;
}

/** The program has read `length` octets. */
export function countRead({ rcv, receiveBuffer }: Tcb, length: number): void {
  rcv.inOrder?.take(length, receiveBuffer.readable + length);
}

function isOverBound(tcb: Tcb): boolean {
  return memoryInUse(tcb) > tcb.rcv.memory;
}

/**
 * Whether a packet may be taken in that begins `offset` octets behind RCV.NXT, after making room
 * for it (Linux tcp_try_rmem_schedule(), tcp_prune_queue()).
 */
export function makeRoom(tcb: Tcb, offset: number): boolean {
  if (!isOverBound(tcb)) return true;
  const { counters } = tcb.services;
  counters.TcpExtPruneCalled += 1;
  growBuffer(tcb);
  if (!isOverBound(tcb)) return true;
  collapse(tcb);
  if (!isOverBound(tcb)) return true;
  pruneAhead(tcb, offset);
  if (!isOverBound(tcb)) return true;
  counters.TcpExtRcvPruned += 1;
  return false;
}

/** Unless the program chose it, the bound is where tcp_rmem has it (Linux tcp_clamp_window()). */
function growBuffer(tcb: Tcb): void {
  const { rcv, profile, options } = tcb;
  const most = profile.receiveBuffer.maximum;
  const mayGrow = countsPackets(tcb) && options.receiveSpace === 0 && rcv.memory < most;
  if (mayGrow) setReceiveMemory(tcb, Math.min(memoryInUse(tcb), most));
  if (!isOverBound(tcb)) return;
  rcv.ssthresh = Math.min(rcv.clamp, 2 * effectiveReceiveSegment(tcb));
}

/** Short packets become few long ones. */
function collapse({ rcv, receiveBuffer, services }: Tcb): void {
  const { readable, ahead, pieces } = receiveBuffer;
  const gone =
    (rcv.inOrder?.collapse(readable, readable === 0 ? 0 : 1) ?? 0) +
    (rcv.ahead?.collapse(ahead, pieces) ?? 0);
  services.counters.TcpExtTCPRcvCollapsed += gone;
}

/**
 * The rightmost octets ahead of order go, an eighth of the buffer at a time, but none before the
 * packet that wants room: the peer has to send them again (Linux tcp_prune_ofo_queue()). The FIN
 * that came behind them is gone with them, and what was reported may not be true any more.
 */
function pruneAhead(tcb: Tcb, offset: number): void {
  const { rcv, receiveBuffer, services } = tcb;
  let hasPruned = false;
  while (isOverBound(tcb) && rcv.ahead !== undefined && rcv.ahead.memory > 0) {
    const { ahead } = receiveBuffer;
    const share = Math.ceil((ahead * (rcv.memory >>> 3)) / rcv.ahead.memory);
    const dropped = receiveBuffer.dropAhead(Math.max(1, share), offset);
    if (dropped === 0) break;
    rcv.ahead.take(dropped, ahead);
    hasPruned = true;
  }
  if (!hasPruned) return;
  services.counters.TcpExtOfoPruned += 1;
  rcv.fin = undefined;
  tcb.sackReport = undefined;
}

/** The peer has sent its last octet: what came from behind it was never its (Linux tcp_fin()). */
export function forgetAhead(tcb: Tcb): void {
  const { rcv, receiveBuffer } = tcb;
  const { ahead } = receiveBuffer;
  if (ahead > 0) rcv.ahead?.take(receiveBuffer.dropAhead(ahead, 0), ahead);
  tcb.sackReport = undefined;
}

/** The payload of a full segment that the peer sends. */
export function effectiveReceiveSegment({ rcv, hasTimestamps }: Tcb): number {
  return rcv.mss - (hasTimestamps ? TIMESTAMPS_LENGTH : 0);
}
