/**
 * A table of names as the only source of addresses: /etc/hosts, the same on all hosts of a
 * scenario. A host with a resolver of its own asks that instead.
 */
import type { IpAddress } from '../wire/index.ts';
import { orderAddresses } from './address-order.ts';
import { NameError, type NameResolver } from './name-resolver.ts';
import type { Process } from './process.ts';

export class HostsTable implements NameResolver {
  readonly names: ReadonlyMap<IpAddress, string>;
  /** Names in small letters, which are all the same to resolvers. */
  readonly #addresses = new Map<string, IpAddress[]>();

  constructor(names: ReadonlyMap<IpAddress, string>) {
    this.names = names;
    for (const [address, name] of names) {
      const key = name.toLowerCase();
      this.#addresses.set(key, [...(this.#addresses.get(key) ?? []), address]);
    }
  }

  async resolve(process: Process, name: string): Promise<readonly IpAddress[]> {
    const addresses = this.#addresses.get(name.toLowerCase());
    if (addresses === undefined) throw new NameError('EAI_NONAME', name);
    return orderAddresses(addresses, (address) => process.sourceFor(address));
  }
}
