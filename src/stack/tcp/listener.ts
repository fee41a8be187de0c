/**
 * A passive open (RFC 9293 §3.10.1): a local socket in LISTEN, the connections that are opening
 * through it, and those that wait to be accepted.
 */
import type { Ipv4Address } from '../../wire/index.ts';
import type { OpenOptions } from './negotiate.ts';
import type { PassiveOpen, Tcb } from './tcb.ts';

export class Listener implements PassiveOpen {
  readonly localAddress: Ipv4Address;
  readonly localPort: number;
  /** What connections inherit from the socket that listens. */
  readonly options: OpenOptions;
  /** How many connections wait for `accept` at most: one more than was asked for, as on Linux. */
  readonly limit: number;
  /** Connections in SYN-RECEIVED. */
  readonly opening: Set<Tcb> = new Set();
  /** Called when a connection can be accepted. */
  onReady: (() => void) | undefined = undefined;
  #waiting: Tcb[] = [];
  #taken = 0;

  constructor(localAddress: Ipv4Address, localPort: number, backlog: number, options: OpenOptions) {
    this.localAddress = localAddress;
    this.localPort = localPort;
    this.options = options;
    this.limit = backlog + 1;
  }

  /** Connections that wait for `accept`. */
  get waiting(): number {
    return this.#waiting.length - this.#taken;
  }

  get isFull(): boolean {
    return this.waiting >= this.limit;
  }

  /** A connection ended before it was established. */
  giveUp(tcb: Tcb): void {
    this.opening.delete(tcb);
  }

  /** A connection is established: it waits to be accepted. */
  push(tcb: Tcb): void {
    this.opening.delete(tcb);
    this.#waiting.push(tcb);
    this.onReady?.();
  }

  /** The connection that has waited longest (RFC 9293 leaves the order open; sockets take FIFO). */
  shift(): Tcb | undefined {
    if (this.waiting === 0) return undefined;
    const tcb = this.#waiting[this.#taken++];
    if (this.#taken > 32 && this.#taken * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#taken);
      this.#taken = 0;
    }
    return tcb;
  }
}
