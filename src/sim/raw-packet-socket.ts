/** A raw socket for scenario code: what is behind the IP header, written and seen as it is. */
import { type Instant, type RawPacket, type RawSocket, SocketError } from '../stack/index.ts';
import type { IpAddress } from '../wire/index.ts';
import type { SocketOwner } from './socket-owner.ts';

export class RawPacketSocket {
  /** The stack's socket, with its options. */
  readonly stackSocket: RawSocket;
  readonly #owner: SocketOwner;
  #waiters: (() => void)[] = [];
  #wakesAt: Instant | undefined = undefined;
  #closed = false;

  constructor(owner: SocketOwner, stackSocket: RawSocket) {
    this.#owner = owner;
    this.stackSocket = stackSocket;
    stackSocket.onReady = (): void => this.#wakeAll();
    owner.hold(this);
  }

  /** Sends a packet of that protocol. @throws SocketError EMSGSIZE, ENETUNREACH … */
  send(protocol: number, payload: Uint8Array, to: IpAddress): void {
    this.#mustBeOpen('send');
    this.stackSocket.send(protocol, payload, to, this.#owner.now);
  }

  /** The next packet; nothing when none has come until then. @throws SocketError EBADF */
  async recv(until: Instant): Promise<RawPacket | undefined> {
    for (;;) {
      this.#mustBeOpen('recv');
      const packet = this.stackSocket.receive();
      if (packet !== undefined || this.#owner.now >= until) return packet;
      if (this.#wakesAt !== until) {
        this.#wakesAt = until;
        this.#owner.wakeAt(until, () => this.#wakeAll());
      }
      await this.#owner.wait('recv', (resolve) => {
        this.#waiters.push(resolve);
      });
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#owner.forget(this);
    this.stackSocket.close();
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const waiter of this.#waiters.splice(0)) this.#owner.wake(waiter);
  }

  #mustBeOpen(call: string): void {
    if (this.#closed) throw new SocketError('EBADF', call);
  }
}
