/** What a socket asks of the process that has it open. */
import type { IpAddress } from '../../wire/index.ts';
import type {
  ArpSocket,
  Duration,
  Instant,
  Port,
  RawSocket,
  TcpSocket,
  UdpSocket,
} from '../../stack/index.ts';

/** A socket, as its process sees it. */
export interface OpenSocket {
  /** The stack's socket. */
  readonly stackSocket: TcpSocket | UdpSocket | RawSocket | ArpSocket;
  close(): void | Promise<void>;
}

export interface SocketOwner {
  /** The present. */
  readonly now: Instant;
  /** How long a call that reads or writes a stream has the socket. */
  readonly callTime: Duration;
  /** The socket is open from now on, until {@link forget}. */
  hold(socket: OpenSocket): void;
  /** The socket is closed. */
  forget(socket: OpenSocket): void;
  /** The addresses of a name, one or more. @throws NameError */
  resolve(name: string): Promise<readonly IpAddress[]>;
  /** The link of the interface that a zone names. @throws SocketError ENODEV */
  linkOf(zone: string | undefined): Port | undefined;
  /** Whether it may take the port. @throws SocketError EACCES for one that is root's */
  mayBind(port: number): void;
  /** Waits for something that {@link wake} ends; `what` says what, for people. */
  wait(what: string, begin: (resolve: () => void) => void): Promise<void>;
  /** Ends a wait. */
  wake(resolve: () => void): void;
  /** Calls back at an instant. */
  wakeAt(at: Instant, then: () => void): void;
}
