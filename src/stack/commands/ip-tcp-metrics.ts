/**
 * `ip tcp_metrics`: what the host remembers of peers from earlier connections
 * (ip-tcp_metrics(8)).
 */
import { type IpPrefix, isInIpPrefix, isIpv6, printHex, printIp } from '../../wire/index.ts';
import type { MetricsCache } from '../tcp/metrics/metrics-cache.ts';
import type { PeerMetrics } from '../tcp/metrics/peer-metrics.ts';
import { type Instant, ms, seconds } from '../time.ts';
import {
  type CommandContext,
  type CommandOutcome,
  done,
  failed,
  NOT_PERMITTED,
} from './command.ts';
import { ROOT } from './holders.ts';
import { type IpStyle, isShort, prefixOf } from './ip-words.ts';

const USAGE = `Usage:\tip tcp_metrics/tcpmetrics { COMMAND | help }
\tip tcp_metrics { show | flush } SELECTOR
\tip tcp_metrics delete [ address ] ADDRESS
SELECTOR := [ [ address ] PREFIX ]`;

const NO_SUCH_ENTRY = failed(2, 'RTNETLINK answers: No such process');

/** Which entries are meant; what is left out may be anything. */
interface Selector {
  readonly family: 4 | 6 | undefined;
  readonly destination: IpPrefix | undefined;
  readonly source: IpPrefix | undefined;
}

export function ipTcpMetrics(
  context: CommandContext,
  style: IpStyle,
  verb: string,
  operands: readonly string[],
): CommandOutcome {
  const { host, now } = context;
  const isListing = ['show', 'list', 'lst'].some((whole) => isShort(verb, whole));
  const isDeletion = isShort(verb, 'delete');
  if (isShort(verb, 'help')) return failed(255, USAGE);
  if (!isListing && !isDeletion && !isShort(verb, 'flush')) {
    return failed(255, `Command "${verb}" is unknown, try "ip tcp_metrics help".`);
  }
  const selector = readSelector(style.family, operands, isDeletion);
  if ('status' in selector) return selector;
  if (isDeletion) return forgetOne(context, selector);
  if (!isListing) return flush(context, style, selector);
  const { metrics } = host.tcp;
  const entries = metrics.entries().filter((entry) => isMeant(entry, selector));
  if (!isOneAddress(selector.destination)) {
    return done(entries.map((entry) => print(metrics, entry, now)).join(''));
  }
  const [newest] = entries; // the kernel is asked for one
  return newest === undefined ? NO_SUCH_ENTRY : done(print(metrics, newest, now));
}

/** As iproute2 reads them, which does not look at the word behind an address. */
function readSelector(
  family: IpStyle['family'],
  operands: readonly string[],
  isDeletion: boolean,
): Selector | CommandOutcome {
  let destination: IpPrefix | undefined;
  let source: IpPrefix | undefined;
  for (let i = 0; i < operands.length; i += 2) {
    const isSource = operands[i] === 'source' || operands[i] === 'src';
    if (isSource || operands[i] === 'address' || operands[i] === 'addr') i += 1;
    const text = operands[i];
    if (text === undefined) return failed(255, 'Command line is not complete. Try option "help"');
    if (isShort(text, 'help')) return failed(255, USAGE);
    if ((isSource ? source : destination) !== undefined) {
      const what = isSource ? 'source' : 'address';
      return failed(255, `Error: either "${what}" is duplicate, or "${text}" is a garbage.`);
    }
    const isAny = ['all', 'any', 'default'].includes(text);
    const prefix = isAny ? undefined : prefixOf(text, family === 6);
    const isOther = prefix !== undefined && family === 4 && isIpv6(prefix.address);
    if (!isAny && (prefix === undefined || isOther)) {
      const what = family === 6 ? 'inet6' : family === 4 ? 'inet' : 'any valid';
      return failed(1, `Error: ${what} prefix is expected rather than "${text}".`);
    }
    if (isDeletion && !isSource && !isOneAddress(prefix)) {
      return failed(1, `Error: a specific IP address is expected rather than "${text}"`);
    }
    if (isSource) source = prefix;
    else destination = prefix;
  }
  if (isDeletion && destination === undefined) {
    return failed(255, 'Error: argument "address" is required');
  }
  return { family, destination, source };
}

function isOneAddress(prefix: IpPrefix | undefined): boolean {
  return prefix !== undefined && prefix.length === (isIpv6(prefix.address) ? 128 : 32);
}

function isMeant(entry: PeerMetrics, { family, destination, source }: Selector): boolean {
  const isOfFamily = family === undefined || isIpv6(entry.destination) === (family === 6);
  const isThere = destination === undefined || isInIpPrefix(entry.destination, destination);
  return isOfFamily && isThere && (source === undefined || isInIpPrefix(entry.source, source));
}

/** All that is remembered of one address. */
function forgetOne({ host, user }: CommandContext, selector: Selector): CommandOutcome {
  if (user !== ROOT) return NOT_PERMITTED;
  const count = host.tcp.metrics.forget((entry) => isMeant(entry, selector));
  return count === 0 ? NO_SUCH_ENTRY : done();
}

/** One address, or everything, the kernel forgets by itself; else iproute2 names each entry. */
function flush(context: CommandContext, style: IpStyle, selector: Selector): CommandOutcome {
  const { host, user } = context;
  const { metrics } = host.tcp;
  const { family, destination, source } = selector;
  if (isOneAddress(destination)) return forgetOne(context, selector);
  const isEverything = family === undefined && destination === undefined && source === undefined;
  if (!isEverything && !metrics.entries().some((entry) => isMeant(entry, selector))) {
    return done('', 'Nothing to flush.\n');
  }
  if (user !== ROOT && isEverything) return NOT_PERMITTED;
  if (user !== ROOT) {
    return failed(1, 'Failed to send flush request\n: Operation not permitted');
  }
  const count = metrics.forget((entry) => isMeant(entry, selector));
  if (isEverything || !style.withStatistics) return done();
  return done(
    `\n*** Round 1, deleting ${count} entries ***\n*** Flush is complete after 1 round ***\n`,
  );
}

function print(metrics: MetricsCache, entry: PeerMetrics, now: Instant): string {
  const { source, destination, ssthresh, cwnd, reordering, rtt, rttvar, fastOpen } = entry;
  const { mss = 0, synLosses = 0, synLostAt = now, cookie } = fastOpen ?? {};
  // iproute2 takes milliseconds for microseconds here.
  const lostAgo = ((now - synLostAt) / ms(1) / 1e6).toFixed(3);
  const words = [
    `${printIp(destination)} age ${(metrics.age(entry, now) / seconds(1)).toFixed(3)}sec`,
    ...(ssthresh > 0 ? [`ssthresh ${ssthresh}`] : []),
    ...(cwnd > 0 ? [`cwnd ${cwnd}`] : []),
    ...(reordering > 0 ? [`reordering ${reordering}`] : []),
    ...(rtt >= 8 ? [`rtt ${Math.floor(rtt / 8)}us`] : []),
    ...(rttvar >= 4 ? [`rttvar ${Math.floor(rttvar / 4)}us`] : []),
    ...(mss > 0 ? [`fo_mss ${mss}`] : []),
    ...(synLosses > 0 ? [`fo_syn_drops ${synLosses}/${lostAgo}usec ago`] : []),
    ...(cookie !== undefined && cookie.length > 0 ? [`fo_cookie ${printHex(cookie)}`] : []),
    `source ${printIp(source)}`,
  ];
  return `${words.join(' ')}\n`;
}
