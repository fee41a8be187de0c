/**
 * What every open file of a process can be asked, whatever it is: a TCP or UDP socket, an epoll
 * instance, an end of a pipe, a regular file. Nothing here blocks: what would have to wait returns
 * `undefined`, and `onWake` tells when asking again may help. Errors are thrown as `SocketError`.
 */
import type { Instant } from '../time.ts';
import type { ControlMessage, SocketAddress, UserMemory } from './system-call.ts';

/** What `receive` of a file gives. */
export interface Received {
  readonly bytes: Uint8Array;
  /** msg_flags: MSG_TRUNC, MSG_ERRQUEUE, MSG_CTRUNC, MSG_EOR … */
  readonly flags: number;
  readonly control: readonly ControlMessage[];
  readonly address: SocketAddress | undefined;
}

/** What is given to `send` of a file. */
export interface Outgoing {
  readonly buffers: readonly UserMemory[];
  readonly address: SocketAddress | 'unspecified' | undefined;
  readonly control: readonly ControlMessage[];
  /** MSG_… */
  readonly flags: number;
}

/** Told each time that something happened which `poll` may show. */
export type Wake = (events: number) => void;

export interface OpenFile {
  /** The POLL… bits that hold now, POLLERR, POLLHUP and POLLNVAL included. */
  poll(): number;
  /**
   * Asks to be told of events: the POLL… bits of what happened, as Linux's wait queues are keyed
   * (readable, writable, an error), or 0 for a change of any kind. Returns how to stop it.
   */
  onWake(wake: Wake): () => void;
  /** Up to `limit` octets by MSG_… `flags`; `undefined` when it would have to wait. */
  receive(limit: number, flags: number, now: Instant): Received | undefined;
  /** How many octets were taken; `undefined` when it would have to wait before the first. */
  send(outgoing: Outgoing, now: Instant): number | undefined;
  /** The process has given up its last descriptor. */
  close(now: Instant): void;
}
