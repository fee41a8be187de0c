/**
 * What a host tells whoever listens: each frame it drops and each state it enters, with the why.
 */
import type { IpAddress } from '../wire/index.ts';
import type { Cause } from './cause.ts';
import type { TcpState } from './tcp/states.ts';
import type { Instant } from './time.ts';

/** Names one TCP connection of a host. */
export interface FourTuple {
  readonly localAddress: IpAddress;
  readonly localPort: number;
  readonly remoteAddress: IpAddress;
  readonly remotePort: number;
}

/** A listener to one host. Nothing is made for it when there is none. */
export interface Trace {
  /** A frame that arrived goes no further; `frame` is the whole of it. */
  dropped(frame: Uint8Array, cause: Cause, now: Instant): void;
  /** A connection, or a listening socket, goes from one state to the next (RFC 9293 §3.3.2). */
  stateEntered(
    connection: FourTuple,
    from: TcpState,
    to: TcpState,
    cause: Cause,
    now: Instant,
  ): void;
}
