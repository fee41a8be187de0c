/** System calls as a script writes them, for what a program must have done. */
import { type Expression, NOWHERE, type SystemCallSpec } from '../syntax/script.ts';

const place = NOWHERE;

/** The tool supplies it. */
const SUPPLIED: Expression = { kind: 'ellipsis', place };

function int(value: number): Expression {
  return { kind: 'integer', place, value: BigInt(value), isHex: false };
}

function word(name: string): Expression {
  return { kind: 'word', place, word: name };
}

function pointer(...items: readonly Expression[]): Expression {
  return { kind: 'array', place, items };
}

function call(
  name: string,
  args: readonly Expression[],
  result: number,
  failure?: { readonly errno: string; readonly note: string },
): SystemCallSpec {
  return {
    kind: 'system-call',
    place,
    end: undefined,
    name,
    arguments: args,
    result: int(result),
    errno: failure?.errno,
    note: failure?.note,
  };
}

function setsockopt(fd: number, level: string, option: string, value: number): SystemCallSpec {
  const args = [int(fd), word(level), word(option), pointer(int(value)), int(4)];
  return call('setsockopt', args, 0);
}

/** A socket that listens, by the number `fd`. */
export function listening(fd: number): readonly SystemCallSpec[] {
  return [
    socket(fd),
    setsockopt(fd, 'SOL_SOCKET', 'SO_REUSEADDR', 1),
    call('bind', [int(fd), SUPPLIED, SUPPLIED], 0),
    call('listen', [int(fd), int(1)], 0),
  ];
}

/** A socket that connects while the program goes on. */
export function connecting(fd: number): readonly SystemCallSpec[] {
  const flags: Expression = { kind: 'or', place, operands: [word('O_RDWR'), word('O_NONBLOCK')] };
  return [
    socket(fd),
    call('fcntl', [int(fd), word('F_SETFL'), flags], 0),
    call('connect', [int(fd), SUPPLIED, SUPPLIED], -1, {
      errno: 'EINPROGRESS',
      note: 'Operation now in progress',
    }),
  ];
}

/** The program asks how its connect went, and blocks from now on. */
export function connected(fd: number): readonly SystemCallSpec[] {
  return [socketError(fd, int(0)), call('fcntl', [int(fd), word('F_SETFL'), word('O_RDWR')], 0)];
}

/** The program asks how its connect went. */
export function refused(fd: number): SystemCallSpec {
  return socketError(fd, word('ECONNREFUSED'));
}

function socketError(fd: number, error: Expression): SystemCallSpec {
  const args = [int(fd), word('SOL_SOCKET'), word('SO_ERROR'), pointer(error), pointer(int(4))];
  return call('getsockopt', args, 0);
}

function socket(fd: number): SystemCallSpec {
  return call('socket', [SUPPLIED, word('SOCK_STREAM'), word('IPPROTO_TCP')], fd);
}

export function accept(listener: number, fd: number): SystemCallSpec {
  return call('accept', [int(listener), SUPPLIED, SUPPLIED], fd);
}

/** Small segments do not wait for acknowledgments (Nagle's algorithm is off). */
export function noDelay(fd: number): SystemCallSpec {
  return setsockopt(fd, 'SOL_TCP', 'TCP_NODELAY', 1);
}

export function read(fd: number, length: number): SystemCallSpec {
  return call('read', [int(fd), SUPPLIED, int(length)], length);
}

export function write(fd: number, length: number): SystemCallSpec {
  return call('write', [int(fd), SUPPLIED, int(length)], length);
}

/** Octets that wait for more, or for the end. */
export function sendMore(fd: number, length: number): SystemCallSpec {
  return call('send', [int(fd), SUPPLIED, int(length), word('MSG_MORE')], length);
}

export function close(fd: number): SystemCallSpec {
  return call('close', [int(fd)], 0);
}

/** The program sends no more, and goes on reading. */
export function shutdownWrite(fd: number): SystemCallSpec {
  return call('shutdown', [int(fd), word('SHUT_WR')], 0);
}

/** The program ends the connection by a reset. */
export function abort(fd: number): readonly SystemCallSpec[] {
  const linger: Expression = {
    kind: 'struct',
    place,
    fields: [
      { name: 'onoff', argument: undefined, value: int(1) },
      { name: 'linger', argument: undefined, value: int(0) },
    ],
  };
  const args = [int(fd), word('SOL_SOCKET'), word('SO_LINGER'), linger, int(8)];
  return [call('setsockopt', args, 0), close(fd)];
}
