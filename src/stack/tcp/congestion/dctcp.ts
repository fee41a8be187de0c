/**
 * DCTCP (RFC 8257), for networks whose queues mark early: the window falls by as much as was
 * marked. α is the share of marked segments, smoothed over the windows; where Reno halves, DCTCP
 * takes α/2. It grows as Reno does, and halves when a segment is really lost.
 *
 * Numbers are Linux's (net/ipv4/tcp_dctcp.c): α in 1024ths, g = 1/16, and α = 1 at first, so that a
 * connection whose first window is marked begins carefully.
 */
import { seqGe, type Seq, toSeq } from '../../../wire/index.ts';
import type { CongestionEvent, DeliveryTotals } from './congestion-control.ts';
import type { CongestionWindow } from './congestion-window.ts';
import { Reno } from './reno.ts';

/** α = 1. */
const WHOLE = 1024;
/** g = 2⁻⁴, the weight of the latest window. */
const GAIN_SHIFT = 4;

export class Dctcp extends Reno {
  override readonly name: string = 'dctcp';
  /** DCTCP.Alpha in 1024ths. */
  #alpha = WHOLE;
  /** DCTCP.WindowEnd: the observation window ends when this is acknowledged. */
  #windowEnd: Seq = toSeq(0);
  /** What had been delivered, and with marks, when the window began. */
  #delivered = 0;
  #marked = 0;
  /** The window before the last reduction, for an undo. */
  #lastWindow = 0;

  override thresholdAfterLoss({ cwnd }: CongestionWindow, event: CongestionEvent): number {
    this.#lastWindow = cwnd;
    if (event === 'loss') return Math.max(cwnd >>> 1, 2); // §3.5
    return Math.max(cwnd - Math.floor((cwnd * this.#alpha) / (2 * WHOLE)), 2); // §3.3
  }

  override windowBeforeLoss({ cwnd }: CongestionWindow): number {
    return Math.max(cwnd, this.#lastWindow);
  }

  /** §3.3: at the end of each window, α ← (1 − g)·α + g·M. */
  acknowledged({ una, next, delivered, marked }: DeliveryTotals): void {
    if (!seqGe(toSeq(una), this.#windowEnd)) return;
    const newlyDelivered = delivered - this.#delivered;
    if (newlyDelivered > 0) {
      const decay = this.#alpha >>> GAIN_SHIFT || this.#alpha;
      const share = ((marked - this.#marked) * (WHOLE >>> GAIN_SHIFT)) / newlyDelivered;
      this.#alpha = Math.min(this.#alpha - decay + Math.floor(share), WHOLE);
    }
    this.#windowEnd = toSeq(next);
    this.#delivered = delivered;
    this.#marked = marked;
  }

  /** TCP_CC_INFO: `struct tcp_dctcp_info` (linux/inet_diag.h). */
  info(): Readonly<Record<string, number>> {
    return { dctcp_enabled: 1, dctcp_alpha: this.#alpha };
  }
}
