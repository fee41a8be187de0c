/**
 * Reading and writing: read, recv, recvfrom, readv, recvmsg are `receive`; write, send, sendto,
 * writev, sendmsg are `send`. A file moves what it can at once; going on until a blocking call has
 * what it wants is done here.
 */
import { concat } from '../../wire/index.ts';
import { SocketError } from '../errno.ts';
import { type Duration, type Instant, NEVER } from '../time.ts';
import { type Attempt, succeed } from './attempt.ts';
import { MSG, POLL } from './constants.ts';
import { isSocket, type OpenFile, type Outgoing, type Received } from './file.ts';
import type { FileTable, OpenDescription } from './file-table.ts';
import { type Call, patienceOf } from './socket-calls.ts';
import type { CallResult, UserMemory } from './system-call.ts';

const { MSG_CTRUNC, MSG_DONTWAIT, MSG_ERRQUEUE, MSG_OOB, MSG_PEEK, MSG_WAITALL } = MSG;
const { POLLERR, POLLHUP, POLLRDHUP } = POLL;

/** One call moves no more: MAX_RW_COUNT. */
const MOST_AT_ONCE = 0x7fff_f000;

/** The patience of a call on a file for one direction. */
function patienceFor(
  description: OpenDescription,
  direction: 'receiveTimeout' | 'sendTimeout',
  flags: number,
): Duration {
  const { file } = description;
  if ((flags & MSG_DONTWAIT) !== 0) return 0;
  return patienceOf(description, isSocket(file) ? file[direction] : NEVER);
}

export function send(files: FileTable, call: Call<'send'>): Attempt {
  const { message, flags } = call;
  const description = files.get(call.fd, 'send');
  const { file } = description;
  const isForSockets = flags !== 0 || message.address !== undefined || message.control.length > 0;
  if (isForSockets && !isSocket(file)) throw new SocketError('ENOTSOCK', 'send');
  if (!description.isWritable) throw new SocketError('EBADF', 'send');
  const patience = patienceFor(description, 'sendTimeout', flags);
  const wanted = lengthOf(message.buffers);
  // A datagram is taken whole or not at all; whoever may not wait is content with a part.
  const wantsAll = patience > 0 && !(isSocket(file) && file.type === 'datagram');
  let taken = 0;
  let hasTried = false;
  return {
    waitsFor: [description],
    patience,
    run: (now, isLast) => {
      for (;;) {
        const outgoing = {
          buffers: behind(message.buffers, taken),
          address: message.address,
          control: message.control,
          flags: patience > 0 && !isLast ? flags : flags | MSG_DONTWAIT,
          continues: hasTried,
        };
        hasTried = true;
        const more = sendMore(file, outgoing, taken, now);
        if (more === 'stopped') return succeed(taken);
        if (more === undefined && !isLast) return undefined;
        if (more === undefined && taken === 0) throw new SocketError('EAGAIN', 'send');
        if (more === undefined) return succeed(taken);
        taken += more;
        if (taken >= wanted || !wantsAll) return succeed(taken);
      }
    },
  };
}

/**
 * Sends what is left of a call that has sent `taken` octets: how many more were taken, or
 * `'stopped'` where an error ends it. An error behind octets taken is kept for the next call: this
 * one returns how far it came (tcp_sendmsg_locked, `do_error`).
 */
export function sendMore(
  file: OpenFile,
  outgoing: Outgoing,
  taken: number,
  now: Instant,
): number | undefined | 'stopped' {
  if (taken > 0 && isSocket(file) && file.pendingError !== undefined) return 'stopped';
  try {
    return file.send(outgoing, now);
  } catch (error) {
    if (taken > 0 && error instanceof SocketError) return 'stopped';
    throw error;
  }
}

/** How many octets there are; a pointer that leads nowhere is one that can never be taken. */
export function lengthOf(buffers: readonly UserMemory[]): number {
  return buffers.reduce((sum, buffer) => sum + sizeOf(buffer), 0);
}

function sizeOf(buffer: UserMemory): number {
  return buffer === 'invalid-pointer' ? 1 : buffer.length;
}

/** The buffers without their first `count` octets. */
function behind(buffers: readonly UserMemory[], count: number): readonly UserMemory[] {
  if (count === 0) return buffers;
  const left: UserMemory[] = [];
  let skip = count;
  for (const buffer of buffers) {
    const size = sizeOf(buffer);
    if (skip >= size) skip -= size;
    else {
      left.push(buffer === 'invalid-pointer' ? buffer : buffer.subarray(skip));
      skip = 0;
    }
  }
  return left;
}

export function receive(files: FileTable, call: Call<'receive'>): Attempt | CallResult {
  const { flags, lengths } = call;
  const description = files.get(call.fd, 'recv');
  const { file } = description;
  const isForSockets = flags !== 0 || call.wantsControl;
  if (isForSockets && !isSocket(file)) throw new SocketError('ENOTSOCK', 'recv');
  if (!description.isReadable) throw new SocketError('EBADF', 'recv');
  if (lengths.some((length) => length < 0)) throw new SocketError('EINVAL', 'recv');
  const limit = Math.min(
    lengths.reduce((sum, length) => sum + length, 0),
    MOST_AT_ONCE,
  );
  const collected = new Collected(limit, (flags & MSG_PEEK) !== 0);
  // A read of nothing is nothing, whatever the state of the socket (sock_read_iter).
  if (limit === 0 && !isForSockets && isSocket(file)) return answerOf(collected, false);
  // The error queue and urgent data are never waited for (tcp_recvmsg, tcp_recv_urg).
  const mayWait = (flags & (MSG_ERRQUEUE | MSG_OOB)) === 0;
  const patience = mayWait ? patienceFor(description, 'receiveTimeout', flags) : 0;
  const wantsAll =
    patience > 0 && (flags & MSG_WAITALL) !== 0 && isSocket(file) && file.type === 'stream';
  return {
    waitsFor: [description],
    patience,
    run: (now, isLast) => {
      if (call.isPointerInvalid) return receiveNowhere(file, limit, flags, isLast, now);
      const asked = patience > 0 && !isLast ? flags : flags | MSG_DONTWAIT;
      const isDone = collected.add(file, asked, wantsAll && !isLast, now);
      if (isDone) return answerOf(collected, call.wantsControl);
      if (isLast) throw new SocketError('EAGAIN', 'recv');
      return undefined;
    },
  };
}

/** The octets stay where they are: the copy fails as soon as there is one. */
function receiveNowhere(
  file: OpenFile,
  limit: number,
  flags: number,
  isLast: boolean,
  now: Instant,
): CallResult | undefined {
  const received = file.receive(limit, flags | MSG_PEEK, now);
  if (received === undefined && !isLast) return undefined;
  if (received === undefined) throw new SocketError('EAGAIN', 'recv');
  if (received.bytes.length > 0) throw new SocketError('EFAULT', 'recv');
  return succeed(0);
}

/** What a call has received so far: with MSG_WAITALL that can be in several pieces. */
class Collected {
  last: Received | undefined = undefined;
  /** What the call returns: octets that MSG_TRUNC threw away count, too. */
  length = 0;
  #pieces: Uint8Array[] = [];
  readonly #limit: number;
  readonly #peeks: boolean;

  constructor(limit: number, peeks: boolean) {
    this.#limit = limit;
    this.#peeks = peeks;
  }

  get bytes(): Uint8Array {
    const [first] = this.#pieces;
    return this.#pieces.length === 1 && first !== undefined ? first : concat(...this.#pieces);
  }

  /** Takes what there is; whether the call has what it wants, or can have no more. */
  add(file: OpenFile, flags: number, wantsAll: boolean, now: Instant): boolean {
    for (;;) {
      const has = this.length > 0;
      if (has && isSocket(file) && file.pendingError !== undefined) return true;
      const received = this.#ask(file, flags, now);
      if (received === undefined) return has && !wantsAll;
      if (received === 'stopped') return true;
      const count = received.fullLength ?? received.bytes.length;
      if (this.#peeks) this.#pieces = [];
      this.#pieces.push(received.bytes);
      this.length = this.#peeks ? count : this.length + count;
      this.last = received;
      if (!wantsAll || count === 0 || this.length >= this.#limit) return true;
      // Looking again shows the same octets: wait for more, unless no more can come.
      if (this.#peeks) return (file.poll() & (POLLERR | POLLHUP | POLLRDHUP)) !== 0;
    }
  }

  #ask(file: OpenFile, flags: number, now: Instant): Received | undefined | 'stopped' {
    const limit = this.#peeks ? this.#limit : this.#limit - this.length;
    try {
      return file.receive(limit, flags, now);
    } catch (error) {
      if (this.length > 0 && error instanceof SocketError) return 'stopped';
      throw error;
    }
  }
}

function answerOf(collected: Collected, wantsControl: boolean): CallResult {
  const { bytes, last } = collected;
  const control = last?.control ?? [];
  const isCut = control.length > 0 && !wantsControl; // put_cmsg finds no room
  return succeed(collected.length, {
    kind: 'message',
    bytes,
    flags: (last?.flags ?? 0) | (isCut ? MSG_CTRUNC : 0),
    control: wantsControl ? control : [],
    address: last?.address,
  });
}
