/** Calls that make, name, connect and end sockets, with Linux's order of checks (net/socket.c). */
import { SocketError } from '../errno.ts';
import type { Duration, Instant } from '../time.ts';
import { type Attempt, succeed } from './attempt.ts';
import { IPPROTO, OPEN, SHUT, SOCK } from './constants.ts';
import { type ConnectProgress, isSocket, type SocketFile, type SocketMaker } from './file.ts';
import { type FileTable, OpenDescription } from './file-table.ts';
import type { Capabilities } from './capabilities.ts';
import type { CallResult, FileDescriptor, SystemCall } from './system-call.ts';

const { O_CLOEXEC, O_NONBLOCK, O_RDWR } = OPEN;
const { SOCK_CLOEXEC, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_STREAM } = SOCK;

/** The bits of socket's `type` that are the type (SOCK_TYPE_MASK), and how many types there are. */
const TYPE_MASK = 0xf;
const SOCK_MAX = 11;
const SOCKET_FLAGS = SOCK_NONBLOCK | SOCK_CLOEXEC;

const SIDES: ReadonlyMap<number, 'read' | 'write' | 'both'> = new Map([
  [SHUT.SHUT_RD, 'read'],
  [SHUT.SHUT_WR, 'write'],
  [SHUT.SHUT_RDWR, 'both'],
]);

/** `sizeof(int)`. */
const INT_LENGTH = 4;

/** What these calls need of the process. */
export interface SocketOwner {
  readonly files: FileTable;
  readonly capabilities: Capabilities;
  readonly makeSocket: SocketMaker;
}

/** A call of one of these names. */
export type Call<Name extends SystemCall['name']> = Extract<SystemCall, { readonly name: Name }>;

/** The description of a descriptor that must be a socket's. @throws SocketError EBADF, ENOTSOCK */
export function socketAt(
  files: FileTable,
  fd: FileDescriptor,
  call: string,
): { readonly description: OpenDescription; readonly socket: SocketFile } {
  const description = files.get(fd, call);
  const { file } = description;
  if (!isSocket(file)) throw new SocketError('ENOTSOCK', call);
  return { description, socket: file };
}

/** How long a call on this file may wait: not at all where the file is O_NONBLOCK. */
export function patienceOf(description: OpenDescription, timeout: Duration): Duration {
  return description.isNonBlocking ? 0 : timeout;
}

export function socket(owner: SocketOwner, call: Call<'socket'>): CallResult {
  const type = call.type & TYPE_MASK;
  const flags = call.type & ~TYPE_MASK;
  if ((flags & ~SOCKET_FLAGS) !== 0 || type >= SOCK_MAX) throw new SocketError('EINVAL', 'socket');
  if (type !== SOCK_STREAM && type !== SOCK_DGRAM) {
    throw new SocketError('ESOCKTNOSUPPORT', 'socket');
  }
  const own = type === SOCK_STREAM ? IPPROTO.IPPROTO_TCP : IPPROTO.IPPROTO_UDP;
  if (call.protocol !== IPPROTO.IPPROTO_IP && call.protocol !== own) {
    throw new SocketError('EPROTONOSUPPORT', 'socket');
  }
  const fd = owner.files.reserve('socket');
  const file = owner.makeSocket(type === SOCK_STREAM ? 'stream' : 'datagram', call.domain);
  install(owner.files, fd, file, flags);
  return succeed(fd);
}

function install(files: FileTable, fd: FileDescriptor, file: SocketFile, flags: number): void {
  const isNonBlocking = (flags & SOCK_NONBLOCK) !== 0;
  const description = new OpenDescription(file, isNonBlocking ? O_RDWR | O_NONBLOCK : O_RDWR);
  files.install(fd, description, (flags & O_CLOEXEC) !== 0);
}

export function bind(owner: SocketOwner, call: Call<'bind' | 'connect'>, now: Instant): CallResult {
  const { socket: file } = socketAt(owner.files, call.fd, 'bind');
  const { address } = call;
  if (address === 'invalid-pointer') throw new SocketError('EFAULT', 'bind');
  if (address === 'unspecified') throw new SocketError('EAFNOSUPPORT', 'bind');
  owner.capabilities.mustAllowPort(address.port);
  file.bind(address, now);
  return succeed(0);
}

/**
 * The socket is asked until its handshake is over. What it said first decides what a caller hears
 * who does not wait, or whose SO_SNDTIMEO is over.
 */
export function connect(owner: SocketOwner, call: Call<'bind' | 'connect'>): Attempt {
  const { description, socket: file } = socketAt(owner.files, call.fd, 'connect');
  const { address } = call;
  if (address === 'invalid-pointer') throw new SocketError('EFAULT', 'connect');
  let first: ConnectProgress | undefined;
  return {
    waitsFor: [description],
    patience: patienceOf(description, file.sendTimeout),
    run: (now, isLast) => {
      const progress = file.connect(address, now);
      if (progress === 'connected') return succeed(0);
      first ??= progress;
      if (!isLast) return undefined;
      throw new SocketError(first === 'begun' ? 'EINPROGRESS' : 'EALREADY', 'connect');
    },
  };
}

export function listen(owner: SocketOwner, call: Call<'listen'>, now: Instant): CallResult {
  socketAt(owner.files, call.fd, 'listen').socket.listen(call.backlog, now);
  return succeed(0);
}

/** The descriptor is taken before the wait, so that EMFILE shows at once (do_accept). */
export function accept(owner: SocketOwner, call: Call<'accept'>): Attempt {
  const { files } = owner;
  files.get(call.fd, 'accept'); // EBADF comes first, ENOTSOCK last (Linux __sys_accept4_file())
  if ((call.flags & ~SOCKET_FLAGS) !== 0) throw new SocketError('EINVAL', 'accept');
  const { description, socket: file } = socketAt(files, call.fd, 'accept');
  const fd = files.reserve('accept');
  const give = (now: Instant, isLast: boolean): CallResult | undefined => {
    const accepted = file.accept(now);
    if (accepted === undefined) {
      if (isLast) throw new SocketError('EAGAIN', 'accept');
      return undefined;
    }
    install(files, fd, accepted, call.flags);
    const { peerName } = accepted;
    return succeed(fd, peerName && { kind: 'address', address: peerName });
  };
  return {
    waitsFor: [description],
    patience: patienceOf(description, file.receiveTimeout),
    run: (now, isLast) => {
      try {
        return give(now, isLast);
      } catch (error) {
        files.cancel(fd);
        throw error;
      }
    },
  };
}

export function shutdown(owner: SocketOwner, call: Call<'shutdown'>, now: Instant): CallResult {
  const { socket: file } = socketAt(owner.files, call.fd, 'shutdown');
  const how = SIDES.get(call.how);
  if (how === undefined) throw new SocketError('EINVAL', 'shutdown');
  file.shutdown(how, now);
  return succeed(0);
}

export function setOption(owner: SocketOwner, call: Call<'setsockopt'>, now: Instant): CallResult {
  const { level, option, value, length } = call;
  const what = `setsockopt ${option}`;
  const { socket: file } = socketAt(owner.files, call.fd, what);
  if (length < 0) throw new SocketError('EINVAL', what);
  if (value === 'invalid-pointer') {
    throw new SocketError(length < INT_LENGTH ? 'EINVAL' : 'EFAULT', what);
  }
  owner.capabilities.mustAllowOption(level, option);
  file.setOption(level, option, value, length, now);
  return succeed(0);
}

export function getOption(owner: SocketOwner, call: Call<'getsockopt'>, now: Instant): CallResult {
  const { level, option } = call;
  const what = `getsockopt ${option}`;
  const { socket: file } = socketAt(owner.files, call.fd, what);
  if (call.length < 0) throw new SocketError('EINVAL', what);
  const { value, length } = file.getOption(level, option, call.length, now);
  return succeed(0, { kind: 'option', value, length });
}
