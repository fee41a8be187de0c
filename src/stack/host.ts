/**
 * One host, where its parts meet: interfaces, the internet layer, the transports, and the sockets
 * above them. It reads no clock and no chance of its own; frames, wake-ups and calls come in with
 * the time, frames go out.
 */
import type {
  Icmpv6Message,
  IpAddress,
  Ipv4Prefix,
  Ipv6Address,
  MacAddress,
  Ipv6Prefix,
} from '../wire/index.ts';
import { Agenda } from './agenda.ts';
import type { Cause } from './cause.ts';
import { type Choices, RandomChoices } from './choices.ts';
import { HostClock } from './clock.ts';
import { Counters } from './counters.ts';
import type { Icmp, IcmpEvents } from './icmp/icmpv4.ts';
import type { Icmpv6 } from './icmp/icmpv6.ts';
import type { NetworkInterface } from './interfaces/interface.ts';
import type { InterfaceControl } from './interfaces/interface-control.ts';
import {
  type AddInterfaceOptions,
  Interfaces,
  type InterfacesHost,
} from './interfaces/interfaces.ts';
import { type InternetHost, InternetLayer } from './internet-layer.ts';
import type { IpLayer } from './ip/ip-layer.ts';
import type { Ipv4 } from './ip/ipv4.ts';
import type { Ipv6 } from './ip/ipv6.ts';
import type { InterfaceAddress } from './ip/interface-address.ts';
import type { Ipv6Arrival } from './ip/ipv6-arrival.ts';
import type { Port } from './ip/routing.ts';
import type { ConnectionTracker } from './middlebox/connection-tracker.ts';
import type { PacketHooks } from './middlebox/packet-hooks.ts';
import type { AdvertisementSettings } from './neighbor/advertising-router.ts';
import type { SocketFile } from './posix/file.ts';
import type { CommonProfile, HostProfile } from './profile.ts';
import { linux6 } from './profiles/linux-6.ts';
import type { RawSockets } from './sockets/raw-socket.ts';
import { type HostSettings, settingsFrom } from './settings.ts';
import type { SocketFamily } from './sockets/socket-family.ts';
import { Sysctls } from './sysctl/sysctls.ts';
import { Tally } from './tally.ts';
import type { TcpSocket } from './tcp/sockets/socket.ts';
import { TcpSocketFile } from './tcp/sockets/socket-file.ts';
import { TcpSocketTable } from './tcp/sockets/socket-table.ts';
import { Tcp, type TcpHost } from './tcp/tcp.ts';
import type { Duration, Instant } from './time.ts';
import type { Trace } from './trace.ts';
import { Udp, type UdpHost } from './udp/udp.ts';
import { UdpSocketFile } from './udp/udp-file.ts';
import { UdpSocket } from './udp/udp-socket.ts';
import type { World } from './world.ts';

/** How a host is set up. */
export interface HostOptions {
  readonly name: string;
  readonly profile?: HostProfile | undefined;
  /** How long the host has been up at instant 0: its timestamps count from there. */
  readonly uptime?: Duration | undefined;
  /** How long before instant 0 a timer tick was, where the profile has ticks: see HostClock. */
  readonly tickPhase?: Duration | undefined;
  /** The numbers that the host is free to choose; chance by default. */
  readonly choices?: Choices | undefined;
  /** Whether loopback leaves checksums half-made, as Linux does (the default). */
  readonly loopbackOffload?: boolean | undefined;
}

/** A host: `receive` takes what arrives, `wake` runs what is due at {@link Host.deadline}. */
export class Host implements TcpHost, UdpHost, InternetHost, InterfacesHost {
  readonly name: string;
  /** What the administrator may change while the host runs; it begins as the profile says. */
  readonly settings: HostSettings;
  /** The settings by the names that administrators use. */
  readonly sysctl: Sysctls;
  readonly clock: HostClock;
  readonly choices: Choices;
  readonly ip: Ipv4;
  readonly ipv6: Ipv6;
  readonly icmp: Icmp;
  readonly icmpv6: Icmpv6;
  readonly rawSockets: RawSockets;
  readonly tcp: Tcp;
  readonly udp: Udp;
  readonly tcpSockets: TcpSocketTable;
  readonly loopback: NetworkInterface;
  /** Called with each echo reply that arrives. */
  onEchoReply: IcmpEvents['echoReplied'] | undefined = undefined;
  readonly counters: Counters = new Counters();
  readonly agenda: Agenda = new Agenda((at, inBackground) => this.wakeAt(at, inBackground));
  readonly #internet: InternetLayer;
  readonly #interfaces: Interfaces;
  readonly #tally: Tally;
  readonly #world: World;

  constructor(options: HostOptions, world: World) {
    this.name = options.name;
    this.settings = settingsFrom(options.profile ?? linux6);
    this.sysctl = new Sysctls(this.settings);
    this.clock = new HostClock(this.settings.timers, options.uptime ?? 0, options.tickPhase ?? 0);
    this.choices = options.choices ?? new RandomChoices(() => world.random());
    this.#world = world;
    this.#tally = new Tally(this.counters, () => world.trace);
    this.#internet = new InternetLayer(this, world.random());
    ({
      ip: this.ip,
      ipv6: this.ipv6,
      icmp: this.icmp,
      icmpv6: this.icmpv6,
      rawSockets: this.rawSockets,
    } = this.#internet);
    this.udp = new Udp(this, this.#internet);
    this.tcp = new Tcp(this);
    this.tcpSockets = new TcpSocketTable(this.tcp);
    this.#interfaces = new Interfaces(this, this.#internet, options.loopbackOffload ?? true);
    this.loopback = this.#interfaces.loopback;
  }

  /** The host's settings, to be read. */
  get profile(): CommonProfile {
    return this.settings;
  }

  /** Told of drops and states; it counts them and passes them on. */
  get trace(): Trace {
    return this.#tally;
  }

  /** The layer that carries packets to an address. */
  ipFor(address: IpAddress): IpLayer {
    return this.#internet.ipFor(address);
  }

  /** Where packets are shown to boxes; from the first question on, they are. */
  get hooks(): PacketHooks {
    return this.#internet.hooks;
  }

  /** Which connections packets that pass belong to; from the first question on, that is known. */
  get tracker(): ConnectionTracker {
    return this.#internet.tracker;
  }

  /** The interfaces, loopback first. */
  get interfaces(): readonly NetworkInterface[] {
    return this.#interfaces.all;
  }

  /** The interface of that name, with its neighbours. */
  portNamed(name: string): Port | undefined {
    return this.#interfaces.named(name);
  }

  /** The interface with that number, as programs count them: loopback is 1. */
  portNumbered(index: number): Port | undefined {
    return this.#interfaces.numbered(index);
  }

  /** The number of the interface of that name (if_nametoindex(3)), 0 for none. */
  numberOf(interfaceName: string): number {
    return this.#interfaces.all.findIndex((each) => each.name === interfaceName) + 1;
  }

  /** The interface that has the address. */
  portWithAddress(address: IpAddress): Port | undefined {
    return this.#interfaces.withAddress(address);
  }

  /** Has an interface listen to a multicast group, for one reason more. */
  joinGroup(port: Port, group: IpAddress, now: Instant): void {
    this.#interfaces.joinGroup(port, group, now);
  }

  /** The reason of one {@link joinGroup} is gone. */
  leaveGroup(port: Port, group: IpAddress, now: Instant): void {
    this.#interfaces.leaveGroup(port, group, now);
  }

  /** What an administrator may do to an interface: `ip link set …`. */
  control(port: Port): InterfaceControl {
    return this.#interfaces.control(port);
  }

  /** Adds an Ethernet interface with routes to its networks. */
  addInterface(name: string, options: AddInterfaceOptions, now: Instant = 0): NetworkInterface {
    return this.#interfaces.add(name, options, now);
  }

  /**
   * Gives an interface another address while the host runs: `ip address add … dev …`. It is valid
   * everywhere unless `scope` says otherwise.
   *
   * @throws RangeError when there is no such interface
   */
  addAddress(interfaceName: string, prefix: Ipv4Prefix, scope?: number): void {
    this.#interfaces.addAddress(interfaceName, prefix, scope);
  }

  /**
   * Takes an address away, and the routes whose packets would carry it: `ip address del … dev …`.
   *
   * @throws RangeError when the interface does not have it
   */
  removeAddress(interfaceName: string, prefix: Ipv4Prefix): void {
    this.#interfaces.removeAddress(interfaceName, prefix);
  }

  /** `ip -6 address add`, without asking for it first with `nodad`; false where IPv6 is off. */
  addIpv6Address(port: Port, prefix: Ipv6Prefix, asks: boolean, now: Instant): boolean {
    return this.#interfaces.addIpv6Address(port, prefix, asks, now);
  }

  /** `ip -6 address del` */
  removeIpv6Address(port: Port, own: InterfaceAddress, now: Instant): void {
    this.#interfaces.removeIpv6Address(port, own, now);
  }

  /** Makes a neighbour known for good, without asking: `ip neigh add …`. */
  addNeighbor(from: NetworkInterface, address: IpAddress, mac: MacAddress, now: Instant): void {
    this.#interfaces.addNeighbor(from, address, mac, now);
  }

  /** Sends what has no better route to a router: `ip route add default via …`. */
  addDefaultRoute(gateway: IpAddress): void {
    this.#internet.addDefaultRoute(gateway);
  }

  /** Has an interface of this router tell its link of it, as `radvd` does. */
  advertise(by: NetworkInterface, settings: AdvertisementSettings, now: Instant): void {
    this.#interfaces.advertise(by, settings, now);
  }

  /** The name servers that routers have told of (RFC 8106). */
  nameServers(now: Instant): Ipv6Address[] {
    return this.#interfaces.nameServers(now);
  }

  /** A new TCP socket. */
  tcpSocket(family: SocketFamily = 'AF_INET'): TcpSocket {
    return this.tcpSockets.open(family);
  }

  /** A new UDP socket. */
  udpSocket(family: SocketFamily = 'AF_INET'): UdpSocket {
    return new UdpSocket(this.udp, family);
  }

  /** A new socket as a process has it open: what `socket(2)` makes. */
  socketFile(type: 'stream' | 'datagram', family: SocketFamily): SocketFile {
    if (type === 'stream') return new TcpSocketFile(this.tcpSocket(family));
    return new UdpSocketFile(this.udpSocket(family));
  }

  /** Asks the world for a wake-up. */
  wakeAt(at: Instant, inBackground = false): void {
    this.#world.wakeAt(at, inBackground);
  }

  /** When {@link wake} has something to do; NEVER when it has not. */
  get deadline(): Instant {
    return Math.min(this.foregroundDeadline, this.backgroundDeadline);
  }

  /** The same of what is no reason for a simulation to go on. */
  get backgroundDeadline(): Instant {
    return this.agenda.backgroundDeadline;
  }

  /** The same of all else. */
  get foregroundDeadline(): Instant {
    return Math.min(
      this.tcp.deadline,
      this.#internet.deadline,
      this.#interfaces.deadline,
      this.agenda.deadline,
    );
  }

  /** Runs the timers that are due. */
  wake(now: Instant): void {
    this.agenda.wake(now);
    this.#interfaces.wake(now);
    this.#internet.wake(now);
    this.tcp.wake(now);
  }

  dropped(frame: Uint8Array, why: Cause, now: Instant): void {
    this.#tally.dropped(frame, why, now);
  }

  linkMessage(
    message: Icmpv6Message,
    packet: Ipv6Arrival,
    from: NetworkInterface,
    frame: Uint8Array,
    now: Instant,
  ): void {
    this.#interfaces.linkMessage(message, packet, from, frame, now);
  }
}
