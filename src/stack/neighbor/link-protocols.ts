/**
 * What an IPv6 interface says to its link, and hears there. Whichever protocol a message is of, it
 * must come from the link itself, which its hop limit shows (RFC 4861 §6.1, §7.1).
 *
 * An interface that comes up makes itself a link-local address, and asks for each of its addresses
 * before it uses it; when the first is its own, it tells its groups and asks for routers, who give
 * it more (RFC 4862 §5). One that has been up for long has all that behind it.
 */
import {
  DecodeError,
  DISCOVERY_HOP_LIMIT,
  type DiscoveryMessage,
  type Icmpv6Message,
  IPV6_ALL_NODES,
  IPV6_ALL_ROUTERS,
  IPV6_ALL_ROUTERS_HERE,
  IPV6_ALL_ROUTERS_OF_SITE,
  type Ipv6Address,
  type Ipv6Prefix,
  isDiscoveryType,
  isIpv6,
  isLinkLocalIpv6,
  linkLocalOf,
  multicastScope,
  readDiscovery,
  readListenerMessage,
  solicitedNode,
} from '../../wire/index.ts';
import type { Agenda } from '../agenda.ts';
import { type Cause, cause } from '../cause.ts';
import type { QuotedPacket } from '../icmp/icmpv4.ts';
import type { Icmpv6 } from '../icmp/icmpv6.ts';
import type { InterfaceAddress } from '../ip/interface-address.ts';
import { type Ipv6, ipv6Of } from '../ip/ipv6.ts';
import type { Ipv6Arrival } from '../ip/ipv6-arrival.ts';
import type { Ipv6Link } from '../ip/ipv6-link.ts';
import type { Ipv6Profile } from '../ip/ipv6-profile.ts';
import type { HostSettings } from '../settings.ts';
import type { Instant } from '../time.ts';
import { AdvertisingRouter, type AdvertisementSettings } from './advertising-router.ts';
import { DuplicateAddressDetection } from './duplicate-address.ts';
import { MulticastListener } from './multicast-listener.ts';
import { NeighborDiscovery } from './neighbor-discovery.ts';
import { RouterRedirects } from './router-redirects.ts';
import { RouterDiscovery } from './router-discovery.ts';

const MALFORMED = cause(
  'discovery-malformed',
  'a message to the link that cannot be read',
  'RFC 4861 §4, RFC 3810 §5',
);
const FROM_AFAR = cause(
  'discovery-from-afar',
  'a message to the link that may come from another',
  'RFC 4861 §6.1, §7.1, RFC 3810 §6.2',
);
const UNUSED = cause('discovery-unused', 'a message that is nothing to this host', 'RFC 4861 §6.2');

/** All routers: of the link, of this interface, of the site. */
const ROUTERS_GROUPS = [IPV6_ALL_ROUTERS, IPV6_ALL_ROUTERS_HERE, IPV6_ALL_ROUTERS_OF_SITE] as const;

/** Groups of this scope, or the reserved one below, are on one interface (RFC 7346). */
const INTERFACE_SCOPE = 1;

/** What the protocols of a link need of their host. */
export interface LinkServices {
  readonly ip: Ipv6;
  readonly icmp: Icmpv6;
  readonly agenda: Agenda;
  readonly settings: HostSettings;
  /** A whole number from 0 to 2³² − 1. */
  random(): number;
  /** Whether a packet that was quoted may have been sent from here. */
  hasSent(quoted: QuotedPacket): boolean;
  dropped(frame: Uint8Array, why: Cause, now: Instant): void;
}

export class LinkProtocols {
  readonly link: Ipv6Link;
  readonly discovery: NeighborDiscovery;
  readonly #services: LinkServices;
  readonly #detection: DuplicateAddressDetection;
  readonly #listener: MulticastListener;
  readonly #routers: RouterDiscovery;
  readonly #redirects: RouterRedirects;
  #advertising: AdvertisingRouter | undefined = undefined;

  constructor(link: Ipv6Link, services: LinkServices) {
    const { ip, icmp, agenda, settings } = services;
    const profile = (): Ipv6Profile => link.interface.settings.ipv6;
    const random = (): number => services.random();
    this.link = link;
    this.#services = services;
    // Of a router that was one before, nothing but this (Linux ipv6_add_dev()).
    if (profile().forwards && !link.interface.loopback) link.groups.join(IPV6_ALL_ROUTERS);
    this.discovery = new NeighborDiscovery(link, icmp, () => profile().forwards, {
      dropped: (frame, why, now) => services.dropped(frame, why, now),
      conflicted: (address, message, frame, now) => {
        const why = this.#detection.conflicted(address, message);
        if (why !== undefined) services.dropped(frame, why, now);
      },
      stoppedRouting: (router, now) => this.#routers.forget(router, now),
    });
    this.#redirects = new RouterRedirects(link, ip, agenda, {
      lifetimes: settings.redirectLifetimes,
      hasSent: (quoted) => services.hasSent(quoted),
      dropped: (frame, why, now) => services.dropped(frame, why, now),
    });
    this.#listener = new MulticastListener(link, icmp, agenda, random);
    this.#detection = new DuplicateAddressDetection(
      link,
      icmp,
      agenda,
      profile,
      random,
      (address, now) => this.#accepted(address, now),
    );
    this.#routers = new RouterDiscovery(link, ip, icmp, agenda, profile, random, {
      toldHopLimit: (hopLimit, now) => {
        const { name, settings: holds } = link.interface;
        if (holds.ipv6.hopLimit === hopLimit) return;
        settings.links.write('ipv6.conf', name, 'hop_limit', hopLimit, now);
      },
      made: (address, now) => this.#ask(address, now),
      expired: (address, now) => this.removeAddress(address, now),
    });
  }

  /** The interface comes up, with these addresses beside the one that it makes. */
  comeUp(prefixes: readonly Ipv6Prefix[], now: Instant): void {
    const linkLocal = { address: linkLocalOf(this.link.interface.mac), length: 64 };
    this.link.reset();
    this.tellOfGroups(now);
    for (const prefix of [linkLocal, ...prefixes]) this.addAddress(prefix, now);
  }

  /** The interface goes down: what is under way ends, and what was learned is forgotten. */
  goDown(): void {
    this.#detection.stop();
    this.#listener.stop();
    this.#routers.stop();
  }

  /** Tells the link anew which groups the interface listens to. */
  tellOfGroups(now: Instant): void {
    for (const group of this.link.groups.all) {
      if (group !== IPV6_ALL_NODES) this.#tellOf(group, now);
    }
  }

  /** The interface is to have an address, if no other has it. */
  addAddress(prefix: Ipv6Prefix, now: Instant): void {
    this.#ask(this.#services.ip.addAddress(this.link, prefix, 'tentative'), now);
  }

  /** The same without asking whether another has it (`nodad`). */
  addAddressUnasked(prefix: Ipv6Prefix, now: Instant): void {
    const added = this.#services.ip.addAddress(this.link, prefix, 'preferred');
    added.skipsDetection = !this.link.interface.loopback;
    if (added.skipsDetection) this.#listener.changed(solicitedNode(prefix.address), now);
  }

  /** The interface has the address no more. */
  removeAddress(address: InterfaceAddress, now: Instant): void {
    this.#detection.end(address);
    this.#services.ip.removeAddress(this.link, address);
    if (this.link.interface.loopback) return;
    this.#listener.changed(solicitedNode(ipv6Of(address.address)), now);
  }

  #ask(address: InterfaceAddress, now: Instant): void {
    this.#listener.changed(solicitedNode(ipv6Of(address.address)), now);
    this.#detection.begin(address, now);
  }

  #accepted(address: InterfaceAddress, now: Instant): void {
    this.#services.ip.accept(this.link, address);
    if (address.preferredUntil <= now) address.state = 'deprecated';
    const isFirst = address.address === this.link.linkLocal;
    if (isFirst) this.#listener.hasSource(now);
    const { notifies } = this.link.interface.settings.ipv6;
    if (notifies) this.discovery.announce(ipv6Of(address.address), now);
    if (isFirst) this.#routers.solicit(now);
  }

  /** Tells the link of all addresses, those that go farthest first, and the newest of these. */
  announceAll(now: Instant): void {
    const own = this.link.interface.addresses.filter((each) => each.isUsable).map(ipv6In);
    const all = own.filter((address) => address !== undefined).toReversed();
    const isNear = (address: Ipv6Address): number => (isLinkLocalIpv6(address) ? 1 : 0);
    for (const address of all.toSorted((a, b) => isNear(a) - isNear(b))) {
      this.discovery.announce(address, now);
    }
  }

  /** The interface is to listen to a group, for one reason more. */
  joinGroup(group: Ipv6Address, now: Instant): void {
    if (this.link.groups.join(group)) this.#tellOf(group, now);
  }

  /** One reason to listen to a group is gone. */
  leaveGroup(group: Ipv6Address, now: Instant): void {
    if (this.link.groups.leave(group)) this.#tellOf(group, now);
  }

  /** Who routes listens to what is for routers (RFC 4291 §2.8; Linux dev_forward_change()). */
  routingChanged(routes: boolean, now: Instant): void {
    if (this.link.interface.loopback) return;
    for (const group of ROUTERS_GROUPS) {
      if (routes) this.joinGroup(group, now);
      else this.leaveGroup(group, now);
    }
  }

  /** Who is on the link is told, unless the group is none of theirs (RFC 3810 §6). */
  #tellOf(group: Ipv6Address, now: Instant): void {
    const isUp = this.link.interface.ipv6 !== undefined; // else it will be when it is
    if (isUp && multicastScope(group) > INTERFACE_SCOPE) this.#listener.changed(group, now);
  }

  /** No router that has told of itself is one to leave the link by. */
  forgetRouters(now: Instant): void {
    this.#routers.forgetAll(now);
  }

  /** Begins to advertise this router. @throws RangeError for a prefix that is none */
  advertise(settings: AdvertisementSettings, now: Instant): void {
    const { icmp, agenda } = this.#services;
    const random = (): number => this.#services.random();
    this.joinGroup(IPV6_ALL_ROUTERS, now);
    this.#advertising = new AdvertisingRouter(this.link, icmp, agenda, random, settings);
    this.#advertising.begin(now);
  }

  /** A message that concerns the link has arrived. */
  receive(message: Icmpv6Message, packet: Ipv6Arrival, frame: Uint8Array, now: Instant): void {
    const isDiscovery = isDiscoveryType(message.type);
    const content = isDiscovery ? readDiscovery(message) : readListenerMessage(message);
    const isFromHere = isDiscovery
      ? packet.ttl === DISCOVERY_HOP_LIMIT && message.code === 0
      : packet.ttl === 1 && isLinkLocalIpv6(packet.source);
    if (content instanceof DecodeError) this.#services.dropped(frame, MALFORMED, now);
    else if (!isFromHere) this.#services.dropped(frame, FROM_AFAR, now);
    else if ('options' in content) this.#hear(content, packet, frame, now);
    else this.#listener.queried(content, now);
  }

  #hear(content: DiscoveryMessage, packet: Ipv6Arrival, frame: Uint8Array, now: Instant): void {
    switch (content.kind) {
      case 'neighbor-solicitation':
        this.discovery.solicited(content, packet, frame, now);
        break;
      case 'neighbor-advertisement':
        this.discovery.advertised(content, packet, frame, now);
        break;
      case 'router-solicitation':
        if (this.#advertising === undefined) this.#services.dropped(frame, UNUSED, now);
        else this.#advertising.solicited(now);
        break;
      case 'router-advertisement':
        if (isLinkLocalIpv6(packet.source)) this.#routers.advertised(content, packet.source, now);
        else this.#services.dropped(frame, FROM_AFAR, now);
        break;
      case 'redirect':
        if (isLinkLocalIpv6(packet.source)) this.#redirects.redirected(content, packet, frame, now);
        else this.#services.dropped(frame, FROM_AFAR, now);
    }
  }

  /** The name servers that routers have told of, and that hold yet (RFC 8106). */
  nameServers(now: Instant): Ipv6Address[] {
    return [...this.link.nameServers].flatMap(([server, until]) => (now < until ? [server] : []));
  }
}

function ipv6In({ address }: InterfaceAddress): Ipv6Address | undefined {
  return isIpv6(address) ? address : undefined;
}
