/** A loopback: a medium whose frames come back to the one who sent them. */
import type { Cause, Instant, Medium, Receiver } from '../../stack/index.ts';
import type { Loop } from '../loop.ts';
import type { FrameObserver } from '../observers.ts';
import { Pipe } from './pipe.ts';
import type { Latency } from './pipe-options.ts';

/** Frames transmitted arrive at the receiver attached after a latency, 0 by default. */
export class Loopback implements Medium {
  readonly #pipe: Pipe;

  constructor(loop: Loop, latency: Latency = 0) {
    this.#pipe = new Pipe(loop, { latency });
  }

  transmit(frame: Uint8Array, cause: Cause, now: Instant): void {
    this.#pipe.transmit(frame, cause, now);
  }

  /** Attaches who gets the frames back. */
  attach(receiver: Receiver): void {
    this.#pipe.attach(receiver);
  }

  /** Has `observer` see each frame when it is sent: once, as captures on a loopback show it. */
  observe(observer: FrameObserver): void {
    this.#pipe.observeSent(observer);
  }
}
