/**
 * pipe(2), splice(2) and sendfile(2): octets that go from file to file without a buffer of the
 * program's (fs/splice.c). One side of a splice is a pipe; sendfile reads a regular file.
 */
import { SocketError } from '../errno.ts';
import { type Instant, NEVER } from '../time.ts';
import { type Attempt, succeed } from './attempt.ts';
import { MSG, OPEN, SPLICE } from './constants.ts';
import { isSocket, type OpenFile } from './file.ts';
import type { FileTable, OpenDescription } from './file-table.ts';
import { openPipe, PAGE_LENGTH, type Pipe, PipeReader, PipeWriter } from './pipe.ts';
import { RegularFile } from './regular-file.ts';
import type { Call } from './socket-calls.ts';
import type { CallResult } from './system-call.ts';
import { sendMore } from './transfer-calls.ts';

const { MSG_DONTWAIT, MSG_MORE } = MSG;
const { SPLICE_F_GIFT, SPLICE_F_MORE, SPLICE_F_MOVE, SPLICE_F_NONBLOCK } = SPLICE;

const SPLICE_FLAGS = SPLICE_F_MOVE | SPLICE_F_NONBLOCK | SPLICE_F_MORE | SPLICE_F_GIFT;
/** What sendfile's inner pipe holds, and so what goes out at a time. */
const CHUNK = 16 * PAGE_LENGTH;

export function pipe(files: FileTable): CallResult {
  const reading = files.reserve('pipe');
  let writing: number;
  try {
    writing = files.reserve('pipe');
  } catch (error) {
    files.cancel(reading);
    throw error;
  }
  const [reader, writer] = openPipe();
  files.install(reading, reader);
  files.install(writing, writer);
  return succeed(0, { kind: 'pipe', ends: [reading, writing] });
}

export function splice(files: FileTable, call: Call<'splice'>): Attempt | CallResult {
  if (call.length === 0) return succeed(0);
  if (call.length < 0 || (call.flags & ~SPLICE_FLAGS) !== 0) {
    throw new SocketError('EINVAL', 'splice');
  }
  const from = files.get(call.from, 'splice');
  const to = files.get(call.to, 'splice');
  if (!from.isReadable || !to.isWritable) throw new SocketError('EBADF', 'splice');
  if (from.file instanceof PipeReader && to.file instanceof PipeWriter) {
    if (from.file.pipe === to.file.pipe) throw new SocketError('EINVAL', 'splice');
    return move(from, to, from.file.pipe, to.file.pipe, call);
  }
  if (from.file instanceof PipeReader) return drain(from, from.file, to, call);
  if (to.file instanceof PipeWriter) return fill(from, to, to.file, call);
  throw new SocketError('EINVAL', 'splice');
}

/** From pipe to pipe; one of them that does not wait is enough. */
function move(
  from: OpenDescription,
  to: OpenDescription,
  source: Pipe,
  target: Pipe,
  { flags, length }: Call<'splice'>,
): Attempt {
  const isHasty = (flags & SPLICE_F_NONBLOCK) !== 0 || from.isNonBlocking || to.isNonBlocking;
  return {
    waitsFor: [from, to],
    patience: isHasty ? 0 : NEVER,
    run: (_now, isLast) => {
      if (source.length === 0 && source.hasWriter) return mustWait(!isLast, 'splice');
      if (!target.hasReader) throw new SocketError('EPIPE', 'splice');
      if (target.isFull) return mustWait(!isLast, 'splice');
      return succeed(source.moveTo(target, length));
    },
  };
}

/** From a pipe: what is in it goes on to the other file (splice_to_socket). */
function drain(
  from: OpenDescription,
  reader: PipeReader,
  to: OpenDescription,
  { flags, length }: Call<'splice'>,
): Attempt {
  const { file } = to;
  if (file.kind === 'epoll' || (to.flags & OPEN.O_APPEND) !== 0) {
    throw new SocketError('EINVAL', 'splice');
  }
  const waitsForInput = (flags & SPLICE_F_NONBLOCK) === 0 && !from.isNonBlocking;
  const waitsForRoom = !to.isNonBlocking;
  const outpour = new Outpour(file, to.isNonBlocking);
  return {
    waitsFor: [from, to],
    patience: isSocket(file) ? file.sendTimeout : NEVER,
    run: (now, isLast) => {
      for (;;) {
        const bytes = reader.pipe.peek(length - outpour.taken);
        if (bytes.length === 0) {
          if (outpour.taken > 0 || !reader.pipe.hasWriter) return succeed(outpour.taken);
          return mustWait(waitsForInput && !isLast, 'splice');
        }
        const count = outpour.send(bytes, (flags & SPLICE_F_MORE) !== 0, now);
        if (count === 'stopped') return succeed(outpour.taken);
        if (count === undefined) {
          if (outpour.taken === 0 || (waitsForRoom && !isLast)) {
            return mustWait(waitsForRoom && !isLast, 'splice');
          }
          return succeed(outpour.taken);
        }
        reader.pipe.consumeSpliced(count);
        if (outpour.taken >= length) return succeed(outpour.taken);
      }
    },
  };
}

/** Waits where it may. @throws SocketError EAGAIN where it may not */
function mustWait(mayWait: boolean, call: string): undefined {
  if (!mayWait) throw new SocketError('EAGAIN', call);
}

/** Into a pipe: as much as is there, and as its free pages can take (splice_file_to_pipe). */
function fill(
  from: OpenDescription,
  to: OpenDescription,
  writer: PipeWriter,
  { flags, length }: Call<'splice'>,
): Attempt {
  const { file } = from;
  const { pipe } = writer;
  const waitsForRoom = !to.isNonBlocking && (flags & SPLICE_F_NONBLOCK) === 0;
  return {
    waitsFor: [from, to],
    patience: isSocket(file) ? file.receiveTimeout : NEVER,
    run: (now, isLast) => {
      if (!pipe.hasReader) throw new SocketError('EPIPE', 'splice');
      if (pipe.isFull) return mustWait(waitsForRoom && !isLast, 'splice');
      if (file.kind === 'epoll') throw new SocketError('EINVAL', 'splice');
      const bytes = spliced(file, Math.min(length, pipe.room), now);
      // A socket heeds its own O_NONBLOCK only, not SPLICE_F_NONBLOCK (tcp_splice_read).
      if (bytes === undefined) return mustWait(!from.isNonBlocking && !isLast, 'splice');
      pipe.splice(bytes);
      return succeed(bytes.length);
    },
  };
}

function spliced(file: OpenFile, limit: number, now: Instant): Uint8Array | undefined {
  return isSocket(file) ? file.splice(limit, now) : file.receive(limit, 0, now)?.bytes;
}

/** What a call has sent to a file so far. */
class Outpour {
  taken = 0;
  readonly #file: OpenFile;
  readonly #flags: number;
  #hasTried = false;

  constructor(file: OpenFile, isNonBlocking: boolean) {
    this.#file = file;
    this.#flags = isNonBlocking ? MSG_DONTWAIT : 0;
  }

  /** `isMore` says that octets follow at once, so that TCP may wait for them. */
  send(bytes: Uint8Array, isMore: boolean, now: Instant): number | undefined | 'stopped' {
    const outgoing = {
      buffers: [bytes],
      address: undefined,
      control: [],
      flags: isMore && isSocket(this.#file) ? this.#flags | MSG_MORE : this.#flags,
      continues: this.#hasTried,
    };
    this.#hasTried = true;
    const count = sendMore(this.#file, outgoing, this.taken, now);
    if (typeof count === 'number') this.taken += count;
    return count;
  }
}

export function sendfile(files: FileTable, call: Call<'sendfile'>): Attempt {
  const from = files.get(call.from, 'sendfile');
  if (!from.isReadable) throw new SocketError('EBADF', 'sendfile');
  const source = from.file;
  const { offset: start } = call;
  if (!(source instanceof RegularFile)) {
    throw new SocketError(start === undefined ? 'EINVAL' : 'ESPIPE', 'sendfile');
  }
  const to = files.get(call.to, 'sendfile');
  if (!to.isWritable) throw new SocketError('EBADF', 'sendfile');
  const isRefused = to.file.kind === 'epoll' || (to.flags & OPEN.O_APPEND) !== 0;
  if (isRefused || call.length < 0 || (start ?? 0) < 0) throw new SocketError('EINVAL', 'sendfile');
  const begin = start ?? source.position;
  const outpour = new Outpour(to.file, to.isNonBlocking);
  const finish = (): CallResult => {
    const offset = begin + outpour.taken;
    if (start !== undefined) return succeed(outpour.taken, { kind: 'offset', offset });
    source.position = offset;
    return succeed(outpour.taken);
  };
  return {
    waitsFor: [to],
    patience: isSocket(to.file) ? to.file.sendTimeout : NEVER,
    run: (now, isLast) => {
      for (;;) {
        const left = call.length - outpour.taken;
        const bytes = source.readAt(begin + outpour.taken, Math.min(left, CHUNK));
        if (bytes.length === 0) return finish();
        const count = outpour.send(bytes, bytes.length < left && bytes.length === CHUNK, now);
        if (count === 'stopped') return finish();
        if (count === undefined) {
          const mayWait = !to.isNonBlocking && !isLast;
          if (outpour.taken > 0 && !mayWait) return finish();
          return mustWait(mayWait, 'sendfile');
        }
        if (count < bytes.length && to.isNonBlocking) return finish();
      }
    },
  };
}
