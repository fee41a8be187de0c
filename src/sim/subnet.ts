/**
 * A subnet: the interfaces that reach each other without a router, over one link or over switches
 * and their links, and the addresses that they get in the order in which they join.
 */
import {
  broadcastOf,
  type Ipv4Prefix,
  maskIpv4,
  parseIpv4Prefix,
  printIpv4,
} from '../wire/index.ts';
import type { SimulatedInterface } from './simulated-host.ts';

export class Subnet {
  readonly #interfaces: SimulatedInterface[] = [];
  #prefix: Ipv4Prefix | undefined;

  /**
   * @param prefix such as `192.168.1.0/24`.
   * @throws RangeError when it is none.
   */
  constructor(prefix?: string) {
    this.#prefix = prefix === undefined ? undefined : parseIpv4Prefix(prefix);
  }

  /** Where addresses come from; nothing where each interface brings its own. */
  get prefix(): Ipv4Prefix | undefined {
    return this.#prefix;
  }

  /** Its interfaces, in the order in which they joined. */
  get interfaces(): readonly SimulatedInterface[] {
    return this.#interfaces;
  }

  /** The other's interfaces are on this one from now on. */
  takeOver(other: Subnet): void {
    this.#prefix ??= other.#prefix;
    this.#interfaces.push(...other.#interfaces);
  }

  join(member: SimulatedInterface): void {
    this.#interfaces.push(member);
  }

  /** The first address that nobody here has, with the length of the prefix. @throws RangeError */
  nextAddress(prefix: Ipv4Prefix): string {
    const { length } = prefix;
    const network = (prefix.address & maskIpv4(length)) >>> 0;
    const hasEnds = length < 31; // RFC 3021: a link of two needs neither network nor broadcast
    const last = broadcastOf(prefix) - (hasEnds ? 1 : 0);
    const taken = new Set(this.#interfaces.flatMap(({ stack }) => stack.addresses.map(addressIn)));
    for (let address = network + (hasEnds ? 1 : 0); address <= last; address++) {
      if (!taken.has(address)) return `${printIpv4(address)}/${length}`;
    }
    throw new RangeError(`${printIpv4(network)}/${length} has no address left`);
  }
}

function addressIn<T>({ address }: { readonly address: T }): T {
  return address;
}
