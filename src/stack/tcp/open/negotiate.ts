/** What the two SYNs agree on (RFC 9293 §3.7.1, RFC 7323 §2.2 and §3.2, RFC 2018 §2). */
import { ABSENT, isIpv6, TIMESTAMPS_LENGTH, type TcpOptionValues } from '../../../wire/index.ts';
import type { IpLayer } from '../../ip/ip-layer.ts';
import { mtuOf } from '../../ip/path-mtu.ts';
import type { Instant } from '../../time.ts';
import { applyOptions } from '../sockets/connection-options.ts';
import { setReceiveMemory } from '../receive/receive-memory.ts';
import { initialRatio } from '../receive/payload-share.ts';
import { clampWindow, initialThreshold, windowScaleFor } from '../receive/receive-window.ts';
import { headersLength, syncMss } from '../path-mtu/segment-size.ts';
import { currentOptionsLength, lastingOptionsLength } from '../send/segment-options.ts';
import { type Tcb, useCongestionControl } from '../tcb.ts';

/** RFC 7323 §2.3: a larger shift count is taken as this. */
const WINDOW_SCALE_MAXIMUM = 14;
/** MSS when the peer announces none (MUST-15). */
const DEFAULT_MSS = 536;
const DEFAULT_MSS_OF_IPV6 = 1220;

/**
 * The MSS to announce: what fits into the largest packet that the way carries (MUST-67), unless the
 * administrator wants another (`ip route … advmss`).
 */
export function announcedMss({ ip, route, services }: Tcb, now: Instant): number {
  const { leastAnnouncedMss } = services.host.pathMtu;
  const ofMtu = Math.max(mtuOf(route, now) - headersLength(ip), leastAnnouncedMss);
  return Math.min(route.metrics.advertisedMss ?? ofMtu, largestMss(ip));
}

/** The largest MSS there can be. */
function largestMss(ip: IpLayer): number {
  return ip.longestPacket - headersLength(ip);
}

/** Takes over what the program asked for, and decides what this end would put on a SYN. */
export function prepareOffer(tcb: Tcb, now: Instant): void {
  const { profile, services, options } = tcb;
  const { receiveSpace, maximumSegment } = options;
  tcb.rcv.ratio = initialRatio(profile);
  setReceiveMemory(tcb, profile.receiveBuffer.default);
  tcb.sendSpace = profile.sendBuffer.default;
  applyOptions(tcb, options);
  heedRoute(tcb);
  const offers = profile.synOptions;
  // Beside a signature a SYN has no room for all of them (Linux tcp_syn_options()).
  const isSigned = tcb.signatureKey !== undefined && tcb.state === 'CLOSED';
  const mayOffer = profile.requestsTimestamps || tcb.state !== 'CLOSED';
  tcb.offersTimestamps =
    profile.timestamps !== 0 && offers.includes('timestamps') && mayOffer && !isSigned;
  tcb.offersSack = profile.sack && offers.includes('sack-permitted');
  tcb.offersWindowScale = profile.windowScaling && offers.includes('window-scale');
  const most = Math.min(largestMss(tcb.ip), profile.longestSegment);
  const wanted = maximumSegment > 0 ? Math.min(maximumSegment, most) : most;
  tcb.rcv.mss = Math.min(announcedMss(tcb, now), wanted);
  tcb.snd.mssLimit = wanted;
  syncMss(tcb, mtuOf(tcb.route, now));
  tcb.rcv.windowScale = windowScaleFor(services.host, receiveSpace, tcb.rcv.clampAsked);
}

/**
 * What the route says (ip-route(8)): a bound for windows where the program has set none, and the
 * congestion control, whatever the program has chosen (Linux tcp_connect_init(), tcp_ca_dst_init(),
 * tcp_ca_openreq_child()).
 */
function heedRoute(tcb: Tcb): void {
  const { route, options, profile, rcv } = tcb;
  const { mostWindow, congestionControl } = route.metrics;
  if (mostWindow !== undefined && options.windowClamp === 0) {
    rcv.clampAsked = mostWindow;
    clampWindow(tcb, mostWindow);
  }
  const chosen = options.congestionControl ?? profile.congestion.algorithm;
  useCongestionControl(tcb, congestionControl ?? chosen);
}

/** No shorter segments are reckoned with (Linux TCP_MIN_MSS). */
export const LEAST_SEGMENT = 88;

/**
 * The peer's SYN has arrived: what both offered is agreed, what only one offered is used by none.
 * Before our own SYN-ACK this also decides what it offers.
 */
export function agree(tcb: Tcb, peer: TcpOptionValues, now: number): void {
  const { snd, rcv } = tcb;
  const usual = isIpv6(tcb.remoteAddress) ? DEFAULT_MSS_OF_IPV6 : DEFAULT_MSS;
  const { leastMss, raisesPeerMss } = tcb.profile.mtuProbing;
  snd.mss = peer.mss === ABSENT || peer.mss === 0 ? usual : peer.mss;
  if (raisesPeerMss) snd.mss = Math.max(snd.mss, leastMss);
  boundFirstWindow(tcb);
  const { windowWithoutMss } = tcb.profile.problems;
  if (peer.mss === ABSENT && windowWithoutMss > 0) tcb.window.cwnd = windowWithoutMss;
  tcb.offersTimestamps &&= peer.hasTimestamps;
  tcb.offersSack &&= peer.sackPermitted;
  tcb.offersWindowScale &&= peer.windowScale !== ABSENT;
  tcb.hasTimestamps = tcb.offersTimestamps;
  tcb.sendsSack = tcb.offersSack;
  tcb.hasSack = tcb.offersSack && tcb.profile.lossRecovery.readsSack;
  if (tcb.hasTimestamps) {
    tcb.tsRecent = peer.tsVal;
    tcb.tsRecentAt = now;
  }
  if (tcb.offersWindowScale) {
    snd.windowScale = Math.min(peer.windowScale, WINDOW_SCALE_MAXIMUM);
  } else {
    snd.windowScale = 0;
    rcv.windowScale = 0;
  }
  rcv.ssthresh = initialThreshold(tcb, receivedSegment(tcb));
}

/** The first window is bounded in octets, too, where nobody chose it (`ip route … initcwnd`). */
function boundFirstWindow(tcb: Tcb): void {
  const { window, snd, profile, route } = tcb;
  if (route.metrics.initialWindow !== undefined) return;
  const most = Math.max(2, Math.floor(profile.congestion.initialOctets / snd.mss));
  window.cwnd = Math.min(window.cwnd, most);
}

/** The payload of a full segment that we receive: our MSS less the options that each carries. */
export function receivedSegment(tcb: Tcb): number {
  return tcb.rcv.mss - (tcb.offersTimestamps ? TIMESTAMPS_LENGTH : 0);
}

/**
 * Eff.snd.MSS (RFC 9293 §3.7.1, MUST-16): what the peer takes and the way carries, less options.
 */
export function effectiveSendMss(tcb: Tcb): number {
  return sendMssBeside(tcb, currentOptionsLength(tcb));
}

/** The same without options that come and go, as SACK blocks do (Linux mss_cache). */
export function usualSendMss(tcb: Tcb): number {
  return sendMssBeside(tcb, lastingOptionsLength(tcb));
}

function sendMssBeside({ snd, profile }: Tcb, optionsLength: number): number {
  const options = profile.problems.forgetsOptions ? 0 : optionsLength;
  const mss = Math.min(snd.mss, snd.pathMss) - options;
  // A receiver's buffer may be smaller than two segments, as loopback's is: half of it at most
  // (RFC 9293 §3.8.6.2.1, Fs = 1/2; Linux tcp_bound_to_half_wnd()).
  const { largestWindow } = snd;
  const half = largestWindow > DEFAULT_MSS ? largestWindow >>> 1 : largestWindow;
  return Math.max(1, half > 0 ? Math.min(mss, half) : mss);
}
