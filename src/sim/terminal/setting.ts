/** What surrounds a shell, and those that share it: the commands of one line. */
import type { Process } from '../process.ts';
import { type Signal, statusOf } from '../signal.ts';
import type { SimulatedHost } from '../simulated-host.ts';
import type { Tasks } from '../tasks.ts';

export interface ShellSetting {
  readonly host: SimulatedHost;
  readonly tasks: Tasks;
  /** Whose programs they are: `root`, or another user. */
  readonly user: string;
  /** Whether a run does not wait for them. */
  readonly isDaemon: boolean;
  readonly foreground: Foreground;
  /** The process id that `$!` has promised for the next program. */
  readonly promised: { pid: number | undefined };
}

/** The status of a program that Ctrl-C ended. */
export const INTERRUPTED: number = statusOf('SIGINT');

/** What a signal reaches: a process, or a shell that waits for its own. */
export type Signalled = Pick<Process, 'signal'>;

/** Those that Ctrl-C reaches. */
export class Foreground {
  readonly #members = new Set<Signalled>();
  /** Whether Ctrl-C came and nothing else has been made of it. */
  wasInterrupted = false;

  enter(member: Signalled): void {
    this.#members.add(member);
  }

  leave(member: Signalled): void {
    this.#members.delete(member);
  }

  /** Ctrl-C. */
  interrupt(): void {
    this.wasInterrupted = true;
    this.signal('SIGINT');
  }

  signal(signal: Signal): void {
    for (const member of this.#members) member.signal(signal);
  }
}
