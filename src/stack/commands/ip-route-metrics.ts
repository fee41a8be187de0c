/**
 * What is known of the way beside where it leads, as `ip route` reads and writes it (ip-route(8)):
 * `mtu lock 1400 rtt 300ms cwnd lock 5`.
 */
import {
  DESTINATION_METRICS,
  type DestinationMetric,
  type DestinationMetrics,
} from '../ip/destination-metrics.ts';
import { NO_METRICS, type RouteMetrics } from '../ip/route-metrics.ts';
import { isCongestionAlgorithm } from '../tcp/congestion/congestion-profile.ts';
import { ms } from '../time.ts';

/** In the order in which they are printed, that of the kernel's numbers (RTAX_MTU …). */
// prettier-ignore
const METRICS = [
  'mtu', 'window', 'rtt', 'rttvar', 'ssthresh', 'cwnd', 'advmss', 'reordering', 'hoplimit',
  'initcwnd', 'features', 'rto_min', 'initrwnd', 'quickack', 'congctl', 'fastopen_no_cookie',
];

/** Those that `lock` may not stand before. The least timeout is always locked. */
const NEVER_LOCKED = ['features', 'rto_min', 'quickack', 'fastopen_no_cookie'];

/** What stands behind the name of a metric, perhaps after `lock`. */
export interface MetricWords {
  readonly values: ReadonlyMap<string, string>;
  readonly locked: ReadonlySet<string>;
}

export function isRouteMetric(name: string): boolean {
  return METRICS.includes(name);
}

export function isLockable(name: string): boolean {
  return isRouteMetric(name) && !NEVER_LOCKED.includes(name);
}

/**
 * The numbers, from the least to the most. What is left for data must be something: 40 octets are
 * headers, and as many may be options.
 */
const RANGES: ReadonlyMap<string, readonly [least: number, most: number]> = new Map([
  ['metric', [0, 0xffff_ffff]],
  ['mtu', [88, 999_999]],
  ['window', [0, 0xffff_ffff]],
  ['advmss', [48, 999_999]],
  ['hoplimit', [0, 255]],
  ['initcwnd', [0, 999_999]],
  ['initrwnd', [0, 999_999]],
  ['quickack', [0, 1]],
  ['fastopen_no_cookie', [0, 1]],
  ['ssthresh', [0, 0x7fff_ffff]],
  ['cwnd', [0, 0x7fff_ffff]],
  ['reordering', [0, 999_999]],
]);

/** Times in units of the kernel's, so many of which are a millisecond. */
const TIMES: ReadonlyMap<string, number> = new Map([
  ['rtt', 8],
  ['rttvar', 4],
  ['rto_min', 1],
]);

/** Some days, of which eighths of a microsecond are whole numbers still. */
const LONGEST_TIME = 2 ** 31;

/** What is wrong with a value; nothing when it is right. */
export function wrongMetric(name: string, text: string): string | undefined {
  const fault = faultOf(name, text);
  return fault && `Error: argument "${text}" is wrong: "${name}" ${fault}\n`;
}

function faultOf(name: string, text: string): string | undefined {
  if (name === 'features') return text === 'ecn' ? undefined : 'value not valid';
  if (TIMES.has(name)) return parseTime(name, text) === undefined ? 'value is invalid' : undefined;
  const range = RANGES.get(name);
  if (range === undefined) return undefined;
  const [least, most] = range;
  const isNumber = /^\d{1,10}$/.test(text);
  if (isNumber && Number(text) >= least && Number(text) <= most) return undefined;
  return isNumber && most === 1 ? 'value should be 0 or 1' : 'value is invalid';
}

/** A time with its unit, rounded up to milliseconds; without one, in the kernel's own units. */
function parseTime(name: string, text: string): number | undefined {
  const match = /^(\d{1,10}(?:\.\d{1,9})?)(s|secs?|ms|msecs?)?$/.exec(text);
  if (match === null) return undefined;
  const [, digits, unit] = match;
  const number = Math.ceil(Number(digits) * (unit?.startsWith('s') === true ? 1000 : 1));
  const time = unit === undefined ? number : number * (TIMES.get(name) ?? 1);
  return time < LONGEST_TIME ? time : undefined;
}

/** What the words say, each of them being right. */
export function readMetrics({ values, locked }: MetricWords): RouteMetrics {
  const known = (name: string): number | undefined => {
    const value = Number(values.get(name) ?? 0);
    return value > 0 ? value : undefined; // 0 says nothing
  };
  const least = values.get('rto_min');
  const congestionControl = values.get('congctl') ?? '';
  return {
    mtu: known('mtu'),
    isMtuLocked: locked.has('mtu'),
    hopLimit: known('hoplimit'),
    advertisedMss: known('advmss'),
    mostWindow: known('window'),
    initialWindow: known('initcwnd'),
    initialReceiveWindow: known('initrwnd'),
    minimumRto: least === undefined ? undefined : ms(parseTime('rto_min', least) ?? 0),
    acknowledgesAtOnce: known('quickack') === 1,
    usesEcn: values.has('features'),
    congestionControl: isCongestionAlgorithm(congestionControl) ? congestionControl : undefined,
    needsNoFastOpenCookie: known('fastopen_no_cookie') === 1,
    destination: readDestination({ values, locked }),
    locked,
  };
}

/** 0 says nothing, unless it is locked. */
function readDestination({ values, locked }: MetricWords): DestinationMetrics | undefined {
  const known = new Map<DestinationMetric, number>();
  for (const name of DESTINATION_METRICS) {
    const text = values.get(name);
    if (text === undefined) continue;
    const value = TIMES.has(name) ? (parseTime(name, text) ?? 0) : Number(text);
    if (value > 0 || locked.has(name)) known.set(name, value);
  }
  if (known.size === 0) return undefined;
  return { values: known, locked: new Set([...known.keys()].filter((name) => locked.has(name))) };
}

/** The words for them, each name with what stands behind it. */
export function printMetrics(metrics: RouteMetrics): string[] {
  if (metrics === NO_METRICS) return [];
  const { minimumRto } = metrics;
  const texts = new Map<string, string | number | undefined>([
    ['mtu', metrics.mtu],
    ['window', metrics.mostWindow],
    ['advmss', metrics.advertisedMss],
    ['hoplimit', metrics.hopLimit],
    ['initcwnd', metrics.initialWindow],
    ['features', metrics.usesEcn ? 'ecn' : undefined],
    ['rto_min', minimumRto === undefined ? undefined : `lock ${printTime(minimumRto / ms(1))}`],
    ['initrwnd', metrics.initialReceiveWindow],
    ['quickack', metrics.acknowledgesAtOnce ? 1 : undefined],
    ['congctl', metrics.congestionControl],
    ['fastopen_no_cookie', metrics.needsNoFastOpenCookie ? 1 : undefined],
  ]);
  for (const [name, value] of metrics.destination?.values ?? []) {
    const units = TIMES.get(name);
    texts.set(name, units === undefined ? value : printTime(Math.floor(value / units)));
  }
  return METRICS.filter((name) => texts.get(name) !== undefined).map(
    (name) => `${name} ${metrics.locked.has(name) ? 'lock ' : ''}${texts.get(name)}`,
  );
}

/** Milliseconds, or from one second on seconds. */
function printTime(time: number): string {
  return time >= 1000 ? `${time / 1000}s` : `${time}ms`;
}
