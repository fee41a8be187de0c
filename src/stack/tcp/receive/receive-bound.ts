/**
 * The bound of a receive buffer (SO_RCVBUF, tcp_rmem). What finds no room in it has some made
 * (Linux tcp_prune_queue()), in this order: the buffer grows, where it may; what waits is copied
 * together; what came ahead of order is thrown away, from the right. So there are at most two
 * packets more than the bound: one that found it not reached, and one in order that a reader waits
 * for.
 */
import {
  countsPackets,
  effectiveReceiveSegment,
  memoryInUse,
  setReceiveMemory,
} from './receive-memory.ts';
import type { Tcb } from '../tcb.ts';

/** Whether there is room for one more packet, however long (Linux tcp_can_ingest()). */
function hasRoom(tcb: Tcb): boolean {
  return memoryInUse(tcb) <= tcb.rcv.memory;
}

/** Whether a packet may be taken in that begins `offset` behind RCV.NXT, after making room. */
export function makeRoom(tcb: Tcb, offset: number): boolean {
  if (hasRoom(tcb)) return true;
  const { counters } = tcb.services;
  counters.TcpExtPruneCalled += 1;
  growBuffer(tcb);
  if (hasRoom(tcb)) return true;
  collapseAll(tcb);
  if (hasRoom(tcb)) return true;
  pruneAhead(tcb, offset);
  if (hasRoom(tcb)) return true;
  counters.TcpExtRcvPruned += 1;
  return false;
}

/** Unless the program chose it, the bound is what is in use (Linux tcp_clamp_window()). */
function growBuffer(tcb: Tcb): void {
  const { rcv, profile, options, delayedAck } = tcb;
  if (countsPackets(tcb)) {
    delayedAck.endQuick();
    const most = profile.receiveBuffer.maximum;
    const mayGrow = options.receiveSpace === 0 && rcv.memory < most;
    if (mayGrow) setReceiveMemory(tcb, Math.min(memoryInUse(tcb), most));
  }
  if (hasRoom(tcb)) return;
  rcv.ssthresh = Math.min(rcv.clamp, 2 * effectiveReceiveSegment(tcb));
}

/** Short packets become few long ones. */
function collapseAll({ rcv, services }: Tcb): void {
  const { inOrder, ahead, memory, ratio } = rcv;
  const { smallBlock } = services.host.socketMemory;
  let gone = ahead?.collapse(ratio, memory >>> 3, smallBlock) ?? 0;
  if (inOrder !== undefined && inOrder.count > 0) gone += inOrder.collapse(ratio, smallBlock);
  services.counters.TcpExtTCPRcvCollapsed += gone;
}

/**
 * The rightmost packets ahead of order go, an eighth of the buffer at a time, but none before the
 * packet that wants room: the peer has to send them again (Linux tcp_prune_ofo_queue()). The FIN
 * that came behind them is gone with them, and what was reported may not be true any more.
 */
function pruneAhead(tcb: Tcb, offset: number): void {
  const { rcv, receiveBuffer, services, counts } = tcb;
  const { ahead } = rcv;
  if (ahead === undefined) return;
  const position = counts.octetsReceived + offset;
  let goal = rcv.memory >>> 3;
  let hasPruned = false;
  for (let { last } = ahead; last !== undefined && position <= last.start; { last } = ahead) {
    hasPruned = true;
    ahead.dropLast();
    goal -= last.memory;
    if (goal > 0 && ahead.last !== undefined) continue;
    if (hasRoom(tcb)) break;
    goal = rcv.memory >>> 3;
  }
  if (!hasPruned) return;
  services.counters.TcpExtOfoPruned += 1;
  receiveBuffer.dropBehind((ahead.last?.end ?? counts.octetsReceived) - counts.octetsReceived);
  rcv.fin = undefined;
  tcb.sackReport = undefined;
}
