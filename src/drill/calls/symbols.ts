/**
 * The names that scripts use in system calls. Numbers are Linux's, whatever system a script was
 * written for, for its flags are given to a stack that speaks Linux's ABI; options, levels, errors
 * and control messages stay names.
 */
import { constantOf, ERRNO } from '../../stack/index.ts';
import type { Errno } from '../../stack/index.ts';

/** What scripts name beyond the constants of system calls. */
const OTHERS: ReadonlyMap<string, number> = new Map([
  ['NULL', 0],
  ['PF_INET', 2],
  ['PF_INET6', 10],
  ['EPOLL_CLOEXEC', 0o200_0000],
  ['TCP_CA_OPEN', 0],
  ['TCP_CA_DISORDER', 1],
  ['TCP_CA_CWR', 2],
  ['TCP_CA_RECOVERY', 3],
  ['TCP_CA_LOSS', 4],
]);

/** The number that a name stands for in a script. */
export function numberOf(name: string): number | undefined {
  return constantOf(name) ?? OTHERS.get(name);
}

/**
 * The levels of options and of control messages. BSD scripts write the protocol's number, which is
 * the same: IPPROTO_TCP.
 */
const LEVELS: ReadonlyMap<number, string> = new Map([
  [0, 'SOL_IP'],
  [1, 'SOL_SOCKET'],
  [6, 'SOL_TCP'],
  [17, 'SOL_UDP'],
  [41, 'SOL_IPV6'],
]);

/** SOL_… for a level by number; an unknown one stays a number. */
export function levelName(level: number): string {
  return LEVELS.get(level) ?? String(level);
}

/** Types of control messages by level and number (linux/in.h, in6.h, tcp.h, asm/socket.h). */
const MESSAGE_TYPES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  SOL_SOCKET: { SCM_TIMESTAMPING: 37, SO_TIMESTAMPING: 37, SCM_TIMESTAMPING_OPT_STATS: 54 },
  SOL_IP: { IP_TOS: 1, IP_TTL: 2, IP_RECVERR: 11 },
  SOL_IPV6: { IPV6_RECVERR: 25, IPV6_HOPLIMIT: 52, IPV6_TCLASS: 67 },
  SOL_TCP: { TCP_CM_INQ: 36, TCP_INQ: 36 },
};

/** The first name that a type of control message has: TCP_CM_INQ for TCP_INQ and for 36. */
export function messageTypeName(level: string, type: string): string {
  const types = MESSAGE_TYPES[level] ?? {};
  const number = types[type] ?? Number(type);
  return Object.keys(types).find((name) => types[name] === number) ?? type;
}

/** Options that the original has no names for, by level and number (linux/tcp.h). */
const OPTIONS: ReadonlyMap<string, string> = new Map([['SOL_TCP 10', 'TCP_WINDOW_CLAMP']]);

/** An option's name; an unknown one stays a number. */
export function optionName(level: string, option: number): string {
  return OPTIONS.get(`${level} ${option}`) ?? String(option);
}

/** Requests of ioctl that scripts may give as numbers: asm-generic/ioctls.h. */
const IOCTLS: ReadonlyMap<number, string> = new Map([
  [0x5411, 'SIOCOUTQ'],
  [0x541b, 'SIOCINQ'],
  [0x5421, 'FIONBIO'],
]);

/** The request's name; an unknown one stays a number. */
export function ioctlName(request: number): string {
  return IOCTLS.get(request) ?? `0x${request.toString(16)}`;
}

/** Errors that POSIX lets be the same, and in Linux are. */
const OTHER_ERRNO_NAMES: ReadonlyMap<string, Errno> = new Map([
  ['EWOULDBLOCK', 'EAGAIN'],
  ['ENOTSUP', 'EOPNOTSUPP'],
]);

/** An error by its one name. */
export function errnoName(name: string): string {
  return OTHER_ERRNO_NAMES.get(name) ?? name;
}

/** An error's name by Linux's number; 0 is none. */
export function errnoOf(number: number): Errno | undefined {
  const names = Object.keys(ERRNO) as Errno[];
  return names.find((name) => ERRNO[name] === number);
}

/** Flags as a script writes them: `EPOLLIN|EPOLLOUT`; bits that have no name as one number. */
export function printFlags(value: number, table: Readonly<Record<string, number>>): string {
  let rest = value >>> 0;
  const names: string[] = [];
  for (const [name, bit] of Object.entries(table)) {
    if (bit === 0 || (rest & bit) >>> 0 !== bit) continue;
    names.push(name);
    rest = (rest & ~bit) >>> 0;
  }
  if (rest !== 0) names.push(`0x${rest.toString(16)}`);
  return names.length === 0 ? '0' : names.join('|');
}
