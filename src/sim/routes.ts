/**
 * The routes that follow from how a scenario's hosts are joined: a router knows the way to every
 * network, by the fewest routers; a host sends to its router what is for elsewhere. What routes
 * they have been given already stays.
 *
 * Ways are searched breadth first from each host, in the order in which interfaces were made and
 * joined; of two equally short ways the first found is taken.
 */
import { unicastRoute } from '../stack/index.ts';
import {
  type IpAddress,
  IPV4_ANY,
  IPV6_ANY,
  type IpPrefix,
  isIpv6,
  isLinkLocalIpv6,
} from '../wire/index.ts';
import type { SimulatedHost } from './simulated-host.ts';
import type { SimulatedInterface } from './simulated-interface.ts';
import type { Subnet } from './subnet.ts';

/** What the two versions of IP have different: each has ways of its own. */
interface Version {
  readonly everywhere: IpPrefix;
  /** The address by which others reach an interface's host as a router. */
  readonly gatewayAt: (member: SimulatedInterface) => IpAddress | undefined;
  /** The networks that an interface says it is on. */
  readonly networksAt: (member: SimulatedInterface) => IpPrefix[];
}

const VERSION_4: Version = {
  everywhere: { address: IPV4_ANY, length: 0 },
  gatewayAt: ({ stack }) => stack.ipv4Addresses[0]?.address,
  networksAt: ({ stack }) => stack.ipv4Addresses,
};

/** Routers are known by their link-local addresses (RFC 4861 §6.1.2). */
const VERSION_6: Version = {
  everywhere: { address: IPV6_ANY, length: 0 },
  gatewayAt: ({ stack }) => stack.ipv6?.linkLocal,
  networksAt: ({ stack }) =>
    stack.addresses.filter(({ address }) => isIpv6(address) && !isLinkLocalIpv6(address)),
};

/** The first step of a way: a router on a link of the host's own. */
interface FirstHop {
  readonly by: SimulatedInterface;
  readonly gateway: IpAddress;
}

/** Gives all hosts the routes that they lack. */
export function deriveRoutes(hosts: readonly SimulatedHost[], subnets: readonly Subnet[]): void {
  const subnetOf = new Map<SimulatedInterface, Subnet>();
  for (const subnet of subnets) {
    for (const each of subnet.interfaces) subnetOf.set(each, subnet);
  }
  for (const version of [VERSION_4, VERSION_6]) {
    for (const host of hosts) {
      if (isRouter(host)) giveNetworks(version, host, subnetOf);
      else giveDefault(version, host, subnetOf);
    }
  }
}

function isRouter({ stack }: SimulatedHost): boolean {
  return stack.settings.links.routesIpv4;
}

/** A router without a way to some network should say so: it gets no default route. */
function giveNetworks(
  version: Version,
  host: SimulatedHost,
  subnetOf: Map<SimulatedInterface, Subnet>,
): void {
  for (const [subnet, hop] of waysFrom(version, host, subnetOf)) {
    for (const network of subnet.interfaces.flatMap(version.networksAt)) {
      addRoute(version, host, network, hop);
    }
  }
}

/** The first router that there is, and a route of its own to each network by another. */
function giveDefault(
  version: Version,
  host: SimulatedHost,
  subnetOf: Map<SimulatedInterface, Subnet>,
): void {
  // Who has no address yet is told the way with it, by DHCP or the router's advertisements.
  const hops = host.interfaces
    .filter((by) => version.networksAt(by).length > 0)
    .flatMap((by) => hopsOn(version, host, by, subnetOf.get(by)));
  const [first] = hops;
  if (first === undefined) return;
  addRoute(version, host, version.everywhere, first);
  if (hops.length === 1) return;
  for (const [subnet, hop] of waysFrom(version, host, subnetOf)) {
    if (hop.gateway === first.gateway) continue;
    for (const network of subnet.interfaces.flatMap(version.networksAt)) {
      addRoute(version, host, network, hop);
    }
  }
}

/** The routers on one link of the host's. */
function hopsOn(
  version: Version,
  host: SimulatedHost,
  by: SimulatedInterface,
  subnet: Subnet | undefined,
): FirstHop[] {
  return (subnet?.interfaces ?? [])
    .filter((other) => other.host !== host && isRouter(other.host))
    .flatMap((other) => {
      const gateway = version.gatewayAt(other);
      return gateway === undefined ? [] : [{ by, gateway }];
    });
}

/** The subnets that are not the host's own, each with the first hop of the shortest way there. */
function waysFrom(
  version: Version,
  host: SimulatedHost,
  subnetOf: ReadonlyMap<SimulatedInterface, Subnet>,
): Map<Subnet, FirstHop> {
  const own = new Set(host.interfaces.map((each) => subnetOf.get(each)));
  const ways = new Map<Subnet, FirstHop>();
  const passed = new Set<SimulatedHost>([host]);
  /** Reached, and not looked at from there. */
  const reached: {
    readonly subnet: Subnet;
    readonly hop: FirstHop | undefined;
    readonly by: SimulatedInterface;
  }[] = [];
  for (const by of host.interfaces) {
    const subnet = subnetOf.get(by);
    if (subnet !== undefined) reached.push({ subnet, hop: undefined, by });
  }
  for (const { subnet, hop, by } of reached) {
    for (const other of subnet.interfaces) {
      const gateway = version.gatewayAt(other);
      if (gateway === undefined || passed.has(other.host) || !isRouter(other.host)) continue;
      passed.add(other.host);
      const through = hop ?? { by, gateway };
      for (const far of other.host.interfaces) {
        const next = subnetOf.get(far);
        if (next === undefined || own.has(next) || ways.has(next)) continue;
        ways.set(next, through);
        reached.push({ subnet: next, hop: through, by });
      }
    }
  }
  return ways;
}

function addRoute(
  version: Version,
  { stack }: SimulatedHost,
  network: IpPrefix,
  { by, gateway }: FirstHop,
): void {
  const { routes } = stack.ipFor(gateway);
  const port = stack.portNamed(by.name);
  // Of IPv6 the destination decides which source is best.
  const source = isIpv6(gateway) ? IPV6_ANY : version.gatewayAt(by);
  if (routes.of(network).length > 0 || port === undefined || source === undefined) return;
  routes.add(unicastRoute(network, gateway, port, source));
}
