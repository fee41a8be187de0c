/**
 * Where the identification of an IPv4 packet comes from (RFC 791 §3.2): 16 bits by which a receiver
 * puts fragments together. For that they must differ among packets of one source, destination and
 * protocol that are on their way together; and whoever sees them counted up sees how busy a host is
 * and whose connections are the same host's, which is why systems hide it in different ways.
 *
 *     one counter of the host        Windows until 7, lwIP; FreeBSD for what may be cut
 *     one for each pair of hosts     Linux, Windows since 8
 *     another one each time          OpenBSD, macOS
 *     0 for what must not be cut     FreeBSD, macOS (RFC 6864 §4.1); Linux where no socket sends
 */
import type { Ipv4Address } from '../../wire/index.ts';
import type { Choices } from '../choices.ts';
import { halfSipHash, type HashKey } from '../halfsiphash.ts';

export interface IdentificationProfile {
  /** Whether a connected socket counts its own packets (Linux inet_id); `rule` is for others. */
  readonly ofSockets: boolean;
  /**
   * They come from a counter of the host, from one for each pair of hosts, or of hosts and
   * protocol, or by chance.
   */
  readonly rule: 'host' | 'pair' | 'pair-and-protocol' | 'random';
  /** Whether the others have 0 where nobody may cut them (RFC 6864 §4.1). */
  readonly zeroIfWhole: boolean;
}

/** What says that a connected socket leaves its identifications to the host. */
export const BY_HOST = -1;

/** So many counters there are; pairs with the same hash share one (Windows; Linux has more). */
const COUNTERS = 8192;

/** The identifications of one host. */
export class Identifications {
  readonly #rule: IdentificationProfile;
  readonly #choices: Choices;
  readonly #key: HashKey;
  /** The host's counter; below 0 before it is used. */
  #next = -1;
  /** The pairs' counters. */
  readonly #counters = new Map<number, number>();

  /** @param secret 32 bits by which pairs come to their counters. */
  constructor(rule: IdentificationProfile, choices: Choices, secret: number) {
    this.#rule = rule;
    this.#choices = choices;
    this.#key = { k0: secret, k1: ~secret };
  }

  /** Where a connected socket begins to count, or {@link BY_HOST}. */
  ofSocket(): number {
    return this.#rule.ofSockets ? this.#choices.ipIdentification() : BY_HOST;
  }

  /** The next packet's, where its socket does not count; `isWhole` when nobody may cut it. */
  next(source: Ipv4Address, destination: Ipv4Address, protocol: number, isWhole: boolean): number {
    if (isWhole && this.#rule.zeroIfWhole) return 0;
    switch (this.#rule.rule) {
      case 'host': {
        const id = this.#next < 0 ? this.#choices.ipIdentification() : this.#next;
        this.#next = (id + 1) & 0xffff;
        return id;
      }
      case 'pair':
        return this.#nextOf(halfSipHash(this.#key, source, destination));
      case 'pair-and-protocol':
        return this.#nextOf(halfSipHash(this.#key, source, destination, protocol));
      case 'random':
        return this.#choices.ipIdentification();
    }
  }

  #nextOf(hash: number): number {
    const counter = hash % COUNTERS;
    const id = this.#counters.get(counter) ?? this.#choices.ipIdentification();
    this.#counters.set(counter, (id + 1) & 0xffff);
    return id;
  }
}
