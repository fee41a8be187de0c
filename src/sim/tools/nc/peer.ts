/** The other end, as `nc` relays to it: the same calls for a connection and for datagrams. */
import { SocketError } from '../../../stack/index.ts';
import type { DatagramSocket } from '../../sockets/datagram-socket.ts';
import type { StreamSocket } from '../../sockets/stream-socket.ts';

export interface Peer {
  /** @throws SocketError */
  send(data: Uint8Array): Promise<void>;
  /** What has come; an empty array at its end. @throws SocketError */
  recv(): Promise<Uint8Array>;
  /** Ends the sending side, where there is such. */
  endSending(): void;
  /** Waits until both sides have ended, or the connection is broken. */
  hungUp(): Promise<void>;
}

/** The octets that nc reads at once. */
const BUFFER_LENGTH = 16_384;

export class StreamPeer implements Peer {
  readonly #socket: StreamSocket;

  constructor(socket: StreamSocket) {
    this.#socket = socket;
  }

  send(data: Uint8Array): Promise<void> {
    return this.#socket.send(data);
  }

  recv(): Promise<Uint8Array> {
    return this.#socket.recv(BUFFER_LENGTH);
  }

  endSending(): void {
    ignoringErrors(() => this.#socket.shutdown('write'));
  }

  hungUp(): Promise<void> {
    return this.#socket.hungUp();
  }
}

export class DatagramPeer implements Peer {
  readonly #socket: DatagramSocket;
  /** The datagram that said who the peer is; read first. */
  #first: Uint8Array | undefined;

  constructor(socket: DatagramSocket, first?: Uint8Array) {
    this.#socket = socket;
    this.#first = first;
  }

  async send(data: Uint8Array): Promise<void> {
    this.#socket.send(data);
  }

  /** A datagram without octets is the end, to nc. */
  async recv(): Promise<Uint8Array> {
    const first = this.#first;
    this.#first = undefined;
    return first ?? (await this.#socket.recv()).payload;
  }

  endSending(): void {
    // datagrams have no end
  }

  async hungUp(): Promise<void> {
    try {
      for (;;) await this.#socket.recv();
    } catch (error) {
      if (!(error instanceof SocketError)) throw error;
    }
  }
}

function ignoringErrors(call: () => void): void {
  try {
    call();
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
  }
}
