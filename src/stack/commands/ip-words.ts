/** The words of `ip`: how a route is written (ip-route(8)), and how far addresses reach. */
import {
  type IpAddress,
  type IpPrefix,
  IPV4_ANY,
  IPV6_ANY,
  isIpv6,
  parseIp,
  parseIpPrefix,
} from '../../wire/index.ts';
import type { Host } from '../host.ts';
import {
  isLockable,
  isRouteMetric,
  type MetricWords,
  readMetrics,
  wrongMetric,
} from './ip-route-metrics.ts';
import { SCOPES } from '../ip/interface-address.ts';
import type { RouteMetrics } from '../ip/route-metrics.ts';
import { isRouteKind, type RouteKind } from '../ip/routing.ts';

/** How `ip` is to print: what its options say. */
export interface IpStyle {
  /** -4, -6; nothing for both. */
  readonly family: 4 | 6 | undefined;
  readonly isBrief: boolean; // -br
  readonly isOneLine: boolean; // -o
  readonly withStatistics: boolean; // -s
}

/** iproute2 takes any beginning of a word for it. */
export function isShort(word: string, whole: string): boolean {
  return word !== '' && whole.startsWith(word);
}

/** What stands behind `ip route add`. */
export interface AskedRoute {
  readonly kind: RouteKind;
  readonly destination: IpPrefix;
  /** Of the destination's version of IP. */
  readonly gateway: IpAddress | undefined;
  readonly device: string | undefined;
  readonly source: IpAddress | undefined;
  /** `metric`, where one is named. */
  readonly priority: number | undefined;
  readonly metrics: RouteMetrics;
  /** `congctl`, whether or not there is one of that name. */
  readonly congestionControl: string | undefined;
}

/** Words that take a value, beside the metrics. */
const ATTRIBUTES = ['via', 'dev', 'src', 'proto', 'protocol', 'scope', 'table', 'metric'];
/** Reads the words, or says what is wrong with them. */
export function readRoute(
  host: Host,
  isVersion6: boolean,
  words: readonly string[],
): AskedRoute | string {
  const [kind = ''] = words;
  const [first, ...rest] = isRouteKind(kind) ? words.slice(1) : words;
  if (first === undefined) return 'ip: a route has a destination';
  const destination = prefixOf(first, isVersion6);
  if (destination === undefined) return `Error: inet prefix is expected rather than "${first}".`;
  const named = readNamed(rest);
  if (typeof named === 'string') return named;
  const { values } = named;
  const fault = faultOf(host, destination, values);
  if (fault !== undefined) return fault;
  return {
    kind: isRouteKind(kind) ? kind : 'unicast',
    destination,
    gateway: addressOf(values.get('via') ?? ''),
    device: values.get('dev'),
    source: addressOf(values.get('src') ?? ''),
    priority: numberOf(values, 'metric'),
    metrics: readMetrics(named),
    congestionControl: values.get('congctl'),
  };
}

/** The values by their names, whatever they are. */
function readNamed(words: readonly string[]): MetricWords | string {
  const values = new Map<string, string>();
  const locked = new Set<string>();
  for (let i = 0; i < words.length; i++) {
    const name = words[i]!;
    if (name === 'onlink') continue;
    if (!ATTRIBUTES.includes(name) && !isRouteMetric(name)) {
      return `Error: either "to" is duplicate, or "${name}" is a garbage.`;
    }
    i += 1;
    if (words[i] === 'lock' && isLockable(name)) {
      locked.add(name);
      i += 1;
    }
    const value = words[i];
    if (value === undefined) return 'Command line is not complete. Try option "help"';
    const wrong = wrongMetric(name, value);
    if (wrong !== undefined) return wrong;
    values.set(name, value);
  }
  return { values, locked };
}

/** What is wrong with a value; nothing when all are right. */
function faultOf(
  host: Host,
  destination: IpPrefix,
  values: ReadonlyMap<string, string>,
): string | undefined {
  const device = values.get('dev');
  if (device !== undefined && host.portNamed(device) === undefined) {
    return `Cannot find device "${device}"`;
  }
  for (const name of ['via', 'src'] as const) {
    const text = values.get(name);
    if (text === undefined) continue;
    const address = addressOf(text);
    const isVersion6 = isIpv6(destination.address);
    if (address === undefined || isIpv6(address) !== isVersion6) {
      const family = isVersion6 ? 'inet6' : 'inet';
      return `Error: ${family} address is expected rather than "${text}".`;
    }
  }
  return undefined;
}

function numberOf(values: ReadonlyMap<string, string>, name: string): number | undefined {
  const value = values.get(name);
  return value === undefined ? undefined : Number(value);
}

/** A destination as it is written: `default`, a network, or one address. `-6` takes no other. */
export function prefixOf(text: string, isVersion6: boolean): IpPrefix | undefined {
  if (text === 'default') return { address: isVersion6 ? IPV6_ANY : IPV4_ANY, length: 0 };
  const isOfIpv6 = text.includes(':');
  if (isVersion6 && !isOfIpv6) return undefined;
  try {
    return parseIpPrefix(text.includes('/') ? text : `${text}/${isOfIpv6 ? 128 : 32}`);
  } catch {
    return undefined;
  }
}

/** An address, if the text is one. */
export function addressOf(text: string): IpAddress | undefined {
  try {
    return parseIp(text);
  } catch {
    return undefined;
  }
}

/** How far an address of IPv4 is valid: a name, or a number of an octet. */
export function parseScope(text: string): number | undefined {
  const named = Object.entries(SCOPES).find(([name]) => name === text)?.[1];
  const isNumber = /^\d{1,3}$/.test(text) && Number(text) <= 0xff;
  return named ?? (isNumber ? Number(text) : undefined);
}

export function printScope(scope: number): string {
  const named = Object.entries(SCOPES).find(([, number]) => number === scope)?.[0];
  return named ?? `${scope}`;
}
