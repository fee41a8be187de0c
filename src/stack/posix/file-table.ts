/**
 * The descriptors of a process and what they stand for. Several descriptors, and calls under way,
 * can share one open file description (POSIX.1-2017 §3.258): its status flags are theirs together,
 * and the file is closed when the last of them lets go.
 */
import { SocketError } from '../errno.ts';
import type { Instant } from '../time.ts';
import { OPEN } from './constants.ts';
import type { OpenFile } from './file.ts';
import type { FileDescriptor } from './system-call.ts';

const { O_ACCMODE, O_NONBLOCK, O_RDONLY, O_WRONLY } = OPEN;

/** RLIMIT_NOFILE: what a login shell gives its programs. */
export const DESCRIPTOR_LIMIT = 1024;

/** An open file with its access mode and status flags. */
export class OpenDescription {
  readonly file: OpenFile;
  /** What F_GETFL tells: O_RDWR, O_NONBLOCK, O_APPEND … */
  flags: number;
  #holders = 0;
  #isClosed = false;
  readonly #whenClosed = new Set<() => void>();

  constructor(file: OpenFile, flags: number) {
    this.file = file;
    this.flags = flags;
  }

  get isNonBlocking(): boolean {
    return (this.flags & O_NONBLOCK) !== 0;
  }

  get isReadable(): boolean {
    return (this.flags & O_ACCMODE) !== O_WRONLY;
  }

  get isWritable(): boolean {
    return (this.flags & O_ACCMODE) !== O_RDONLY;
  }

  /** One more descriptor or call uses it. */
  hold(): void {
    this.#holders++;
  }

  /** One less does. The last one closes the file. */
  release(now: Instant): void {
    this.#holders--;
    if (this.#holders > 0 || this.#isClosed) return;
    this.#isClosed = true;
    for (const tell of this.#whenClosed) tell();
    this.file.close(now);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Calls `tell` just before the file is closed; returns how to have that no more. */
  onClose(tell: () => void): () => void {
    this.#whenClosed.add(tell);
    return () => this.#whenClosed.delete(tell);
  }
}

interface Entry {
  /** Undefined for a descriptor that a call has taken and not yet given a file. */
  readonly description: OpenDescription | undefined;
  readonly closesOnExec: boolean;
}

export class FileTable {
  readonly limit: number;
  readonly #entries: (Entry | undefined)[] = [];

  constructor(limit: number = DESCRIPTOR_LIMIT) {
    this.limit = limit;
  }

  /** Takes the lowest descriptor that is free, from `least` on. @throws SocketError EMFILE */
  reserve(call: string, least = 0): FileDescriptor {
    for (let fd = least; fd < this.limit; fd++) {
      if (this.#entries[fd] !== undefined) continue;
      this.#entries[fd] = { description: undefined, closesOnExec: false };
      return fd;
    }
    throw new SocketError('EMFILE', call);
  }

  /** Gives a file to a descriptor that was reserved. */
  install(fd: FileDescriptor, description: OpenDescription, closesOnExec = false): void {
    description.hold();
    this.#entries[fd] = { description, closesOnExec };
  }

  /** Gives back a descriptor that was reserved. */
  cancel(fd: FileDescriptor): void {
    this.#entries[fd] = undefined;
  }

  /** A file gets the lowest descriptor that is free. @throws SocketError EMFILE */
  add(call: string, description: OpenDescription, closesOnExec = false): FileDescriptor {
    const fd = this.reserve(call);
    this.install(fd, description, closesOnExec);
    return fd;
  }

  /** What is open there, if anything is. */
  find(fd: FileDescriptor): OpenDescription | undefined {
    return this.#entries[fd]?.description;
  }

  /** What is open there. @throws SocketError EBADF */
  get(fd: FileDescriptor, call: string): OpenDescription {
    const description = this.find(fd);
    if (description === undefined) throw new SocketError('EBADF', call);
    return description;
  }

  closesOnExec(fd: FileDescriptor): boolean {
    return this.#entries[fd]?.closesOnExec ?? false;
  }

  setClosesOnExec(fd: FileDescriptor, closesOnExec: boolean): void {
    const entry = this.#entries[fd];
    if (entry !== undefined) this.#entries[fd] = { ...entry, closesOnExec };
  }

  /** Frees the descriptor, which may be taken again at once. @throws SocketError EBADF */
  close(fd: FileDescriptor, now: Instant): OpenDescription {
    const description = this.get(fd, 'close');
    this.#entries[fd] = undefined;
    description.release(now);
    return description;
  }

  /** The descriptors in use, in order. */
  descriptors(): FileDescriptor[] {
    return [...this.#entries.keys()].filter((fd) => this.find(fd) !== undefined);
  }
}
