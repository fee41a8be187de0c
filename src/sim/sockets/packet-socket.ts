/** Sockets of packets for scenario code: waiting for the next one, until an instant. */
import { type Instant, SocketError } from '../../stack/index.ts';
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
  #interruptions = 0;

  constructor(owner: SocketOwner, stackSocket: StackSocket) {
    this.owner = owner;
    this.stackSocket = stackSocket;
    stackSocket.onReady = (): void => this.#wakeAll();
    owner.hold(this);
  }

  /**
   * The next packet; nothing when none has come until then, or {@link interrupt} was called.
   *
   * @throws SocketError EBADF
   */
  async recv(until: Instant): Promise<Packet | undefined> {
    const interruptions = this.#interruptions;
    for (;;) {
      this.mustBeOpen('recv');
      const packet = this.stackSocket.receive();
      const isOver = this.owner.now >= until || this.#interruptions !== interruptions;
      if (packet !== undefined || isOver) return packet;
      if (this.#wakesAt !== until && until !== Infinity) {
        this.#wakesAt = until;
        this.owner.wakeAt(until, () => this.#wakeAll());
      }
      await this.owner.wait('recv', (resolve) => {
        this.#waiters.push(resolve);
      });
    }
  }

  /** Sends away who waits in {@link recv}: a signal has come (EINTR). */
  interrupt(): void {
    this.#interruptions += 1;
    this.#wakeAll();
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
