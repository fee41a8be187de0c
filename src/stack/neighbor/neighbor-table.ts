/**
 * The neighbours on one link: who has which hardware address, and how far that is believed. Both
 * families ask in their own way (ARP, RFC 826; Neighbor Discovery, RFC 4861) and believe alike: the
 * states are those of RFC 4861 §7.3.2, which Linux keeps for ARP too (net/core/neighbour.c).
 *
 *      a packet                an answer               30 s go by
 *     ─────────► INCOMPLETE ─────────────► REACHABLE ─────────────► STALE
 *                    │ no answer               ▲    confirmed        │ a packet
 *                    ▼                         ├─────────────────── DELAY
 *                 FAILED ◄───────────────── PROBE ◄──────────────────┘ 5 s go by
 *                             no answer
 *
 * Packets wait while their neighbour is INCOMPLETE (RFC 1122 §2.3.2.2); in all other states that
 * know a hardware address they leave at once. What a transport hears from its peer confirms that
 * the way to the neighbour works (RFC 4861 §7.3.1), so that a busy one is never asked.
 */
import { EtherType, type IpAddress, isIpv6, type MacAddress } from '../../wire/index.ts';
import { type Cause, cause } from '../cause.ts';
import type { HostClock } from '../clock.ts';
import { DeadlineQueue } from '../deadline-queue.ts';
import type { NetworkInterface } from '../interfaces/interface.ts';
import { type Instant, ms, NEVER, seconds } from '../time.ts';
import { Neighbor, type NeighborState } from './neighbor.ts';
import type { NeighborProfile } from './neighbor-profile.ts';

const QUEUE_FULL = cause(
  'neighbor-queue-full',
  'too many packets wait for the neighbour',
  'RFC 1122 §2.3.2.2',
);
const UNREACHABLE = cause(
  'neighbor-unreachable',
  'the neighbour did not answer',
  'RFC 4861 §7.3.3, RFC 1122 §2.3.2.1, Linux mcast_solicit',
);
const FORGOTTEN = cause(
  'neighbor-forgotten',
  'its neighbour was forgotten with the link',
  'Linux neigh_flush_dev()',
);
const TABLE_FULL = cause(
  'neighbor-table-full',
  'too many neighbours are known',
  'Linux gc_thresh3',
);

/** How one family asks. */
export interface Solicitor {
  /**
   * Asks for a neighbour: at the hardware address it was known by, or everybody.
   *
   * @param waiting the packet that wants to go there, if one does
   */
  solicit(
    target: IpAddress,
    known: MacAddress | undefined,
    waiting: Uint8Array | undefined,
    now: Instant,
  ): void;
}

/** Told of frames that go no further. */
export interface NeighborEvents {
  dropped(frame: Uint8Array, why: Cause, now: Instant): void;
  /** A frame that waited, and whose neighbour did not answer. */
  unreachable(frame: Uint8Array, now: Instant): void;
  wakeAt(at: Instant): void;
}

/** What a message told of a neighbour's hardware address. */
export interface NeighborNews {
  readonly mac: MacAddress;
  /** REACHABLE when it answers us, STALE when it only tells of itself. */
  readonly state: 'REACHABLE' | 'STALE' | 'PERMANENT';
  /** Whether it may replace another hardware address (RFC 4861 §7.2.5). */
  readonly override: boolean;
  readonly isRouter?: boolean | undefined;
}

/** What was heard of so lately is not forgotten for others' sake, nor room made again so soon. */
const LATELY = seconds(5);

/** What follows a time that is over comes no sooner (HZ / 100, Linux neigh_timer_handler()). */
const LEAST_WAIT = ms(10);

/** How neighbours of each family are asked and believed. */
export interface NeighborProfiles {
  readonly ipv4: NeighborProfile;
  readonly ipv6: NeighborProfile;
}

/** The neighbours of one interface. */
export class NeighborTable {
  readonly #interface: NetworkInterface;
  readonly #events: NeighborEvents;
  readonly #clock: HostClock;
  readonly #solicitorOf: (address: IpAddress) => Solicitor;
  readonly #neighbors = new Map<IpAddress, Neighbor>();
  readonly #deadlines = new DeadlineQueue<Neighbor>();
  /** The one last looked up, as most are again at once. */
  #last: Neighbor | undefined = undefined;
  /** When those not in use were last looked for, and room last made. */
  #collectedAt: Instant = Number.NEGATIVE_INFINITY;
  #madeRoomAt: Instant = Number.NEGATIVE_INFINITY;

  constructor(
    networkInterface: NetworkInterface,
    solicitorOf: (address: IpAddress) => Solicitor,
    events: NeighborEvents,
    clock: HostClock,
  ) {
    this.#clock = clock;
    this.#interface = networkInterface;
    this.#events = events;
    this.#solicitorOf = solicitorOf;
  }

  #profileOf(address: IpAddress): NeighborProfile {
    const { neighbors } = this.#interface.settings;
    return isIpv6(address) ? neighbors.ipv6 : neighbors.ipv4;
  }

  /** The earliest time at which {@link wake} has something to do. */
  get deadline(): Instant {
    return this.#deadlines.earliest;
  }

  /** The neighbours, in the order they were heard of. */
  entries(): IterableIterator<Neighbor> {
    return this.#neighbors.values();
  }

  find(address: IpAddress): Neighbor | undefined {
    if (this.#last?.address === address) return this.#last;
    const neighbor = this.#neighbors.get(address);
    if (neighbor !== undefined) this.#last = neighbor;
    return neighbor;
  }

  /** Forgets one: `ip neigh del`. What waits for it is lost. */
  remove(address: IpAddress, now: Instant): void {
    const neighbor = this.#neighbors.get(address);
    if (neighbor === undefined) return;
    this.#fail(neighbor, now);
    this.#neighbors.delete(address);
    this.#last = undefined;
  }

  /**
   * Forgets all that `isMeant`: the link is another one. What waits for them is lost, and nobody is
   * told (Linux neigh_flush_dev()).
   */
  flush(isMeant: (neighbor: Neighbor) => boolean, now: Instant): void {
    for (const neighbor of this.#neighbors.values()) {
      if (!isMeant(neighbor)) continue;
      this.#enter(neighbor, 'FAILED', NEVER, now);
      for (const { frame } of neighbor.release()) this.#events.dropped(frame, FORGOTTEN, now);
      this.#neighbors.delete(neighbor.address);
    }
    this.#last = undefined;
  }

  /**
   * Sends a packet to the neighbour, at once or when it is found. Says whether it is on its way, or
   * waits.
   */
  send(frame: Uint8Array, nextHop: IpAddress, why: Cause, now: Instant): boolean {
    const neighbor = this.find(nextHop);
    if (neighbor === undefined || !neighbor.isKnown)
      return this.#sendUnknown(frame, nextHop, why, now);
    neighbor.usedAt = now;
    if (neighbor.state === 'STALE') {
      const { delayFirstProbe } = this.#profileOf(nextHop);
      this.#enter(neighbor, 'DELAY', now + delayFirstProbe, now);
    }
    return this.#interface.transmit(frame, neighbor.mac, etherTypeFor(nextHop), why, now);
  }

  /** To one whose hardware address is not known, and is asked for. */
  #sendUnknown(frame: Uint8Array, nextHop: IpAddress, why: Cause, now: Instant): boolean {
    const known = this.find(nextHop);
    if (known === undefined && !this.#interface.asksNeighbors) {
      // Without ARP there is nobody to tell apart (NUD_NOARP, arp_constructor()).
      const { mac } = this.#interface;
      return this.#interface.transmit(frame, mac, etherTypeFor(nextHop), why, now);
    }
    const neighbor = known ?? this.#add(nextHop, now);
    if (neighbor === undefined) {
      this.#events.dropped(frame, TABLE_FULL, now);
      return false;
    }
    neighbor.usedAt = now;
    const gone = neighbor.wait(frame, why, this.#profileOf(nextHop).waitingMost);
    for (const oldest of gone) this.#events.dropped(oldest.frame, QUEUE_FULL, now);
    this.#askFor(neighbor, now);
    return true;
  }

  /** Whether the neighbour's hardware address is known; one that is not is asked for. */
  resolve(address: IpAddress, now: Instant): boolean {
    const neighbor = this.find(address) ?? this.#add(address, now);
    if (neighbor === undefined || neighbor.isKnown) return neighbor !== undefined;
    this.#askFor(neighbor, now);
    return false;
  }

  /** Begins to ask for one that is not asked for already. */
  #askFor(neighbor: Neighbor, now: Instant): void {
    if (neighbor.state !== 'FAILED') return;
    neighbor.probes = this.#profileOf(neighbor.address).unicastSolicitations;
    this.#enter(neighbor, 'INCOMPLETE', NEVER, now);
    this.#solicit(neighbor, now);
  }

  /** A transport has heard from beyond: the way to the neighbour works (RFC 4861 §7.3.1). */
  confirm(address: IpAddress, now: Instant): void {
    if (this.#neighbors.size === 0) return; // loopback has none
    const neighbor = this.find(address);
    if (neighbor !== undefined) neighbor.confirmedAt = now;
  }

  /**
   * A message has told of a neighbour. One that is not known already is added, if `adds`, as those
   * are who ask for us (Linux neigh_update()).
   */
  learn(address: IpAddress, news: NeighborNews, adds: boolean, now: Instant): void {
    const neighbor = this.find(address) ?? (adds ? this.#add(address, now) : undefined);
    if (neighbor === undefined) return;
    const { state, mac, isRouter } = news;
    const before = neighbor.state;
    const wasKnown = neighbor.isKnown;
    const isSame = wasKnown && neighbor.mac === mac;
    if (before === 'PERMANENT' && state !== 'PERMANENT') return;
    if (isRouter !== undefined) neighbor.isRouter = isRouter;
    if (wasKnown && !isSame && !news.override) {
      // Another claims the address: what we believe is in doubt, not replaced (§7.2.5).
      if (before === 'REACHABLE') this.#enter(neighbor, 'STALE', NEVER, now);
      return;
    }
    neighbor.updatedAt = now;
    if (state !== 'STALE') neighbor.confirmedAt = now;
    neighbor.mac = mac;
    const isNews = !isSame || state !== 'STALE';
    if (isNews)
      this.#enter(
        neighbor,
        state,
        state === 'REACHABLE' ? this.#believedUntil(neighbor, now) : NEVER,
        now,
      );
    if (!wasKnown) this.#release(neighbor, now);
  }

  /** Goes on where a state's time is over (Linux neigh_timer_handler()). */
  wake(now: Instant): void {
    while (this.#deadlines.earliest <= now) {
      const at = this.#deadlines.earliest;
      const neighbor = this.#deadlines.pop();
      if (neighbor !== undefined && neighbor.timer === at) this.#timeout(neighbor, now);
    }
  }

  #timeout(neighbor: Neighbor, now: Instant): void {
    const { delayFirstProbe } = this.#profileOf(neighbor.address);
    const { state, confirmedAt } = neighbor;
    const soonest = now + LEAST_WAIT;
    neighbor.timer = NEVER;
    if (state === 'REACHABLE') {
      const believedUntil = this.#believedUntil(neighbor, confirmedAt);
      if (now < believedUntil) {
        this.#enter(neighbor, 'REACHABLE', Math.max(believedUntil, soonest), now);
      } else if (now <= neighbor.usedAt + delayFirstProbe) {
        this.#enter(neighbor, 'DELAY', Math.max(now + delayFirstProbe, soonest), now);
      } else this.#enter(neighbor, 'STALE', NEVER, now);
    } else if (state === 'DELAY' && now <= confirmedAt + delayFirstProbe) {
      const believedUntil = this.#believedUntil(neighbor, confirmedAt);
      this.#enter(neighbor, 'REACHABLE', Math.max(believedUntil, soonest), now);
    } else {
      if (state === 'DELAY') {
        neighbor.probes = 0;
        this.#enter(neighbor, 'PROBE', NEVER, now);
      }
      this.#solicit(neighbor, now);
    }
  }

  /**
   * Asks, or gives up on who was asked often enough: first the neighbour alone, if it was known,
   * then a program of the host's may answer, then everybody is asked (Linux arp_solicit()).
   */
  #solicit(neighbor: Neighbor, now: Instant): void {
    const { address, mac, probes } = neighbor;
    const profile = this.#profileOf(address);
    const toEverybodyFrom = profile.unicastSolicitations + profile.programSolicitations;
    const isProbe = neighbor.state === 'PROBE';
    const toEverybody = isProbe ? profile.multicastResolicitations : profile.multicastSolicitations;
    if (probes >= toEverybodyFrom + toEverybody) {
      this.#fail(neighbor, now);
      return;
    }
    neighbor.probes += 1;
    this.#enter(neighbor, neighbor.state, now + Math.max(profile.retransmit, LEAST_WAIT), now);
    const isToOne = probes < profile.unicastSolicitations;
    if (!isToOne && probes < toEverybodyFrom) return;
    const known = isToOne ? mac : undefined;
    this.#solicitorOf(address).solicit(address, known, neighbor.firstWaiting, now);
  }

  #fail(neighbor: Neighbor, now: Instant): void {
    this.#enter(neighbor, 'FAILED', NEVER, now);
    for (const { frame } of neighbor.release()) {
      this.#events.dropped(frame, UNREACHABLE, now);
      this.#events.unreachable(frame, now);
    }
  }

  #release(neighbor: Neighbor, now: Instant): void {
    for (const { frame, cause: why } of neighbor.release()) {
      this.#transmit(neighbor, frame, why, now);
    }
  }

  #transmit({ address, mac }: Neighbor, frame: Uint8Array, why: Cause, now: Instant): boolean {
    return this.#interface.transmit(frame, mac, etherTypeFor(address), why, now);
  }

  /** The state's time is over with the host's tick that ends it. */
  #enter(neighbor: Neighbor, state: NeighborState, until: Instant, now: Instant): void {
    neighbor.state = state;
    neighbor.timer = until === NEVER ? NEVER : this.#clock.after(now, Math.max(until - now, 0));
    if (until === NEVER) return;
    this.#deadlines.push(neighbor, neighbor.timer);
    this.#events.wakeAt(neighbor.timer);
  }

  /**
   * How long an answer of that instant is believed: the time is spread, so that hosts do not ask in
   * step (RFC 4861 §6.3.4), by a hash of the interface, so that no other chance is used up.
   */
  #believedUntil({ address }: Neighbor, confirmedAt: Instant): Instant {
    const spread = Math.imul(this.#interface.mac | 0, 0x9e37_79b1) >>> 16;
    const { reachableTime } = this.#profileOf(address);
    return confirmedAt + Math.floor(reachableTime / 2 + (reachableTime * spread) / 0x1_0000);
  }

  /** A neighbour never heard of; nothing where there are too many, and all in use. */
  #add(address: IpAddress, now: Instant): Neighbor | undefined {
    const profile = this.#profileOf(address);
    this.#collect(profile, now);
    if (!this.#hasRoom(profile, now)) return undefined;
    const neighbor = new Neighbor(address, now);
    this.#neighbors.set(address, neighbor);
    return neighbor;
  }

  /**
   * Forgets those not in use (Linux neigh_periodic_work()), when another comes and it is time to
   * look: a kernel looks by the clock, but nobody sees the difference.
   */
  #collect({ keptAlways, reachableTime, staleTime }: NeighborProfile, now: Instant): void {
    if (this.#neighbors.size < keptAlways || now < this.#collectedAt + reachableTime / 2) return;
    this.#collectedAt = now;
    for (const neighbor of this.#neighbors.values()) {
      const { state, isIdle, usedAt, confirmedAt, address } = neighbor;
      const isUnused = now >= Math.max(usedAt, confirmedAt) + staleTime;
      if (isIdle && (state === 'FAILED' || isUnused)) this.remove(address, now);
    }
  }

  /** Whether there is room for one more, made if need be (Linux neigh_alloc()). */
  #hasRoom({ keptLong, most }: NeighborProfile, now: Instant): boolean {
    const { size } = this.#neighbors;
    if (size < keptLong || (size < most && now <= this.#madeRoomAt + LATELY)) return true;
    this.#madeRoomAt = now;
    let left = size + 1 - keptLong;
    for (const neighbor of this.#neighbors.values()) {
      const { state, isIdle, updatedAt, address } = neighbor;
      if (!isIdle || (state !== 'FAILED' && now <= updatedAt + LATELY)) continue;
      this.remove(address, now);
      if (--left === 0) break;
    }
    return this.#neighbors.size < most;
  }
}

function etherTypeFor(address: IpAddress): number {
  return isIpv6(address) ? EtherType.ipv6 : EtherType.ipv4;
}
