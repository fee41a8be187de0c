/**
 * A host of a scenario: the stack's state machine on the simulation's time, with its interfaces on
 * links and its programs.
 */
import {
  Administrator,
  type CommandOutcome,
  Host,
  type HostProfile,
  type Duration,
  type Instant,
  type Medium,
  type Middlebox,
  type Receiver,
  ROOT,
  type SocketHolder,
  type SocketHolders,
  type Trace,
} from '../stack/index.ts';
import type { ServiceTable } from '../tcpdump/index.ts';
import { type IpAddress, isIpv6, isLinkLocalIpv6, printIp } from '../wire/index.ts';
import { AnyInterface } from './any-interface.ts';
import { Calendar, USUAL_START } from './calendar.ts';
import { HostDriver } from './host-driver.ts';
import { HostFiles } from './host-files.ts';
import { Loopback } from './links/loopback.ts';
import type { Loop } from './loop.ts';
import type { NameResolver } from './name-resolver.ts';
import { Pipe } from './links/pipe.ts';
import type { Latency } from './links/pipe-options.ts';
import { checkedCallTime, Process } from './process.ts';
import type { Program } from './program.ts';
import type { Random } from './random.ts';
import { ChosenByScript, type ChosenNumbers } from './replay.ts';
import { SimulatedInterface, type SimulatedInterfaceOptions } from './simulated-interface.ts';
import type { Tasks } from './tasks.ts';
import type { Job } from './terminal/job.ts';
import { Login, type StartOptions } from './terminal/login.ts';
import { HOST_PROGRAMS } from './terminal/programs.ts';

/** What a host is like. */
export interface SimulatedHostOptions {
  /**
   * Addresses of the first Ethernet interface, `eth0`, with their prefix lengths:
   * `192.168.1.109/24`, or several as in `['10.0.0.1/24', '2001:db8::1/64']`.
   */
  readonly address?: string | readonly string[];
  /**
   * `comes-up`: the interface has just been plugged in, and looks for its addresses, neighbours and
   * routers; by default that was long ago.
   */
  readonly ipv6?: 'comes-up' | 'is-up';
  readonly profile?: HostProfile;
  /** How long it has been up when the scenario begins: TSval counts the milliseconds. */
  readonly uptime?: Duration;
  /**
   * How long before the beginning a timer tick was, where the profile has ticks; with a timer
   * wheel, one at which all its levels turned.
   */
  readonly tickPhase?: Duration;
  /** What is in it beside its own protocols, in this order. */
  readonly boxes?: readonly Middlebox[];
  /** Numbers that a capture to be replayed chose. */
  readonly chosen?: ChosenNumbers;
  /** How long a frame on loopback takes. */
  readonly loopbackLatency?: Latency;
  /**
   * How long a call that reads or writes a stream goes on, and has the socket: what arrives
   * meanwhile waits for its end, where the profile has that so. By default calls take no time.
   */
  readonly callTime?: Duration;
}

/** The first process id of a host; the next one's is one more. */
const FIRST_PID = 1001;
/** The first one at its terminals: whoever looks on there does not change the others'. */
const FIRST_TERMINAL_PID = 20_001;

/** The inode of the first socket of a host, some time after it was started. */
const FIRST_INODE = 20_001;

/** @throws RangeError for a name alone: scenarios run without their types being checked */
function mustBeProfile(profile: HostProfile | undefined): void {
  if (typeof profile !== 'string') return;
  throw new RangeError("a profile is linux6, or PROFILES.get('linux-6'), not a name");
}

/** A host of a scenario: programs, interfaces, a shell, files, and the stack below them. */
export class SimulatedHost {
  readonly name: string;
  readonly stack: Host;
  /** All its interfaces at once, for captures. */
  readonly any: AnyInterface;
  readonly processes: Process[] = [];
  /** What its programs read and write. */
  readonly files: HostFiles;
  /** Finds addresses for the names that programs connect to. */
  resolver: NameResolver | undefined = undefined;
  /** What `date` says: the scenario's. */
  calendar: Calendar = new Calendar(USUAL_START);
  /** Names of ports, beside those that everybody knows: the scenario's. */
  services: ServiceTable = {};
  readonly #loop: Loop;
  readonly #tasks: Tasks;
  readonly #random: Random;
  readonly #interfaces = new Map<string, SimulatedInterface>();
  readonly #callTime: Duration;
  readonly #administrator: Administrator;
  readonly #programs = new Map(HOST_PROGRAMS);
  #nextPid = FIRST_PID;
  #nextTerminalPid = FIRST_TERMINAL_PID;
  #nextInode = FIRST_INODE;

  constructor(
    name: string,
    options: SimulatedHostOptions,
    simulation: { readonly loop: Loop; readonly tasks: Tasks; readonly random: Random },
    trace: Trace | undefined,
  ) {
    mustBeProfile(options.profile);
    const driver = new HostDriver(simulation.loop, simulation.random, trace);
    this.name = name;
    this.any = new AnyInterface(name);
    this.#loop = simulation.loop;
    this.#tasks = simulation.tasks;
    this.#random = simulation.random.fork('programs');
    const { chosen } = options;
    this.stack = new Host(
      {
        name,
        profile: options.profile,
        uptime: options.uptime ?? simulation.random.below(MAXIMUM_UPTIME),
        tickPhase: options.tickPhase,
        choices: chosen && new ChosenByScript(chosen, () => driver.random()),
      },
      driver,
    );
    driver.attach(this.stack);
    this.#callTime = checkedCallTime(options.callTime ?? 0);
    this.#administrator = new Administrator(this.stack, () => this.socketHolders());
    this.files = new HostFiles(this.#administrator, simulation.loop);
    this.#addLoopback(options.loopbackLatency ?? 0);
    for (const box of options.boxes ?? []) box.install(this.stack);
  }

  #addLoopback(latency: Latency): void {
    const { loopback } = this.stack;
    const medium = new Loopback(this.#loop, latency);
    medium.attach(loopback);
    loopback.attach(medium);
    this.#add(new SimulatedInterface(this, loopback, loopback));
  }

  /**
   * Adds an Ethernet interface; its hardware address is the network's to give.
   *
   * @throws RangeError when there is one of that name, or the address is none.
   */
  addInterface(name: string, mac: number, options: SimulatedInterfaceOptions): SimulatedInterface {
    if (this.#interfaces.has(name)) throw new RangeError(`${this.name} has a ${name} already`);
    const { receiveLatency, packetBuffers } = options;
    const { address, ipv6, mtu, checksumOffload, segmentationOffload } = options;
    const what = { mac, address, ipv6, mtu, checksumOffload, segmentationOffload };
    const stack = this.stack.addInterface(name, what, this.#loop.now);
    if (packetBuffers !== undefined) stack.packetBuffers = packetBuffers;
    let inward: Receiver = stack;
    if (receiveLatency !== undefined) {
      const pipe = new Pipe(this.#loop, { latency: receiveLatency });
      pipe.attach(stack);
      inward = inwardBy(pipe);
    }
    const added = new SimulatedInterface(this, stack, inward);
    this.#add(added);
    return added;
  }

  #add(added: SimulatedInterface): void {
    this.#interfaces.set(added.name, added);
    this.any.add(added);
  }

  /** The present. */
  get now(): Instant {
    return this.#loop.now;
  }

  /** The interfaces, loopback first. */
  get interfaces(): readonly SimulatedInterface[] {
    return [...this.#interfaces.values()];
  }

  /**
   * The first address of the first Ethernet interface, as text; one of its link where it has no
   * other.
   *
   * @throws RangeError without any
   */
  get address(): string {
    const addresses = this.stack.interfaces[1]?.addresses.map(({ address }) => address) ?? [];
    const address = addresses.find((each) => !isLinkLocal(each)) ?? addresses[0];
    if (address === undefined) throw new RangeError(`${this.name} has no address`);
    return printIp(address);
  }

  /** The first Ethernet interface without a link, or the name of one to be added. */
  freeInterface(): SimulatedInterface | string {
    const ethernet = this.interfaces.slice(1);
    return ethernet.find(({ isPlugged }) => !isPlugged) ?? `eth${ethernet.length}`;
  }

  /** The interface of that name. @throws RangeError when there is none */
  interface(name: string): SimulatedInterface {
    const found = this.#interfaces.get(name);
    if (found === undefined) throw new RangeError(`${this.name} has no interface "${name}"`);
    return found;
  }

  /**
   * Changes the host's routes at an instant, in the words of ip-route(8): as a routing protocol
   * would, or an administrator. What is under way goes on from where it is.
   *
   *     near.changeRoutes(seconds(2), 'replace 203.0.113.0/24 via 198.51.100.6');
   *
   * At that instant a RangeError ends the run when `ip route` refuses the words.
   *
   * @throws RangeError for an instant that is past or none
   */
  changeRoutes(at: Instant, words: string): void {
    const family = words.includes(':') ? '-6 ' : '';
    this.#loop.scheduleChange({ due: () => void this.command(`ip ${family}route ${words}`) }, at);
  }

  /**
   * Runs a command of the administrator's, `ss -tni` or `tc -s qdisc`, and gives what it prints.
   *
   * @throws RangeError when there is no such command, and with what one says that fails
   */
  command(line: string): string {
    const words = line.split(' ').filter((word) => word !== '');
    const outcome = this.#administrator.run(words, '', this.#loop.now);
    if (outcome?.status === 0) return outcome.output;
    const reason = outcome === undefined ? 'command not found' : outcome.output.trim();
    throw new RangeError(`${this.name}: ${line}: ${reason}`);
  }

  /**
   * Runs a line in a shell, as root, and gives what it writes to standard output:
   *
   *     report(await server.sh('netstat -antp | grep 12345'));
   *
   * @throws CommandError when it ends with another status than 0, which `|| true` prevents
   */
  sh(line: string): Promise<string> {
    return this.login().sh(line);
  }

  /**
   * Starts a line in a shell that may go on, as root, with a keyboard and a screen:
   *
   *     const nc = client.start('nc 10.0.0.2 8000');
   *     nc.type('hello\n');
   */
  start(line: string, options: StartOptions = {}): Job {
    return this.login().start(line, options);
  }

  /** Somebody at a terminal of the host. */
  login(user: string = ROOT): Login {
    return new Login(this, this.#tasks, user);
  }

  /** Gives the host a program, or another one of that name, which shells find. */
  install(name: string, program: Program): void {
    this.#programs.set(name, program);
  }

  /** The program of that name. For shells. */
  program(name: string): Program | undefined {
    return this.#programs.get(name);
  }

  /** Runs an administrator's command; nothing where there is none of that name. For shells. */
  administer(words: readonly string[], user: string): CommandOutcome | undefined {
    return this.#administrator.run(words, '', this.#loop.now, user);
  }

  /** The process id of the next program that a shell starts. */
  nextPid(): number {
    return this.#nextTerminalPid++;
  }

  /** {@link run} for shells: the process is forgotten at its end. Gives its exit status. */
  spawn(
    name: string,
    body: (process: Process) => Promise<number>,
    options: {
      readonly daemon: boolean;
      readonly pid: number | undefined;
      readonly user: string;
    },
  ): { readonly process: Process; readonly ended: Promise<number> } {
    const { daemon, pid = this.nextPid(), user } = options;
    const process = this.#addProcess(name, pid, daemon, user);
    const live = (): Promise<number> => process.live(body);
    const { result } = this.#tasks.start(`${this.name}: ${name}`, live, { daemon });
    const ended = this.#tasks.wait<number>(name, (resolve) => {
      result.then(
        (status) => {
          this.processes.splice(this.processes.indexOf(process), 1);
          this.#tasks.wake(resolve, status);
        },
        () => undefined, // which has failed the run
      );
    });
    return { process, ended };
  }

  /** Starts a program: `body` runs as a task of its own, and its sockets are closed at its end. */
  run(
    name: string,
    body: (process: Process) => Promise<number | void>,
    options: { readonly pid?: number; readonly daemon?: boolean; readonly user?: string } = {},
  ): Process {
    const daemon = options.daemon ?? false;
    const { pid = this.#nextPid++, user = ROOT } = options;
    const process = this.#addProcess(name, pid, daemon, user);
    this.#tasks.start(`${this.name}: ${name}`, () => process.live(body), { daemon });
    return process;
  }

  #addProcess(name: string, pid: number, daemon: boolean, user: string): Process {
    const context = {
      loop: this.#loop,
      tasks: this.#tasks,
      stack: this.stack,
      daemon,
      random: this.#random,
      callTime: this.#callTime,
      resolver: () => this.resolver,
      nextInode: () => this.#nextInode++,
    };
    const process = new Process(context, name, pid, user);
    this.processes.push(process);
    return process;
  }

  /** Which processes have which of the stack's sockets open. */
  socketHolders(): SocketHolders {
    const holders = new Map<object, SocketHolder[]>();
    for (const process of this.processes) {
      const { pid, name, user } = process;
      for (const [{ stackSocket }, { number, inode }] of process.sockets) {
        const holder = { pid, name, user, descriptor: number, inode };
        holders.set(stackSocket, [...(holders.get(stackSocket) ?? []), holder]);
      }
    }
    return holders;
  }
}

/** Hosts have been up for less than this when a scenario begins: 20 days in nanoseconds. */
const MAXIMUM_UPTIME: Duration = 20 * 86_400 * 1_000_000_000;

function isLinkLocal(address: IpAddress): boolean {
  return isIpv6(address) && isLinkLocalIpv6(address);
}

function inwardBy(medium: Medium): Receiver {
  return { receive: (frame, cause, now) => medium.transmit(frame, cause, now) };
}
