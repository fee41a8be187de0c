/**
 * The routing table as net-tools print it, `route -n` and `netstat -rn`, each the other with -e.
 *
 *     Destination     Gateway         Genmask         Flags Metric Ref    Use Iface
 *     0.0.0.0         192.168.1.1     0.0.0.0         UG    0      0        0 eth0
 */
import { isIpv6, maskIpv4, printIp, printIpv4 } from '../../wire/index.ts';
import type { Host } from '../host.ts';
import type { RouteEntry } from '../ip/routing.ts';
import { type CommandContext, type CommandOutcome, done, failed } from './command.ts';
import { changeRoute } from './route-change.ts';

/** Which columns there are: metric and use, or what the way is like. */
export type RouteColumns = 'metric' | 'window';

const START = 'Destination     Gateway         Genmask         Flags';
const HEADERS: Readonly<Record<RouteColumns, string>> = {
  metric: `${START} Metric Ref    Use Iface`,
  window: `${START}   MSS Window  irtt Iface`,
};

/** The routes of IPv4 that /proc/net/route lists: not those to the host itself. */
export function listedRoutes({ ip }: Host): RouteEntry[] {
  return ip.routes.entries.filter(
    ({ kind, port }) => kind !== 'unicast' || !port.interface.loopback,
  );
}

export function routeTable(host: Host, columns: RouteColumns, isNumeric: boolean): string {
  const lines = listedRoutes(host).map((entry) => line(entry, columns, isNumeric));
  return `Kernel IP routing table\n${[HEADERS[columns], ...lines].join('\n')}\n`;
}

function line(entry: RouteEntry, columns: RouteColumns, isNumeric: boolean): string {
  const { kind, destination, gateway, port, priority, metrics } = entry;
  const { address, length } = destination;
  const isRefused = kind !== 'unicast';
  const any = isNumeric ? '0.0.0.0' : 'default';
  const mss = metrics.advertisedMss === undefined ? 0 : metrics.advertisedMss + 40;
  const way = gateway ?? 0;
  return [
    (length === 0 ? any : printIp(address)).padEnd(15),
    (isRefused ? '-' : printIp(way)).padEnd(15),
    printIpv4(maskIpv4(length)).padEnd(15),
    flagsOf(entry).padEnd(5),
    columns === 'metric'
      ? `${String(priority).padEnd(6)} ${isRefused ? '- ' : '0 '} ${'0'.padStart(7)}`
      : `${(isRefused ? '-' : String(mss)).padStart(5)} ${(isRefused ? '-' : '0').padEnd(5)} ${(isRefused ? '-' : '0').padStart(6)}`,
    isRefused ? '-' : port.interface.name,
  ].join(' ');
}

/** Up, by a Gateway, to a Host alone; `!` where it is refused. */
function flagsOf({ kind, destination, gateway }: RouteEntry): string {
  if (kind !== 'unicast') return destination.length === 32 ? '!H' : '!';
  const isByGateway = gateway !== undefined && !isIpv6(gateway);
  return `U${isByGateway ? 'G' : ''}${destination.length === 32 ? 'H' : ''}`;
}

/** `route`: shows the routes, or changes one (route(8)). */
export function route(context: CommandContext, words: readonly string[]): CommandOutcome {
  const { host } = context;
  const at = words.findIndex((word) => word === 'add' || word === 'del');
  if (at >= 0) return changeRoute(context, words[at] as 'add' | 'del', words.slice(at + 1));
  const letters = words.filter((word) => word.startsWith('-')).join('');
  const unknown = /[^-enFv4]/.exec(letters)?.[0];
  if (unknown !== undefined) return failed(4, `route: invalid option -- '${unknown}'`);
  const verb = words.find((word) => !word.startsWith('-'));
  if (verb !== undefined) return failed(4, `route: "${verb}" is not known here`);
  return done(routeTable(host, letters.includes('e') ? 'window' : 'metric', letters.includes('n')));
}
