/** Sockets of packets for scenario code: waiting for the next one, until an instant. */
import { type Instant, SocketError } from '../stack/index.ts';
import type { OpenSocket, SocketOwner } from './socket-owner.ts';

/** The stack's socket, as far as waiting for packets goes. */
interface StackPacketSocket<Packet> {
  onReady: (() => void) | undefined;
  receive(): Packet | undefined;
  close(): void;
}

export abstract class PacketSocket<
  Packet,
  StackSocket extends StackPacketSocket<Packet> & OpenSocket['stackSocket'],
> {
  /** The stack's socket, with its options. */
  readonly stackSocket: StackSocket;
  protected readonly owner: SocketOwner;
  #waiters: (() => void)[] = [];
  #wakesAt: Instant | undefined = undefined;
  #closed = false;

  constructor(owner: SocketOwner, stackSocket: StackSocket) {
    this.owner = owner;
    this.stackSocket = stackSocket;
    stackSocket.onReady = (): void => this.#wakeAll();
    owner.hold(this);
  }

  /** The next packet; nothing when none has come until then. @throws SocketError EBADF */
  async recv(until: Instant): Promise<Packet | undefined> {
    for (;;) {
      this.mustBeOpen('recv');
      const packet = this.stackSocket.receive();
      if (packet !== undefined || this.owner.now >= until) return packet;
      if (this.#wakesAt !== until) {
        this.#wakesAt = until;
        this.owner.wakeAt(until, () => this.#wakeAll());
      }
      await this.owner.wait('recv', (resolve) => {
        this.#waiters.push(resolve);
      });
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.owner.forget(this);
    this.stackSocket.close();
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const waiter of this.#waiters.splice(0)) this.owner.wake(waiter);
  }

  protected mustBeOpen(call: string): void {
    if (this.#closed) throw new SocketError('EBADF', call);
  }
}
