/**
 * A subnet: the interfaces that reach each other without a router, over one link or over switches
 * and their links, and the addresses that they get in the order in which they join, one of each of
 * the subnet's prefixes.
 */
import {
  broadcastOf,
  type IpAddress,
  type IpPrefix,
  type Ipv4Prefix,
  type Ipv6Prefix,
  isIpv6,
  parseIpPrefix,
  printIp,
  withoutHost,
} from '../wire/index.ts';
import type { SimulatedInterface } from './simulated-interface.ts';

/** What addresses come from: `192.168.1.0/24`, or `['10.0.0.0/24', '2001:db8::/64']`. */
export type SubnetPrefixes = string | readonly string[];

export class Subnet {
  readonly #interfaces: SimulatedInterface[] = [];
  #prefixes: readonly IpPrefix[];

  /** @throws RangeError for a prefix that is none */
  constructor(prefixes: SubnetPrefixes = []) {
    this.#prefixes = (typeof prefixes === 'string' ? [prefixes] : prefixes).map(parseIpPrefix);
  }

  /** Whether it gives addresses; else each interface brings its own. */
  get givesAddresses(): boolean {
    return this.#prefixes.length > 0;
  }

  /** Its interfaces, in the order in which they joined. */
  get interfaces(): readonly SimulatedInterface[] {
    return this.#interfaces;
  }

  /** The other's interfaces are on this one from now on. */
  takeOver(other: Subnet): void {
    if (!this.givesAddresses) this.#prefixes = other.#prefixes;
    this.#interfaces.push(...other.#interfaces);
  }

  join(member: SimulatedInterface): void {
    this.#interfaces.push(member);
  }

  /**
   * Of each prefix the first address that nobody here has, with the prefix's length.
   *
   * @throws RangeError when there is none
   */
  nextAddresses(): string[] {
    const all = this.#interfaces.flatMap(({ stack }) => stack.addresses);
    const taken = new Set(all.map(({ address }) => address));
    return this.#prefixes.map((prefix) => {
      const { address, length } = withoutHost(prefix);
      const next = isIpv6(address)
        ? freeIpv6({ address, length }, taken)
        : freeIpv4({ address, length }, taken);
      if (next !== undefined) return `${printIp(next)}/${length}`;
      throw new RangeError(`${printIp(address)}/${length} has no address left`);
    });
  }
}

function freeIpv4(network: Ipv4Prefix, taken: ReadonlySet<IpAddress>): IpAddress | undefined {
  // RFC 3021: a link of two needs neither network nor broadcast.
  const hasEnds = network.length < 31;
  const last = broadcastOf(network) - (hasEnds ? 1 : 0);
  for (let address = network.address + (hasEnds ? 1 : 0); address <= last; address++) {
    if (!taken.has(address)) return address;
  }
  return undefined;
}

/** There is no broadcast; the network's own address is that of any router (RFC 4291 §2.6.1). */
function freeIpv6(network: Ipv6Prefix, taken: ReadonlySet<IpAddress>): IpAddress | undefined {
  const { address: first, length } = network;
  const size = 1n << BigInt(128 - length);
  const hasAnycast = length < 127; // RFC 6164: a link of two has none
  for (let host = hasAnycast ? 1n : 0n; host < size; host++) {
    if (!taken.has(first + host)) return first + host;
  }
  return undefined;
}
