/** The errors of socket calls, by the names that network programmers know (POSIX `errno.h`). */

/** An errno code with its customary words. */
const WORDS = {
  EACCES: 'Permission denied',
  EADDRINUSE: 'Address already in use',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  EAGAIN: 'Resource temporarily unavailable',
  EALREADY: 'Operation already in progress',
  EBADF: 'Bad file descriptor',
  ECONNABORTED: 'Software caused connection abort',
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'Connection reset by peer',
  EDESTADDRREQ: 'Destination address required',
  EHOSTUNREACH: 'No route to host',
  EINPROGRESS: 'Operation now in progress',
  EINVAL: 'Invalid argument',
  EISCONN: 'Transport endpoint is already connected',
  EMSGSIZE: 'Message too long',
  ENETUNREACH: 'Network is unreachable',
  ENOPROTOOPT: 'Protocol not available',
  ENOTCONN: 'Transport endpoint is not connected',
  EOPNOTSUPP: 'Operation not supported',
  EPIPE: 'Broken pipe',
  ETIMEDOUT: 'Connection timed out',
} as const;

export type Errno = keyof typeof WORDS;

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
