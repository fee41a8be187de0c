/**
 * A command of the host's administrator, as a function: what it is told and what it gives back.
 * Each looks at one host and changes it as the real one would; none waits, and none starts another.
 */
import type { Host } from '../host.ts';
import type { Instant } from '../time.ts';
import type { SocketHolders } from './holders.ts';

/** What a command sees beside its words. */
export interface CommandContext {
  readonly host: Host;
  readonly now: Instant;
  /** Who runs it: `root`, or another user. */
  readonly user: string;
  /** Asks which processes have sockets open. */
  readonly holders: () => SocketHolders;
  /** What comes in by a pipe. */
  readonly input: string;
  /** The counters as `nstat` last left them: its history file. */
  readonly counterHistory: Map<string, number>;
}

export interface CommandOutcome {
  /** The exit status. */
  readonly status: number;
  /** What it prints; of a command that fails, what it says about it. */
  readonly output: string;
  /** What it says beside, on standard error, although it did what it was asked. */
  readonly note?: string;
}

/** @param words what stands behind the command's name. */
export type Command = (context: CommandContext, words: readonly string[]) => CommandOutcome;

/** A command that did what it was asked. */
export function done(output = '', note?: string): CommandOutcome {
  return { status: 0, output, ...(note !== undefined && { note }) };
}

/** A command that did not. */
export function failed(status: number, output: string): CommandOutcome {
  return { status, output: `${output}\n` };
}

/** Only root changes what the kernel has (CAP_NET_ADMIN). */
export const NOT_PERMITTED: CommandOutcome = failed(
  2,
  'RTNETLINK answers: Operation not permitted',
);
