/**
 * Visits: lines that somebody runs on hosts at an instant of a run, to see what they print. Looking
 * changes nothing: the administrator's commands are no programs, and what is a program gets a
 * process id that no program of the scenario's would have had.
 */
import { parseCommands, ShellError } from '../shell/index.ts';
import type { Instant } from '../stack/index.ts';
import type { Loop } from './loop.ts';
import type { Network } from './network.ts';
import type { SimulatedHost } from './simulated-host.ts';
import type { Tasks } from './tasks.ts';

/** A line, and when it is run: `end` is when nothing is left to happen. */
export interface Visit {
  readonly at: Instant | 'end';
  /** The host; every one, in the order in which the scenario made them, by default. */
  readonly host?: string | undefined;
  readonly line: string;
  /** Takes what there is to be seen. */
  readonly show: (view: View) => void;
}

/** What was seen. */
export interface View {
  readonly host: string;
  readonly line: string;
  /** When the line was run. */
  readonly at: Instant;
  /** What stands on the screen when it has ended. */
  readonly text: string;
  readonly status: number;
}

/** What a shell has against a line; nothing where it understands it. */
export function misunderstandingOf(line: string): string | undefined {
  try {
    parseCommands(line);
    return undefined;
  } catch (error) {
    if (!(error instanceof ShellError)) throw error;
    return error.message;
  }
}

/** The visits of one run. */
export class Visits {
  readonly #loop: Loop;
  readonly #tasks: Tasks;
  readonly #atEnd: (() => Promise<void>)[] = [];

  /** @throws RangeError for a host that there is not */
  constructor(visits: readonly Visit[], network: Network, loop: Loop, tasks: Tasks) {
    this.#loop = loop;
    this.#tasks = tasks;
    const byInstant = new Map<Instant, (() => Promise<void>)[]>();
    for (const visit of visits) {
      const hosts = hostsOf(visit, network);
      const pay = (): Promise<void> => this.#pay(visit, hosts);
      if (visit.at === 'end') this.#atEnd.push(pay);
      else byInstant.set(visit.at, [...(byInstant.get(visit.at) ?? []), pay]);
    }
    for (const [at, all] of byInstant) {
      // They are no reason for the run to go on until then.
      loop.scheduleInBackground({ due: () => this.#start(all) }, at);
    }
  }

  /** Whether any are left for when nothing else is left to happen. */
  get hasLast(): boolean {
    return this.#atEnd.length > 0;
  }

  /** Nothing is left to happen: starts the last ones. */
  startLast(): void {
    this.#start(this.#atEnd);
  }

  /** One after the other; what they start is waited for, the visitor is not. */
  #start(all: readonly (() => Promise<void>)[]): void {
    const body = async (): Promise<void> => {
      for (const pay of all) await pay();
    };
    this.#tasks.start('visit', body, { daemon: true });
  }

  async #pay({ line, show }: Visit, hosts: readonly SimulatedHost[]): Promise<void> {
    for (const host of hosts) {
      const at = this.#loop.now;
      const { text, status } = await host.login().watch(line);
      show({ host: host.name, line, at, text, status });
    }
  }
}

function hostsOf({ host: name }: Visit, { hosts }: Network): readonly SimulatedHost[] {
  if (name === undefined) return hosts;
  const found = hosts.filter((host) => host.name === name);
  if (found.length > 0) return found;
  throw new RangeError(
    `it has no host "${name}", but ${hosts.map((host) => host.name).join(', ') || 'none'}`,
  );
}
