/**
 * Longest prefix match (RFC 1812 §5.2.4.3): of all networks that an address lies in, the one with
 * the longest prefix.
 *
 * Networks of one prefix length are in a hash by their address; the lengths in use are tried from
 * the longest to the shortest. A table has few lengths, however many networks, so a look-up costs
 * the same with ten routes and with ten thousand.
 */
import { type IpAddress, type IpPrefix, maskIpv4 } from '../../wire/index.ts';

/** All networks of one length. */
interface Level<Entry> {
  readonly length: number;
  /** What an IPv4 address is masked with, and what an IPv6 address is shifted by. */
  readonly mask: number;
  readonly rest: bigint;
  readonly networks: Map<number | bigint, Entry[]>;
}

/** Of the network of that length: an IPv4 one's signed, so that V8 does not box the key. */
function keyOf({ mask, rest }: Level<unknown>, address: IpAddress): number | bigint {
  return typeof address === 'number' ? address & mask : address >> rest;
}

/** What a table holds: something about a network. */
export interface PrefixEntry {
  readonly destination: IpPrefix;
  /** Of two entries for one network the one with less is taken first. */
  readonly priority: number;
}

/** A table of networks, all of one family. */
export class PrefixTable<Entry extends PrefixEntry> {
  /** Longest prefix first. */
  readonly #levels: Level<Entry>[] = [];
  /** Longest prefix first, then by priority, then in the order added. */
  readonly #entries: Entry[] = [];

  /** All entries, longest prefix first. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Adds an entry, behind those of its network and priority. */
  add(entry: Entry): void {
    const { length } = entry.destination;
    const level = this.#levelOf(length);
    const key = keyOf(level, entry.destination.address);
    const rivals = level.networks.get(key);
    if (rivals === undefined) level.networks.set(key, [entry]);
    else insert(rivals, entry, (rival) => rival.priority > entry.priority);
    insert(
      this.#entries,
      entry,
      ({ destination, priority }) =>
        destination.length < length || (destination.length === length && priority > entry.priority),
    );
  }

  /** Takes an entry out; false when the table does not have it. */
  remove(entry: Entry): boolean {
    const { address, length } = entry.destination;
    const level = this.#levels.find((candidate) => candidate.length === length);
    if (level === undefined) return false;
    const key = keyOf(level, address);
    const rivals = level.networks.get(key);
    if (rivals === undefined || !takeOut(rivals, entry)) return false;
    takeOut(this.#entries, entry);
    if (rivals.length === 0) level.networks.delete(key);
    if (level.networks.size === 0) takeOut(this.#levels, level);
    return true;
  }

  /** The entries for just this network, the preferred one first. */
  of({ address, length }: IpPrefix): readonly Entry[] {
    const level = this.#levels.find((candidate) => candidate.length === length);
    return level?.networks.get(keyOf(level, address)) ?? [];
  }

  /** The preferred entry of the longest prefix that the address lies in. */
  longestMatch(address: IpAddress): Entry | undefined {
    for (const level of this.#levels) {
      const found = level.networks.get(keyOf(level, address));
      if (found !== undefined) return found[0];
    }
    return undefined;
  }

  #levelOf(length: number): Level<Entry> {
    const found = this.#levels.find((candidate) => candidate.length === length);
    if (found !== undefined) return found;
    const level: Level<Entry> = {
      length,
      mask: maskIpv4(Math.min(length, 32)),
      rest: BigInt(128 - length),
      networks: new Map(),
    };
    insert(this.#levels, level, (other) => other.length < length);
    return level;
  }
}

/** Puts an item before the first that `isBehind` it. */
function insert<T>(list: T[], item: T, isBehind: (other: T) => boolean): void {
  const at = list.findIndex(isBehind);
  list.splice(at < 0 ? list.length : at, 0, item);
}

function takeOut<T>(list: T[], item: T): boolean {
  const at = list.indexOf(item);
  if (at >= 0) list.splice(at, 1);
  return at >= 0;
}
