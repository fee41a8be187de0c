/**
 * A passive open (RFC 9293 §3.10.1): a local socket in LISTEN, the connections that are opening
 * through it, and those that wait to be accepted.
 */
import type { Ipv4Address } from '../../wire/index.ts';
import type { Tcb } from './tcb.ts';

/** What connections inherit from the socket that listens. */
export interface ListenerOptions {
  /** Octets of SO_RCVBUF and SO_SNDBUF; 0 leaves the profile's. */
  readonly receiveSpace: number;
  readonly sendSpace: number;
  /** TCP_MAXSEG; 0 leaves what the MTU allows. */
  readonly maximumSegment: number;
  readonly noDelay: boolean;
  readonly reuseAddress: boolean;
}

export class Listener {
  readonly localAddress: Ipv4Address;
  readonly localPort: number;
  readonly options: ListenerOptions;
  /** How many connections wait for `accept` at most: one more than was asked for, as on Linux. */
  readonly limit: number;
  /** Connections in SYN-RECEIVED. */
  readonly opening: Set<Tcb> = new Set();
  /** Called when a connection can be accepted. */
  onReady: (() => void) | undefined = undefined;
  #waiting: Tcb[] = [];
  #taken = 0;

  constructor(
    localAddress: Ipv4Address,
    localPort: number,
    backlog: number,
    options: ListenerOptions,
  ) {
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
