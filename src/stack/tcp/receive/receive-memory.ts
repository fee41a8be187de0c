/**
 * What received packets take of memory while they wait, as Linux counts it (sk_rmem_alloc): with
 * all that is kept beside their octets. A peer that sends single octets fills a buffer (SO_RCVBUF,
 * tcp_rmem), and with it the window closes, long before there are as many octets. Where a system
 * counts octets alone, so does this.
 */
import { type TcpSegment, TIMESTAMPS_LENGTH } from '../../../wire/index.ts';
import { AheadQueue, type Taken } from './ahead-queue.ts';
import { payloadShare } from './payload-share.ts';
import { ReceiveQueue } from './receive-queue.ts';
import type { Tcb } from '../tcb.ts';
import { ArrivingPacket, type WaitingPacket } from './waiting-packet.ts';

/** The buffer has `memory` octets: of the system's choice, or of the program's (SO_RCVBUF). */
export function setReceiveMemory({ rcv }: Tcb, memory: number): void {
  if (rcv.memory === memory) return;
  rcv.memory = memory;
  rcv.space = payloadShare(memory, rcv.ratio);
}

/** Whether packets count with all that is kept beside their octets. */
export function countsPackets(tcb: Tcb): boolean {
  return tcb.profile.receiveTuning !== undefined;
}

/** What waits to be read, and for earlier octets, takes of the buffer (Linux sk_rmem_alloc). */
export function memoryInUse(tcb: Tcb): number {
  if (!countsPackets(tcb)) return tcb.receiveBuffer.length;
  const { inOrder, ahead } = tcb.rcv;
  const waiting = inOrder === undefined ? 0 : inOrder.memory;
  return ahead === undefined ? waiting : waiting + ahead.memory;
}

/** Octets of payload that there is room for (Linux tcp_space()). */
export function freeSpace(tcb: Tcb): number {
  const { rcv, receiveBuffer, backlog } = tcb;
  if (!countsPackets(tcb)) return rcv.space - receiveBuffer.length;
  const waiting = backlog === undefined ? 0 : backlog.memory;
  return payloadShare(rcv.memory - memoryInUse(tcb) - waiting, rcv.ratio);
}

/** The packet that is looked at; only one is at a time. */
const arriving = new ArrivingPacket();

/**
 * The packet in which a segment came, `length` octets of it taken, the first at `position` of the
 * stream. It may have been hung together of several while a call had the socket.
 */
export function packetOf(
  tcb: Tcb,
  seg: TcpSegment,
  length: number,
  position: number,
): WaitingPacket {
  if (tcb.backlog?.reading !== undefined) return tcb.backlog.reading;
  const { counts, mergedSegment, packetBuffers } = tcb.route.port.interface;
  const headers = tcb.ip.headerLength + seg.payloadAt - seg.start;
  arriving.receive(packetBuffers, headers, length, mergedSegment ?? length);
  arriving.arrival = counts.receivedPackets;
  if (packetBuffers.pageLength > 0) {
    arriving.pieces += pagesCrossed(packetBuffers.pageLength, position, length);
  }
  return arriving;
}

/** How many ends of pages payload crosses that begins there in the stream. */
function pagesCrossed(pageLength: number, offset: number, payload: number): number {
  if (payload === 0) return 0;
  return Math.floor((offset + payload - 1) / pageLength) - Math.floor(offset / pageLength);
}

/** A packet has come in order, whose last `octets` are new (Linux tcp_queue_rcv()). */
export function countInOrder(tcb: Tcb, packet: WaitingPacket, octets: number): void {
  if (!countsPackets(tcb)) return;
  const { packetBuffers, sharedBehind } = tcb.route.port.interface;
  const { rcv, services } = tcb;
  const queue = (rcv.inOrder ??= new ReceiveQueue());
  const before = queue.memory;
  if (queue.append(packet, octets, packetBuffers, sharedBehind)) {
    services.counters.TcpExtTCPRcvCoalesce += 1;
  }
  rcv.saved = packet.memory - (queue.memory - before);
}

/** A FIN without text has come in order: it joins what waits, or is a packet to be read. */
export function countEnd(tcb: Tcb, packet: WaitingPacket): void {
  if (!countsPackets(tcb)) return;
  const { packetBuffers, sharedBehind } = tcb.route.port.interface;
  const queue = (tcb.rcv.inOrder ??= new ReceiveQueue());
  if (queue.appendEnd(packet, packetBuffers, sharedBehind)) {
    tcb.services.counters.TcpExtTCPRcvCoalesce += 1;
  }
}

/**
 * What came ahead of order is in order now, as far as it follows what came up to `position` of the
 * stream (Linux tcp_ofo_queue()).
 */
export function joinAhead(tcb: Tcb, position: number): void {
  const { inOrder, ahead } = tcb.rcv;
  if (ahead === undefined || inOrder === undefined) return;
  let next = position;
  for (;;) {
    const packet = ahead.takeUpTo(next);
    if (packet === undefined) return;
    if (packet.end <= next) continue;
    const octets = packet.end - next - (packet.hasFin ? 1 : 0);
    if (packet.length === 0) countEnd(tcb, packet);
    else countInOrder(tcb, packet, octets);
    next += octets;
  }
}

/**
 * A packet has come ahead of order, its first octet at `position` of the stream; says what became
 * of it. One that was kept counts as soon as the window had its chance to grow.
 */
export function countAhead(
  tcb: Tcb,
  packet: WaitingPacket,
  position: number,
  hasFin: boolean,
): Taken {
  const { packetBuffers, sharedBehind } = tcb.route.port.interface;
  const { counters } = tcb.services;
  const queue = (tcb.rcv.ahead ??= new AheadQueue());
  const { merged, memory } = queue;
  const taken = queue.add(position, packet, hasFin, packetBuffers, sharedBehind);
  counters.TcpExtTCPOFOMerge += queue.merged - merged;
  if (taken === 'joined') {
    counters.TcpExtTCPRcvCoalesce += 1;
    tcb.rcv.saved = packet.memory - (queue.memory - memory);
  }
  return taken;
}

/** A packet that was kept by itself counts from now on. */
export function chargeAhead({ rcv }: Tcb, packet: WaitingPacket): void {
  rcv.ahead?.charge(packet);
  rcv.saved = 0;
}

/** How long the packet is that a reader of `length` octets, which are gone already, had first. */
export function firstPacket({ rcv }: Tcb, length: number): number {
  return rcv.inOrder?.firstLength ?? length;
}

/** The program has read, and perhaps wanted more than there was. */
export function countRead({ rcv, receiveBuffer }: Tcb, wantsMore: boolean): void {
  const { inOrder } = rcv;
  if (inOrder === undefined) return;
  const { count } = inOrder;
  inOrder.readTo(receiveBuffer.readable);
  if (wantsMore) inOrder.readEnd();
  if (inOrder.count < count) rcv.saved = 0;
}

/** The peer has sent its last octet: what came from behind it was never its (Linux tcp_fin()). */
export function forgetAhead(tcb: Tcb): void {
  tcb.rcv.ahead?.clear();
  tcb.receiveBuffer.dropBehind(0);
  tcb.sackReport = undefined;
}

/** The payload of a full segment that the peer sends. */
export function effectiveReceiveSegment({ rcv, hasTimestamps }: Tcb): number {
  return rcv.mss - (hasTimestamps ? TIMESTAMPS_LENGTH : 0);
}
