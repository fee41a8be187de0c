/** The timers of one connection; what each does when it fires is in `timeouts.ts`. */
import { type Instant, NEVER } from '../time.ts';

/** When the connection's timers fire; {@link NEVER} when they do not run. */
export class Timers {
  retransmission: Instant = NEVER; // RFC 6298 §5
  probe: Instant = NEVER; // RFC 8985 §7, instead of the above
  reordering: Instant = NEVER; // RFC 8985 §6.3
  persist: Instant = NEVER; // RFC 9293 §3.8.6.1
  keepAlive: Instant = NEVER; // RFC 9293 §3.8.4
  pacing: Instant = NEVER; // Linux tcp_pace_kick()
  delayedAck: Instant = NEVER; // RFC 9293 §3.8.6.3
  sackCompression: Instant = NEVER; // Linux tcp_comp_sack_delay_ns
  timeWait: Instant = NEVER; // RFC 9293 §3.10.8
  finWait2: Instant = NEVER; // Linux tcp_fin_timeout

  next(): Instant {
    return Math.min(
      this.retransmission,
      this.probe,
      this.reordering,
      this.persist,
      this.keepAlive,
      this.pacing,
      this.delayedAck,
      this.sackCompression,
      this.timeWait,
      this.finWait2,
    );
  }

  stopAll(): void {
    this.retransmission = NEVER;
    this.probe = NEVER;
    this.reordering = NEVER;
    this.persist = NEVER;
    this.keepAlive = NEVER;
    this.pacing = NEVER;
    this.delayedAck = NEVER;
    this.sackCompression = NEVER;
    this.timeWait = NEVER;
    this.finWait2 = NEVER;
  }
}
