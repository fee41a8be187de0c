/**
 * How a receive buffer grows with the connection (Linux "dynamic right-sizing"): once in a round
 * trip the application's reading is measured, and the buffer becomes large enough for a sender that
 * doubles its rate (tcp_rcv_space_adjust()). What of a buffer's memory is room for payload is
 * learnt from the segments that come (scaling_ratio).
 */
import { type Seq, seqAdd, seqLt } from '../../../wire/index.ts';
import type { Duration, Instant } from '../../time.ts';
import { payloadShare, RATIO_UNIT } from './payload-share.ts';
import { effectiveReceiveSegment } from './receive-memory.ts';
import type { Tcb } from '../tcb.ts';

/** Segments of the first window: what is read in a round trip at first (TCP_INIT_CWND). */
const FIRST_SEGMENTS = 10;

/** What is taken to be read in a round trip before any was measured (tcp_init_buffer_space()). */
export function takeFirstSpace(tcb: Tcb): void {
  const { rcv } = tcb;
  const window = FIRST_SEGMENTS * effectiveReceiveSegment(tcb);
  rcv.firstSpace = Math.min(rcv.ssthresh, rcv.offered, window);
}

/** The same; with Fast Open there is text before the handshake is over. */
export function firstSpace(tcb: Tcb): number {
  if (tcb.rcv.firstSpace === 0) takeFirstSpace(tcb);
  return tcb.rcv.firstSpace;
}

export class ReceiveTuning {
  /** Octets that were read in a round trip. */
  space: number;
  /** The round trip as a receiver sees it; 0 before the first measurement. */
  rtt: Duration = 0;
  /** What had been read when the present measurement began, and when that was. */
  #copiedBefore: number;
  #since: Instant;
  /** When the whole window of `#windowSince` will have come. */
  #windowEnd: Seq | undefined = undefined;
  #windowSince: Instant = 0;
  #lastEcho = -1;

  constructor(tcb: Tcb, copied: number, now: Instant) {
    this.space = firstSpace(tcb);
    this.#copiedBefore = copied;
    this.#since = now;
  }

  /** Without timestamps: a window takes at least a round trip to come (tcp_rcv_rtt_measure()). */
  measureByWindow({ rcv }: Tcb, now: Instant): void {
    if (this.#windowEnd !== undefined) {
      if (seqLt(rcv.nxt, this.#windowEnd)) return;
      const sample = Math.max(now - this.#windowSince, 1000);
      if (this.rtt === 0 || sample < this.rtt) this.rtt = sample;
    }
    this.#windowEnd = seqAdd(rcv.nxt, rcv.offered);
    this.#windowSince = now;
  }

  /** Whether a TSecr was measured already: it changes once in a millisecond. */
  isKnownEcho(tsEcr: number): boolean {
    return tsEcr === this.#lastEcho;
  }

  /** With timestamps: a new TSecr of a full segment tells when we sent what drew it. */
  measureByEcho(age: Duration, tsEcr: number, isAllRead: boolean): void {
    if (age <= 0) return;
    this.#lastEcho = tsEcr;
    if (this.rtt === 0 || age < this.rtt) this.rtt = age;
    else if (isAllRead) this.rtt += Math.floor((age - this.rtt) / 8);
  }

  /**
   * The application has read: in a round trip, more than ever? Each packet that it reads is looked
   * at, so that of one call the first counts: `rest` is what was read behind that.
   */
  read(tcb: Tcb, rest: number, now: Instant): void {
    if (this.rtt === 0 || now - this.#since < this.rtt) return;
    const readable = tcb.receiveBuffer.readable + rest;
    const copied = tcb.counts.octetsReceived - readable;
    const inRoundTrip = copied - this.#copiedBefore - readable;
    if (inRoundTrip > this.space) this.#grow(tcb, inRoundTrip);
    this.#copiedBefore = copied;
    this.#since = now;
  }

  #grow(tcb: Tcb, inRoundTrip: number): void {
    const before = this.space;
    this.space = inRoundTrip;
    growBuffer(tcb, inRoundTrip, before);
  }
}

/**
 * Octets ahead of order wait for those before them: for as long as that takes the buffer has to
 * hold more, if a program is there to read it (Linux tcp_data_queue_ofo()).
 */
export function growForAhead(tcb: Tcb): void {
  if (tcb.profile.receiveTuning?.growsAhead !== true) return;
  if (tcb.user === undefined || tcb.orphaned) return;
  const space = tcb.tuning?.space ?? firstSpace(tcb);
  growBuffer(tcb, space, space);
}

/** Makes room for who reads so much in a round trip, and `before` read less (tcp_rcvbuf_grow()). */
function growBuffer(tcb: Tcb, inRoundTrip: number, before: number): void {
  const { rcv, profile } = tcb;
  if (profile.receiveTuning?.moderates !== true || tcb.options.receiveSpace > 0) return;
  // A window is a round trip late, and the sender may double its rate in slow start.
  let window = 2 * inRoundTrip;
  window += 2 * Math.floor((window * (inRoundTrip - before)) / before);
  window += tcb.receiveBuffer.reach;
  const wanted = Math.floor((window * RATIO_UNIT) / rcv.ratio);
  const memory = Math.min(wanted, profile.receiveBuffer.maximum);
  if (memory <= rcv.memory) return;
  rcv.memory = memory;
  rcv.space = payloadShare(memory, rcv.ratio);
  rcv.clamp = rcv.space;
}

/** How old an echoed timestamp is, in whole ticks of the clock. */
export function echoAge(tsVal: number, tsEcr: number, tick: Duration): Duration {
  return ((tsVal - tsEcr) | 0) * tick;
}
