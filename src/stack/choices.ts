/**
 * The numbers that a host is free to choose. They come from its secret and from chance, or from a
 * scenario that replays a capture; everything else about a connection follows.
 */
import { isIpv6, type Seq, toSeq, wordsOfIpv6 } from '../wire/index.ts';
import { type HashKey, halfSipHash } from './halfsiphash.ts';
import type { Duration } from './time.ts';
import type { FourTuple } from './trace.ts';

/** Linux leaves the odd ports to `bind` as long as `connect` finds even ones. */
export type PortParity = 'even' | 'odd';

export interface Choices {
  /** ISS of a connection that opens when the host has been up for `uptime` (RFC 9293 §3.4.1). */
  initialSequenceNumber(connection: FourTuple, uptime: Duration): Seq;
  /** What is added to the host's milliseconds to make a connection's TSval, 0 to 2³² − 1. */
  timestampOffset(connection: FourTuple): number;
  /** The IPv4 identification that a connection begins with, 0–65,535. */
  ipIdentification(connection: FourTuple): number;
  /**
   * Where the search for a free ephemeral port begins, `first`–`last`: at a port of that parity,
   * unless the host is to have another.
   */
  ephemeralPort(first: number, last: number, parity: PortParity): number;
  /** A whole number from 0 to 2³² − 1, for what nobody is to foresee. */
  chance(): number;
}

/** One step of the ISN clock: Linux counts 64 ns (RFC 6528 suggests 4 µs; MUST-8 "roughly"). */
const ISN_STEP: Duration = 64;

/** Choices by hash and chance: RFC 6528 §3 for ISNs, RFC 7323 §5.4 for timestamps. */
export class RandomChoices implements Choices {
  readonly #random: () => number;
  readonly #isnKey: HashKey;
  readonly #timestampKey: HashKey;

  /** @param random gives whole numbers from 0 to 2³² − 1. */
  constructor(random: () => number) {
    this.#random = random;
    this.#isnKey = { k0: random(), k1: random() };
    this.#timestampKey = { k0: random(), k1: random() };
  }

  initialSequenceNumber(connection: FourTuple, uptime: Duration): Seq {
    const clock = Math.floor(uptime / ISN_STEP) % 0x1_0000_0000;
    return toSeq(hashOf(this.#isnKey, connection) + clock);
  }

  timestampOffset(connection: FourTuple): number {
    return hashOf(this.#timestampKey, connection);
  }

  ipIdentification(): number {
    return this.#random() & 0xffff;
  }

  chance(): number {
    return this.#random();
  }

  ephemeralPort(first: number, last: number, parity: PortParity): number {
    const port = first + (this.#random() % (last - first + 1));
    if ((port % 2 === 0) === (parity === 'even')) return port;
    return port < last ? port + 1 : Math.max(first, port - 1);
  }
}

function hashOf(key: HashKey, c: FourTuple): number {
  const ports = ((c.localPort << 16) | c.remotePort) >>> 0;
  const { localAddress: local, remoteAddress: remote } = c;
  if (!isIpv6(local) || !isIpv6(remote))
    return halfSipHash(key, Number(local), Number(remote), ports);
  return halfSipHash(key, ...wordsOfIpv6(local), ...wordsOfIpv6(remote), ports);
}
