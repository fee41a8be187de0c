/**
 * Flow labels (RFC 6437), by which routers keep the packets of one flow on one way. A host makes
 * them up as Linux does (auto_flowlabels): a connection draws one and keeps it until it suspects
 * its way; everything else gets the hash of its addresses and ports under a secret of the host.
 */
import { type Ipv6Address, wordsOfIpv6 } from '../../wire/index.ts';
import type { Choices } from '../choices.ts';
import { type HashKey, halfSipHash } from '../halfsiphash.ts';

const LABEL_MASK = 0xfffff;

export class FlowLabels {
  readonly #choices: Choices;
  /** Drawn when the first flow needs it, so that hosts without IPv6 draw nothing. */
  #key: HashKey | undefined = undefined;

  constructor(choices: Choices) {
    this.#choices = choices;
  }

  /** A label for a connection. */
  next(): number {
    return this.#choices.chance() & LABEL_MASK;
  }

  /** The label of packets between two addresses; `flow` tells several flows apart. */
  of(source: Ipv6Address, destination: Ipv6Address, protocol: number, flow: number): number {
    this.#key ??= { k0: this.#choices.chance(), k1: this.#choices.chance() };
    const words = [...wordsOfIpv6(source), ...wordsOfIpv6(destination), protocol, flow];
    return halfSipHash(this.#key, ...words) & LABEL_MASK;
  }
}
