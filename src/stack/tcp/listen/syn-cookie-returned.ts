/**
 * An ACK for a listener that brings a cookie back (`syn-cookies.ts`; Linux cookie_v4_check()): the
 * connection is made from what the ACK tells.
 */
import {
  ABSENT,
  readTcpOptions,
  seqAdd,
  TCP_HEADER_LENGTH,
  type TcpOptionValues,
  type TcpSegment,
} from '../../../wire/index.ts';
import type { IpPacket } from '../../ip/ip-layer.ts';
import { cause } from '../../cause.ts';
import type { TcpProfile } from '../profile.ts';
import type { Instant } from '../../time.ts';
import { resumeEcn } from '../ecn/opening.ts';
import { chooseIss, takeSyn } from '../open/initial-numbers.ts';
import { segmentArrives } from '../segment-arrives/input.ts';
import { ACCEPT_QUEUE_FULL } from './listen-queue.ts';
import type { ConnectionOptions } from '../sockets/connection-options.ts';
import type { Listener } from './listener.ts';
import { prepareOffer, receivedSegment } from '../open/negotiate.ts';
import { windowOfSyn } from '../receive/receive-window.ts';
import type { ConnectionMaker } from '../open/synchronize.ts';
import { irsOf, issOf, readCookie } from './syn-cookie-read.ts';
import { carriedOptions } from './syn-cookies.ts';
import { moveTo, type Tcb } from '../tcb.ts';

const COOKIE_RETURNED = cause('syn-cookie-returned', 'a SYN cookie came back', 'RFC 4987 §3.6');

/** Says whether the segment was one with a cookie; if not, it is read as any other. */
export function takeCookie(
  services: ConnectionMaker,
  listener: Listener,
  packet: IpPacket,
  seg: TcpSegment,
  now: Instant,
): boolean {
  const mss = readCookie(services, listener, packet, seg, now);
  if (mss === undefined) return false;
  if (listener.isFull) {
    services.trace?.dropped(packet.bytes, ACCEPT_QUEUE_FULL, now);
    return true;
  }
  const tcb = services.accept(packet, seg, undeferred(listener.optionsFor(packet.source)));
  if (tcb === undefined) return false;
  const peer = readTcpOptions(seg.bytes, seg.start + TCP_HEADER_LENGTH, seg.payloadAt);
  peer.mss = mss;
  const hasEcn = readCarried(peer, tcb);
  if (!isStillAllowed(tcb.profile, peer)) {
    services.forget(tcb);
    return false;
  }
  tcb.listener = listener;
  prepareOffer(tcb, now);
  resumeEcn(tcb, seg, hasEcn || !peer.hasTimestamps, hasEcn);
  resume(tcb, seg, peer, now);
  moveTo(tcb, 'SYN-RECEIVED', COOKIE_RETURNED, now);
  segmentArrives(tcb, packet, seg, now);
  return true;
}

/** TCP_DEFER_ACCEPT is of no use: nobody would send the SYN-ACK again. */
function undeferred(options: ConnectionOptions): ConnectionOptions {
  return options.deferAccept === 0 ? options : { ...options, deferAccept: 0 };
}

/** What the peer's SYN offered comes back in its echo of our timestamp. Says whether ECN did. */
function readCarried(peer: TcpOptionValues, { timestampOffset }: Tcb): boolean {
  if (!peer.hasTimestamps) {
    peer.sackPermitted = false;
    peer.windowScale = ABSENT;
    return false;
  }
  const echo = peer.tsEcr === 0 ? 0 : (peer.tsEcr - timestampOffset) >>> 0;
  const { windowScale, sack, ecn } = carriedOptions(echo);
  peer.windowScale = windowScale;
  peer.sackPermitted = sack;
  return ecn;
}

/** What was agreed on may have been turned off since (Linux cookie_timestamp_decode()). */
function isStillAllowed(profile: TcpProfile, peer: TcpOptionValues): boolean {
  if (peer.hasTimestamps && profile.timestamps === 0) return false;
  if (peer.sackPermitted && !profile.sack) return false;
  return peer.windowScale === ABSENT || profile.windowScaling;
}

/** The control block as it would be had it been kept since our SYN-ACK. */
function resume(tcb: Tcb, seg: TcpSegment, peer: TcpOptionValues, now: Instant): void {
  const { rcv } = tcb;
  takeSyn(tcb, irsOf(seg), seg, peer, now);
  chooseIss(tcb, now, issOf(seg));
  rcv.offered = windowOfSyn(tcb, receivedSegment(tcb));
  rcv.edge = seqAdd(rcv.nxt, rcv.offered);
  tcb.lastAckSent = rcv.nxt;
}
