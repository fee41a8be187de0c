/**
 * The interfaces of a host: loopback first, then those that it is given, each with its addresses,
 * the routes that follow from these, and the neighbours and protocols of its link (RFC 1122 §2).
 */
import {
  type Icmpv6Message,
  type IpAddress,
  type Ipv4Prefix,
  IPV6_LOOPBACK,
  IPV6_MINIMUM_MTU,
  type Ipv6Address,
  type Ipv6Prefix,
  isIpv4Prefix,
  isIpv6,
  isIpv6Prefix,
  linkLocalOf,
  type MacAddress,
  parseIpPrefix,
  parseIpv4Prefix,
} from '../../wire/index.ts';
import type { Agenda } from '../agenda.ts';
import { assert } from '../assert.ts';
import type { Cause } from '../cause.ts';
import type { Choices } from '../choices.ts';
import type { HostClock } from '../clock.ts';
import type { Counters } from '../counters.ts';
import { EthernetInput } from './ethernet-input.ts';
import { InterfaceControl } from './interface-control.ts';
import { type InterfaceOptions, LOOPBACK_MTU, NetworkInterface } from './interface.ts';
import type { InternetLayer } from '../internet-layer.ts';
import { InterfaceAddress } from '../ip/interface-address.ts';
import type { Ipv6Arrival } from '../ip/ipv6-arrival.ts';
import type { Ipv6Link } from '../ip/ipv6-link.ts';
import type { Port } from '../ip/routing.ts';
import type { AdvertisementSettings } from '../neighbor/advertising-router.ts';
import { Arp, type ArpServices } from '../neighbor/arp.ts';
import { LinkProtocols } from '../neighbor/link-protocols.ts';
import { NeighborTable, type Solicitor } from '../neighbor/neighbor-table.ts';
import { addIpv4Address, addLocalRoutes, removeIpv4Address } from './ipv4-addresses.ts';
import { copiedPackets, SENT_PACKETS } from './packet-buffers.ts';
import type { SetLink } from '../link-settings/link-settings.ts';
import type { HostSettings } from '../settings.ts';
import { type Instant, NEVER } from '../time.ts';

/** accept_ra of a router that heeds others. */
const HEEDED_BY_ROUTERS = 2;

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
  /** Whether long frames are left to the device, and checksums with them. */
  readonly segmentationOffload?: boolean | undefined;
  /**
   * `comes-up`: IPv6 begins now, with or without an address given, and the link hears of it. By
   * default the interface has been up for long: its addresses are known to be no other's.
   */
  readonly ipv6?: 'comes-up' | 'is-up' | undefined;
}

/** What interfaces need of their host. */
export interface InterfacesHost {
  readonly name: string;
  readonly settings: HostSettings;
  readonly choices: Choices;
  readonly counters: Counters;
  readonly agenda: Agenda;
  readonly clock: HostClock;
  dropped(frame: Uint8Array, why: Cause, now: Instant): void;
  wakeAt(at: Instant): void;
}

export class Interfaces {
  readonly loopback: NetworkInterface;
  readonly #host: InterfacesHost;
  readonly #internet: InternetLayer;
  readonly #input: EthernetInput;
  readonly #ports: Port[] = [];
  /** What interfaces with IPv6 say to their links. */
  readonly #linkProtocols = new Map<NetworkInterface, LinkProtocols>();

  /** @param loopbackOffload whether loopback leaves checksums half-made. */
  constructor(host: InterfacesHost, internet: InternetLayer, loopbackOffload: boolean) {
    this.#host = host;
    this.#internet = internet;
    this.#input = new EthernetInput(internet, host, (from) => this.#portOf(from));
    const port = this.#addPort({
      name: 'lo',
      mac: 0,
      mtu: LOOPBACK_MTU,
      addresses: [parseIpv4Prefix('127.0.0.1/8')],
      checksumOffload: loopbackOffload,
      segmentationOffload: false,
      loopback: true,
    });
    this.loopback = port.interface;
    this.loopback.packetBuffers = SENT_PACKETS;
    this.#addIpv6(port, [{ address: IPV6_LOOPBACK, length: 128 }]);
  }

  /** All of them, loopback first. */
  get all(): readonly NetworkInterface[] {
    return this.#ports.map((port) => port.interface);
  }

  /** Adds an Ethernet interface with routes to its networks. */
  add(name: string, options: AddInterfaceOptions, now: Instant): NetworkInterface {
    const { address, segmentationOffload = false } = options;
    const prefixes = (typeof address === 'string' ? [address] : address).map(parseIpPrefix);
    const port = this.#addPort({
      name,
      mac: options.mac,
      mtu: options.mtu ?? 1500,
      addresses: prefixes.filter(isIpv4Prefix),
      checksumOffload: options.checksumOffload ?? segmentationOffload,
      segmentationOffload,
      loopback: false,
    });
    this.#notify(port, now);
    const ipv6 = prefixes.filter(isIpv6Prefix);
    if (options.ipv6 === 'comes-up') this.#addLink(port).comeUp(ipv6, now);
    else if (ipv6.length > 0 || options.ipv6 === 'is-up') {
      this.#addIpv6(port, [{ address: linkLocalOf(options.mac), length: 64 }, ...ipv6]);
    }
    if (!port.interface.settings.ipv6.isOn) this.control(port).endIpv6();
    return port.interface;
  }

  #addPort(options: InterfaceOptions): Port {
    const networkInterface = new NetworkInterface(
      options,
      this.#host.settings.links.add(
        options.name,
        this.#setLink(() => port),
      ),
      (from, frame, why, now) => this.#input.receive(from, frame, why, now),
    );
    const dropped = (frame: Uint8Array, why: Cause, now: Instant): void =>
      this.#host.dropped(frame, why, now);
    const { smallBlock } = this.#host.settings.socketMemory;
    networkInterface.packetBuffers = copiedPackets(smallBlock);
    networkInterface.onWait = (at): void => this.#host.wakeAt(at);
    networkInterface.onDropped = dropped;
    networkInterface.onSoon = (task, now): void => void this.#host.agenda.add(now, task);
    const arp = new Arp(networkInterface, this.#arpServices());
    const solicitorOf = (address: IpAddress): Solicitor =>
      isIpv6(address) ? this.#protocolsOf(networkInterface).discovery : arp;
    const neighbors = new NeighborTable(
      networkInterface,
      solicitorOf,
      {
        dropped,
        unreachable: (frame, now) => this.#internet.neighborUnreachable(frame, now),
        wakeAt: (at) => this.#host.wakeAt(at),
      },
      this.#host.clock,
    );
    const port = { interface: networkInterface, neighbors, arp };
    networkInterface.onCarrier = (now): void => this.control(port).carrierChanged(now);
    this.#ports.push(port);
    if (options.addresses.length > 0) this.#host.settings.links.hasAddress(options.name, 'ipv4');
    const { ip } = this.#internet;
    ip.addInterface(networkInterface);
    for (const prefix of options.addresses)
      addLocalRoutes(ip, port, this.#ports[0] ?? port, prefix);
    return port;
  }

  /** How what an administrator sets for an interface comes to it. */
  #setLink(port: () => Port): SetLink {
    const ipv6 = (): Ipv6Link | undefined => this.#linkProtocols.get(port().interface)?.link;
    return {
      follow: (holds, now): void => {
        const link = port().interface;
        const before = link.settings;
        link.settings = holds;
        this.control(port()).settingsChanged(before, now);
        if (holds.ipv6.forwards && !before.ipv6.forwards) this.#forgetRouters(now);
      },
      get ipv6Mtu(): number | undefined {
        return ipv6()?.mtu;
      },
      get mtu(): number {
        return port().interface.mtu;
      },
      changeIpv6Mtu: (mtu): void => this.control(port()).changeIpv6Mtu(mtu),
    };
  }

  /**
   * Who begins to route asks no other router: those of all links are forgotten, but where
   * advertisements are heeded even so (Linux rt6_purge_dflt_routers()).
   */
  #forgetRouters(now: Instant): void {
    const { links } = this.#host.settings;
    for (const [{ name }, protocols] of this.#linkProtocols) {
      const hasIpv6 = links.tables['ipv6.conf'].levels.includes(name);
      const heeds = hasIpv6 && links.read('ipv6.conf', name, 'accept_ra') === HEEDED_BY_ROUTERS;
      if (!heeds) protocols.forgetRouters(now);
    }
  }

  #arpServices(): ArpServices {
    const { agenda, counters, choices } = this.#host;
    const { ip, slab } = this.#internet;
    return {
      ip,
      slab,
      agenda,
      counters,
      random: () => choices.chance(),
      dropped: (frame, why, now) => this.#host.dropped(frame, why, now),
    };
  }

  /** Tells the link of the interface's addresses, where settings ask for it (arp_notify). */
  #notify({ interface: link, arp }: Port, now: Instant): void {
    if (!link.settings.arp.notifies) return;
    this.#host.agenda.add(now, (at) => arp.announceAll(at));
  }

  /** Brings IPv6 up on an interface whose addresses are known to be no other's. */
  #addIpv6(port: Port, prefixes: readonly Ipv6Prefix[]): void {
    const { link } = this.#addLink(port);
    for (const prefix of prefixes) this.#internet.ipv6.addAddress(link, prefix, 'preferred');
  }

  #addLink(port: Port): LinkProtocols {
    const { ipv6, icmpv6 } = this.#internet;
    this.#host.settings.links.hasAddress(port.interface.name, 'ipv6');
    const protocols = new LinkProtocols(ipv6.addLink(port), {
      ip: ipv6,
      icmp: icmpv6,
      agenda: this.#host.agenda,
      hasSent: (quoted) => this.#internet.hasSent(quoted),
      settings: this.#host.settings,
      random: () => this.#host.choices.chance(),
      dropped: (frame, why, now) => this.#host.dropped(frame, why, now),
    });
    this.#linkProtocols.set(port.interface, protocols);
    return protocols;
  }

  /** What an administrator may do to an interface. */
  control(port: Port): InterfaceControl {
    const ipv6 = this.#linkProtocols.get(port.interface);
    return new InterfaceControl(port, this.#internet, ipv6, this.#host.settings.links);
  }

  /** Gives an interface another address. @throws RangeError when there is no such interface */
  addAddress(interfaceName: string, prefix: Ipv4Prefix, scope?: number): void {
    const port = this.#portOf(interfaceName);
    this.#host.settings.links.hasAddress(interfaceName, 'ipv4');
    addIpv4Address(this.#internet.ip, port, this.#ports[0] ?? port, prefix, scope);
  }

  /**
   * Takes an address away, and what follows from it.
   *
   * @throws RangeError when the interface does not have it
   */
  removeAddress(interfaceName: string, prefix: Ipv4Prefix): void {
    const had = removeIpv4Address(this.#internet.ip, this.#portOf(interfaceName), prefix);
    if (!had) throw new RangeError(`${this.#host.name} ${interfaceName} has no such address`);
  }

  /**
   * The same of IPv6, which comes up with its first address; false where the link is too narrow for
   * it. An interface that is down has the address when it comes up.
   */
  addIpv6Address(port: Port, prefix: Ipv6Prefix, asks: boolean, now: Instant): boolean {
    const { interface: link } = port;
    if (link.mtu < IPV6_MINIMUM_MTU || !link.settings.ipv6.isOn) return false;
    const known = this.#linkProtocols.get(link);
    const protocols = known ?? this.#addLink(port);
    if (known === undefined && link.isRunning) protocols.comeUp([], now);
    if (known === undefined && !link.isRunning) this.#internet.ipv6.detach(protocols.link);
    if (link.ipv6 === undefined) link.addresses.push(new InterfaceAddress(prefix, 'tentative'));
    else if (asks && !link.loopback) protocols.addAddress(prefix, now);
    else protocols.addAddressUnasked(prefix, now);
    return true;
  }

  /** Takes one away again. */
  removeIpv6Address({ interface: link }: Port, own: InterfaceAddress, now: Instant): void {
    if (link.ipv6 === undefined) link.addresses.splice(link.addresses.indexOf(own), 1);
    else this.#protocolsOf(link).removeAddress(own, now);
  }

  /** Makes a neighbour known for good, without asking. */
  addNeighbor(from: NetworkInterface, address: IpAddress, mac: MacAddress, now: Instant): void {
    const news = { mac, state: 'PERMANENT', override: true } as const;
    this.#portOf(from).neighbors.learn(address, news, true, now);
  }

  /** Has an interface listen to a group, and tell its link of it where that is IPv6's. */
  joinGroup(port: Port, group: IpAddress, now: Instant): void {
    if (isIpv6(group)) this.#protocolsOf(port.interface).joinGroup(group, now);
    else port.interface.ipv4Groups.join(group);
  }

  /** The reason of one {@link joinGroup} is gone. */
  leaveGroup(port: Port, group: IpAddress, now: Instant): void {
    if (isIpv6(group)) this.#protocolsOf(port.interface).leaveGroup(group, now);
    else port.interface.ipv4Groups.leave(group);
  }

  /** The interface with that number: from 1 on, loopback's. */
  numbered(index: number): Port | undefined {
    return this.#ports[index - 1];
  }

  /** The interface that has the address. */
  withAddress(address: IpAddress): Port | undefined {
    return this.#ports.find(({ interface: { addresses } }) =>
      addresses.some((own) => own.address === address),
    );
  }

  /** The interface of that name, with its neighbours. */
  named(name: string): Port | undefined {
    return this.#ports.find((port) => port.interface.name === name);
  }

  #portOf(wanted: NetworkInterface | string): Port {
    const port = this.#ports.find(
      (candidate) => candidate.interface === wanted || candidate.interface.name === wanted,
    );
    if (port === undefined) throw new RangeError(`${this.#host.name} has no such interface`);
    return port;
  }

  /** Has an interface of this router tell its link of it. */
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

  /** When {@link wake} has something to do. */
  get deadline(): Instant {
    let earliest = NEVER;
    for (const { interface: networkInterface, neighbors } of this.#ports) {
      const waiting = networkInterface.egress?.deadline ?? NEVER;
      earliest = Math.min(earliest, neighbors.deadline, waiting);
    }
    return earliest;
  }

  /** Runs the timers that are due. */
  wake(now: Instant): void {
    for (const { interface: networkInterface, neighbors } of this.#ports) {
      neighbors.wake(now);
      networkInterface.egress?.wake(now);
    }
  }

  /** A message of Neighbor Discovery or Multicast Listener Discovery has arrived. */
  linkMessage(
    message: Icmpv6Message,
    packet: Ipv6Arrival,
    from: NetworkInterface,
    frame: Uint8Array,
    now: Instant,
  ): void {
    this.#protocolsOf(from).receive(message, packet, frame, now);
  }
}
