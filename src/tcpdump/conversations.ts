/**
 * The sequence numbers that TCP's are printed relative to.
 *
 * tcpdump keeps one entry for both directions of a pair of endpoints. An entry is made, and a SYN
 * makes it anew, by segments with an acknowledgment only, which therefore show their numbers as
 * they are; later ones show theirs less the entry's. So the first segment seen of a connection
 * begun before the capture is absolute, and so is every SYN.
 */

/** One endpoint pair, the lower port first (of equal ports, the lower address). */
export interface Conversation {
  /** The initial sequence number of the lower endpoint, as far as it is known. */
  lower: number;
  /** The same of the higher endpoint. */
  higher: number;
}

interface Entry extends Conversation {
  readonly lowerAddress: number | string;
  readonly higherAddress: number | string;
  readonly next: Entry | undefined;
}

/**
 * The conversations of one protocol of addresses: IPv4's are numbers, IPv6's texts of one length.
 */
export class Conversations {
  /** By the two ports; connections that share them are chained. */
  readonly #byPorts = new Map<number, Entry>();

  /** The entry of a pair, whichever address is given as the lower; made when there is none. */
  find(
    lowerPort: number,
    higherPort: number,
    lowerAddress: number | string,
    higherAddress: number | string,
  ): { readonly conversation: Conversation; readonly isNew: boolean } {
    const ports = lowerPort * 0x10000 + higherPort;
    const first = this.#byPorts.get(ports);
    for (let entry = first; entry !== undefined; entry = entry.next) {
      if (entry.lowerAddress === lowerAddress && entry.higherAddress === higherAddress) {
        return { conversation: entry, isNew: false };
      }
    }
    const entry: Entry = { lower: 0, higher: 0, lowerAddress, higherAddress, next: first };
    this.#byPorts.set(ports, entry);
    return { conversation: entry, isNew: true };
  }
}
