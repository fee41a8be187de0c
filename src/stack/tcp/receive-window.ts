/**
 * The window to offer (RFC 9293 §3.8.6): never taken back once offered (SHLD-14), and not opened
 * by slivers (silly-window avoidance, §3.8.6.2.2, MUST-39).
 */
import { seqAdd } from '../../wire/index.ts';
import type { HostProfile, TcpProfile } from '../profile.ts';
import type { Tcb } from './tcb.ts';

/** The most that a SYN can offer: its window is not scaled (RFC 7323 §2.2). */
const UNSCALED_MAXIMUM = 65535;

/** The window of a SYN or SYN-ACK; `segment` is the payload of a full segment. */
export function initialWindow(profile: TcpProfile, space: number, segment: number): number {
  const rule = profile.initialWindow;
  let window = space;
  switch (rule.rule) {
    case 'whole-segments':
      if (space > segment) window = space - (space % segment);
      break;
    case 'segments':
      window = Math.min(space, rule.count * segment);
      break;
    case 'fixed':
      ({ window } = rule);
      break;
  }
  return Math.min(window, UNSCALED_MAXIMUM);
}

/** The window of this connection's SYN: the route may have it smaller (`ip route … initrwnd`). */
export function windowOfSyn({ profile, rcv, route }: Tcb, segment: number): number {
  const window = initialWindow(profile, rcv.space, segment);
  const { initialReceiveWindow: segments } = route.metrics;
  return segments === undefined ? window : Math.min(window, segments * segment);
}

/** How much data a receive buffer has room for (Linux tcp_win_from_space() until 6.5). */
export function receiveSpaceOf({ receiveBuffer, overheadScale }: TcpProfile): number {
  const size = receiveBuffer.default;
  return overheadScale > 0 ? size - (size >>> overheadScale) : size >>> -overheadScale;
}

/**
 * The window scale to offer: for a buffer of the system's choice by what it may grow to, for one
 * that the program has chosen (SO_RCVBUF) by its size, the least by which the field can express it
 * (RFC 7323 §2.3: at most 14).
 */
export function windowScaleFor({ tcp, socketMemory }: HostProfile, chosenSpace: number): number {
  const most = Math.max(tcp.receiveBuffer.maximum, socketMemory.receiveMost);
  const bits = 32 - Math.clz32(chosenSpace === 0 ? most : chosenSpace);
  return Math.min(Math.max(0, bits - 16), 14);
}

/** The most that the window field can say of the space (RFC 7323 §2.2). */
function largestOffer({ rcv }: Tcb): number {
  return Math.min(rcv.space, UNSCALED_MAXIMUM << rcv.windowScale);
}

/** How much of the space may be offered when the connection begins; it grows with the traffic. */
export function initialThreshold(tcb: Tcb, segment: number): number {
  const { space } = tcb.rcv;
  const { initialWindow: rule, applicationWindow } = tcb.profile;
  if (rule.rule === 'fixed') return largestOffer(tcb);
  const clamp = windowClamp(space, segment, applicationWindow);
  return Math.min(initialWindow(tcb.profile, space, segment), clamp);
}

/** What is left of the space when some is held back (Linux tcp_init_buffer_space()). */
function windowClamp(space: number, segment: number, applicationWindow: number): number {
  if (applicationWindow === 0 || space <= 2 * segment) return space;
  const held = space > 4 * segment ? space >>> applicationWindow : 0;
  const clamp = Math.max(space - held, Math.min(space, 4 * segment));
  return clamp + segment > space ? Math.max(2 * segment, space - segment) : clamp;
}

/** Full segments arrive, so buffers are well used: more of the space may be offered. */
export function growThreshold(tcb: Tcb, payloadLength: number): void {
  const { rcv } = tcb;
  const most = largestOffer(tcb);
  if (rcv.ssthresh < most && payloadLength * 2 >= rcv.mss) {
    rcv.ssthresh = Math.min(rcv.ssthresh + 2 * rcv.mss, most);
  }
}

/** What the buffer would allow now, without regard to what was offered before. */
export function freeWindow(tcb: Tcb): number {
  const { rcv } = tcb;
  const free = rcv.space - tcb.receiveBuffer.length;
  const segment = Math.min(rcv.segmentSize, rcv.space);
  if (free < Math.min(segment, rcv.space >>> 1)) return 0; // RFC 1122 §4.2.3.3
  const window = Math.min(free, rcv.ssthresh);
  if (rcv.windowScale > 0) return roundUp(window, rcv.windowScale);
  // Unscaled windows move by whole segments, so that the field does not change with every read; in
  // a buffer of less than two, by half of it (§3.8.6.2.2, Fr = 1/2), or a sliver would last for
  // ever.
  const { offered } = rcv;
  const isFar = window - offered >= Math.min(segment, rcv.space >>> 1) || offered > window;
  if (!isFar) return offered;
  return window < segment ? window : window - (window % segment);
}

/** Offers a window and moves the right edge; returns the window field of a segment. */
export function offerWindow(tcb: Tcb): number {
  const { rcv } = tcb;
  const { wnd } = rcv;
  let window = freeWindow(tcb);
  if (window < wnd) window = roundUp(wnd, rcv.windowScale);
  window = Math.min(window, UNSCALED_MAXIMUM << rcv.windowScale);
  rcv.edge = seqAdd(rcv.nxt, window);
  rcv.offered = window;
  return window >>> rcv.windowScale;
}

/** The field's unit is 2^scale octets: rounding down would take a promise back. */
function roundUp(window: number, scale: number): number {
  const unit = 1 << scale; // a power by `**` takes 50 ns, and this is done for every segment
  return Math.ceil(window / unit) * unit;
}

/** Whether the application has read so much that the peer should hear of it now. */
export function isUpdateDue(tcb: Tcb): boolean {
  const { wnd, ssthresh } = tcb.rcv;
  if (2 * wnd > ssthresh) return false;
  const window = freeWindow(tcb);
  return window > 0 && window >= 2 * wnd;
}
