/** The calls about descriptors themselves: open, close, fcntl and ioctl. */
import { SocketError } from '../errno.ts';
import type { Duration, Instant } from '../time.ts';
import { type Attempt, succeed } from './attempt.ts';
import { FCNTL, OPEN } from './constants.ts';
import { isSocket } from './file.ts';
import { type FileSystem, type Lookup, LONGEST_PATH } from './file-system.ts';
import { type FileTable, OpenDescription } from './file-table.ts';
import {
  type Contents,
  deviceContents,
  generatedContents,
  RegularFile,
  storedContents,
} from './regular-file.ts';
import type { Call } from './socket-calls.ts';
import type { CallResult } from './system-call.ts';

const { O_ACCMODE, O_APPEND, O_ASYNC, O_CLOEXEC, O_CREAT, O_DIRECT, O_DIRECTORY } = OPEN;
const { O_EXCL, O_LARGEFILE, O_NOATIME, O_NOCTTY, O_NONBLOCK, O_RDONLY, O_TRUNC } = OPEN;

/** What F_SETFL changes: SETFL_MASK. */
const SETTABLE = O_APPEND | O_NONBLOCK | O_ASYNC | O_DIRECT | O_NOATIME;
/** What only opening heeds, and F_GETFL does not show. */
const OPENING_ONLY = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC;

export function open(
  files: FileTable,
  fileSystem: FileSystem,
  call: Call<'open'>,
  now: Instant,
): CallResult {
  const { path, flags } = call;
  const what = `open ${path}`;
  const fd = files.reserve(what);
  try {
    const contents = contentsAt(fileSystem, call, now);
    // Of a 64-bit process every file is O_LARGEFILE (force_o_largefile).
    const kept = (flags & ~OPENING_ONLY) | O_LARGEFILE;
    files.install(fd, describe(contents, kept), (flags & O_CLOEXEC) !== 0);
    return succeed(fd);
  } catch (error) {
    files.cancel(fd);
    throw error;
  }
}

/** A description of a file that appends as its own flags say. */
export function describe(contents: Contents, flags: number): OpenDescription {
  const description: OpenDescription = new OpenDescription(
    new RegularFile(contents, () => (description.flags & O_APPEND) !== 0),
    flags,
  );
  return description;
}

function contentsAt(fileSystem: FileSystem, { path, flags }: Call<'open'>, now: Instant): Contents {
  const what = `open ${path}`;
  if (path === '') throw new SocketError('ENOENT', what);
  if (path.length > LONGEST_PATH) throw new SocketError('ENAMETOOLONG', 'open');
  const found = fileSystem.lookUp(path, now);
  checkExistence(found, flags, what);
  switch (found.kind) {
    case 'stored':
      if ((flags & O_TRUNC) !== 0) found.node.bytes = found.node.bytes.subarray(0, 0);
      return storedContents(found.node);
    case 'generated':
      return generatedContents(path, found.source, found.bytes);
    case 'device':
      return deviceContents(found.device);
    case 'nothing':
      return storedContents(fileSystem.create(path));
    case 'directory':
    case 'not-a-directory':
      throw new SocketError('EISDIR', what); // a directory is opened by nobody here
  }
}

/** @throws SocketError where the flags do not fit what is there */
function checkExistence(found: Lookup, flags: number, what: string): void {
  if (found.kind === 'not-a-directory') throw new SocketError('ENOTDIR', what);
  if (found.kind === 'nothing') {
    const canCreate = (flags & O_CREAT) !== 0 && found.hasParent;
    if (!canCreate) throw new SocketError('ENOENT', what);
    return;
  }
  const isExclusive = (flags & O_CREAT) !== 0 && (flags & O_EXCL) !== 0;
  if (isExclusive) throw new SocketError('EEXIST', what);
  const isDirectory = found.kind === 'directory';
  if ((flags & O_DIRECTORY) !== 0 && !isDirectory) throw new SocketError('ENOTDIR', what);
  const changes = (flags & O_ACCMODE) !== O_RDONLY || (flags & O_CREAT) !== 0;
  if (isDirectory) throw new SocketError(changes ? 'EISDIR' : 'EACCES', what);
}

/**
 * The descriptor is free at once. Where this was the last and SO_LINGER asks for it, the call waits
 * until what was sent is delivered, whether or not the socket is O_NONBLOCK (inet_release).
 */
export function close(files: FileTable, call: Call<'close'>, now: Instant): Attempt | CallResult {
  const description = files.get(call.fd, 'close');
  const { file } = description;
  const patience: Duration = isSocket(file) ? file.lingerTime : 0;
  files.close(call.fd, now);
  if (!description.isClosed || !isSocket(file) || patience === 0) return succeed(0);
  return {
    waitsFor: [description],
    patience,
    run: (_now, isLast) => (file.isDelivered || isLast ? succeed(0) : undefined),
  };
}

export function control(files: FileTable, call: Call<'fcntl'>): CallResult {
  const { fd, argument } = call;
  const description = files.get(fd, 'fcntl');
  switch (call.command) {
    case FCNTL.F_GETFL:
      return succeed(description.flags);
    case FCNTL.F_SETFL:
      description.flags = (description.flags & ~SETTABLE) | (argument & SETTABLE);
      return succeed(0);
    case FCNTL.F_GETFD:
      return succeed(files.closesOnExec(fd) ? FCNTL.FD_CLOEXEC : 0);
    case FCNTL.F_SETFD:
      files.setClosesOnExec(fd, (argument & FCNTL.FD_CLOEXEC) !== 0);
      return succeed(0);
    case FCNTL.F_DUPFD:
    case FCNTL.F_DUPFD_CLOEXEC: {
      if (argument < 0 || argument >= files.limit) throw new SocketError('EINVAL', 'fcntl');
      const copy = files.reserve('fcntl', argument);
      files.install(copy, description, call.command === FCNTL.F_DUPFD_CLOEXEC);
      return succeed(copy);
    }
    default:
      throw new SocketError('EINVAL', 'fcntl');
  }
}

export function ioctl(files: FileTable, call: Call<'ioctl'>, now: Instant): CallResult {
  const { request, argument } = call;
  const what = `ioctl ${request}`;
  const description = files.get(call.fd, what);
  if (request === 'FIONBIO') {
    const others = description.flags & ~O_NONBLOCK;
    description.flags = (argument ?? 0) === 0 ? others : others | O_NONBLOCK;
    return succeed(0);
  }
  const value = description.file.ioctl?.(request, now);
  if (value === undefined) throw new SocketError('ENOTTY', what);
  return succeed(0, { kind: 'int', value });
}
