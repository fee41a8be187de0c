/**
 * A passive open (RFC 9293 §3.10.1): a local socket in LISTEN, the connections that are opening
 * through it, and those that wait to be accepted.
 */
import type { IpAddress } from '../../../wire/index.ts';
import type { PortHolder } from '../../sockets/bound-ports.ts';
import type { SocketFamily } from '../../sockets/socket-family.ts';
import type { Instant } from '../../time.ts';
import type { ConnectionOptions } from '../sockets/connection-options.ts';
import type { FastOpenQueue } from '../fast-open/queue.ts';
import type { PassiveOpen } from '../services.ts';
import type { Tcb } from '../tcb.ts';

export class Listener implements PassiveOpen {
  readonly family: SocketFamily;
  readonly localAddress: IpAddress;
  readonly localPort: number;
  /** IPV6_V6ONLY: `::` does not mean IPv4 addresses, too. */
  readonly isV6Only: boolean;
  /** How many connections were asked to wait for `accept` at most. */
  backlog: number;
  /** Connections in SYN-RECEIVED. */
  readonly opening: Set<Tcb> = new Set();
  /** When a SYN was last answered by a cookie (`syn-cookies.ts`; Linux tcp_synq_overflow()). */
  cookieSentAt: Instant = Number.NEGATIVE_INFINITY;
  /** Where data in SYNs is accepted (RFC 7413), how many such connections may open at a time. */
  fastOpen: FastOpenQueue | undefined = undefined;
  /** Called when a connection can be accepted. */
  onReady: (() => void) | undefined = undefined;
  readonly #options: (peer: IpAddress) => ConnectionOptions;
  #waiting: Tcb[] = [];
  #taken = 0;

  /** @param options reads what connections inherit from the socket that listens */
  constructor(
    { family, localAddress, localPort, isV6Only }: PortHolder,
    backlog: number,
    options: (peer: IpAddress) => ConnectionOptions,
  ) {
    this.family = family;
    this.localAddress = localAddress;
    this.localPort = localPort;
    this.isV6Only = isV6Only;
    this.backlog = backlog;
    this.#options = options;
  }

  /** What a connection inherits that a peer opens now. */
  optionsFor(peer: IpAddress): ConnectionOptions {
    return this.#options(peer);
  }

  /** Connections that wait for `accept`. */
  get waiting(): number {
    return this.#waiting.length - this.#taken;
  }

  /** One more may wait than was asked for, as on Linux. */
  get isFull(): boolean {
    return this.waiting > this.backlog;
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
