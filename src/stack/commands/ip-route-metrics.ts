/**
 * What is known of the way beside where it leads, as `ip route` reads and writes it (ip-route(8)):
 * `mtu lock 1400 rtt 300ms cwnd lock 5`.
 */
import {
  DESTINATION_METRICS,
  type DestinationMetric,
  type DestinationMetrics,
} from '../ip/destination-metrics.ts';
import { NO_METRICS, type RouteMetrics } from '../ip/routing.ts';

/** In the order in which they are printed, that of the kernel's numbers (RTAX_MTU …). */
// prettier-ignore
const METRICS = [
  'mtu', 'window', 'rtt', 'rttvar', 'ssthresh', 'cwnd', 'advmss', 'reordering', 'hoplimit',
  'initcwnd', 'features', 'rto_min', 'initrwnd', 'quickack', 'congctl', 'fastopen_no_cookie',
];

/** What stands behind the name of a metric, perhaps after `lock`. */
export interface MetricWords {
  readonly values: ReadonlyMap<string, string>;
  readonly locked: ReadonlySet<string>;
}

export function isRouteMetric(name: string): boolean {
  return METRICS.includes(name);
}

/**
 * The numbers that have a field of their own, from the least to the most. What is left for data
 * must be something: 40 octets are headers, and as many may be options.
 */
const RANGES: ReadonlyMap<string, readonly [least: number, most: number]> = new Map([
  ['metric', [0, 0xffff_ffff]],
  ['mtu', [88, 999_999]],
  ['advmss', [48, 999_999]],
  ['initcwnd', [1, 999_999]],
  ['initrwnd', [1, 999_999]],
  ['fastopen_no_cookie', [0, 1]],
  ['ssthresh', [0, 0x7fff_ffff]],
  ['cwnd', [0, 0x7fff_ffff]],
  ['reordering', [0, 999_999]],
]);

/** Round trips in units of the kernel's, so many of which are a millisecond. */
const ROUND_TRIPS: ReadonlyMap<string, number> = new Map([
  ['rtt', 8],
  ['rttvar', 4],
]);

/** Some days, of which eighths of a microsecond are whole numbers still. */
const LONGEST_ROUND_TRIP = 2 ** 31;

/** The first number that cannot be; nothing when all are right. */
export function wrongNumber(values: ReadonlyMap<string, string>): string | undefined {
  for (const [name, text] of values) {
    const isTime = ROUND_TRIPS.has(name);
    if (isTime ? parseTime(name, text) === undefined : !isInRange(name, text))
      return `Error: argument "${text}" is wrong: "${name}" value is invalid\n`;
  }
  return undefined;
}

function isInRange(name: string, text: string): boolean {
  const [least, most] = RANGES.get(name) ?? [0, Number.POSITIVE_INFINITY];
  if (!RANGES.has(name)) return true;
  return /^\d{1,10}$/.test(text) && Number(text) >= least && Number(text) <= most;
}

/** A time with its unit, rounded up to milliseconds; without one, in the kernel's own units. */
function parseTime(name: string, text: string): number | undefined {
  const match = /^(\d{1,10}(?:\.\d{1,9})?)(s|secs?|ms|msecs?)?$/.exec(text);
  if (match === null) return undefined;
  const [, digits, unit] = match;
  const number = Math.ceil(Number(digits) * (unit?.startsWith('s') === true ? 1000 : 1));
  const time = unit === undefined ? number : number * (ROUND_TRIPS.get(name) ?? 1);
  return time < LONGEST_ROUND_TRIP ? time : undefined;
}

/** What the words say, each of them being right. */
export function readMetrics({ values, locked }: MetricWords): RouteMetrics {
  const numberOf = (name: string): number | undefined => {
    const value = values.get(name);
    return value === undefined ? undefined : Number(value);
  };
  const isKept = (name: string): boolean =>
    isRouteMetric(name) && !RANGES.has(name) && !ROUND_TRIPS.has(name);
  const kept = [...values].filter(([name]) => isKept(name));
  return {
    mtu: numberOf('mtu'),
    isMtuLocked: locked.has('mtu'),
    advertisedMss: numberOf('advmss'),
    initialWindow: numberOf('initcwnd'),
    initialReceiveWindow: numberOf('initrwnd'),
    needsNoFastOpenCookie: numberOf('fastopen_no_cookie') === 1,
    destination: readDestination({ values, locked }),
    kept: new Map(kept.map(([name, value]) => [name, locked.has(name) ? `lock ${value}` : value])),
  };
}

/** 0 says nothing, unless it is locked. */
function readDestination({ values, locked }: MetricWords): DestinationMetrics | undefined {
  const known = new Map<DestinationMetric, number>();
  for (const name of DESTINATION_METRICS) {
    const text = values.get(name);
    if (text === undefined) continue;
    const value = ROUND_TRIPS.has(name) ? (parseTime(name, text) ?? 0) : Number(text);
    if (value > 0 || locked.has(name)) known.set(name, value);
  }
  if (known.size === 0) return undefined;
  return { values: known, locked: new Set([...known.keys()].filter((name) => locked.has(name))) };
}

/** The words for them, each name with what stands behind it. */
export function printMetrics(metrics: RouteMetrics): string[] {
  const { mtu, isMtuLocked, advertisedMss, initialWindow, initialReceiveWindow } = metrics;
  if (metrics === NO_METRICS) return [];
  const texts = new Map<string, string | number | undefined>([
    ...metrics.kept,
    ['mtu', mtu === undefined ? undefined : `${isMtuLocked ? 'lock ' : ''}${mtu}`],
    ['advmss', advertisedMss],
    ['initcwnd', initialWindow],
    ['initrwnd', initialReceiveWindow],
    ['fastopen_no_cookie', metrics.needsNoFastOpenCookie ? 1 : undefined],
  ]);
  for (const [name, value] of metrics.destination?.values ?? []) {
    const lock = metrics.destination?.locked.has(name) === true ? 'lock ' : '';
    texts.set(name, `${lock}${printDestination(name, value)}`);
  }
  return METRICS.filter((name) => texts.get(name) !== undefined).map(
    (name) => `${name} ${texts.get(name)}`,
  );
}

function printDestination(name: DestinationMetric, value: number): string {
  const units = ROUND_TRIPS.get(name);
  if (units === undefined) return `${value}`;
  const time = Math.floor(value / units);
  return time >= 1000 ? `${time / 1000}s` : `${time}ms`;
}
