/**
 * A pipe, pipe(7): octets written at one end are read at the other, in order. Linux keeps them in
 * 16 buffers of a page each (fs/pipe.c): a write fills up the last page only where its odd part
 * fits, so a write of a page or less is whole or waits (PIPE_BUF), and a pipe may be full below
 * 64 KiB. What splice puts in has buffers of its own.
 */
import { concat } from '../../wire/index.ts';
import { SocketError } from '../errno.ts';
import { WaitQueue } from '../sockets/wait-queue.ts';
import { MSG, OPEN, POLL } from './constants.ts';
import type { OpenFile, Outgoing, Received, Wake } from './file.ts';
import { OpenDescription } from './file-table.ts';

const { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } = POLL;

export const PAGE_LENGTH = 4096;
/** PIPE_DEF_BUFFERS. */
const PAGES = 16;

/** `struct pipe_buffer`: octets at a place in a page. */
interface PageBuffer {
  /** Where in its page it begins: what was read leaves no room behind. */
  readonly start: number;
  readonly bytes: Uint8Array;
  /** Whether a write may fill up the page: PIPE_BUF_FLAG_CAN_MERGE. */
  readonly canMerge: boolean;
}

/** What both ends share. */
export class Pipe {
  readonly #buffers: PageBuffer[] = [];
  hasReader = true;
  hasWriter = true;
  /** Whether anybody has polled: from then on every write wakes (`poll_usage`). */
  isPolled = false;
  readonly readable: WaitQueue = new WaitQueue();
  readonly writable: WaitQueue = new WaitQueue();

  /** Octets that wait. */
  get length(): number {
    return this.#buffers.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** Octets that whole free pages can take. */
  get room(): number {
    return (PAGES - this.#buffers.length) * PAGE_LENGTH;
  }

  get isFull(): boolean {
    return this.#buffers.length >= PAGES;
  }

  /** Takes what fits; how many octets that were. */
  write(bytes: Uint8Array): number {
    const wasEmpty = this.#buffers.length === 0;
    const merged = this.#merge(bytes);
    const taken = merged + this.#append(bytes.subarray(merged), true);
    if (taken > 0 && (wasEmpty || this.isPolled)) this.readable.wake(POLLIN | POLLRDNORM);
    return taken;
  }

  /** The part beyond whole pages goes into the last page, where all of it fits. */
  #merge(bytes: Uint8Array): number {
    const last = this.#buffers.at(-1);
    const odd = bytes.length % PAGE_LENGTH;
    if (last === undefined || odd === 0 || !last.canMerge) return 0;
    if (last.start + last.bytes.length + odd > PAGE_LENGTH) return 0;
    const grown = concat(last.bytes, bytes.subarray(0, odd));
    this.#buffers[this.#buffers.length - 1] = { ...last, bytes: grown };
    return odd;
  }

  #append(bytes: Uint8Array, canMerge: boolean): number {
    let taken = 0;
    while (taken < bytes.length && !this.isFull) {
      const page = bytes.slice(taken, taken + PAGE_LENGTH);
      this.#buffers.push({ start: 0, bytes: page, canMerge });
      taken += page.length;
    }
    return taken;
  }

  /** Takes in what splice brings, which is no more than {@link room}. */
  splice(bytes: Uint8Array): void {
    if (this.#append(bytes, false) > 0) this.readable.wake(0);
  }

  /** Moves up to `limit` octets on to another pipe, buffer by buffer (splice_pipe_to_pipe). */
  moveTo(other: Pipe, limit: number): number {
    const before = this.#buffers.length;
    let moved = 0;
    while (moved < limit && !other.isFull) {
      const [first] = this.#buffers;
      if (first === undefined) break;
      const bytes = first.bytes.subarray(0, limit - moved);
      const isWhole = bytes.length === first.bytes.length;
      other.#buffers.push(isWhole ? first : { ...first, bytes, canMerge: false });
      this.#drop(bytes.length);
      moved += bytes.length;
    }
    if (moved > 0) other.readable.wake(0);
    if (this.#buffers.length < before) this.writable.wake(0);
    return moved;
  }

  /** The first octets, up to `limit`, left where they are. */
  peek(limit: number): Uint8Array {
    const pieces: Uint8Array[] = [];
    let left = limit;
    for (const { bytes } of this.#buffers) {
      if (left === 0) break;
      pieces.push(bytes.subarray(0, left));
      left -= Math.min(left, bytes.length);
    }
    return concat(...pieces);
  }

  /** Takes the first octets out. */
  consume(count: number): void {
    const wasFull = this.isFull;
    this.#drop(count);
    if (wasFull && !this.isFull) this.writable.wake(POLLOUT | POLLWRNORM);
  }

  /** As {@link consume}, for splice, which tells of every buffer that became free. */
  consumeSpliced(count: number): void {
    const before = this.#buffers.length;
    this.#drop(count);
    if (this.#buffers.length < before) this.writable.wake(0);
  }

  #drop(count: number): void {
    let left = count;
    while (left > 0) {
      const [first] = this.#buffers;
      if (first === undefined) break;
      const { bytes, start } = first;
      if (bytes.length <= left) this.#buffers.shift();
      else this.#buffers[0] = { ...first, start: start + left, bytes: bytes.subarray(left) };
      left -= Math.min(left, bytes.length);
    }
  }

  /** An end is closed: whoever waits at either has to look again (pipe_release). */
  ended(): void {
    this.readable.wake(0);
    this.writable.wake(0);
  }
}

/** The end that is read from. */
export class PipeReader implements OpenFile {
  readonly kind = 'pipe';
  readonly pipe: Pipe;

  constructor(pipe: Pipe) {
    this.pipe = pipe;
  }

  poll(): number {
    this.pipe.isPolled = true;
    const data = this.pipe.length > 0 ? POLLIN | POLLRDNORM : 0;
    return this.pipe.hasWriter ? data : data | POLLHUP;
  }

  onWake(wake: Wake): () => void {
    return this.pipe.readable.add(wake);
  }

  /** Without a writer an empty pipe is at its end. */
  receive(limit: number, flags: number): Received | undefined {
    const { pipe } = this;
    if (limit > 0 && pipe.length === 0 && pipe.hasWriter) return undefined;
    const bytes = pipe.peek(limit);
    if ((flags & MSG.MSG_PEEK) === 0) pipe.consume(bytes.length);
    return { bytes, flags: 0, control: [], address: undefined };
  }

  send(): number | undefined {
    throw new SocketError('EBADF', 'write');
  }

  ioctl(request: string): number {
    return lengthIn(this.pipe, request);
  }

  close(): void {
    this.pipe.hasReader = false;
    this.pipe.ended();
  }
}

/** The end that is written to. */
export class PipeWriter implements OpenFile {
  readonly kind = 'pipe';
  readonly pipe: Pipe;

  constructor(pipe: Pipe) {
    this.pipe = pipe;
  }

  poll(): number {
    this.pipe.isPolled = true;
    const room = this.pipe.isFull ? 0 : POLLOUT | POLLWRNORM;
    return this.pipe.hasReader ? room : room | POLLERR;
  }

  onWake(wake: Wake): () => void {
    return this.pipe.writable.add(wake);
  }

  receive(): Received | undefined {
    throw new SocketError('EBADF', 'read');
  }

  send(outgoing: Outgoing): number | undefined {
    const bytes = memoryOf(outgoing);
    if (bytes.length === 0) return 0;
    if (!this.pipe.hasReader) throw new SocketError('EPIPE', 'write');
    const taken = this.pipe.write(bytes);
    return taken === 0 ? undefined : taken;
  }

  ioctl(request: string): number {
    return lengthIn(this.pipe, request);
  }

  close(): void {
    this.pipe.hasWriter = false;
    this.pipe.ended();
  }
}

function lengthIn(pipe: Pipe, request: string): number {
  if (request === 'FIONREAD' || request === 'SIOCINQ') return pipe.length;
  throw new SocketError('ENOTTY', `ioctl ${request}`);
}

/** What is to be written, up to a pointer that leads nowhere. @throws SocketError EFAULT */
export function memoryOf({ buffers }: Outgoing): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (const buffer of buffers) {
    if (buffer === 'invalid-pointer') {
      if (pieces.every((piece) => piece.length === 0)) throw new SocketError('EFAULT', 'write');
      break;
    }
    pieces.push(buffer);
  }
  return concat(...pieces);
}

/** The two ends of a new pipe, the reading one first. */
export function openPipe(): readonly [OpenDescription, OpenDescription] {
  const pipe = new Pipe();
  return [
    new OpenDescription(new PipeReader(pipe), OPEN.O_RDONLY),
    new OpenDescription(new PipeWriter(pipe), OPEN.O_WRONLY),
  ];
}
