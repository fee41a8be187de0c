/**
 * What a TCP socket keeps for its program, whatever its connection does: what was set, who waits,
 * and what happened to things sent long ago.
 */
import { ErrorQueue } from '../../sockets/error-queue.ts';
import type { Linger } from '../../sockets/option-structures.ts';
import { WaitQueue } from '../../sockets/wait-queue.ts';
import type { StreamOptionValues } from './connection-options.ts';
import type { FastOpenCall } from '../fast-open/send.ts';
import { SocketSettings } from './socket-settings.ts';

const NOTHING_SET = new SocketSettings();

export class SocketBase {
  /** Called when a call that would have waited may now get on. */
  onReady: (() => void) | undefined = undefined;
  /** The call that opens the connection by sending, while it goes on (RFC 7413). */
  fastOpenCall: FastOpenCall | undefined = undefined;
  /** How many sends by MSG_ZEROCOPY there were: their numbers. */
  zeroCopySends = 0;
  // Made when they are asked for: a host may have many sockets that never need them.
  #waiting: WaitQueue | undefined = undefined;
  #errors: ErrorQueue | undefined = undefined;
  #settings: SocketSettings = NOTHING_SET;

  /** Those who wait for events, by kind. */
  get waiting(): WaitQueue {
    this.#waiting ??= new WaitQueue();
    return this.#waiting;
  }

  get isWaitedFor(): boolean {
    return this.#waiting?.isEmpty === false;
  }

  /** MSG_ERRQUEUE. */
  get errors(): ErrorQueue {
    this.#errors ??= new ErrorQueue();
    return this.#errors;
  }

  get hasQueuedErrors(): boolean {
    return this.#errors?.isEmpty === false;
  }

  /** What the program has set, to be read: sockets that are alike share it. */
  get settings(): SocketSettings {
    return this.#settings;
  }

  /** The socket's own settings, to be changed. */
  ownSettings(): SocketSettings {
    this.#settings = new SocketSettings(this.#settings);
    return this.#settings;
  }

  /** Options that hold a number. */
  get options(): StreamOptionValues {
    return this.#settings.values;
  }

  get linger(): Linger {
    return this.#settings.linger;
  }

  set linger(linger: Linger) {
    this.ownSettings().linger = linger;
  }

  /** Begins with what the program has set on another socket. */
  protected takeSettings(from: SocketBase): void {
    this.#settings = from.#settings;
  }

  /** Tells those who wait what has happened, by POLL… bits. */
  protected wake(events: number): void {
    this.#waiting?.wake(events);
  }
}
