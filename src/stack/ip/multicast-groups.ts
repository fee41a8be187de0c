/**
 * The multicast groups that an interface listens to (RFC 1112 §6.1, RFC 4291 §2.8), each as long as
 * anybody has a reason: sockets that joined it, or protocols of the host's own.
 */
import type { IpAddress } from '../../wire/index.ts';

export class MulticastGroups<Address extends IpAddress> {
  /** For each group how many reasons there are. */
  readonly #reasons: Map<Address, number>;

  /** @param everybody the group of all hosts on the link, which no host leaves. */
  constructor(everybody: Address) {
    this.#reasons = new Map([[everybody, 1]]);
  }

  /** The groups, in the order in which they were joined. */
  get all(): Iterable<Address> {
    return this.#reasons.keys();
  }

  has(group: Address): boolean {
    return this.#reasons.has(group);
  }

  /** Listens to a group, for one reason more. Says whether it is the first. */
  join(group: Address): boolean {
    const reasons = this.#reasons.get(group) ?? 0;
    this.#reasons.set(group, reasons + 1);
    return reasons === 0;
  }

  /** One reason to listen is gone, if there was any. Says whether it was the last. */
  leave(group: Address): boolean {
    const reasons = this.#reasons.get(group) ?? 0;
    if (reasons > 1) this.#reasons.set(group, reasons - 1);
    else this.#reasons.delete(group);
    return reasons === 1;
  }
}
