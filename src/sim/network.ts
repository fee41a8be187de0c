/** The hosts of a scenario, the links and switches between them, and where captures are made. */
import type { Cause, FourTuple, Instant, TcpState, Trace } from '../stack/index.ts';
import { LinkType, type MacAddress, parseIpv4Prefix, parseMac } from '../wire/index.ts';
import { AnyInterface } from './any-interface.ts';
import {
  Capture,
  type CaptureListener,
  type CaptureOptions,
  type CapturePlace,
} from './capture.ts';
import { Link, type LinkOptions } from './links/link.ts';
import type { Loop } from './loop.ts';
import { Outside } from './links/outside.ts';
import type { Random } from './random.ts';
import { deriveRoutes } from './routes.ts';
import { SimulatedHost, type SimulatedHostOptions } from './simulated-host.ts';
import { SimulatedInterface, type SimulatedInterfaceOptions } from './simulated-interface.ts';
import { Subnet, type SubnetPrefixes } from './subnet.ts';
import { Switch } from './links/switch.ts';
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

/** What can be joined by a link: a host's interface, a host (its `eth0`), a switch, the outside. */
export type Joinable = SimulatedHost | SimulatedInterface | Switch | Outside;

/** What a link of a network is like, beside what every link is. */
export interface NetworkLinkOptions extends LinkOptions {
  /** Where hosts that it joins get addresses from, in this order: `198.51.100.0/30`. */
  readonly subnet?: SubnetPrefixes;
  /** The MTU of the interfaces that it gives them. */
  readonly mtu?: number;
}

/** Locally administered (IEEE 802): 02:00:00:00:00:01 and on, in the order of interfaces. */
const FIRST_MAC: MacAddress = 0x02_00_00_00_00_01;

/** The network 10.0.0.0/24, from which hosts without an address of their own get one. */
const DEFAULT_NETWORK = parseIpv4Prefix('10.0.0.0/24');

/** What a scenario builds: hosts, routers, switches, links between them, and captures. */
export class Network {
  readonly #loop: Loop;
  readonly #tasks: Tasks;
  readonly #random: Random;
  readonly #observer: RunObserver | undefined;
  readonly #hosts: SimulatedHost[] = [];
  readonly #captures: Capture[] = [];
  /** Those that links lead to, each with the subnet on this side. */
  readonly #outsides = new Map<Outside, Subnet | undefined>();
  /** Of each link, or of the switches that links join. */
  readonly #subnets: Subnet[] = [];
  readonly #switches = new Map<Switch, Subnet>();
  #nextMac: MacAddress;
  #links = 0;

  constructor(
    loop: Loop,
    tasks: Tasks,
    random: Random,
    observer: RunObserver | undefined,
    firstMac: MacAddress = FIRST_MAC,
  ) {
    this.#nextMac = firstMac;
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
    const { address, ipv6 } = options;
    if (address !== undefined) this.interface(host, 'eth0', { address, ipv6 });
    return host;
  }

  /** Gives a host another Ethernet interface. @throws DecodeError for a `mac` that is none */
  interface(
    host: SimulatedHost,
    name: string,
    options: SimulatedInterfaceOptions,
  ): SimulatedInterface {
    const { mac } = options;
    return host.addInterface(name, mac === undefined ? this.#nextMac++ : parseMac(mac), options);
  }

  /** Two hosts, `client` 10.0.0.1 and `server` 10.0.0.2, and the link between. */
  pair(
    link: LinkOptions = {},
    options: {
      readonly client?: SimulatedHostOptions;
      readonly server?: SimulatedHostOptions;
    } = {},
  ): [SimulatedHost, SimulatedHost, Link] {
    const { length } = DEFAULT_NETWORK;
    const client = this.host('client', { address: `10.0.0.1/${length}`, ...options.client });
    const server = this.host('server', { address: `10.0.0.2/${length}`, ...options.server });
    return [client, server, this.link(client, server, link)];
  }

  /** Adds a router: a host that forwards. Links give it interfaces, and the run routes. */
  router(name: string, options: SimulatedHostOptions = {}): SimulatedHost {
    const router = this.host(name, options);
    router.stack.settings.links.beRouter(0);
    return router;
  }

  /** A switch without links; hosts that are linked to it get addresses of its `subnet`. */
  switch(subnet?: SubnetPrefixes): Switch {
    const made = new Switch();
    this.#switches.set(made, this.#subnet(subnet));
    return made;
  }

  /**
   * The outside, where a bridge joins real stacks to the simulation (`tcpetri bridge`); in a run
   * without a bridge, a cable with nothing at its end.
   *
   * @throws RangeError when there is one of that name
   */
  outside(name = 'outside'): Outside {
    if (this.outsides.some((each) => each.name === name)) {
      throw new RangeError(`there is an outside "${name}" already`);
    }
    const outside = new Outside(name, {
      dropped: (frame, cause, now) => this.#observer?.dropped(name, frame, cause, now),
    });
    this.#outsides.set(outside, undefined);
    return outside;
  }

  get outsides(): readonly Outside[] {
    return [...this.#outsides.keys()];
  }

  /** The interfaces that an outside reaches without a router, in the order of their joining. */
  interfacesAt(outside: Outside): readonly SimulatedInterface[] {
    return this.#outsides.get(outside)?.interfaces ?? [];
  }

  #subnet(prefixes: SubnetPrefixes | undefined): Subnet {
    const subnet = new Subnet(prefixes);
    this.#subnets.push(subnet);
    return subnet;
  }

  /** Gives all hosts the routes that follow from their links, beside those that they have. */
  deriveRoutes(): void {
    deriveRoutes(this.#hosts, this.#subnets);
  }

  /**
   * Joins two ends by a link. A host is joined by its first interface without one, and where it has
   * none by a new one with the next address of the subnet.
   *
   * @throws RangeError when a host has no interface and there is no subnet, or no address is left
   */
  link(a: Joinable, b: Joinable, options: NetworkLinkOptions = {}): Link {
    const subnet = this.#subnetOf(a, b, options.subnet);
    const [endA, endB] = [this.#endOf(a, subnet, options.mtu), this.#endOf(b, subnet, options.mtu)];
    const name = `link ${this.#links++} ${nameOf(a)} to ${nameOf(b)}`;
    const link = new Link(this.#loop, { random: this.#random.fork(name), ...options });
    endA.connect(link.a);
    endB.connect(link.b);
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

  /** The subnet that a link of the two belongs to; two switches that are joined share one. */
  #subnetOf(a: Joinable, b: Joinable, prefixes: SubnetPrefixes | undefined): Subnet {
    const [one, other] = [a, b].flatMap((end) =>
      end instanceof Switch ? [this.#switches.get(end) ?? this.#subnet(undefined)] : [],
    );
    if (one === undefined) return this.#subnet(prefixes);
    if (prefixes !== undefined) {
      throw new RangeError(`the switch's subnet holds, not ${String(prefixes)}`);
    }
    if (other !== undefined && other !== one) this.#merge(one, other);
    return one;
  }

  #merge(one: Subnet, other: Subnet): void {
    one.takeOver(other);
    this.#subnets.splice(this.#subnets.indexOf(other), 1);
    for (const [each, subnet] of this.#switches)
      if (subnet === other) this.#switches.set(each, one);
    for (const [each, subnet] of this.#outsides)
      if (subnet === other) this.#outsides.set(each, one);
  }

  /** What the link is plugged into, which is then on the subnet. */
  #endOf(
    what: Joinable,
    subnet: Subnet,
    mtu: number | undefined,
  ): SimulatedInterface | Switch | Outside {
    if (what instanceof Switch) return what;
    if (what instanceof Outside) {
      this.#outsides.set(what, subnet);
      return what;
    }
    const end = what instanceof SimulatedHost ? this.#freeInterface(what, subnet, mtu) : what;
    subnet.join(end);
    return end;
  }

  #freeInterface(host: SimulatedHost, subnet: Subnet, mtu: number | undefined): SimulatedInterface {
    const free = host.freeInterface();
    if (typeof free !== 'string') return free;
    if (!subnet.givesAddresses) {
      throw new RangeError(
        `${host.name} has no interface left to be linked, and the link no subnet to give it one`,
      );
    }
    const address = subnet.nextAddresses();
    return this.interface(host, free, mtu === undefined ? { address } : { address, mtu });
  }

  /**
   * Captures at an interface (or at a host's `eth0`), as tcpdump on the host would; at all of them,
   * `host.any`; or what leaves and enters the simulation.
   */
  capture(
    at: SimulatedInterface | AnyInterface | SimulatedHost | Outside,
    options: CaptureOptions = {},
  ): void {
    const place = at instanceof SimulatedHost ? at.interface('eth0') : at;
    const observer = this.#observer;
    if (observer === undefined) return;
    const id = this.#captures.length;
    const capture = new Capture(id, placeOf(place, options), options, observer);
    this.#captures.push(capture);
    observer.captureOpened(capture);
    if (place instanceof AnyInterface) place.observe(capture, options.linkType);
    else place.observe(capture);
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

const NO_NAMES: ReadonlyMap<number, string> = new Map();

function placeOf(
  at: SimulatedInterface | AnyInterface | Outside,
  { linkType: cooked = LinkType.linuxSll2 }: CaptureOptions,
): CapturePlace {
  const { name } = at;
  if (at instanceof AnyInterface) {
    return { host: at.host, name, linkType: cooked, interfaceNames: at.names };
  }
  const host = at instanceof Outside ? 'bridge' : at.host.name;
  return { host, name, linkType: LinkType.ethernet, interfaceNames: NO_NAMES };
}

function nameOf(what: Joinable): string {
  if (what instanceof SimulatedHost || what instanceof Outside) return what.name;
  return what instanceof SimulatedInterface ? `${what.host.name} ${what.name}` : 'switch';
}
