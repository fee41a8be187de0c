/** The errors of system calls, by the names that programmers know (POSIX `errno.h`). */

/** An errno code with its customary words. */
const WORDS = {
  EACCES: 'Permission denied',
  EADDRINUSE: 'Address already in use',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  EAFNOSUPPORT: 'Address family not supported by protocol',
  EAGAIN: 'Resource temporarily unavailable',
  EALREADY: 'Operation already in progress',
  EBADF: 'Bad file descriptor',
  ECONNABORTED: 'Software caused connection abort',
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'Connection reset by peer',
  EDESTADDRREQ: 'Destination address required',
  EDOM: 'Numerical argument out of domain',
  EEXIST: 'File exists',
  EFAULT: 'Bad address',
  EHOSTDOWN: 'Host is down',
  EHOSTUNREACH: 'No route to host',
  EINPROGRESS: 'Operation now in progress',
  EINTR: 'Interrupted system call',
  EINVAL: 'Invalid argument',
  EISCONN: 'Transport endpoint is already connected',
  EISDIR: 'Is a directory',
  ELOOP: 'Too many levels of symbolic links',
  EMFILE: 'Too many open files',
  EMSGSIZE: 'Message too long',
  ENAMETOOLONG: 'File name too long',
  ENETUNREACH: 'Network is unreachable',
  ENOBUFS: 'No buffer space available',
  ENODEV: 'No such device',
  ENOENT: 'No such file or directory',
  ENOMEM: 'Cannot allocate memory',
  ENONET: 'Machine is not on the network',
  ENOMSG: 'No message of desired type',
  ENOPROTOOPT: 'Protocol not available',
  ENOSPC: 'No space left on device',
  ENOSYS: 'Function not implemented',
  ENOTCONN: 'Transport endpoint is not connected',
  ENOTDIR: 'Not a directory',
  ENOTSOCK: 'Socket operation on non-socket',
  ENOTTY: 'Inappropriate ioctl for device',
  EOPNOTSUPP: 'Operation not supported',
  EPERM: 'Operation not permitted',
  EPIPE: 'Broken pipe',
  EPROTO: 'Protocol error',
  EPROTONOSUPPORT: 'Protocol not supported',
  EPROTOTYPE: 'Protocol wrong type for socket',
  ERANGE: 'Numerical result out of range',
  EROFS: 'Read-only file system',
  ESOCKTNOSUPPORT: 'Socket type not supported',
  ESPIPE: 'Illegal seek',
  ETIMEDOUT: 'Connection timed out',
} as const;

export type Errno = keyof typeof WORDS;

/** What people read for it (strerror(3)). */
export function wordsOf(code: Errno): string {
  return WORDS[code];
}

/** What a socket call throws: `code` tells why, the message which call on what. */
export class SocketError extends Error {
  readonly code: Errno;

  /** `call` names the call as a user wrote it: `connect 10.0.0.2:80`. */
  constructor(code: Errno, call: string) {
    super(`${call}: ${WORDS[code]} (${code})`);
    this.name = 'SocketError';
    this.code = code;
  }
}
