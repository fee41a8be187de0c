/**
 * A scenario: hosts, links and programs, written once and run as often as one likes. The same
 * scenario with the same seed gives the same bytes, on every machine.
 */
import type { Duration, Instant } from '../stack/index.ts';
import { type IpAddress, type MacAddress, parseIp } from '../wire/index.ts';
import { Calendar, USUAL_START } from './calendar.ts';
import { HostsTable } from './hosts-table.ts';
import { Loop, type LoopLimits } from './loop.ts';
import { Network, type RunObserver } from './network.ts';
import type { Program } from './program.ts';
import { Random } from './random.ts';
import { type RunOptions, Tasks } from './tasks.ts';
import { type Visit, Visits } from './visit.ts';

/** What a scenario says of itself. */
export interface ScenarioOptions extends RunOptions {
  /** One line for `tcpetri list`. */
  readonly summary: string;
  /** Where chance starts from unless a run says otherwise; 1 by default. */
  readonly seed?: number;
  /** The date of instant 0, UTC: `2026-01-01T12:00:00Z`, which is the default. */
  readonly start?: string;
  /**
   * Names of addresses of both families: `{ '127.0.0.1': 'localhost' }`. Packets are printed with
   * them, and programs connect to them, as to what is in /etc/hosts.
   */
  readonly hosts?: Readonly<Record<string, string>>;
  /** Names of ports, over those that everybody knows: `{ '8000/tcp': 'irdmi' }`. */
  readonly services?: Readonly<Record<string, string>>;
  /** How packets are printed unless the user says otherwise: tcpdump's flags, `-nn -vvv`. */
  readonly print?: string;
  /** Where a run that does not end is stopped; 20,000,000 events by default. */
  readonly limits?: LoopLimits;
  /** What a run may set, each with what holds unless it does: `{ peer: '192.0.2.1' }`. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** What a scenario's function is given. */
export interface ScenarioContext {
  readonly network: Network;
  /** The instant of a date or of a time of day on the first day: `12:34:34.016955`. */
  readonly at: (text: string) => Instant;
  /** Says something, which the run shows beside the packets. */
  readonly report: (text: string) => void;
  /** Fails the run unless `condition` holds; `expectation` says what was expected. */
  readonly check: (condition: boolean, expectation: string) => void;
  /** One of the scenario's parameters. @throws ScenarioError when it has none of that name */
  readonly parameter: (name: string) => string;
}

/** A scenario, as a file exports it. */
export interface Scenario {
  readonly name: string;
  readonly options: ScenarioOptions;
  readonly build: (context: ScenarioContext) => void;
}

/** What was expected did not come about. */
export class ExpectationError extends Error {
  override readonly name: string = 'ExpectationError';
}

/** The scenario is not written as it must be. */
export class ScenarioError extends Error {
  override readonly name: string = 'ScenarioError';
}

const DEFAULT_SEED = 1;
const DEFAULT_EVENTS = 20_000_000;

/**
 * A scenario. `build` sets up hosts, links and programs; what they do happens when it is run.
 *
 * @throws RangeError for a start, an address, a port, a seed or a limit that is none.
 */
export function scenario(
  name: string,
  options: ScenarioOptions,
  build: (context: ScenarioContext) => void,
): Scenario {
  const made: Scenario = { name, options, build };
  calendarOf(made); // what is wrong fails here, not in the middle of a run
  namesOf(made);
  loopOf(made);
  checkLinger(options.linger ?? 0);
  randomOf(made);
  return made;
}

/** Whether a value, such as what a file exports, is a scenario. */
export function isScenario(value: unknown): value is Scenario {
  if (typeof value !== 'object' || value === null) return false;
  const { name, options, build } = value as Partial<Scenario>;
  return typeof name === 'string' && typeof options === 'object' && typeof build === 'function';
}

/** The scenario's calendar. */
export function calendarOf({ options }: Scenario): Calendar {
  return new Calendar(options.start ?? USUAL_START);
}

/** The scenario's names for addresses and ports. */
export interface ScenarioNames {
  readonly hosts: ReadonlyMap<IpAddress, string>;
  readonly tcp: ReadonlyMap<number, string>;
  readonly udp: ReadonlyMap<number, string>;
}

/** The names that a scenario gives. @throws RangeError for an address or port that is none */
export function namesOf({ options }: Scenario): ScenarioNames {
  const hosts = new Map<IpAddress, string>();
  for (const [address, name] of Object.entries(options.hosts ?? {})) {
    hosts.set(parseIp(address), name);
  }
  const services = { tcp: new Map<number, string>(), udp: new Map<number, string>() };
  for (const [port, name] of Object.entries(options.services ?? {})) {
    const [, number, protocol] = /^(\d{1,5})\/(tcp|udp)$/.exec(port) ?? [];
    if (number === undefined || Number(number) > 65_535) {
      throw new RangeError(`not a port such as 8000/tcp: "${port}"`);
    }
    services[protocol === 'tcp' ? 'tcp' : 'udp'].set(Number(number), name);
  }
  return { hosts, ...services };
}

function checkLinger(linger: Duration): void {
  if (!Number.isSafeInteger(linger) || linger < 0) {
    throw new RangeError(`a linger is a whole number of nanoseconds, 0 or more, not ${linger}`);
  }
}

/** Where the scenario's chance starts from unless a run says otherwise. */
export function seedOf({ options }: Scenario): number {
  return options.seed ?? DEFAULT_SEED;
}

function randomOf(what: Scenario, seed: number = seedOf(what)): Random {
  return new Random(seed);
}

function loopOf({ options }: Scenario): Loop {
  return new Loop({ events: DEFAULT_EVENTS, ...options.limits });
}

/** How a run went. */
export interface RunResult {
  readonly seed: number;
  /** How many events happened, and when the last one did. */
  readonly events: number;
  readonly endedAt: Instant;
}

/** What a run may say. */
export interface RunSetup {
  readonly seed?: number;
  readonly observer?: RunObserver;
  /** Of the scenario's parameters those that are not as the scenario has them. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Programs that hosts have beside the usual ones, by name: those of `tcpetri/services`. */
  readonly programs?: ReadonlyMap<string, Program>;
  /** Lines that are run on hosts, and when. */
  readonly visits?: readonly Visit[];
  /** The first interface's hardware address, from which the others' go on; 02:00:00:00:00:01. */
  readonly firstMac?: MacAddress;
}

/**
 * Runs a scenario to its end.
 *
 * @throws TaskError when a program fails; an {@link ExpectationError} is then its cause.
 * @throws DeadlockError, LimitError when it cannot end or does not.
 * @throws ScenarioError when its function is asynchronous, or a parameter or the host of a visit is
 * none of its own, and whatever the function throws.
 */
export async function runScenario(what: Scenario, setup: RunSetup = {}): Promise<RunResult> {
  const loop = loopOf(what);
  const { network, tasks, random } = buildScenario(what, loop, setup);
  network.captureByDefault();
  const visits = visitsOf(setup, network, loop, tasks);
  await tasks.run(lingerOf(what));
  if (visits.hasLast) {
    visits.startLast();
    await tasks.run(lingerOf(what));
  }
  return { seed: random.seed, events: loop.events, endedAt: loop.now };
}

function visitsOf({ visits = [] }: RunSetup, network: Network, loop: Loop, tasks: Tasks): Visits {
  try {
    return new Visits(visits, network, loop, tasks);
  } catch (error) {
    if (error instanceof RangeError) throw new ScenarioError(error.message, { cause: error });
    throw error;
  }
}

/** How long the scenario goes on after its programs, for {@link Tasks.run}. */
export function lingerOf({ options: { linger } }: Scenario): RunOptions {
  return linger === undefined ? {} : { linger };
}

/** A scenario that was built and not run yet. */
export interface BuiltScenario {
  readonly network: Network;
  readonly tasks: Tasks;
  readonly random: Random;
}

/** Builds a scenario on a loop: what {@link runScenario} runs. @throws as that does */
export function buildScenario(what: Scenario, loop: Loop, setup: RunSetup): BuiltScenario {
  const { observer } = setup;
  const tasks = new Tasks(loop);
  const random = randomOf(what, setup.seed);
  const network = new Network(loop, tasks, random, observer, setup.firstMac);
  const calendar = calendarOf(what);
  const parameters = parametersOf(what, setup.parameters);
  const built: unknown = what.build({
    network,
    at: (text) => calendar.at(text),
    report: (text) => observer?.reported(text, loop.now),
    check: (condition, expectation) => {
      if (!condition) throw new ExpectationError(`expected ${expectation}`);
    },
    parameter: (name) => {
      const value = parameters.get(name);
      if (value === undefined) throw new ScenarioError(`it has no parameter "${name}"`);
      return value;
    },
  });
  if (built instanceof Promise) {
    built.catch(() => undefined);
    throw new ScenarioError(
      'the function of a scenario is not async: it sets hosts up; what waits goes into host.run',
    );
  }
  network.deriveRoutes();
  const { hosts, ...services } = namesOf(what);
  const table = hosts.size > 0 ? new HostsTable(hosts) : undefined;
  for (const host of network.hosts) {
    host.resolver ??= table;
    host.calendar = calendar;
    host.services = services;
    for (const [name, program] of setup.programs ?? []) host.install(name, program);
  }
  return { network, tasks, random };
}

function parametersOf(
  { options }: Scenario,
  set: Readonly<Record<string, string>> = {},
): ReadonlyMap<string, string> {
  const parameters = new Map(Object.entries(options.parameters ?? {}));
  for (const [name, value] of Object.entries(set)) {
    if (!parameters.has(name)) {
      const has = [...parameters.keys()].join(', ') || 'none';
      throw new ScenarioError(`it has no parameter "${name}", but ${has}`);
    }
    parameters.set(name, value);
  }
  return parameters;
}
