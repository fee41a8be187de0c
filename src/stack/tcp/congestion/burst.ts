/**
 * Segments that leave as one packet for segmentation offload (TSO, GSO): the host hands its device
 * up to 64 kB, and the device cuts them, or the host itself does just before it. On the wire that
 * shows twice: such a burst leaves at one instant, and its last segment carries PSH, so that the
 * receiver's device does not wait for more.
 */
import { TCP_HEADER_LENGTH } from '../../../wire/index.ts';
import { LONGEST_FRAME } from '../../interfaces/offload.ts';
import type { Instant } from '../../time.ts';
import { currentOptionsLength } from '../send/segment-options.ts';
import { inFlight } from '../recovery/rate-reduction.ts';
import type { Tcb } from '../tcb.ts';
import { followRoute } from '../send/way.ts';

/** The most octets of one burst (Linux GSO_LEGACY_MAX_SIZE). */
const MOST_OCTETS = 65_536;
const MILLISECOND = 1_000_000;
/** In a round trip of so many times 2⁹ µs, the share of 64 kB that is added is nothing. */
const MOST_SHIFT = 32;
/** 2⁻ⁿ for whatever shift the administrator may choose: a power by `**` takes 50 ns. */
const HALVINGS: Float64Array = Float64Array.from({ length: 256 }, (_, n) => 2 ** -n);

/**
 * How many segments a burst may have (Linux tcp_tso_autosize()): what the pacing rate sends in a
 * 1/1024 s, and more where the round trip is short.
 */
export function burstLimit(tcb: Tcb, mss: number): number {
  const { bursts } = tcb.profile;
  if (bursts === undefined || tcb.signatureKey !== undefined) return 1; // no device signs
  let octets = Math.min(Math.floor(pacingRate(tcb) / 1024), MOST_OCTETS);
  const shift = Math.floor((tcb.rtt.minimum / 1000) * HALVINGS[bursts.roundTripShift]!);
  if (shift < MOST_SHIFT) octets += MOST_OCTETS >>> shift;
  const segments = Math.floor(Math.min(octets, MOST_OCTETS) / mss);
  return Math.max(segments, tcb.congestion.leastBurst?.(tcb.window) ?? bursts.leastSegments);
}

/**
 * Whether the device cuts a burst of so many octets: then it leaves the host as one frame. Some a
 * device cannot cut, and the host does (Linux GSO): too long ones, those with a source route, or
 * with AccECN's counter where other senders have CWR.
 */
export function isCutByDevice(tcb: Tcb, octets: number): boolean {
  followRoute(tcb);
  const { route, sourceRoute, ecn, ip } = tcb;
  if (!route.port.interface.takesLongFrames) return false;
  if (sourceRoute !== undefined || ecn?.accurate !== undefined) return false;
  const headers = ip.transportAt + TCP_HEADER_LENGTH + currentOptionsLength(tcb);
  return headers + octets <= LONGEST_FRAME;
}

/** Octets a second that the connection may send, by its window and by SO_MAX_PACING_RATE. */
export function pacingRate(tcb: Tcb): number {
  return Math.min(tcb.window.pacingRate, tcb.options.mostPacingRate);
}

/** Linux tcp_update_pacing_rate(): the window per round trip, with room to grow. */
export function updatePacingRate(tcb: Tcb, mss: number): void {
  const { window, sent, rtt, profile } = tcb;
  if (profile.bursts === undefined) return;
  const { slowStartRatio, avoidanceRatio } = profile.bursts;
  const ratio = window.cwnd < window.ssthresh / 2 ? slowStartRatio : avoidanceRatio;
  const octets = (mss * Math.max(window.cwnd, sent.count) * ratio) / 100;
  if (rtt.srtt >= 0) {
    window.pacingRate = Math.floor((octets * 1_000_000_000) / Math.max(rtt.srtt, 1000));
  }
}

/** What makes waiting for the next acknowledgment worth it: it will open the window named. */
export type Waiting = 'no' | 'congestion-window' | 'peer-window' | 'application';

/**
 * Whether to wait for the next acknowledgment, which will allow a longer burst (Linux
 * tcp_tso_should_defer()); `waiting` octets wait, `usable` of them fit into the peer's window.
 */
export function worthWaiting(
  tcb: Tcb,
  waiting: number,
  usable: number,
  mss: number,
  limit: number,
  now: Instant,
): Waiting {
  const { recovery, window, sent, snd, rtt, profile, counts, sendBuffer } = tcb;
  if (profile.bursts === undefined || limit === 1 || sent.count === 0) return 'no';
  if (recovery.phase === 'Recovery' || recovery.phase === 'Loss') return 'no';
  // A program writes, a timer fires, a while after the instant it is due: 1 ms is over then.
  if (now - counts.dataSentAt >= MILLISECOND) return 'no';
  const byCongestion = (window.cwnd - inFlight(tcb)) * mss;
  const sendable = Math.min(usable, byCongestion);
  if (sendable >= limit * mss) return 'no';
  if (!sendBuffer.isNextLast && sendable >= waiting) return 'no'; // nothing will join it
  const { windowDivisor } = profile.bursts;
  const share = Math.min(snd.wnd, window.cwnd * mss) / Math.max(windowDivisor, 1);
  if (sendable >= Math.floor(share)) return 'no';
  if (now - sent.firstSentAt <= rtt.srtt / 2) return 'no'; // the next ACK is not near
  if (sendable <= waiting) return byCongestion < usable ? 'congestion-window' : 'peer-window';
  return tcb.finQueued ? 'no' : 'application';
}
