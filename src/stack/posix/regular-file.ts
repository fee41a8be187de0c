/** Open files that never wait: those of the file system, and the devices zero and null. */
import { EMPTY } from '../../wire/index.ts';
import type { Instant } from '../time.ts';
import { SocketError } from '../errno.ts';
import { MSG, POLL } from './constants.ts';
import type { OpenFile, Outgoing, Received } from './file.ts';
import type { Device, FileSource, StoredFile } from './file-system.ts';
import { memoryOf } from './pipe.ts';

const { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } = POLL;

/** What a regular file is made of. */
export interface Contents {
  /** Up to `limit` octets from `offset` on; none at the end. */
  readAt(offset: number, limit: number): Uint8Array;
  /** Writes all of it. @throws SocketError where it cannot be */
  writeAt(offset: number, bytes: Uint8Array, now: Instant): void;
  /** Where O_APPEND writes. */
  readonly length: number;
}

export class RegularFile implements OpenFile {
  readonly kind = 'file';
  /** Where the next read or write begins. */
  position = 0;
  readonly #contents: Contents;
  readonly #appends: () => boolean;

  /** `appends` tells whether O_APPEND is set, which fcntl can change. */
  constructor(contents: Contents, appends: () => boolean) {
    this.#contents = contents;
    this.#appends = appends;
  }

  /** Always ready, as every file without a `poll` of its own (DEFAULT_POLLMASK). */
  poll(): number {
    return POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
  }

  /** Nothing ever happens. */
  onWake(): () => void {
    return () => undefined;
  }

  readAt(offset: number, limit: number): Uint8Array {
    return this.#contents.readAt(offset, limit);
  }

  receive(limit: number, flags: number): Received {
    const bytes = this.readAt(this.position, limit);
    if ((flags & MSG.MSG_PEEK) === 0) this.position += bytes.length;
    return { bytes, flags: 0, control: [], address: undefined };
  }

  send(outgoing: Outgoing, now: Instant): number {
    const bytes = memoryOf(outgoing);
    if (this.#appends()) this.position = this.#contents.length;
    this.#contents.writeAt(this.position, bytes, now);
    this.position += bytes.length;
    return bytes.length;
  }

  ioctl(request: string): number {
    if (request !== 'FIONREAD') throw new SocketError('ENOTTY', `ioctl ${request}`);
    return Math.max(0, this.#contents.length - this.position);
  }

  close(): void {
    this.position = 0;
  }
}

export function storedContents(file: StoredFile): Contents {
  return {
    readAt: (offset, limit) => file.bytes.slice(offset, offset + limit),
    writeAt: (offset, bytes) => file.writeAt(offset, bytes),
    get length() {
      return file.bytes.length;
    },
  };
}

/** A generated file is what it was when it was opened; each write is one of the whole. */
export function generatedContents(path: string, source: FileSource, bytes: Uint8Array): Contents {
  return {
    readAt: (offset, limit) => bytes.slice(offset, offset + limit),
    writeAt: (_offset, written, now) => {
      if (!source.writeFile(path, written, now)) throw new SocketError('EINVAL', `write ${path}`);
    },
    length: bytes.length,
  };
}

/** The most that one read of /dev/zero makes. */
const ZEROS_AT_ONCE = 16 * 1024 * 1024;

export function deviceContents(device: Device): Contents {
  return {
    readAt: (_offset, limit) =>
      device === 'zero' ? new Uint8Array(Math.min(limit, ZEROS_AT_ONCE)) : EMPTY,
    writeAt: () => undefined,
    length: 0,
  };
}
