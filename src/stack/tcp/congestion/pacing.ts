/**
 * Pacing: segments leave at a rate, not as fast as the device takes them, so that a window's worth
 * does not meet in one queue. It applies where the congestion control asks for it (BBR), where the
 * program sets a rate (SO_MAX_PACING_RATE), and where packets wait in a queue that paces (`tc …
 * fq`). As Linux's TCP does it by itself (tcp_pacing_check(), tcp_update_skb_after_send()): each
 * burst sets the instant before which no other leaves, and a timer for it.
 */
import type { Duration, Instant } from '../../time.ts';
import { pacingRate, updatePacingRate } from './burst.ts';
import { effectiveSendMss } from '../open/negotiate.ts';
import type { Tcb } from '../tcb.ts';
import { RareTimer } from '../timers.ts';

/** So many segments go unpaced at first: a short answer is not to be held up. */
const UNPACED_SEGMENTS = 10;
const SECOND: Duration = 1_000_000_000;

function isPaced({ congestion, options, route }: Tcb): boolean {
  return (
    congestion.paces === true ||
    Number.isFinite(options.mostPacingRate) ||
    route.port.interface.queue.kind === 'fq'
  );
}

/** Whether nothing may leave yet; then a timer is set for when something may. */
export function isHeldBack(tcb: Tcb, now: Instant): boolean {
  if (tcb.pacedUntil <= now || !isPaced(tcb)) return false;
  tcb.timers.start(RareTimer.pacing, tcb.pacedUntil);
  return true;
}

/** A burst of so many octets has left: when may the next one? */
export function burstLeft(tcb: Tcb, octets: number, now: Instant): void {
  if (!isPaced(tcb)) return;
  const credit = Math.max(0, now - tcb.pacedUntil); // how much later than allowed it left
  tcb.pacedUntil = Math.max(tcb.pacedUntil, now);
  if (!Number.isFinite(tcb.window.pacingRate)) updatePacingRate(tcb, effectiveSendMss(tcb));
  const rate = pacingRate(tcb);
  if (!Number.isFinite(rate) || rate <= 0 || tcb.counts.dataSegmentsOut < UNPACED_SEGMENTS) return;
  const length = Math.floor((octets * SECOND) / rate);
  tcb.pacedUntil += length - Math.min(Math.floor(length / 2), credit);
}
