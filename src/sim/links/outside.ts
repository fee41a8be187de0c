/**
 * Where a simulation ends: what a link is plugged into at its far end when beyond it are real
 * stacks. The scenario names the place; who runs it says what is there. A run in virtual time has
 * nothing there, and what arrives is lost as at the end of a cable that is not plugged in.
 */
import type { Cause, Instant, Receiver } from '../../stack/index.ts';
import type { DropObserver, FrameObserver } from '../observers.ts';
import { UNPLUGGED } from './pipe.ts';
import type { Pluggable } from './switch.ts';

/** The far end of a link beyond which are real stacks, made by `network.outside()`. */
export class Outside implements Receiver {
  readonly name: string;
  readonly #observers: FrameObserver[] = [];
  readonly #drops: DropObserver;
  #end: Pluggable | undefined = undefined;
  #beyond: Receiver | undefined = undefined;

  constructor(name: string, drops: DropObserver) {
    this.name = name;
    this.#drops = drops;
  }

  /** Plugs in the end of the one link that leads here. @throws RangeError for a second */
  connect(end: Pluggable): void {
    if (this.#end !== undefined) throw new RangeError(`${this.name} has a link already`);
    this.#end = end;
    end.attach(this);
  }

  /** Says who gets the frames that leave the simulation here. */
  plug(beyond: Receiver): void {
    this.#beyond = beyond;
  }

  /** A frame leaves the simulation. */
  receive(frame: Uint8Array, cause: Cause, now: Instant): void {
    if (this.#beyond === undefined) {
      this.#drops.dropped(frame, UNPLUGGED, now);
      return;
    }
    for (const observer of this.#observers) observer.frame(frame, cause, now);
    this.#beyond.receive(frame, cause, now);
  }

  /** A frame enters the simulation. */
  enter(frame: Uint8Array, cause: Cause, now: Instant): void {
    for (const observer of this.#observers) observer.frame(frame, cause, now);
    if (this.#end === undefined) this.#drops.dropped(frame, UNPLUGGED, now);
    else this.#end.transmit(frame, cause, now);
  }

  /** Has `observer` see what leaves and what enters. */
  observe(observer: FrameObserver): void {
    this.#observers.push(observer);
  }
}
