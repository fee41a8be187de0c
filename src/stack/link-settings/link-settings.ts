/**
 * What the administrator of a host has set for its interfaces, and what of it holds on each. That
 * is computed when something is set; a packet finds it in a field of its interface. Interfaces on
 * which the same holds share one object.
 */
import { changeableCopy } from '../changeable.ts';
import type { LinkProfile } from '../profile.ts';
import type { Instant } from '../time.ts';
import { IPV4_KNOBS } from './ipv4-knobs.ts';
import { IPV6_KNOBS } from './ipv6-knobs.ts';
import type { Knob, LinkFields } from './knob.ts';
import { type KnobSet, knobSet, KnobTable } from './knob-table.ts';
import { ARP_KNOBS, DISCOVERY_KNOBS, NEIGHBOR_ALIASES } from './neighbor-knobs.ts';

/** The directories of `/proc/sys/net` that have a directory for each interface. */
export type LinkTable = 'ipv4.conf' | 'ipv6.conf' | 'ipv4.neigh' | 'ipv6.neigh';

/** An interface, as its settings see it. */
export interface SetLink {
  /** Told what holds on it from now on. */
  follow(holds: LinkProfile, now: Instant): void;
  /** The longest packet of IPv6, which routers tell of, too; nothing where there is no IPv6. */
  readonly ipv6Mtu: number | undefined;
  /** The longest that it can be. */
  readonly mtu: number;
  changeIpv6Mtu(mtu: number): void;
}

const SETS: Readonly<Record<LinkTable, KnobSet>> = {
  'ipv4.conf': knobSet(IPV4_KNOBS, [], true),
  'ipv6.conf': knobSet(IPV6_KNOBS, [], true),
  'ipv4.neigh': knobSet(ARP_KNOBS, NEIGHBOR_ALIASES, false),
  'ipv6.neigh': knobSet(DISCOVERY_KNOBS, NEIGHBOR_ALIASES, false),
};

const TABLES_OF_IPV6 = ['ipv6.conf', 'ipv6.neigh'] as const;

export class LinkSettings {
  readonly tables: Readonly<Record<LinkTable, KnobTable>>;
  /** Whether this host is a router: what `all` says of forwarding (net.ipv4.ip_forward). */
  routesIpv4: boolean;
  /** The same of IPv6, where interfaces have no say (ip6_forward()). */
  routesIpv6: boolean;
  /** What holds where nothing was set. */
  readonly profile: LinkProfile;
  readonly #links = new Map<string, SetLink>();
  /** What holds on interfaces that have no numbers of their own; nothing while that is unknown. */
  #common: LinkFields | undefined = undefined;

  constructor(profile: LinkProfile) {
    this.profile = profile;
    this.tables = {
      'ipv4.conf': new KnobTable(SETS['ipv4.conf'], profile),
      'ipv6.conf': new KnobTable(SETS['ipv6.conf'], profile),
      'ipv4.neigh': new KnobTable(SETS['ipv4.neigh'], profile),
      'ipv6.neigh': new KnobTable(SETS['ipv6.neigh'], profile),
    };
    this.routesIpv4 = profile.forwarding.isOn;
    this.routesIpv6 = profile.ipv6.forwards;
  }

  /**
   * A new interface. Gives what holds on it now, and tells of each change.
   *
   * @throws RangeError for a name that a level has (Linux sysctl_dev_name_is_allowed())
   */
  add(name: string, link: SetLink): LinkProfile {
    if (name === 'all' || name === 'default') throw new RangeError(`${name} names no interface`);
    for (const table of Object.values(this.tables)) table.add(name);
    this.#links.set(name, link);
    return this.#holdsOn(name);
  }

  /** An interface has IPv6 no more, nor what was set for it (addrconf_sysctl_unregister()). */
  endIpv6(name: string): void {
    for (const table of TABLES_OF_IPV6) this.tables[table].remove(name);
  }

  /** It has IPv6 again, as `default` says now (ipv6_add_dev()). */
  beginIpv6(name: string, now: Instant): void {
    for (const table of TABLES_OF_IPV6) this.tables[table].add(name);
    this.hasAddress(name, 'ipv6');
    this.#links.get(name)?.follow(this.#holdsOn(name), now);
  }

  /** What an interface with an address has stays (Linux neigh_parms_data_state_setall()). */
  hasAddress(name: string, family: 'ipv4' | 'ipv6'): void {
    this.tables[`${family}.conf`].settle(name);
    this.tables[`${family}.neigh`].settle(name);
  }

  /** The interface of that name. */
  link(name: string): SetLink | undefined {
    return this.#links.get(name);
  }

  read(table: LinkTable, level: string, name: string): number {
    const knobs = this.tables[table];
    return knobs.read(level, knobOf(knobs, level, name));
  }

  /** Sets a number; interfaces follow. @throws RangeError for one that there is not */
  write(table: LinkTable, level: string, name: string, value: number, now: Instant): void {
    const knobs = this.tables[table];
    const isChange = knobs.write(level, knobOf(knobs, level, name), value);
    const isForwarding = name === 'forwarding' && level === 'all';
    // Who begins to route follows no redirects, and who ends does again (inet_forward_change()).
    if (isForwarding && table === 'ipv4.conf' && isChange) {
      knobs.write(level, knobOf(knobs, level, 'accept_redirects'), value === 0 ? 1 : 0);
    }
    this.routesIpv4 = this.read('ipv4.conf', 'all', 'forwarding') !== 0;
    this.routesIpv6 = this.read('ipv6.conf', 'all', 'forwarding') !== 0;
    this.#common = undefined;
    for (const [each, link] of this.#links) link.follow(this.#holdsOn(each), now);
  }

  /** The same for all interfaces, those to come, and `all`: of systems that tell none apart. */
  writeEverywhere(table: LinkTable, name: string, value: number, now: Instant): void {
    for (const level of this.tables[table].levels) this.write(table, level, name, value, now);
  }

  /** Makes the host a router of both families, as `all` does. */
  beRouter(now: Instant): void {
    this.write('ipv4.conf', 'all', 'forwarding', 1, now);
    this.write('ipv6.conf', 'all', 'forwarding', 1, now);
  }

  /** Whether all is as the profile says. */
  get isUntouched(): boolean {
    return Object.values(this.tables).every((table) => table.isUntouched);
  }

  #holdsOn(name: string): LinkProfile {
    if (this.isUntouched) return this.profile;
    const tables = Object.values(this.tables);
    if (!tables.every((table) => table.isAsDefault(name))) return this.#computed(name);
    this.#common ??= this.#computed('default');
    return this.#common;
  }

  #computed(level: string): LinkFields {
    const fields = changeableCopy(this.profile);
    for (const table of Object.values(this.tables)) table.apply(fields, level);
    return fields;
  }
}

function knobOf(table: KnobTable, level: string, name: string): Knob {
  const knob = table.knob(level, name);
  if (knob === undefined) throw new RangeError(`${level} has no ${name}`);
  return knob;
}
