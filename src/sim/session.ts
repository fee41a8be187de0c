/**
 * Somebody at the terminal of a host, while the world stands still: virtual time passes until the
 * first line, and from then on only as long as a line needs.
 */
import { type Instant, NEVER, seconds } from '../stack/index.ts';
import { Loop } from './loop.ts';
import type { Network } from './network.ts';
import { buildScenario, type RunSetup, type Scenario, ScenarioError } from './scenario.ts';
import type { SimulatedHost } from './simulated-host.ts';
import type { Pace } from './tasks.ts';
import type { Job } from './terminal/job.ts';

/** Who sits there. */
export interface Typist {
  /** The next line, in front of `host` at `at`; nothing when there is none any more. */
  next(host: string, at: Instant): Promise<string | undefined>;
  /** Shows what is printed, in the order in which it is. */
  print(text: string): void;
}

/** Where and when somebody sits down. */
export interface SessionSetup extends RunSetup {
  readonly at: Instant;
  /** The first host by default. */
  readonly host?: string | undefined;
}

/** A line that takes longer than this, or for which nothing is left to happen, gets a Ctrl-C. */
const PATIENCE = seconds(3600);

/**
 * Runs a scenario up to an instant, and then as far as the lines need that somebody types.
 *
 * @throws ScenarioError for a host that there is not, and whatever a run of the scenario throws
 */
export async function runSession(
  what: Scenario,
  setup: SessionSetup,
  typist: Typist,
): Promise<void> {
  const loop = new Loop(what.options.limits);
  const { network, tasks } = buildScenario(what, loop, setup);
  network.captureByDefault();
  const session = new Session(loop, network, setup, typist);
  // Time comes to this instant, whether or not something happens at it.
  loop.scheduleInBackground({ due: () => {} }, setup.at);
  // Its end is not the scenario's, which may be over already.
  void tasks.start('terminal', () => tasks.wait('a line', () => {}));
  await tasks.run({}, session);
}

class Session implements Pace {
  readonly #loop: Loop;
  readonly #network: Network;
  readonly #typist: Typist;
  /** Where one is, by way of `ssh`. */
  readonly #hosts: SimulatedHost[];
  #now: Instant;
  #job: Job | undefined = undefined;
  #patience: Instant = NEVER;
  #shown = 0;

  constructor(loop: Loop, network: Network, { at, host }: SessionSetup, typist: Typist) {
    this.#loop = loop;
    this.#network = network;
    this.#typist = typist;
    this.#now = at;
    const name = host ?? network.hosts[0]?.name ?? '';
    const found = this.#find(name);
    if (found === undefined) {
      const names = network.hosts.map((each) => each.name).join(', ') || 'none';
      throw new ScenarioError(`it has no host "${name}", but ${names}`);
    }
    this.#hosts = [found];
  }

  get now(): Instant {
    return this.#now;
  }

  /** All has happened that may: goes on with the line, or asks for the next one. */
  async until(at: Instant): Promise<boolean> {
    this.#print();
    if (this.#job === undefined || this.#job.hasEnded) return this.#takeLine();
    if (at > this.#patience || this.#loop.isAtRest) {
      if (this.#patience === 0) throw new ScenarioError(`"${this.#job.line}" does not end`);
      this.#patience = 0;
      this.#typist.print('^C\n');
      this.#job.interrupt();
    } else this.#now = at;
    return true;
  }

  /** What has come on the screen since the last time. */
  #print(): void {
    const { output = '' } = this.#job ?? {};
    if (output.length > this.#shown) this.#typist.print(output.slice(this.#shown));
    this.#shown = output.length;
  }

  async #takeLine(): Promise<boolean> {
    const host = this.#hosts.at(-1);
    if (host === undefined) return false;
    const line = await this.#typist.next(host.name, this.#loop.now);
    if (line === undefined) return false;
    const [, remote] = /^\s*ssh\s+(?:\w+@)?([\w.-]+)\s*$/.exec(line) ?? [];
    this.#job = undefined;
    if (remote !== undefined) this.#goTo(remote);
    else if (/^\s*(?:exit|logout)\s*$/.test(line)) this.#hosts.pop();
    else {
      this.#job = host.start(line);
      this.#job.endInput();
      this.#shown = 0;
      this.#patience = this.#loop.now + PATIENCE;
    }
    return true;
  }

  #goTo(name: string): void {
    const found = this.#find(name);
    if (found !== undefined) this.#hosts.push(found);
    else {
      this.#typist.print(`ssh: Could not resolve hostname ${name}: Name or service not known\n`);
    }
  }

  #find(name: string): SimulatedHost | undefined {
    return this.#network.hosts.find((host) => host.name === name);
  }
}
