/**
 * The window to offer (RFC 9293 §3.8.6): never taken back once offered (SHLD-14), and not opened
 * by slivers (silly-window avoidance, §3.8.6.2.2, MUST-39).
 */
import { seqAdd } from '../../../wire/index.ts';
import type { CommonProfile } from '../../profile.ts';
import type { TcpProfile } from '../profile.ts';
import { payloadShare, RATIO_UNIT } from './payload-share.ts';
import { effectiveReceiveSegment, freeSpace, memoryInUse } from './receive-memory.ts';
import type { ReceiveSequence } from '../sequence-spaces.ts';
import type { Tcb } from '../tcb.ts';
import type { WaitingPacket } from './waiting-packet.ts';

/** The most that the field can say, before it is scaled (RFC 7323 §2.2). */
export const FIELD_MAXIMUM = 65535;

/** A full segment on Ethernet over IPv4. */
const ETHERNET_SEGMENT = 1460;

/** The window of a SYN, or of the answer to one; `segment` is the payload of a full segment. */
function initialWindow(
  profile: TcpProfile,
  space: number,
  segment: number,
  isAnswer: boolean,
): number {
  const rule = profile.initialWindow;
  let window = space;
  switch (rule.rule) {
    case 'whole-segments':
      if (space > segment) window = space - (space % segment);
      break;
    case 'segments':
      window = Math.min(space, segmentsOf(rule.count, segment) * segment);
      break;
    case 'fixed':
      window = Math.min(space, isAnswer ? (rule.answer ?? rule.window) : rule.window);
      break;
  }
  return Math.min(window, profile.unscaledWindowMost); // that of a SYN is not scaled
}

/** How many segments are as much as `count` of Ethernet's (Linux tcp_default_init_rwnd()). */
function segmentsOf(count: number, segment: number): number {
  if (segment <= ETHERNET_SEGMENT) return count;
  return Math.max(2, Math.floor((count * ETHERNET_SEGMENT) / segment));
}

/**
 * The window of this connection's SYN, which is chosen in CLOSED, or SYN-ACK: the route may have it
 * smaller (`ip route … initrwnd`).
 */
export function windowOfSyn({ profile, rcv, route, state }: Tcb, segment: number): number {
  const isAnswer = state !== 'CLOSED';
  const space = Math.min(rcv.space, rcv.clampAsked);
  const window = initialWindow(profile, space, segment, isAnswer);
  const { initialReceiveWindow: segments } = route.metrics;
  return segments === undefined ? window : Math.min(window, segments * segment);
}

/** The least that a window is clamped to (Linux SOCK_MIN_RCVBUF / 2). */
export const CLAMP_LEAST = 1152;

/** TCP_WINDOW_CLAMP: no window beyond `most` is offered (Linux tcp_set_window_clamp()). */
export function clampWindow({ rcv }: Tcb, most: number): void {
  if (rcv.clamp === most) return;
  const isLess = most < rcv.clamp;
  rcv.clamp = most;
  if (isLess) rcv.ssthresh = Math.min(rcv.ssthresh, most);
  else rcv.ssthresh = Math.max(rcv.ssthresh, Math.min(rcv.offered, most));
}

/**
 * The window scale to offer: for a buffer of the system's choice by what it may grow to, for one
 * that the program has chosen (SO_RCVBUF) by its size, the least by which the field can express it
 * (RFC 7323 §2.3: at most 14). `clamp`: the program wants no larger window (TCP_WINDOW_CLAMP).
 */
export function windowScaleFor(
  { tcp, socketMemory }: CommonProfile,
  chosenSpace: number,
  clamp: number,
): number {
  const most = Math.max(tcp.receiveBuffer.maximum, socketMemory.receiveMost);
  const bits = 32 - Math.clz32(Math.min(chosenSpace === 0 ? most : chosenSpace, clamp));
  return Math.min(Math.max(0, bits - 16), 14);
}

/** The most that the window field can say (RFC 7323 §2.2). */
function fieldMost({ rcv, profile }: Tcb): number {
  return rcv.windowScale === 0 ? profile.unscaledWindowMost : FIELD_MAXIMUM << rcv.windowScale;
}

/** The most that it can say of the space. */
function largestOffer(tcb: Tcb): number {
  return Math.min(tcb.rcv.space, tcb.rcv.clamp, fieldMost(tcb));
}

/** The buffer has grown by itself: all of it may be offered at once. */
export function offerWhole(tcb: Tcb): void {
  tcb.rcv.ssthresh = largestOffer(tcb);
}

/**
 * How much of the space may be offered when the connection begins; it grows with the traffic. What
 * our SYN has offered already, we keep to.
 */
export function initialThreshold(tcb: Tcb, segment: number): number {
  const { rcv } = tcb;
  const { space } = rcv;
  const { initialWindow: rule, applicationWindow } = tcb.profile;
  if (rule.rule === 'fixed') return largestOffer(tcb);
  const clamp = windowClamp(space, segment, applicationWindow);
  const first = rcv.offered > 0 ? rcv.offered : windowOfSyn(tcb, segment);
  const window = Math.min(first, clamp, rcv.clamp);
  if (tcb.profile.receiveTuning !== undefined) {
    rcv.clamp = Math.min(rcv.clamp, clamp, fieldMost(tcb));
  }
  return window;
}

/** What is left of the space when some is held back (Linux tcp_init_buffer_space()). */
function windowClamp(space: number, segment: number, applicationWindow: number): number {
  if (applicationWindow === 0 || space <= 2 * segment) return space;
  const held = space > 4 * segment ? space >>> applicationWindow : 0;
  const clamp = Math.max(space - held, Math.min(space, 4 * segment));
  return clamp + segment > space ? Math.max(2 * segment, space - segment) : clamp;
}

/**
 * Full segments arrive, so buffers are well used: more of the space may be offered, and the sender
 * is to hear of it soon (Linux tcp_grow_window()). It may become more than an unscaled field can
 * say: the clamp of 65,535 octets is forgotten when the ratio is learnt.
 */
export function growThreshold(tcb: Tcb, packet: WaitingPacket, isJoined: boolean): void {
  const { rcv, profile } = tcb;
  const { length } = packet;
  if (profile.receiveTuning === undefined) {
    if (length * 2 < rcv.mss) return;
    rcv.ssthresh = Math.min(rcv.ssthresh + 2 * rcv.mss, largestOffer(tcb));
    return;
  }
  const room = Math.min(rcv.clamp, freeSpace(tcb)) - rcv.ssthresh;
  if (room <= 0) return;
  const memory = packet.memory - (isJoined ? tcb.route.port.interface.packetBuffers.apart : 0);
  const fits = payloadShare(memory, rcv.ratio) <= length;
  const step = fits ? 2 * effectiveReceiveSegment(tcb) : smallSegmentStep(tcb, length, memory);
  if (step === 0) return;
  rcv.ssthresh += Math.min(room, Math.max(step, 2 * length));
  tcb.delayedAck.windowGrew();
}

/**
 * A segment shorter than its memory: the window may grow by it as long as it is far below what the
 * largest buffer has room for (Linux __tcp_grow_window()).
 */
function smallSegmentStep({ rcv, profile }: Tcb, payloadLength: number, memory: number): number {
  let share = payloadShare(memory, rcv.ratio) >>> 1;
  let window = payloadShare(profile.receiveBuffer.maximum, rcv.ratio) >>> 1;
  while (rcv.ssthresh <= window) {
    if (share <= payloadLength) return 2 * rcv.segmentSize;
    share >>>= 1;
    window >>>= 1;
  }
  return 0;
}

/** Segments became longer: how much of the memory is payload shows now. */
export function learnRatio(tcb: Tcb, { length, memory }: WaitingPacket): void {
  const { rcv, profile, tuning } = tcb;
  if (profile.receiveTuning?.learnsRatio !== true) return;
  const ratio = Math.floor((length * RATIO_UNIT) / memory);
  if (ratio === rcv.ratio) return;
  rcv.ratio = Math.max(1, ratio);
  rcv.space = payloadShare(rcv.memory, rcv.ratio);
  clampWindow(tcb, Math.max(rcv.space, CLAMP_LEAST));
  if (tuning === undefined) rcv.firstSpace = Math.min(rcv.firstSpace, rcv.clamp);
  else tuning.space = Math.min(tuning.space, rcv.clamp);
}

/** What the buffer would allow now, without regard to what was offered before. */
export function freeWindow(tcb: Tcb): number {
  if (mayShrink(tcb)) return shrinkingWindow(tcb);
  const { rcv } = tcb;
  const most = Math.min(rcv.clamp, rcv.space);
  let free = freeSpace(tcb);
  if (free < most >>> 1) free = littleLeft(tcb, free);
  const window = Math.min(free, rcv.ssthresh);
  if (rcv.windowScale > 0) return roundUp(window, rcv.windowScale);
  return unscaledWindow(tcb, window, most);
}

/**
 * Less than half of the space is left: nothing of it where that is too little (RFC 1122 §4.2.3.3),
 * and the unit of the scale must not make it more (Linux __tcp_select_window()).
 */
function littleLeft(tcb: Tcb, free: number): number {
  const { rcv, delayedAck, profile } = tcb;
  delayedAck.endQuick();
  const whole = free - (free % (1 << rcv.windowScale));
  const { closesWindowBelow: share } = profile;
  if (share > 0 && whole < Math.floor(rcv.space / share)) return 0;
  return whole < usualSegment(rcv) ? 0 : whole;
}

/** The payload of the peer's segments, as far as there is room for it. */
function usualSegment({ segmentSize, mss, clamp, space }: ReceiveSequence): number {
  return Math.min(segmentSize, mss, clamp, space);
}

/**
 * Unscaled windows move by whole segments, so that the field does not change with every read; in a
 * buffer that has no room for one, by half of it (§3.8.6.2.2, Fr = 1/2), or a sliver would last for
 * ever.
 */
function unscaledWindow({ rcv }: Tcb, window: number, most: number): number {
  const { offered } = rcv;
  const segment = usualSegment(rcv);
  const isFar = window - offered >= segment || offered > window;
  if (isFar) return window - (window % segment);
  return segment === most && window > offered + (most >>> 1) ? window : offered;
}

/** The administrator wants no window that there is no memory for, and a scale can express it. */
function mayShrink({ rcv, profile }: Tcb): boolean {
  return profile.shrinksWindow && rcv.windowScale > 0;
}

/**
 * The window that follows what is free, up and down (Linux tcp_shrink_window): nothing when that is
 * less than a segment or a sixteenth of the buffer.
 */
function shrinkingWindow(tcb: Tcb): number {
  const { rcv } = tcb;
  const unit = 1 << rcv.windowScale;
  const free = freeSpace(tcb);
  const whole = Math.max(0, free - (free % unit));
  const most = Math.min(rcv.clamp, rcv.space);
  const least = Math.max(rcv.space >>> 4, Math.min(rcv.segmentSize, most), unit);
  if (whole < most >>> 1 && whole < least) return 0;
  return whole > rcv.ssthresh ? roundUp(rcv.ssthresh, rcv.windowScale) : whole;
}

/** Offers a window and moves the right edge; returns the window field of a segment. */
export function offerWindow(tcb: Tcb): number {
  const { rcv } = tcb;
  if (isStarved(tcb)) {
    rcv.edge = rcv.nxt;
    rcv.offered = 0;
    return 0;
  }
  const { wnd } = rcv;
  let window = freeWindow(tcb);
  if (window < wnd && !mayShrink(tcb)) {
    if (window === 0) tcb.services.counters.TcpExtTCPWantZeroWindowAdv += 1;
    window = roundUp(wnd, rcv.windowScale);
  }
  const most = fieldMost(tcb);
  // Linux takes what it would offer, were the field long enough (tcp_select_window()).
  if (tcb.profile.receiveTuning === undefined) window = Math.min(window, most);
  if (window === 0 || rcv.offered === 0) countClosing(tcb, window);
  rcv.edge = seqAdd(rcv.nxt, window);
  rcv.offered = window;
  return Math.min(window, most) >>> rcv.windowScale;
}

/** The window closes, or opens again. */
function countClosing({ rcv, services }: Tcb, window: number): void {
  if (window === 0 && rcv.offered > 0) services.counters.TcpExtTCPToZeroWindowAdv += 1;
  if (window > 0 && rcv.offered === 0) services.counters.TcpExtTCPFromZeroWindowAdv += 1;
}

/**
 * There was no memory for a packet, and there is none yet: the peer is told to stop, even if that
 * takes back what was offered (Linux tcp_select_window(), ICSK_ACK_NOMEM).
 */
function isStarved(tcb: Tcb): boolean {
  const { rcv } = tcb;
  if (!rcv.isStarved) return false;
  rcv.isStarved = false;
  return memoryInUse(tcb) > rcv.memory;
}

/** The field's unit is 2^scale octets: rounding down would take a promise back. */
function roundUp(window: number, scale: number): number {
  const unit = 1 << scale;
  return (window + unit - 1) & -unit; // in whole words, for this is done for every segment
}

/** Whether the application has read so much that the peer should hear of it now. */
export function isUpdateDue(tcb: Tcb): boolean {
  const { wnd, ssthresh, clamp } = tcb.rcv;
  if (2 * wnd > (tcb.profile.receiveTuning === undefined ? ssthresh : clamp)) return false;
  const window = freeWindow(tcb);
  return window > 0 && window >= 2 * wnd;
}
