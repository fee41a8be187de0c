/** What surrounds a shell, and those that share it: the commands of one line. */
import type { Process } from '../process.ts';
import type { Signal } from '../signal.ts';
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

/** The processes that Ctrl-C reaches. */
export class Foreground {
  readonly #processes = new Set<Process>();
  /** Whether Ctrl-C came and nothing else has been made of it. */
  wasInterrupted = false;

  enter(process: Process): void {
    this.#processes.add(process);
  }

  leave(process: Process): void {
    this.#processes.delete(process);
  }

  /** Ctrl-C. */
  interrupt(): void {
    this.wasInterrupted = true;
    this.signal('SIGINT');
  }

  signal(signal: Signal): void {
    for (const process of this.#processes) process.signal(signal);
  }
}
