/**
 * A router that tells its link of itself (RFC 4861 §6.2): unasked every few minutes, the first
 * times sooner, and whenever a host asks, after a moment in which others may ask too. What it says
 * is what an administrator writes into radvd.conf(5).
 */
import {
  DISCOVERY_HOP_LIMIT,
  IPV6_ALL_NODES,
  type Ipv6Address,
  networkOf,
  type NeighborOption,
  parseIpv6Prefix,
  PrefixFlag,
} from '../../wire/index.ts';
import type { Agenda, Appointment } from '../agenda.ts';
import { type Cause, cause } from '../cause.ts';
import type { Icmpv6 } from '../icmp/icmpv6.ts';
import type { Ipv6Link } from '../ip/ipv6-link.ts';
import { type Duration, type Instant, ms, seconds } from '../time.ts';

const UNASKED = cause('router-advertisement', 'tells the link of itself', 'RFC 4861 §6.2.4');
const ANSWER = cause('router-answer', 'answers a host that asks for routers', 'RFC 4861 §6.2.6');

/** Between two advertisements unasked (§6.2.1, MaxRtrAdvInterval and a third of it). */
const LONGEST_INTERVAL = seconds(600);
const SHORTEST_INTERVAL = seconds(200);
/** The first three come no further apart than this (§10, MAX_INITIAL_RTR_ADVERT_INTERVAL). */
const INITIAL_INTERVAL = seconds(16);
const INITIAL_COUNT = 3;
/** How long an answer may wait (MAX_RA_DELAY_TIME), and how far apart two are at least. */
const LONGEST_DELAY = ms(500);
const LEAST_DISTANCE = seconds(3);

/** A prefix to advertise (radvd.conf(5), `prefix`). */
export interface AdvertisedPrefix {
  /** `2001:db8:1::/64` */
  readonly prefix: string;
  /** Whether its hosts are on the link, and may make addresses of it: yes. */
  readonly onLink?: boolean | undefined;
  readonly autonomous?: boolean | undefined;
  /** In seconds: a day, and four hours. */
  readonly validLifetime?: number | undefined;
  readonly preferredLifetime?: number | undefined;
}

/** What a router says (radvd.conf(5), `interface`). */
export interface AdvertisementSettings {
  readonly prefixes: readonly AdvertisedPrefix[];
  /** Seconds for which hosts may leave the link by it: half an hour; 0 for never. */
  readonly lifetime?: number | undefined;
  /** The hop limit for hosts to use: 64. */
  readonly hopLimit?: number | undefined;
  /** The MTU of the link, where it is less than hosts would think. */
  readonly mtu?: number | undefined;
  /** Name servers (RFC 8106). */
  readonly nameServers?: readonly Ipv6Address[] | undefined;
}

const DAY = 86_400;
const FOUR_HOURS = 14_400;
const HALF_AN_HOUR = 1800;

export class AdvertisingRouter {
  readonly #link: Ipv6Link;
  readonly #icmp: Icmpv6;
  readonly #agenda: Agenda;
  readonly #random: () => number;
  readonly #settings: AdvertisementSettings;
  readonly #options: readonly NeighborOption[];
  #sent = 0;
  #sentAt: Instant = Number.NEGATIVE_INFINITY;
  #next: Appointment | undefined = undefined;
  #answer: Appointment | undefined = undefined;

  /**
   * @param random gives whole numbers from 0 to 2³² − 1
   * @throws RangeError for a prefix that is none
   */
  constructor(
    link: Ipv6Link,
    icmp: Icmpv6,
    agenda: Agenda,
    random: () => number,
    settings: AdvertisementSettings,
  ) {
    this.#link = link;
    this.#icmp = icmp;
    this.#agenda = agenda;
    this.#random = random;
    this.#settings = settings;
    this.#options = optionsOf(settings, link.interface.mac);
  }

  /** Begins to advertise. */
  begin(now: Instant): void {
    this.#next = this.#agenda.add(now, (at) => this.#advertise(UNASKED, at));
  }

  /** A host asks. */
  solicited(now: Instant): void {
    if (this.#answer?.isPending === true) return;
    const soon = now + Math.floor((this.#random() / 0x1_0000_0000) * LONGEST_DELAY);
    const at = Math.max(soon, this.#sentAt + LEAST_DISTANCE);
    this.#answer = this.#agenda.add(at, (then) => this.#advertise(ANSWER, then));
  }

  #advertise(why: Cause, now: Instant): void {
    const { linkLocal: source } = this.#link;
    if (source !== undefined) this.#send(source, why, now);
    this.#next?.cancel();
    const next = now + this.#interval();
    this.#next = this.#agenda.addInBackground(next, (at) => this.#advertise(UNASKED, at));
  }

  #send(source: Ipv6Address, why: Cause, now: Instant): void {
    const { hopLimit = 64, lifetime = HALF_AN_HOUR } = this.#settings;
    const message = {
      content: {
        kind: 'router-advertisement',
        hopLimit,
        flags: 0,
        lifetime,
        reachableTime: 0,
        retransmitTimer: 0,
        options: this.#options,
      },
      source,
      destination: IPV6_ALL_NODES,
      hopLimit: DISCOVERY_HOP_LIMIT,
      cause: why,
    } as const;
    this.#icmp.sendOnLink(this.#link, message, now);
    this.#sent += 1;
    this.#sentAt = now;
  }

  #interval(): Duration {
    const share = this.#random() / 0x1_0000_0000;
    const any = SHORTEST_INTERVAL + Math.floor(share * (LONGEST_INTERVAL - SHORTEST_INTERVAL));
    return this.#sent < INITIAL_COUNT ? Math.min(any, INITIAL_INTERVAL) : any;
  }
}

/** In the order of radvd: prefixes, MTU, name servers, the router's hardware address. */
function optionsOf(
  { prefixes, mtu, nameServers, lifetime = HALF_AN_HOUR }: AdvertisementSettings,
  mac: number,
): NeighborOption[] {
  const options: NeighborOption[] = prefixes.map((each) => {
    const { address, length } = parseIpv6Prefix(each.prefix);
    const { onLink = true, autonomous = true } = each;
    return {
      kind: 'prefix-information',
      prefix: networkOf(address, length),
      prefixLength: length,
      flags: (onLink ? PrefixFlag.onLink : 0) | (autonomous ? PrefixFlag.autonomous : 0),
      validLifetime: each.validLifetime ?? DAY,
      preferredLifetime: each.preferredLifetime ?? FOUR_HOURS,
    };
  });
  if (mtu !== undefined) options.push({ kind: 'mtu', mtu });
  if (nameServers !== undefined && nameServers.length > 0) {
    options.push({ kind: 'recursive-dns-servers', lifetime, servers: nameServers });
  }
  options.push({ kind: 'source-link-layer-address', mac });
  return options;
}
