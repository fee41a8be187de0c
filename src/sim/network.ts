/** The hosts of a scenario, the links and switches between them, and where captures are made. */
import type { Cause, FourTuple, Instant, TcpState, Trace } from '../stack/index.ts';
import { parseIpv4Prefix } from '../wire/index.ts';
import { Capture, type CaptureListener, type CaptureOptions } from './capture.ts';
import { Link, type LinkOptions } from './link.ts';
import type { Loop } from './loop.ts';
import type { Random } from './random.ts';
import {
  SimulatedHost,
  type SimulatedHostOptions,
  SimulatedInterface,
  type SimulatedInterfaceOptions,
} from './simulated-host.ts';
import { Switch } from './switch.ts';
import type { Tasks } from './tasks.ts';

/** Told of what happens while a scenario runs. */
export interface RunObserver extends CaptureListener {
  /** A capture was set up; its frames follow. */
  captureOpened(capture: Capture): void;
  /** A host dropped a frame that arrived, or a link one that was under way. */
  dropped(where: string, frame: Uint8Array, cause: Cause, now: Instant): void;
  stateEntered(
    host: string,
    connection: FourTuple,
    from: TcpState,
    to: TcpState,
    cause: Cause,
    now: Instant,
  ): void;
  /** The scenario says something. */
  reported(text: string, now: Instant): void;
}

/** What can be joined by a link: a host's interface, a host (its `eth0`), a switch. */
export type Joinable = SimulatedHost | SimulatedInterface | Switch;

/** Locally administered (IEEE 802): 02:00:00:00:00:01 and on, in the order of interfaces. */
const FIRST_MAC = 0x02_00_00_00_00_01;

/** The network 10.0.0.0/24, from which hosts without an address of their own get one. */
const DEFAULT_NETWORK = parseIpv4Prefix('10.0.0.0/24');

export class Network {
  readonly #loop: Loop;
  readonly #tasks: Tasks;
  readonly #random: Random;
  readonly #observer: RunObserver | undefined;
  readonly #hosts: SimulatedHost[] = [];
  readonly #captures: Capture[] = [];
  #nextMac = FIRST_MAC;
  #links = 0;

  constructor(loop: Loop, tasks: Tasks, random: Random, observer: RunObserver | undefined) {
    this.#loop = loop;
    this.#tasks = tasks;
    this.#random = random;
    this.#observer = observer;
  }

  get hosts(): readonly SimulatedHost[] {
    return this.#hosts;
  }

  get captures(): readonly Capture[] {
    return this.#captures;
  }

  /**
   * Adds a host; with an address it has the interface `eth0`, and `lo` it has always.
   *
   * @throws RangeError when there is one of that name, which its chance is drawn by.
   */
  host(name: string, options: SimulatedHostOptions = {}): SimulatedHost {
    if (this.#hosts.some((host) => host.name === name)) {
      throw new RangeError(`there is a host "${name}" already`);
    }
    const random = this.#random.fork(`host ${name}`);
    const simulation = { loop: this.#loop, tasks: this.#tasks, random };
    const host = new SimulatedHost(name, options, simulation, this.#traceOf(name));
    this.#hosts.push(host);
    if (options.address !== undefined) this.interface(host, 'eth0', { address: options.address });
    return host;
  }

  /** Gives a host another Ethernet interface. */
  interface(
    host: SimulatedHost,
    name: string,
    options: SimulatedInterfaceOptions,
  ): SimulatedInterface {
    return host.addInterface(name, this.#nextMac++, options);
  }

  /** Two hosts, `client` 10.0.0.1 and `server` 10.0.0.2, with a link between. */
  pair(
    link: LinkOptions = {},
    options: {
      readonly client?: SimulatedHostOptions;
      readonly server?: SimulatedHostOptions;
    } = {},
  ): [SimulatedHost, SimulatedHost] {
    const { length } = DEFAULT_NETWORK;
    const client = this.host('client', { address: `10.0.0.1/${length}`, ...options.client });
    const server = this.host('server', { address: `10.0.0.2/${length}`, ...options.server });
    this.link(client, server, link);
    return [client, server];
  }

  /** A switch without links. */
  switch(): Switch {
    return new Switch();
  }

  /** Joins two ends by a link. */
  link(a: Joinable, b: Joinable, options: LinkOptions = {}): Link {
    const name = `link ${this.#links++} ${nameOf(a)} to ${nameOf(b)}`;
    const link = new Link(this.#loop, { random: this.#random.fork(name), ...options });
    plug(a, link.a);
    plug(b, link.b);
    const observer = this.#observer;
    if (observer !== undefined) {
      const where = `${nameOf(a)} – ${nameOf(b)}`;
      const drops = {
        dropped: (frame: Uint8Array, cause: Cause, now: Instant): void =>
          observer.dropped(where, frame, cause, now),
      };
      link.a.observeDrops(drops);
      link.b.observeDrops(drops);
    }
    return link;
  }

  /** Captures at an interface (or at a host's `eth0`), as tcpdump on the host would. */
  capture(at: SimulatedInterface | SimulatedHost, options: CaptureOptions = {}): void {
    const place = at instanceof SimulatedInterface ? at : at.interface('eth0');
    const observer = this.#observer;
    if (observer === undefined) return;
    const capture = new Capture(
      this.#captures.length,
      { host: place.host.name, name: place.name },
      options,
      observer,
    );
    this.#captures.push(capture);
    observer.captureOpened(capture);
    place.observe(capture);
  }

  /** Captures where a scenario made none: at the first host's `eth0`, or its loopback. */
  captureByDefault(): void {
    const [first] = this.#hosts;
    if (first === undefined || this.#captures.length > 0) return;
    const hasEthernet = first.stack.interfaces.length > 1;
    this.capture(first.interface(hasEthernet ? first.stack.interfaces[1]!.name : 'lo'));
  }

  #traceOf(host: string): Trace | undefined {
    const observer = this.#observer;
    if (observer === undefined) return undefined;
    return {
      dropped: (frame, cause, now) => observer.dropped(host, frame, cause, now),
      stateEntered: (connection, from, to, cause, now) =>
        observer.stateEntered(host, connection, from, to, cause, now),
    };
  }
}

function plug(what: Joinable, end: Link['a']): void {
  if (what instanceof SimulatedHost) what.interface('eth0').connect(end);
  else what.connect(end);
}

function nameOf(what: Joinable): string {
  if (what instanceof SimulatedHost) return what.name;
  return what instanceof SimulatedInterface ? `${what.host.name} ${what.name}` : 'switch';
}
