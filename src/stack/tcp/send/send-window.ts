/** The window that the peer offers (RFC 9293 §3.10.7.4 fifth): read off its segments. */
import { seqLt, TcpFlag, type TcpSegment } from '../../../wire/index.ts';
import { type Instant, NEVER } from '../../time.ts';
import { restartAfterIdle } from '../congestion/window-use.ts';
import { unsentLength } from './send-memory.ts';
import type { Tcb } from '../tcb.ts';

/** The window that the segment offers; that of a SYN is not scaled (RFC 7323 §2.2). */
export function windowOf({ snd }: Tcb, seg: TcpSegment): number {
  return (seg.flags & TcpFlag.syn) === 0 ? seg.window << snd.windowScale : seg.window;
}

/**
 * SND.WND from a segment that is not older than the one it was last taken from. One that advances
 * SND.UNA is newer whatever its SEG.SEQ, as on Linux: the peer may have sent old octets again, and
 * by SND.WL1 alone the old window would count from the new SND.UNA, beyond what was offered. Says
 * whether the segment changes the window, so that it is no duplicate ACK (RFC 5681 §2).
 */
export function updateSendWindow(tcb: Tcb, seg: TcpSegment, now: Instant): boolean {
  const { snd } = tcb;
  if (seqLt(seg.ack, snd.una)) return false;
  tcb.probes = 0; // the peer lives, however long it keeps its window closed (MUST-37)
  const isNewer = seqLt(snd.wl2, seg.ack) || seqLt(snd.wl1, seg.seq);
  const window = windowOf(tcb, seg);
  if (!isNewer && !takesSameAgain(tcb, seg, window)) return false;
  snd.wl1 = seg.seq;
  snd.wl2 = seg.ack;
  if (window === 0) tcb.firstTimeoutAt = NEVER;
  if (window > snd.largestWindow) snd.largestWindow = window;
  if (window === snd.wnd) return isNewer;
  snd.wnd = window;
  if (unsentLength(tcb) > 0) restartAfterIdle(tcb, now);
  return true;
}

/** Whether a segment that is no newer than the one before, nor older, counts for the window. */
function takesSameAgain({ snd, profile }: Tcb, seg: TcpSegment, window: number): boolean {
  if (snd.wl1 !== seg.seq || snd.wl2 !== seg.ack) return false;
  if (window >= snd.wnd || profile.smallerWindow === 'taken') return true;
  return profile.smallerWindow === 'zero-only' && window === 0;
}
