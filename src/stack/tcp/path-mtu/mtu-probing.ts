/**
 * Packetization layer path MTU discovery (RFC 4821; Linux tcp_mtu_probe()): where ICMP is not
 * heard, TCP finds out by itself how long its packets may be. It searches between a length that
 * passes and one that may not: a segment longer than the others is the probe. When it is
 * acknowledged, longer packets pass; when it alone is lost, they do not, and that is no sign of
 * congestion (§7.4).
 */
import { type Seq, seqAdd, seqLe, toSeq } from '../../../wire/index.ts';
import type { MtuProbingProfile } from './mtu-probing-profile.ts';
import type { Instant } from '../../time.ts';
import { effectiveSendMss } from '../open/negotiate.ts';
import { currentOptionsLength, sackBlockCount } from '../send/segment-options.ts';
import { inFlight } from '../recovery/rate-reduction.ts';
import { headersLength, syncMss } from './segment-size.ts';
import { flightSize, type Tcb } from '../tcb.ts';

/** A probe counts as two packets, and needs a window that the loss of one does not hurt. */
const LEAST_WINDOW = 11;

/** The search. All are lengths of packets. */
export class MtuProbing {
  /** So long ones pass (search_low). */
  low: number;
  /** Longer ones are not tried (search_high). */
  high: number;
  /** The probe that is in flight; 0 for none. */
  size = 0;
  start: Seq = toSeq(0);
  end: Seq = toSeq(0);
  /** When the search began. */
  begunAt: Instant;

  constructor(low: number, high: number, now: Instant) {
    this.low = low;
    this.high = high;
    this.begunAt = now;
  }
}

/** The length of a packet with a full segment of `mss` octets (Linux tcp_mss_to_mtu()). */
function packetOf(tcb: Tcb, mss: number): number {
  return mss + headersLength(tcb.ip) + currentOptionsLength(tcb);
}

/** What a packet of that length carries for this peer (Linux tcp_mtu_to_mss()). */
function segmentIn(tcb: Tcb, packet: number): number {
  return (
    Math.min(packet - headersLength(tcb.ip), tcb.snd.mss, tcb.snd.mssLimit) -
    currentOptionsLength(tcb)
  );
}

/** The connection is established: the search begins, where the host always searches. */
export function beginMtuProbing(tcb: Tcb, now: Instant): void {
  const { mtuProbing } = tcb.profile;
  if (mtuProbing.mode <= 1) return;
  tcb.mtuProbing = search(tcb, mtuProbing, now);
}

function search(tcb: Tcb, { baseMss }: MtuProbingProfile, now: Instant): MtuProbing {
  const high = Math.min(tcb.snd.mss, tcb.snd.mssLimit) + headersLength(tcb.ip);
  return new MtuProbing(packetOf(tcb, baseMss), high, now);
}

/**
 * Retransmissions do not get through: a black hole may swallow what is long (§7.7, RFC 2923 §2.1).
 * The search begins low, and each time lower (Linux tcp_mtu_probing()).
 */
export function suspectBlackHole(tcb: Tcb, now: Instant): void {
  const { profile, mtuProbing } = tcb;
  const { mode, baseMss, floor, leastMss } = profile.mtuProbing;
  if (mode === 0) return;
  if (mtuProbing === undefined) {
    tcb.mtuProbing = search(tcb, profile.mtuProbing, now);
  } else {
    const half = segmentIn(tcb, mtuProbing.low) >>> 1;
    mtuProbing.low = packetOf(tcb, Math.max(Math.min(baseMss, half), floor, leastMss));
  }
  syncMss(tcb, tcb.pathMtu);
}

/** What a probe would be now: its octets, `wait` to send nothing until it can go, or `none`. */
export function nextProbe(tcb: Tcb, probing: MtuProbing, now: Instant): number | 'wait' | 'none' {
  const { recovery, window, snd, sendBuffer } = tcb;
  const isBusy = probing.size > 0 || recovery.phase !== 'Open' || window.cwnd < LEAST_WINDOW;
  if (isBusy || sackBlockCount(tcb) > 0) return 'none'; // SACK blocks take room
  const length = segmentIn(tcb, (probing.high + probing.low) >>> 1);
  // As much must follow as makes the loss of the probe alone visible.
  const needed = length + (recovery.reordering + 1) * effectiveSendMss(tcb);
  const interval = probing.high - probing.low;
  if (length > segmentIn(tcb, probing.high) || interval < tcb.profile.mtuProbing.threshold) {
    searchAgain(tcb, probing, now);
    return 'none';
  }
  const flight = flightSize(tcb);
  if (sendBuffer.untilRecordEnd(flight, length) < length) return 'none';
  if (sendBuffer.length - flight < needed || snd.wnd < needed) return 'none';
  if (flight + needed > snd.wnd) return 'wait';
  if (inFlight(tcb) + 2 > window.cwnd) return inFlight(tcb) === 0 ? 'none' : 'wait';
  return length;
}

/** The probe has left, in the place of two segments. */
export function probeSent(tcb: Tcb, probing: MtuProbing, length: number): void {
  probing.size = packetOf(tcb, length);
  probing.end = tcb.snd.nxt;
  probing.start = seqAdd(probing.end, -length);
  tcb.window.cwnd -= 1;
}

/** The search is done; after a while the way may carry more (tcp_probe_interval). */
function searchAgain(tcb: Tcb, probing: MtuProbing, now: Instant): void {
  if (now - probing.begunAt < tcb.profile.mtuProbing.interval) return;
  probing.high = Math.min(tcb.snd.mss, tcb.snd.mssLimit) + headersLength(tcb.ip);
  probing.low = packetOf(tcb, effectiveSendMss(tcb));
  probing.begunAt = now;
}

/** Something was acknowledged: the probe, too? Then segments are longer, and fewer fit cwnd. */
export function readMtuProbe(tcb: Tcb, probing: MtuProbing): void {
  if (probing.size === 0 || !seqLe(probing.end, tcb.snd.una)) return;
  const { window } = tcb;
  const before = packetOf(tcb, effectiveSendMss(tcb));
  window.cwnd = Math.max(1, Math.floor((window.cwnd * before) / probing.size));
  window.acknowledged = 0;
  probing.low = probing.size;
  probing.size = 0;
  tcb.services.counters.TcpExtTCPMTUPSuccess += 1;
  syncMss(tcb, tcb.pathMtu);
}

/** A loss: is it that of the probe, and of nothing before it? Then the way is too narrow. */
export function hasMtuProbeFailed(tcb: Tcb, probing: MtuProbing): boolean {
  const { recovery, snd, window } = tcb;
  const isCalm = recovery.phase === 'Open' || recovery.phase === 'Disorder';
  if (!isCalm || probing.size === 0 || snd.una !== probing.start) return false;
  probing.high = probing.size - 1;
  probing.size = 0;
  window.cwnd += 1;
  tcb.services.counters.TcpExtTCPMTUPFail += 1;
  return true;
}
