/**
 * The timers of one connection; what each does when it fires is in `timeouts.ts`. Three run on
 * nearly every connection. The others have a place to be kept in once the first of them is started,
 * so that a connection that never needs one does not carry them (an idle one: 320 octets less).
 */
import { type Instant, NEVER } from '../time.ts';

/** The timers that few connections start. */
export const RareTimer = {
  /** RFC 8985 §6.3, instead of the retransmission timer. */
  reordering: 0,
  /** RFC 9293 §3.8.6.1 */
  persist: 1,
  /** RFC 9293 §3.8.4 */
  keepAlive: 2,
  /** Linux tcp_pace_kick() */
  pacing: 3,
  /** Linux tcp_comp_sack_delay_ns */
  sackCompression: 4,
  /** RFC 9293 §3.10.8 */
  timeWait: 5,
  /** Linux tcp_fin_timeout */
  finWait2: 6,
} as const;
export type RareTimer = (typeof RareTimer)[keyof typeof RareTimer];

const NONE_STARTED: readonly Instant[] = Object.values(RareTimer).map(() => NEVER);

/** When they fire; {@link NEVER} when they do not run. */
export class Timers {
  retransmission: Instant = NEVER; // RFC 6298 §5
  probe: Instant = NEVER; // RFC 8985 §7, instead of the above
  delayedAck: Instant = NEVER; // RFC 9293 §3.8.6.3
  /** By {@link RareTimer}; nothing before the first is started. */
  #rare: Instant[] | undefined = undefined;
  /** When the first of them fires. */
  #firstRare: Instant = NEVER;

  /** When one of the others fires. */
  at(timer: RareTimer): Instant {
    return this.#rare === undefined ? NEVER : this.#rare[timer]!;
  }

  isRunning(timer: RareTimer): boolean {
    return this.at(timer) !== NEVER;
  }

  start(timer: RareTimer, at: Instant): void {
    this.#rare ??= [...NONE_STARTED];
    this.#rare[timer] = at;
    this.#findFirst(this.#rare);
  }

  stop(timer: RareTimer): void {
    if (this.#firstRare !== NEVER) this.#stop(timer);
  }

  #stop(timer: RareTimer): void {
    if (this.#rare === undefined || this.#rare[timer] === NEVER) return;
    this.#rare[timer] = NEVER;
    this.#findFirst(this.#rare);
  }

  #findFirst(rare: readonly Instant[]): void {
    let first = NEVER;
    for (const at of rare) if (at < first) first = at;
    this.#firstRare = first;
  }

  /** When the first of all fires. */
  next(): Instant {
    return Math.min(this.retransmission, this.probe, this.delayedAck, this.#firstRare);
  }

  stopAll(): void {
    this.retransmission = NEVER;
    this.probe = NEVER;
    this.delayedAck = NEVER;
    this.#rare = undefined;
    this.#firstRare = NEVER;
  }
}
