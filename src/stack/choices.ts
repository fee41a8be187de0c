/**
 * The numbers that a host is free to choose. They come from its secret and from chance, or from a
 * scenario that replays a capture; everything else about a connection follows.
 */
import { isIpv6, type Seq, toSeq, wordsOfIpv6 } from '../wire/index.ts';
import { type HashKey, halfSipHash } from './halfsiphash.ts';
import type { TimestampClockProfile } from './tcp/timestamp-clock.ts';
import type { Duration } from './time.ts';
import type { FourTuple } from './trace.ts';

/**
 * Where the search for an ephemeral port begins: at a random port of the parity wanted (Linux), at
 * any random one (RFC 6056 §3.3.1), or behind the one before.
 */
export type PortChoice = 'parity' | 'random' | 'sequential';

/**
 * How a system numbers new connections. By a hash of the connection and a clock with steps of so
 * long (RFC 6528 §3; RFC 9293 §3.4.1 has 4 µs), by chance alone, or one and all by a counter that
 * each connection moves on by the ticks since the host began (RFC 6528 §1 tells why that is bad).
 */
export type InitialNumberRule =
  | { readonly rule: 'hash'; readonly step: Duration }
  | { readonly rule: 'random' }
  | { readonly rule: 'counter'; readonly first: number; readonly tick: Duration };

/** Linux leaves the odd ports to `bind` as long as `connect` finds even ones. */
export type PortParity = 'even' | 'odd';

export interface Choices {
  /** ISS of a connection that opens when the host has been up for `uptime` (RFC 9293 §3.4.1). */
  initialSequenceNumber(connection: FourTuple, uptime: Duration, rule: InitialNumberRule): Seq;
  /** What is added to the host's timestamp clock to make a connection's TSval, 0 to 2³² − 1. */
  timestampOffset(connection: FourTuple, clock: TimestampClockProfile): number;
  /**
   * An IPv4 identification, 0–65,535: that a connection begins with, or the host, or a packet's
   * own, as the host's profile has it.
   */
  ipIdentification(): number;
  /** Where the search for a free ephemeral port begins, `first`–`last`. */
  ephemeralPort(first: number, last: number, choice: PortChoice, parity: PortParity): number;
  /** A whole number from 0 to 2³² − 1, for what nobody is to foresee. */
  chance(): number;
}

/** Choices by hash and chance: RFC 6528 §3 for ISNs, RFC 7323 §5.4 for timestamps. */
export class RandomChoices implements Choices {
  readonly #random: () => number;
  readonly #isnKey: HashKey;
  readonly #timestampKey: HashKey;
  /** What a counter of all connections stands at, and the last port of a sequence. */
  #lastNumber: number | undefined = undefined;
  #lastPort: number | undefined = undefined;

  /** @param random gives whole numbers from 0 to 2³² − 1. */
  constructor(random: () => number) {
    this.#random = random;
    this.#isnKey = { k0: random(), k1: random() };
    this.#timestampKey = { k0: random(), k1: random() };
  }

  initialSequenceNumber(connection: FourTuple, uptime: Duration, rule: InitialNumberRule): Seq {
    switch (rule.rule) {
      case 'hash': {
        const clock = Math.floor(uptime / rule.step) % 0x1_0000_0000;
        return toSeq(hashOf(this.#isnKey, connection) + clock);
      }
      case 'random':
        return toSeq(this.#random());
      case 'counter': {
        const ticks = Math.floor(uptime / rule.tick);
        this.#lastNumber = ((this.#lastNumber ?? rule.first) + ticks) % 0x1_0000_0000;
        return toSeq(this.#lastNumber);
      }
    }
  }

  timestampOffset(connection: FourTuple, clock: TimestampClockProfile): number {
    if (clock.offset === 'none') return clock.start;
    const hidden =
      clock.offset === 'connection' ? connection : { ...connection, localPort: 0, remotePort: 0 };
    return (clock.start + hashOf(this.#timestampKey, hidden)) % 0x1_0000_0000;
  }

  ipIdentification(): number {
    return this.#random() & 0xffff;
  }

  chance(): number {
    return this.#random();
  }

  ephemeralPort(first: number, last: number, choice: PortChoice, parity: PortParity): number {
    const before = this.#lastPort;
    if (choice === 'sequential' && before !== undefined) {
      this.#lastPort = before >= first && before < last ? before + 1 : first;
      return this.#lastPort;
    }
    const port = first + (this.#random() % (last - first + 1));
    this.#lastPort = port;
    if (choice !== 'parity' || (port % 2 === 0) === (parity === 'even')) return port;
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
