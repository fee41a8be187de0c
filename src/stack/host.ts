/**
 * One host: interfaces, routes, and the protocols between them and the sockets. It reads no clock
 * and no chance of its own; frames, wake-ups and calls come in with the time, frames go out.
 */
import {
  DecodeError,
  decodeIpv4,
  decodeIpv6,
  EtherType,
  ETHERNET_HEADER_LENGTH,
  type IpAddress,
  type IpPrefix,
  IPV4_ANY,
  Ipv4Packet,
  type Ipv4Prefix,
  IPV6_ANY,
  IPV6_LOOPBACK,
  IpProtocol,
  type Ipv6Address,
  isIpv6,
  type Ipv6Prefix,
  linkLocalOf,
  MAC_BROADCAST,
  type MacAddress,
  NextHeader,
  parseIpPrefix,
  parseIpv4Prefix,
  u16,
  u48,
} from '../wire/index.ts';
import { Agenda } from './agenda.ts';
import { assert } from './assert.ts';
import { type Cause, cause } from './cause.ts';
import { type Choices, RandomChoices } from './choices.ts';
import { HostClock } from './clock.ts';
import { Counters } from './counters.ts';
import { Forwarding } from './ip/forwarding-ipv4.ts';
import { type IcmpErrorReport, type IcmpEvents, Icmp, unreachableNeighbor } from './icmp/icmpv4.ts';
import { Icmpv6 } from './icmp/icmpv6.ts';
import { headerError, ICMPV6_ERRORS } from './icmp/icmpv6-errors.ts';
import { ICMP_ERRORS } from './icmp/icmp-error-rules.ts';
import { IcmpRateLimit } from './icmp/icmp-rate-limit.ts';
import { LOOPBACK_MTU, NetworkInterface } from './interface.ts';
import { Ipv4, type Ipv4Upper } from './ip/ipv4.ts';
import { InterfaceAddress } from './ip/interface-address.ts';
import type { IpLayer } from './ip/ip-layer.ts';
import { ForwardingIpv6 } from './ip/forwarding-ipv6.ts';
import { Ipv6 } from './ip/ipv6.ts';
import { Ipv6Arrival } from './ip/ipv6-arrival.ts';
import { ConnectionTracker } from './middlebox/connection-tracker.ts';
import { PacketHooks } from './middlebox/packet-hooks.ts';
import type { PassingPacket } from './middlebox/passing-packet.ts';
import type { AdvertisementSettings } from './neighbor/advertising-router.ts';
import { Arp } from './neighbor/arp.ts';
import { LinkProtocols } from './neighbor/link-protocols.ts';
import { NeighborTable, type Solicitor } from './neighbor/neighbor-table.ts';
import type { HostProfile } from './profile.ts';
import { RawSockets } from './raw-socket.ts';
import { linux6 } from './profiles/linux-6.ts';
import { type Port, unicastRoute } from './ip/routing.ts';
import { type HostSettings, settingsFrom } from './settings.ts';
import { Slab } from './slab.ts';
import type { SocketFamily } from './socket-family.ts';
import { Sysctls } from './sysctl/sysctls.ts';
import { Tally } from './tally.ts';
import type { TcpSocket } from './tcp/sockets/socket.ts';
import { TcpSocketTable } from './tcp/sockets/socket-table.ts';
import { Tcp, type TcpHost } from './tcp/tcp.ts';
import { type Duration, type Instant, NEVER } from './time.ts';
import type { Trace } from './trace.ts';
import type { SocketFile } from './posix/file.ts';
import { TcpSocketFile } from './tcp/sockets/socket-file.ts';
import { Udp, type UdpHost } from './udp/udp.ts';
import { UdpSocket } from './udp/udp-socket.ts';
import { UdpSocketFile } from './udp/udp-file.ts';
import type { World } from './world.ts';

const RUNT = cause('ethernet-runt', 'shorter than an Ethernet header', 'RFC 894');
const NOT_OUR_MAC = cause('ethernet-not-ours', 'for another hardware address', 'RFC 894');
const UNKNOWN_TYPE = cause('ethernet-type', 'an EtherType unknown here', 'RFC 894');
const UNKNOWN_HEADER = cause('ipv6-protocol', 'a protocol unknown here', 'RFC 8200 §4');
const NO_PAYLOAD = cause('ipv6-no-payload', 'nothing follows its headers', 'RFC 8200 §4.7');
const UNKNOWN_PROTOCOL = cause('ip-protocol', 'a protocol unknown here', 'RFC 1122 §3.2.2.1');

/** How a host is set up. */
export interface HostOptions {
  readonly name: string;
  readonly profile?: HostProfile | undefined;
  /** How long the host has been up at instant 0: its timestamps count from there. */
  readonly uptime?: Duration | undefined;
  /** How long before instant 0 a timer tick was, where the profile has ticks. */
  readonly tickPhase?: Duration | undefined;
  /** The numbers that the host is free to choose; chance by default. */
  readonly choices?: Choices | undefined;
  /** Whether loopback leaves checksums half-made, as Linux does (the default). */
  readonly loopbackOffload?: boolean | undefined;
}

/** How an interface is added. */
export interface AddInterfaceOptions {
  readonly mac: MacAddress;
  /**
   * Addresses of either family with their prefix lengths: `192.168.1.109/24`, `2001:db8::1/64`. One
   * of IPv6 brings that up, with a link-local address beside it.
   */
  readonly address: string | readonly string[];
  readonly mtu?: number | undefined;
  readonly checksumOffload?: boolean | undefined;
  /**
   * `comes-up`: IPv6 begins now, with or without an address given, and the link hears of it. By
   * default the interface has been up for long: its addresses are known to be no other's.
   */
  readonly ipv6?: 'comes-up' | 'is-up' | undefined;
}

export class Host implements TcpHost, UdpHost, Ipv4Upper {
  readonly name: string;
  /** What the administrator may change while the host runs; it begins as the profile says. */
  readonly settings: HostSettings;
  /** The settings by the names that administrators use. */
  readonly sysctl: Sysctls;
  readonly clock: HostClock;
  readonly choices: Choices;
  readonly ip: Ipv4;
  readonly ipv6: Ipv6;
  readonly tcp: Tcp;
  readonly udp: Udp;
  readonly icmp: Icmp;
  readonly icmpv6: Icmpv6;
  readonly tcpSockets: TcpSocketTable;
  readonly rawSockets: RawSockets = new RawSockets(this);
  readonly loopback: NetworkInterface;
  /** Called with each echo reply that arrives. */
  onEchoReply:
    ((from: IpAddress, identifier: number, sequence: number, now: Instant) => void) | undefined =
    undefined;
  readonly counters: Counters = new Counters();
  readonly #forwarding: Forwarding;
  readonly #forwardingIpv6: ForwardingIpv6;
  readonly #tally: Tally;
  readonly #world: World;
  readonly #slab = new Slab();
  readonly #ports: Port[] = [];
  #tracker: ConnectionTracker | undefined = undefined;
  readonly #agenda = new Agenda((at) => this.wakeAt(at));
  /** What interfaces with IPv6 say to their links. */
  readonly #linkProtocols = new Map<NetworkInterface, LinkProtocols>();

  constructor(options: HostOptions, world: World) {
    this.name = options.name;
    this.settings = settingsFrom(options.profile ?? linux6);
    this.sysctl = new Sysctls(this.settings);
    this.clock = new HostClock(this.settings.timers, options.uptime ?? 0, options.tickPhase ?? 0);
    this.choices = options.choices ?? new RandomChoices(() => world.random());
    this.#world = world;
    this.#tally = new Tally(this.counters, () => world.trace);
    this.ip = new Ipv4(this.#slab, this.counters, this.settings, this);
    this.ipv6 = this.#makeIpv6();
    const limit = new IcmpRateLimit(this.settings, this.counters);
    const events: IcmpEvents = {
      dropped: (frame, why, now) => this.dropped(frame, why, now),
      errorReported: (report, now) => this.#errorReported(report, now),
      echoReplied: (from, identifier, sequence, now) =>
        this.onEchoReply?.(from, identifier, sequence, now),
    };
    this.icmp = new Icmp(this.ip, this.settings, limit, world.random() & 0xffff, events);
    this.icmpv6 = new Icmpv6(this.ipv6, limit, {
      ...events,
      linkMessage: (message, packet, from, frame, now) =>
        this.#protocolsOf(from).receive(message, packet, frame, now),
    });
    const dropped = (frame: Uint8Array, why: Cause, now: Instant): void =>
      this.dropped(frame, why, now);
    this.#forwardingIpv6 = new ForwardingIpv6(this.ipv6, this.icmpv6, this.#slab, dropped);
    this.#forwarding = new Forwarding(this.ip, this.icmp, this.settings, (frame, why, now) =>
      this.dropped(frame, why, now),
    );
    this.udp = new Udp(this, {
      dropped: (frame, why, now) => this.dropped(frame, why, now),
      portUnreachable: (packet, now) => {
        if (packet instanceof Ipv4Packet) {
          this.icmp.sendError(packet, ICMP_ERRORS.noPort, 0, now);
        } else if (packet instanceof Ipv6Arrival) {
          this.icmpv6.sendError(packet, ICMPV6_ERRORS.noPort, 0, now);
        }
      },
    });
    this.tcp = new Tcp(this);
    this.tcpSockets = new TcpSocketTable(this.tcp);
    this.loopback = this.#addPort({
      name: 'lo',
      mac: 0,
      mtu: LOOPBACK_MTU,
      addresses: [parseIpv4Prefix('127.0.0.1/8')],
      checksumOffload: options.loopbackOffload ?? true,
      loopback: true,
    }).interface;
    this.#addIpv6(this.#portOf(this.loopback), [{ address: IPV6_LOOPBACK, length: 128 }]);
  }

  #makeIpv6(): Ipv6 {
    return new Ipv6(this.#slab, this.counters, this.settings, this.choices, {
      dropped: (frame, why, now) => this.dropped(frame, why, now),
      received: (packet, from, frame, now) => this.#receiveIpv6(packet, from, frame, now),
      toForward: (packet, frame, why, now) => this.#forwardingIpv6.forward(packet, frame, why, now),
      headerRefused: (packet, { code, pointer, evenToMany }, now) => {
        if (code === undefined) return;
        this.icmpv6.sendError(packet, headerError(code, evenToMany), pointer, now);
      },
      expired: (first, now) =>
        this.icmpv6.sendError(new Ipv6Arrival(first), ICMPV6_ERRORS.fragmentsExpired, 0, now),
      wakeAt: (at) => this.wakeAt(at),
    });
  }

  /** The host's settings, to be read. */
  get profile(): HostProfile {
    return this.settings;
  }

  /** Told of drops and states; it counts them and passes them on. */
  get trace(): Trace {
    return this.#tally;
  }

  /** The layer that carries packets to an address. */
  ipFor(address: IpAddress): IpLayer {
    return isIpv6(address) ? this.ipv6 : this.ip;
  }

  /** Where packets are shown to boxes; from the first question on, they are. */
  get hooks(): PacketHooks {
    this.ip.hooks ??= new PacketHooks((frame, why, now) => this.dropped(frame, why, now));
    return this.ip.hooks;
  }

  /** Which connections packets that pass belong to; from the first question on, that is known. */
  get tracker(): ConnectionTracker {
    const { tracking } = this.settings;
    this.#tracker ??= new ConnectionTracker(this.hooks, tracking, (at) => this.wakeAt(at));
    return this.#tracker;
  }

  /** The interfaces, loopback first. */
  get interfaces(): readonly NetworkInterface[] {
    return this.#ports.map((port) => port.interface);
  }

  /** Adds an Ethernet interface with routes to its networks. */
  addInterface(name: string, options: AddInterfaceOptions, now: Instant = 0): NetworkInterface {
    const { address } = options;
    const prefixes = (typeof address === 'string' ? [address] : address).map(parseIpPrefix);
    const port = this.#addPort({
      name,
      mac: options.mac,
      mtu: options.mtu ?? 1500,
      addresses: prefixes.filter(isIpv4Prefix),
      checksumOffload: options.checksumOffload ?? false,
      loopback: false,
    });
    const ipv6 = prefixes.filter(isIpv6Prefix);
    if (options.ipv6 === 'comes-up') this.#addLink(port).comeUp(ipv6, now);
    else if (ipv6.length > 0 || options.ipv6 === 'is-up') {
      this.#addIpv6(port, [{ address: linkLocalOf(options.mac), length: 64 }, ...ipv6]);
    }
    return port.interface;
  }

  /** Brings IPv6 up on an interface whose addresses are known to be no other's. */
  #addIpv6(port: Port, prefixes: readonly Ipv6Prefix[]): void {
    const { link } = this.#addLink(port);
    for (const prefix of prefixes) this.ipv6.addAddress(link, prefix, 'preferred');
  }

  #addLink(port: Port): LinkProtocols {
    const protocols = new LinkProtocols(this.ipv6.addLink(port), {
      ip: this.ipv6,
      icmp: this.icmpv6,
      agenda: this.#agenda,
      settings: this.settings,
      random: () => this.choices.chance(),
      dropped: (frame, why, now) => this.dropped(frame, why, now),
    });
    this.#linkProtocols.set(port.interface, protocols);
    return protocols;
  }

  /** Has an interface of this router tell its link of it, as `radvd` does. */
  advertise(by: NetworkInterface, settings: AdvertisementSettings, now: Instant): void {
    this.#protocolsOf(by).advertise(settings, now);
  }

  /** The name servers that routers have told of (RFC 8106). */
  nameServers(now: Instant): Ipv6Address[] {
    return [...this.#linkProtocols.values()].flatMap((each) => each.nameServers(now));
  }

  /** What the interface says to its link. It must have IPv6. */
  #protocolsOf(networkInterface: NetworkInterface): LinkProtocols {
    const protocols = this.#linkProtocols.get(networkInterface);
    assert(protocols !== undefined, 'the interface has IPv6');
    return protocols;
  }

  #addPort(options: ConstructorParameters<typeof NetworkInterface>[0]): Port {
    const networkInterface = new NetworkInterface(options, (from, frame, why, now) =>
      this.#receive(from, frame, why, now),
    );
    networkInterface.onWait = (at): void => this.wakeAt(at);
    networkInterface.onDropped = (frame, why, now): void => this.dropped(frame, why, now);
    const dropped = (frame: Uint8Array, why: Cause, now: Instant): void =>
      this.dropped(frame, why, now);
    const arp = new Arp(networkInterface, this.#slab, dropped);
    const solicitorOf = (address: IpAddress): Solicitor =>
      isIpv6(address) ? this.#protocolsOf(networkInterface).discovery : arp;
    const neighbors = new NeighborTable(networkInterface, this.settings.neighbors, solicitorOf, {
      dropped,
      unreachable: (frame, now) => this.#hasNoNeighbor(frame, now),
      wakeAt: (at) => this.wakeAt(at),
    });
    const port = { interface: networkInterface, neighbors, arp };
    this.#ports.push(port);
    this.ip.addInterface(networkInterface);
    for (const prefix of options.addresses) this.#addLocalRoutes(port, prefix);
    return port;
  }

  /** An address's own packets go by loopback; its network is on the link. */
  #addLocalRoutes(port: Port, prefix: Ipv4Prefix): void {
    const { address } = prefix;
    const { routes } = this.ip;
    const own = this.#ports[0] ?? port;
    routes.add(unicastRoute(prefix, undefined, port, address));
    routes.add(unicastRoute({ address, length: 32 }, undefined, own, address));
  }

  /**
   * Gives an interface another address while the host runs: `ip address add … dev …`.
   *
   * @throws RangeError when there is no such interface
   */
  addAddress(interfaceName: string, prefix: Ipv4Prefix): void {
    const port = this.#portOf(interfaceName);
    port.interface.addresses.push(new InterfaceAddress(prefix, 'preferred'));
    this.ip.addAddress(prefix);
    this.#addLocalRoutes(port, prefix);
  }

  /**
   * Takes an address away, and the routes whose packets would carry it: `ip address del … dev …`.
   *
   * @throws RangeError when the interface does not have it
   */
  removeAddress(interfaceName: string, { address, length }: Ipv4Prefix): void {
    const { addresses } = this.#portOf(interfaceName).interface;
    const at = addresses.findIndex((each) => each.address === address && each.length === length);
    if (at < 0) throw new RangeError(`${this.name} ${interfaceName} has no such address`);
    addresses.splice(at, 1);
    this.ip.removeAddress({ address, length });
    const { routes } = this.ip;
    const without = routes.entries.filter(({ source }) => source === address);
    for (const entry of without) routes.remove(entry);
  }

  /** Sends what has no better route to a router: `ip route add default via …`. */
  addDefaultRoute(gateway: IpAddress): void {
    const { routes } = this.ipFor(gateway);
    const route = routes.lookUp(gateway);
    if (route === undefined) throw new RangeError(`${this.name}: no route to the gateway`);
    const source = isIpv6(gateway) ? IPV6_ANY : route.source;
    const everywhere = { address: isIpv6(gateway) ? IPV6_ANY : IPV4_ANY, length: 0 };
    routes.add(unicastRoute(everywhere, gateway, route.port, source));
  }

  /** Makes a neighbour known for good, without asking: `ip neigh add …`. */
  addNeighbor(from: NetworkInterface, address: IpAddress, mac: MacAddress, now: Instant): void {
    const news = { mac, state: 'PERMANENT', override: true } as const;
    this.#portOf(from).neighbors.learn(address, news, true, now);
  }

  /** The interface of that name, with its neighbours. */
  portNamed(name: string): Port | undefined {
    return this.#ports.find((port) => port.interface.name === name);
  }

  #portOf(wanted: NetworkInterface | string): Port {
    const port = this.#ports.find(
      (candidate) => candidate.interface === wanted || candidate.interface.name === wanted,
    );
    if (port === undefined) throw new RangeError(`${this.name} has no such interface`);
    return port;
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
  wakeAt(at: Instant): void {
    this.#world.wakeAt(at);
  }

  /** When {@link wake} has something to do; NEVER when it has not. */
  get deadline(): Instant {
    let earliest = Math.min(
      this.tcp.deadline,
      this.ip.deadline,
      this.ipv6.deadline,
      this.#agenda.deadline,
    );
    for (const { interface: networkInterface, neighbors } of this.#ports) {
      const waiting = networkInterface.egress?.deadline ?? NEVER;
      earliest = Math.min(earliest, neighbors.deadline, waiting);
    }
    return earliest;
  }

  /** Runs the timers that are due. */
  wake(now: Instant): void {
    this.#agenda.wake(now);
    for (const { interface: networkInterface, neighbors } of this.#ports) {
      neighbors.wake(now);
      networkInterface.egress?.wake(now);
    }
    this.ip.wake(now);
    this.ipv6.wake(now);
    this.tcp.wake(now);
  }

  dropped(frame: Uint8Array, why: Cause, now: Instant): void {
    this.#tally.dropped(frame, why, now);
  }

  #receive(from: NetworkInterface, frame: Uint8Array, why: Cause, now: Instant): void {
    if (frame.length < ETHERNET_HEADER_LENGTH) {
      this.dropped(frame, RUNT, now);
      return;
    }
    const destination = u48(frame, 0);
    const isGroup = (frame[0]! & 1) !== 0;
    if (destination !== from.mac && destination !== MAC_BROADCAST && !isGroup) {
      this.dropped(frame, NOT_OUR_MAC, now);
      return;
    }
    const etherType = u16(frame, 12);
    if (etherType === EtherType.ipv4) this.ip.receive(from, frame, why, now);
    else if (etherType === EtherType.ipv6 && from.ipv6 !== undefined)
      this.ipv6.receive(from, frame, why, now);
    else if (etherType === EtherType.arp) this.#receiveArp(from, frame, now);
    else this.dropped(frame, UNKNOWN_TYPE, now);
  }

  #receiveArp(from: NetworkInterface, frame: Uint8Array, now: Instant): void {
    const { arp, neighbors } = this.#portOf(from);
    arp.receive(frame, neighbors, now);
  }

  /** A packet for this host: to its protocol. */
  receive(packet: Ipv4Packet, from: NetworkInterface, frame: Uint8Array, now: Instant): void {
    if (!this.rawSockets.isEmpty) this.rawSockets.deliver(packet, now);
    switch (packet.protocol) {
      case IpProtocol.tcp:
        this.tcp.receive(packet, from, frame, now);
        break;
      case IpProtocol.udp:
        this.udp.receive(packet, from, frame, now);
        break;
      case IpProtocol.icmp:
        this.icmp.receive(packet, frame, now);
        break;
      default:
        if (this.rawSockets.sees(packet.protocol)) break;
        this.dropped(frame, UNKNOWN_PROTOCOL, now);
        this.icmp.sendError(packet, ICMP_ERRORS.noProtocol, 0, now);
    }
  }

  #receiveIpv6(packet: Ipv6Arrival, from: NetworkInterface, frame: Uint8Array, now: Instant): void {
    switch (packet.protocol) {
      case IpProtocol.tcp:
        this.tcp.receive(packet, from, frame, now);
        break;
      case IpProtocol.udp:
        this.udp.receive(packet, from, frame, now);
        break;
      case IpProtocol.icmpv6:
        this.icmpv6.receive(packet, from, frame, now);
        break;
      case NextHeader.none: // RFC 8200 §4.7
        this.dropped(frame, NO_PAYLOAD, now);
        break;
      default: {
        const pointer = packet.protocolAt - packet.start;
        this.dropped(frame, UNKNOWN_HEADER, now);
        this.icmpv6.sendError(packet, ICMPV6_ERRORS.noProtocol, pointer, now);
      }
    }
  }

  /** A packet for another host, which goes on. */
  forward(
    packet: Ipv4Packet,
    from: NetworkInterface,
    frame: Uint8Array,
    why: Cause,
    now: Instant,
    passing?: PassingPacket,
  ): void {
    this.#forwarding.forward(packet, from, frame, why, now, passing);
  }

  /** Fragments of a packet for this host did not all come: its sender is told. */
  expired(first: Ipv4Packet, now: Instant): void {
    this.icmp.sendError(first, ICMP_ERRORS.fragmentsExpired, 0, now);
  }

  /** Nobody answers for the next hop of a packet: its sender, here or elsewhere, is told. */
  #hasNoNeighbor(frame: Uint8Array, now: Instant): void {
    const isVersion6 = frame[ETHERNET_HEADER_LENGTH]! >>> 4 === 6;
    const packet = (isVersion6 ? decodeIpv6 : decodeIpv4)(frame, ETHERNET_HEADER_LENGTH);
    assert(!(packet instanceof DecodeError), 'a host sends well-formed packets');
    // Linux tells itself by ICMP, too; nobody sees that but raw sockets.
    const isSeen = !isVersion6 && this.rawSockets.sees(IpProtocol.icmp);
    if (this.ipFor(packet.source).isLocal(packet.source) && !isSeen)
      this.#errorReported(unreachableNeighbor(frame), now);
    else if (packet instanceof Ipv4Packet) this.icmp.sendError(packet, ICMP_ERRORS.noHost, 0, now);
    else this.icmpv6.sendError(new Ipv6Arrival(packet), ICMPV6_ERRORS.noHost, 0, now);
  }

  #errorReported(report: IcmpErrorReport, now: Instant): void {
    if (report.protocol === IpProtocol.tcp) this.tcp.errorReported(report, now);
    else if (report.protocol === IpProtocol.udp) this.udp.errorReported(report, now);
    if (!this.rawSockets.isEmpty) this.rawSockets.errorReported(report, now);
  }
}

function isIpv4Prefix(prefix: IpPrefix): prefix is Ipv4Prefix {
  return !isIpv6(prefix.address);
}

function isIpv6Prefix(prefix: IpPrefix): prefix is Ipv6Prefix {
  return isIpv6(prefix.address);
}
