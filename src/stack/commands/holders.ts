/**
 * Which processes have a socket open, as the tools name them: `1234/nc`, or
 * `users:(("nc",pid=1234,fd=3))`. The stack knows no processes: whoever runs them tells.
 */

/** The administrator, who sees everybody's processes. */
export const ROOT = 'root';

/** A process with a socket open. */
export interface SocketHolder {
  readonly pid: number;
  /** Its program's name. */
  readonly name: string;
  /** Whose process it is: `root`, or another user. */
  readonly user: string;
  readonly descriptor: number;
  /** The number by which the kernel's tables name the open socket (socket:[…] in /proc/PID/fd). */
  readonly inode: number;
}

/** By the stack's socket; one that is not there is an orphan, or is still to be accepted. */
export type SocketHolders = ReadonlyMap<object, readonly SocketHolder[]>;

/** Those that a user may look into: one's own, and for root all (proc(5), /proc/PID/fd). */
export function seenBy(user: string, holders: SocketHolders): SocketHolders {
  if (user === ROOT) return holders;
  return new Map(
    [...holders].map(([socket, those]) => [socket, those.filter((each) => each.user === user)]),
  );
}

/** The first user of a system beside root (Debian's adduser.conf, FIRST_UID). */
const FIRST_USER_ID = 1000;

/** A user's number. */
export function userId(user: string): number {
  return user === ROOT ? 0 : FIRST_USER_ID;
}
