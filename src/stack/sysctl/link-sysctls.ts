/**
 * The sysctls of interfaces by their names: `net.ipv4.conf.eth0.rp_filter`, and the same of `all`
 * and `default`. A dot in the name of an interface is written as a slash there, since a dot ends a
 * name (procps sysctl(8)).
 */
import { IPV6_MINIMUM_MTU } from '../../wire/index.ts';
import type { Alias, Knob } from '../link-settings/knob.ts';
import type { LinkSettings, LinkTable, SetLink } from '../link-settings/link-settings.ts';
import { type BoundSysctl, type FixedSysctl, numbers } from './sysctl.ts';

const TABLES: readonly LinkTable[] = ['ipv4.conf', 'ipv4.neigh', 'ipv6.conf', 'ipv6.neigh'];

/** The sysctl of that name; nothing where there is no such interface, or no such knob. */
export function linkSysctl(
  name: string,
  links: LinkSettings,
): BoundSysctl | FixedSysctl | undefined {
  const [, directory, of = '', last = ''] =
    /^net\.(ipv[46]\.(?:conf|neigh))\.([^.]+)\.([^.]+)$/.exec(name) ?? [];
  const table = TABLES.find((each) => each === directory);
  if (table === undefined) return undefined;
  const level = withSlashesAndDotsSwapped(of);
  const alias = links.tables[table].set.aliases.get(last);
  const knob = links.tables[table].knob(level, alias?.of ?? last);
  if (knob === undefined) return undefined;
  const link = table === 'ipv6.conf' && last === 'mtu' ? links.link(level) : undefined;
  if (link !== undefined) return mtuSysctl(name, link);
  const value = links.read(table, level, knob.name);
  if (knob.isReadOnly) return { kind: 'fixed', name, value: [value] };
  const { least, most, factor } = alias ?? { ...rangeOf(knob), factor: 1 };
  return {
    kind: 'bound',
    name,
    rule: numbers(1, least, most),
    read: () => [Math.floor(value / factor)],
    write: (settings, [written], now) =>
      settings.links.write(table, level, knob.name, Number(written) * factor, now),
  };
}

/** The MTU of IPv6 on an interface is that which it has now (addrconf_sysctl_mtu()). */
function mtuSysctl(name: string, link: SetLink): BoundSysctl | undefined {
  const { ipv6Mtu } = link;
  if (ipv6Mtu === undefined) return undefined;
  return {
    kind: 'bound',
    name,
    rule: numbers(1, IPV6_MINIMUM_MTU, link.mtu),
    read: () => [ipv6Mtu],
    write: (_settings, [mtu]) => link.changeIpv6Mtu(Number(mtu)),
  };
}

function rangeOf({ least, most }: Knob): Pick<Alias, 'least' | 'most'> {
  return { least, most };
}

/** The names of all that there are, but for those that `sysctl -a` hides. */
export function linkSysctlNames(links: LinkSettings): string[] {
  return TABLES.flatMap((table) => {
    const { levels, set } = links.tables[table];
    const aliases = [...set.aliases.values()].filter(({ isHidden }) => !isHidden);
    return levels.flatMap((level) =>
      [...links.tables[table].knobsOf(level), ...aliases].map(
        (each) => `net.${table}.${withSlashesAndDotsSwapped(level)}.${each.name}`,
      ),
    );
  }).filter((name) => linkSysctl(name, links) !== undefined);
}

/** A path as a name, or a name as a path. */
export function withSlashesAndDotsSwapped(text: string): string {
  return text.replaceAll(/[./]/g, (separator) => (separator === '.' ? '/' : '.'));
}
