/** A UDP socket for scenario code: the calls that network programmers know. */
import type { UdpSocket } from '../stack/index.ts';
import { fromUtf8, printIpv4, utf8 } from '../wire/index.ts';
import type { Process } from './process.ts';
import { parseAddress, type SocketAddress } from './stream-socket.ts';

/** A datagram and its sender. */
export interface Datagram {
  readonly payload: Uint8Array;
  readonly text: string;
  readonly from: SocketAddress;
}

export class DatagramSocket {
  readonly stackSocket: UdpSocket;
  readonly #process: Process;
  #waiters: (() => void)[] = [];
  #closed = false;

  constructor(process: Process, stackSocket: UdpSocket) {
    this.#process = process;
    this.stackSocket = stackSocket;
    stackSocket.onReady = (): void => {
      for (const waiter of this.#waiters.splice(0)) process.wake(waiter);
    };
  }

  /** Takes a local port, and an address of the host's or any. @throws SocketError EADDRINUSE … */
  bind(port: number, address = '0.0.0.0'): void {
    this.stackSocket.bind(parseAddress(address), port);
  }

  /** Fixes the peer, so that errors about it are reported. */
  connect(to: SocketAddress): void {
    this.stackSocket.connect(parseAddress(to.address), to.port);
  }

  /** Sends one datagram to `to`, or to the peer. @throws SocketError EDESTADDRREQ, ECONNREFUSED … */
  send(data: Uint8Array | string, to?: SocketAddress): void {
    const bytes = typeof data === 'string' ? utf8(data) : data;
    const { remoteAddress, remotePort } = this.stackSocket;
    const address = to === undefined ? remoteAddress : parseAddress(to.address);
    this.stackSocket.send(bytes, address, to?.port ?? remotePort, this.#process.now);
  }

  /** The next datagram. @throws SocketError ECONNREFUSED … */
  async recv(): Promise<Datagram> {
    for (;;) {
      const datagram = this.stackSocket.receive();
      if (datagram !== undefined) {
        const { payload, address, port } = datagram;
        return { payload, text: fromUtf8(payload), from: { address: printIpv4(address), port } };
      }
      await this.#process.wait('recv', (resolve) => {
        this.#waiters.push(resolve);
      });
    }
  }

  /** Gives the port back. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#process.forget(this);
    this.stackSocket.close();
  }
}
