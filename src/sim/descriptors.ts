/**
 * The numbers of a process's open sockets: a new one gets the lowest descriptor that is free
 * (POSIX.1-2017 §2.14), behind those of the standard streams.
 */
import type { OpenSocket } from './sockets/socket-owner.ts';

/** 0, 1 and 2 are the standard streams. */
const FIRST = 3;

/** A socket's numbers. */
export interface Descriptor {
  readonly number: number;
  /** What the kernel calls the open socket, whoever has it. */
  readonly inode: number;
}

export class Descriptors {
  readonly #bySocket = new Map<OpenSocket, Descriptor>();
  readonly #taken = new Set<number>();
  /** None below is free. */
  #lowest = FIRST;

  /** The open sockets in the order in which they were opened. */
  get sockets(): ReadonlyMap<OpenSocket, Descriptor> {
    return this.#bySocket;
  }

  open(socket: OpenSocket, inode: number): void {
    while (this.#taken.has(this.#lowest)) this.#lowest += 1;
    this.#taken.add(this.#lowest);
    this.#bySocket.set(socket, { number: this.#lowest, inode });
    this.#lowest += 1;
  }

  close(socket: OpenSocket): void {
    const descriptor = this.#bySocket.get(socket);
    if (descriptor === undefined) return;
    this.#bySocket.delete(socket);
    this.#taken.delete(descriptor.number);
    this.#lowest = Math.min(this.#lowest, descriptor.number);
  }
}
