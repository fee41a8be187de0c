/**
 * `ip route` and `ip tcp_metrics`: the routes of the host with what is known of each way
 * (ip-route(8), ip-tcp_metrics(8)).
 */
import {
  parseIpv4,
  parseIpv4Prefix,
  printHex,
  printIpv4,
  type Ipv4Prefix,
} from '../../wire/index.ts';
import type { Host } from '../host.ts';
import type { FastOpenMemory } from '../tcp/fast-open/cache.ts';
import { type Instant, seconds } from '../time.ts';
import type { RouteEntry, RouteMetrics } from '../routing.ts';
import { type CommandContext, type CommandOutcome, done, failed } from './command.ts';

export function ip({ host, now }: CommandContext, words: readonly string[]): CommandOutcome {
  const rest = words.filter((word) => !word.startsWith('-'));
  if (words.includes('-6')) return failed(1, 'ip: this host has no IPv6 yet');
  const [object = '', verb = 'show', ...operands] = rest;
  if (isShort(object, 'route')) return route(host, verb, operands);
  if (isShort(object, 'tcp_metrics') || isShort(object, 'tcpmetrics'))
    return metrics(host, verb, now);
  return failed(1, `Object "${object}" is unknown here, only "route" and "tcp_metrics" are.`);
}

/** iproute2 takes any beginning of a word for it. */
function isShort(word: string, whole: string): boolean {
  return word !== '' && whole.startsWith(word);
}

/** What the host remembers of earlier connections: what Fast Open needs, and nothing else. */
function metrics(host: Host, verb: string, now: Instant): CommandOutcome {
  const { fastOpenCache } = host.tcp;
  if (isShort(verb, 'show') || isShort(verb, 'list')) {
    return done(
      fastOpenCache
        .entries()
        .map((entry) => printMemory(entry, now))
        .join(''),
    );
  }
  if (!isShort(verb, 'flush') && !isShort(verb, 'delete')) {
    return failed(255, `Command "${verb}" is unknown, try "ip tcp_metrics help".`);
  }
  fastOpenCache.clear();
  return done();
}

function printMemory(memory: FastOpenMemory, now: Instant): string {
  const { source, destination, mss, cookie, synLosses, writtenAt } = memory;
  const age = ((now - writtenAt) / seconds(1)).toFixed(3);
  const words = [
    `${printIpv4(destination)} age ${age}sec`,
    ...(mss > 0 ? [`fo_mss ${mss}`] : []),
    ...(synLosses > 0 ? [`fo_syn_drops ${synLosses}/${age}sec ago`] : []),
    ...(cookie.length > 0 ? [`fo_cookie ${printHex(cookie)}`] : []),
    `source ${printIpv4(source)}`,
  ];
  return `${words.join(' ')}\n`;
}

const NO_ANSWER = 'RTNETLINK answers: ';

function route(host: Host, verb: string, operands: readonly string[]): CommandOutcome {
  if (isShort(verb, 'show') || isShort(verb, 'list')) return done(printRoutes(host));
  if (isShort(verb, 'flush')) {
    host.ip.routes.forgetLearned(); // `ip route flush cache`
    return done();
  }
  const isDeletion = verb !== '' && ('delete'.startsWith(verb) || verb === 'del');
  if (!['add', 'append', 'change', 'replace'].includes(verb) && !isDeletion) {
    return failed(255, `Command "${verb}" is unknown, try "ip route help".`);
  }
  const asked = readRoute(host, operands);
  if (typeof asked === 'string') return failed(1, asked);
  const { routes } = host.ip;
  const present = routes.find(asked.destination);
  if (isDeletion) {
    if (present === undefined) return failed(2, `${NO_ANSWER}No such process`);
    routes.remove(present);
    return done();
  }
  if (present !== undefined && verb === 'add') return failed(2, `${NO_ANSWER}File exists`);
  if (present === undefined && verb === 'change') {
    return failed(2, `${NO_ANSWER}No such file or directory`);
  }
  const entry = entryOf(host, asked, present);
  if (entry === undefined) {
    return failed(
      2,
      asked.device === undefined ? `${NO_ANSWER}No such device` : 'Nexthop has invalid gateway.',
    );
  }
  if (present === undefined) routes.add(entry);
  else routes.replace(present, entry);
  return done();
}

/** What stands behind `ip route add`. */
interface AskedRoute {
  readonly destination: Ipv4Prefix;
  readonly gateway: string | undefined;
  readonly device: string | undefined;
  readonly source: string | undefined;
  readonly metrics: RouteMetrics;
}

/** Words that take a value, beside the metrics. */
const ATTRIBUTES = ['via', 'dev', 'src', 'proto', 'protocol', 'scope', 'table', 'metric'];
// prettier-ignore
const METRICS = [
  'mtu', 'advmss', 'window', 'rtt', 'rttvar', 'ssthresh', 'cwnd', 'initcwnd', 'initrwnd',
  'reordering', 'hoplimit', 'rto_min', 'features', 'quickack', 'congctl', 'fastopen_no_cookie',
];

/** Reads the words, or says what is wrong with them. */
function readRoute(host: Host, words: readonly string[]): AskedRoute | string {
  const [first, ...rest] = words;
  if (first === undefined) return 'ip: a route has a destination';
  const destination = prefixOf(first);
  if (destination === undefined) return `Error: inet prefix is expected rather than "${first}".`;
  const values = new Map<string, string>();
  let isMtuLocked = false;
  for (let i = 0; i < rest.length; i++) {
    const name = rest[i]!;
    if (name === 'onlink') continue;
    if (!ATTRIBUTES.includes(name) && !METRICS.includes(name)) {
      return `Error: either "to" is duplicate, or "${name}" is a garbage.`;
    }
    i += 1;
    if (rest[i] === 'lock' && METRICS.includes(name)) {
      isMtuLocked ||= name === 'mtu';
      i += 1;
    }
    const value = rest[i];
    if (value === undefined) return 'Command line is not complete. Try option "help"';
    values.set(name, value);
  }
  const device = values.get('dev');
  if (device !== undefined && host.portNamed(device) === undefined) {
    return `Cannot find device "${device}"`;
  }
  for (const [name, [least, most]] of RANGES) {
    const text = values.get(name);
    if (text !== undefined && !(/^\d{1,6}$/.test(text) && isWithin(Number(text), least, most))) {
      return `Error: argument "${text}" is wrong: "${name}" value is invalid`;
    }
  }
  for (const name of ['via', 'src'] as const) {
    const text = values.get(name);
    if (text !== undefined && addressOf(text) === undefined) {
      return `Error: inet address is expected rather than "${text}".`;
    }
  }
  return {
    destination,
    gateway: values.get('via'),
    device,
    source: values.get('src'),
    metrics: metricsOf(values, isMtuLocked),
  };
}

/**
 * The metrics that have a field of their own, from the least to the most. What is left for data
 * must be something: 40 octets are headers, and as many may be options.
 */
const RANGES: ReadonlyMap<string, readonly [least: number, most: number]> = new Map([
  ['mtu', [88, 999_999]],
  ['advmss', [48, 999_999]],
  ['initcwnd', [1, 999_999]],
  ['initrwnd', [1, 999_999]],
  ['fastopen_no_cookie', [0, 1]],
]);

function isWithin(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}

function metricsOf(values: ReadonlyMap<string, string>, isMtuLocked: boolean): RouteMetrics {
  const numberOf = (name: string): number | undefined => {
    const value = values.get(name);
    return value === undefined ? undefined : Number(value);
  };
  const isKept = (name: string): boolean => METRICS.includes(name) && !RANGES.has(name);
  return {
    mtu: numberOf('mtu'),
    isMtuLocked,
    advertisedMss: numberOf('advmss'),
    initialWindow: numberOf('initcwnd'),
    initialReceiveWindow: numberOf('initrwnd'),
    needsNoFastOpenCookie: numberOf('fastopen_no_cookie') === 1,
    kept: new Map([...values].filter(([name]) => isKept(name))),
  };
}

function prefixOf(text: string): Ipv4Prefix | undefined {
  if (text === 'default') return { address: 0, length: 0 };
  try {
    return parseIpv4Prefix(text.includes('/') ? text : `${text}/32`);
  } catch {
    return undefined;
  }
}

function addressOf(text: string): number | undefined {
  try {
    return parseIpv4(text);
  } catch {
    return undefined;
  }
}

/** The line of the table, if it leads anywhere. */
function entryOf(
  host: Host,
  { destination, gateway, device, source, metrics: known }: AskedRoute,
  present: RouteEntry | undefined,
): RouteEntry | undefined {
  const nextHop = gateway === undefined ? undefined : parseIpv4(gateway);
  const named = device === undefined ? undefined : host.portNamed(device);
  const way = nextHop === undefined ? undefined : host.ip.routes.lookUp(nextHop);
  const port = named ?? way?.port;
  if (port === undefined) return undefined;
  const own = source === undefined ? undefined : parseIpv4(source);
  const address = own ?? present?.source ?? way?.source ?? port.interface.addresses[0]?.address;
  if (address === undefined) return undefined;
  return { destination, gateway: nextHop, port, source: address, metrics: known };
}

/** The routes as `ip route show` lists them, without those to the host itself. */
function printRoutes(host: Host): string {
  return host.ip.routes.entries
    .filter(({ port }) => !port.interface.loopback)
    .map(({ destination, gateway, port, source, metrics: known }) => {
      const { address, length } = destination;
      const whole = length === 32 ? printIpv4(address) : `${printIpv4(address)}/${length}`;
      const mtu = `mtu ${known.isMtuLocked ? 'lock ' : ''}${known.mtu}`;
      return [
        length === 0 ? 'default' : whole,
        ...(gateway === undefined ? [] : [`via ${printIpv4(gateway)}`]),
        `dev ${port.interface.name}`,
        ...(gateway === undefined ? [`proto kernel scope link src ${printIpv4(source)}`] : []),
        ...(known.mtu === undefined ? [] : [mtu]),
        ...(known.advertisedMss === undefined ? [] : [`advmss ${known.advertisedMss}`]),
        ...(known.initialWindow === undefined ? [] : [`initcwnd ${known.initialWindow}`]),
        ...(known.initialReceiveWindow === undefined
          ? []
          : [`initrwnd ${known.initialReceiveWindow}`]),
        ...(known.needsNoFastOpenCookie ? ['fastopen_no_cookie 1'] : []),
        ...[...known.kept].map(([name, value]) => `${name} ${value}`),
      ].join(' ');
    })
    .map((line) => `${line}\n`)
    .join('');
}
