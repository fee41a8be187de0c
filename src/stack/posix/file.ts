/**
 * What every open file of a process can be asked, whatever it is: a TCP or UDP socket, an epoll
 * instance, an end of a pipe, a regular file. Nothing here blocks: what would have to wait returns
 * `undefined`, and `onWake` tells when asking again may help. Errors are thrown as `SocketError`.
 */
import type { Errno } from '../errno.ts';
import type { SocketFamily } from '../sockets/socket-family.ts';
import type { Duration, Instant } from '../time.ts';
import type { ControlMessage, OptionValue, SocketAddress, UserMemory } from './system-call.ts';

/** What `receive` of a file gives. */
export interface Received {
  readonly bytes: Uint8Array;
  /** What the call returns where that is another number: MSG_TRUNC for a longer datagram. */
  readonly fullLength?: number | undefined;
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
  /** MSG_…, with MSG_DONTWAIT for a file that is O_NONBLOCK. */
  readonly flags: number;
  /**
   * Whether a blocking call goes on here that has asked before: these are the octets not yet taken,
   * and what is done once a call, such as MSG_FASTOPEN's connection, was done.
   */
  readonly continues: boolean;
}

/** Told each time that something happened which `poll` may show. */
export type Wake = (events: number) => void;

/** What kind of thing is open, as fstat tells. */
export type FileKind = 'socket' | 'pipe' | 'epoll' | 'file';

export interface OpenFile {
  readonly kind: FileKind;
  /** The POLL… bits that hold now, POLLERR, POLLHUP and POLLNVAL included. */
  poll(): number;
  /**
   * Asks to be told of events: the POLL… bits of what happened, as Linux's wait queues are keyed
   * (readable, writable, an error), or 0 for a change of any kind. Returns how to stop it.
   */
  onWake(wake: Wake): () => void;
  /**
   * Up to `limit` octets by MSG_… `flags`; `undefined` when it would have to wait. MSG_DONTWAIT
   * among the flags says that the call does not wait: then SO_RCVLOWAT counts for nothing. Going on
   * until MSG_WAITALL has what it wants is the caller's matter.
   */
  receive(limit: number, flags: number, now: Instant): Received | undefined;
  /** How many octets were taken; `undefined` when it would have to wait before the first. */
  send(outgoing: Outgoing, now: Instant): number | undefined;
  /**
   * What an `ioctl` by this name tells: FIONREAD (SIOCINQ), SIOCOUTQ, SIOCOUTQNSD. Files without it
   * have no such requests (ENOTTY).
   */
  ioctl?(request: string, now: Instant): number;
  /** The process has given up its last descriptor. */
  close(now: Instant): void;
}

/**
 * How far a `connect` has come: its handshake has just begun (EINPROGRESS to who does not wait), it
 * goes on since an earlier call (EALREADY), or it is over: the one call after that returns 0, as
 * Linux's inet_stream_connect does it, and the next one fails with EISCONN.
 */
export type ConnectProgress = 'begun' | 'under-way' | 'connected';

/** The value of an option, with the length that getsockopt tells. */
export interface OptionAnswer {
  readonly value: OptionValue;
  readonly length: number;
}

/** What a socket can be asked beyond what every file can. */
export interface SocketFile extends OpenFile {
  readonly kind: 'socket';
  readonly type: 'stream' | 'datagram';
  /** sk_err: what the next call will fail with; looking at it does not take it. */
  readonly pendingError: Errno | undefined;
  /** SO_RCVTIMEO and SO_SNDTIMEO; NEVER unless they are set. */
  readonly receiveTimeout: Duration;
  readonly sendTimeout: Duration;
  /** SO_LINGER: how long `close` waits for {@link isDelivered}; 0 where it does not wait. */
  readonly lingerTime: Duration;
  /** Whether all that was sent is acknowledged, the FIN included. Asked for after `close`, too. */
  readonly isDelivered: boolean;
  /** Whom it is connected to. */
  readonly peerName: SocketAddress | undefined;
  bind(address: SocketAddress, now: Instant): void;
  /** Asked again until it is `connected` or throws; `'unspecified'` dissolves the connection. */
  connect(address: SocketAddress | 'unspecified', now: Instant): ConnectProgress;
  listen(backlog: number, now: Instant): void;
  /** The next connection; `undefined` when none waits. */
  accept(now: Instant): SocketFile | undefined;
  shutdown(how: 'read' | 'write' | 'both', now: Instant): void;
  /** `length` is the room that the caller has. */
  getOption(level: string, option: string, length: number, now: Instant): OptionAnswer;
  setOption(level: string, option: string, value: OptionValue, length: number, now: Instant): void;
  /**
   * As `receive`, for splice(2): an empty array also where the stream goes on behind something that
   * is no data for a pipe, such as urgent data (tcp_splice_read).
   */
  splice(limit: number, now: Instant): Uint8Array | undefined;
}

/** Makes an unbound socket of the host: SOCK_STREAM is TCP, SOCK_DGRAM is UDP. */
export type SocketMaker = (type: 'stream' | 'datagram', family: SocketFamily) => SocketFile;

/** Whether a file is a socket, which more can be asked. */
export function isSocket(file: OpenFile): file is SocketFile {
  return file.kind === 'socket';
}
