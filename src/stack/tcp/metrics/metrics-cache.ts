/**
 * All that a host remembers of its peers (Linux net/ipv4/tcp_metrics.c): a hash table whose chains
 * have six entries at most, so that it cannot grow without bound: the one that was written longest
 * ago gives way. After an hour, what is remembered is believed no more.
 */
import { type IpAddress, isIpv6 } from '../../../wire/index.ts';
import type { HostClock } from '../../clock.ts';
import type { Route } from '../../ip/routing.ts';
import { type Instant, seconds } from '../../time.ts';
import { PeerMetrics } from './peer-metrics.ts';

/** 2¹⁴ chains, as on a machine with 512 MB or more (tcp_net_metrics_init()). */
const CHAIN_BITS = 14;
/** TCP_METRICS_RECLAIM_DEPTH, and one more. */
const LONGEST_CHAIN = 6;
/** TCP_METRICS_TIMEOUT */
const LIFETIME = seconds(3600);
/** GOLDEN_RATIO_32, the multiplier of hash_32(). */
const GOLDEN_RATIO = 0x61c8_8647;

/** Between which addresses a connection is, and by which route. */
export interface Path {
  readonly localAddress: IpAddress;
  readonly remoteAddress: IpAddress;
  readonly route: Route;
}

export class MetricsCache {
  readonly #clock: HostClock;
  /** The newest entry of each chain that has one. */
  readonly #chains = new Map<number, PeerMetrics>();

  constructor(clock: HostClock) {
    this.#clock = clock;
  }

  /** What is remembered of the peer of a connection. */
  find(path: Path, now: Instant): PeerMetrics | undefined {
    const { localAddress, remoteAddress, route } = path;
    const metrics = this.#search(localAddress, remoteAddress);
    if (metrics !== undefined && this.isStale(metrics, now)) this.#beginAnew(metrics, route, now);
    return metrics;
  }

  /** The same; what is not there is made (Linux tcpm_new()). */
  findOrMake(path: Path, now: Instant): PeerMetrics {
    const found = this.find(path, now);
    if (found !== undefined) return found;
    const { localAddress, remoteAddress, route } = path;
    const chain = chainOf(remoteAddress);
    const newest = this.#chains.get(chain);
    let metrics = newest && entryToReuse(newest);
    if (metrics === undefined) {
      metrics = new PeerMetrics(localAddress, remoteAddress);
      metrics.next = newest;
      this.#chains.set(chain, metrics);
    }
    metrics.source = localAddress;
    metrics.destination = remoteAddress;
    metrics.fastOpen = undefined;
    this.#beginAnew(metrics, route, now);
    return metrics;
  }

  /** Whether a peer has once answered in time (Linux tcp_peer_is_proven()). */
  isProven(localAddress: IpAddress, remoteAddress: IpAddress, now: Instant): boolean {
    const metrics = this.#search(localAddress, remoteAddress);
    return metrics !== undefined && metrics.rtt > 0 && !this.isStale(metrics, now);
  }

  /** Whether nobody has written there for too long. */
  isStale(metrics: PeerMetrics, now: Instant): boolean {
    return this.age(metrics, now) > LIFETIME;
  }

  /** How long ago it was written, in ticks. */
  age({ writtenAt }: PeerMetrics, now: Instant): number {
    return this.#clock.lastTick(now) - writtenAt;
  }

  /** Every entry, chain by chain, in the order in which those began. */
  entries(): PeerMetrics[] {
    const all: PeerMetrics[] = [];
    for (const newest of this.#chains.values()) {
      for (let it: PeerMetrics | undefined = newest; it !== undefined; it = it.next) all.push(it);
    }
    return all;
  }

  /** Forgets those that `isMeant`; returns how many they were. */
  forget(isMeant: (metrics: PeerMetrics) => boolean): number {
    const meant = new Set(this.entries().filter(isMeant));
    for (const [chain, newest] of this.#chains) {
      const left = firstBut(meant, newest);
      for (let it = left; it !== undefined; it = it.next) it.next = firstBut(meant, it.next);
      if (left === undefined) this.#chains.delete(chain);
      else this.#chains.set(chain, left);
    }
    return meant.size;
  }

  #search(source: IpAddress, destination: IpAddress): PeerMetrics | undefined {
    let it = this.#chains.get(chainOf(destination));
    while (it !== undefined && (it.destination !== destination || it.source !== source)) {
      it = it.next;
    }
    return it;
  }

  #beginAnew(metrics: PeerMetrics, route: Route, now: Instant): void {
    metrics.beginAnew(route.metrics.destination, this.#clock.lastTick(now));
  }
}

/** The first of a chain that is not meant. */
function firstBut(
  meant: ReadonlySet<PeerMetrics>,
  newest: PeerMetrics | undefined,
): PeerMetrics | undefined {
  let it = newest;
  while (it !== undefined && meant.has(it)) it = it.next;
  return it;
}

/** Of a chain that is full, the entry written longest ago, the newest of those; else nothing. */
function entryToReuse(newest: PeerMetrics): PeerMetrics | undefined {
  let oldest = newest;
  let length = 1;
  for (let it = newest.next; it !== undefined; it = it.next) {
    if (it.writtenAt < oldest.writtenAt) oldest = it;
    length += 1;
  }
  return length < LONGEST_CHAIN ? undefined : oldest;
}

/** Linux hash_32() of the address, or of the words of one of IPv6 (ipv6_addr_hash()). */
function chainOf(destination: IpAddress): number {
  const word = isIpv6(destination) ? wordsTogether(destination) : destination;
  return Math.imul(word, GOLDEN_RATIO) >>> (32 - CHAIN_BITS);
}

function wordsTogether(address: bigint): number {
  const half = BigInt.asUintN(64, address ^ (address >> 64n));
  return Number(BigInt.asUintN(32, half ^ (half >> 32n)));
}
