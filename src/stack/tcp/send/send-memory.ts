/**
 * How much a program may write before it has to wait (SO_SNDBUF, TCP_NOTSENT_LOWAT). Where packets
 * are counted with their bookkeeping, as on Linux, a writer is let in as long as the memory is not
 * full, and then fills a packet: that last one may reach beyond the limit. Elsewhere each octet of
 * payload counts, and nothing else.
 */
import type { PacketMemory } from '../profile.ts';
import type { Instant } from '../../time.ts';
import { effectiveSendMss } from '../open/negotiate.ts';
import { flightSize, type Tcb } from '../tcb.ts';

/** Octets in the send buffer that were never sent. */
export function unsentLength(tcb: Tcb): number {
  return tcb.finSent ? 0 : tcb.sendBuffer.length - flightSize(tcb); // a FIN goes last
}

/** What the send buffer takes of its limit (Linux sk_wmem_queued). */
export function sendMemoryInUse({ sendBuffer, profile }: Tcb): number {
  const { packetMemory } = profile;
  if (packetMemory === undefined) return sendBuffer.length;
  return sendBuffer.length + sendBuffer.packets * packetMemory.overhead;
}

/**
 * How long a packet may become: whole segments, and no more than half of the largest window, so
 * that two are under way (Linux tcp_xmit_size_goal()).
 */
export function packetGoal(tcb: Tcb, mss: number): number {
  const { profile, snd } = tcb;
  const { packetMemory, bursts } = profile;
  if (packetMemory === undefined) return Number.POSITIVE_INFINITY;
  if (bursts === undefined) return mss;
  const most = Math.min(packetMemory.mostOctets, halfWindow(snd.largestWindow));
  return Math.max(1, Math.floor(most / mss)) * mss;
}

/** Linux tcp_bound_to_half_wnd(): of a tiny window, the whole. */
function halfWindow(largest: number): number {
  if (largest === 0) return Number.POSITIVE_INFINITY;
  return largest > 536 ? largest >>> 1 : largest;
}

/**
 * Whether a writer may open another packet (Linux sk_stream_memory_free()). `margin` 2 is asked for
 * before one that waits is woken: half of what may wait unsent must be free.
 */
export function hasSendMemory(tcb: Tcb, margin: 1 | 2): boolean {
  if (sendMemoryInUse(tcb) >= tcb.sendSpace) return false;
  return margin * unsentLength(tcb) < (tcb.options.unsentMost || tcb.profile.unsentMost);
}

/**
 * Whether there is room enough to bother a writer: a third of the buffer (sk_stream_is_writeable).
 */
export function isSendable(tcb: Tcb): boolean {
  const used = sendMemoryInUse(tcb);
  return tcb.sendSpace - used >= used >>> 1 && hasSendMemory(tcb, 2);
}

/**
 * How many octets SEND would take for sure: a packet, or what there is memory for when each segment
 * were a packet of its own, which is the most that sending meanwhile can make of them.
 */
export function sendRoom(tcb: Tcb): number {
  const { sendBuffer, sendSpace, profile } = tcb;
  const hasMemory = hasSendMemory(tcb, 1);
  if (!hasMemory && !sendBuffer.isPacketOpen) return 0;
  const mss = effectiveSendMss(tcb);
  const goal = packetGoal(tcb, mss);
  const begun = goal === Number.POSITIVE_INFINITY ? 0 : sendBuffer.roomInPacket(goal);
  if (!hasMemory) return begun;
  const free = sendSpace - sendMemoryInUse(tcb);
  if (profile.packetMemory === undefined) return free;
  const bySegments = Math.floor(free / (mss + profile.packetMemory.overhead)) * mss;
  const unsentFree = (tcb.options.unsentMost || profile.unsentMost) - unsentLength(tcb);
  return Math.max(begun || goal, Math.min(bySegments, unsentFree));
}

/**
 * A buffer that the program did not fix grows to twice the congestion window (Linux
 * tcp_sndbuf_expand()), counted as if each segment were a packet whose memory is a power of two.
 */
export function growSendSpace(tcb: Tcb): void {
  const { profile, window, recovery, snd } = tcb;
  const { packetMemory: memory } = profile;
  if (memory === undefined || tcb.options.sendSpace > 0) return;
  const segments = Math.max(profile.congestion.initialWindow, window.cwnd, recovery.reordering + 1);
  const wanted = 2 * segments * segmentMemory(memory, Math.min(snd.mss, snd.pathMss));
  if (tcb.sendSpace < wanted) tcb.sendSpace = Math.min(wanted, profile.sendBuffer.maximum);
}

function segmentMemory({ headers, descriptor }: PacketMemory, mss: number): number {
  return (1 << (32 - Math.clz32(mss + headers - 1))) + descriptor;
}

/** A writer waits: whether there is enough for it now (Linux tcp_check_space()). */
export function makeRoom(tcb: Tcb, now: Instant): boolean {
  if (tcb.sent.pipe < tcb.window.cwnd) {
    growSendSpace(tcb);
    tcb.window.usedSince = now;
  }
  if (!isSendable(tcb)) return false;
  tcb.writerWaits = false;
  if (tcb.busyTimes.activity === 'buffer-limited') {
    tcb.busyTimes.turnTo(tcb.sendBuffer.length > 0 ? 'busy' : 'idle', now);
  }
  return true;
}
