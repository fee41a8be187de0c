/**
 * Those who wait for something to happen to a file, each told with the POLL… bits of what it was
 * (Linux's keyed wait queues). Most files have nobody waiting, and then a wake-up costs a test.
 */
import type { Wake } from '../posix/file.ts';

export class WaitQueue {
  #waiting: readonly Wake[] = [];

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Tells `wake` of everything from now on; returns how to stop it. */
  add(wake: Wake): () => void {
    this.#waiting = [...this.#waiting, wake];
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== wake);
    };
  }

  /** Something has happened: 0 is a change of any kind. Who comes or goes meanwhile is not told. */
  wake(events: number): void {
    for (const wake of this.#waiting) wake(events);
  }
}
