/**
 * `ip`: the administrator's tool for routes, addresses and what is remembered of destinations
 * (ip(8)). Each of its objects is a file of its own, but for `ip tcp_metrics`
 * (ip-tcp_metrics(8)), which is here.
 */
import { printHex, printIp } from '../../wire/index.ts';
import type { FastOpenMemory } from '../tcp/fast-open/cache.ts';
import { type Instant, seconds } from '../time.ts';
import {
  type CommandContext,
  type CommandOutcome,
  done,
  failed,
  NOT_PERMITTED,
} from './command.ts';
import { ROOT } from './holders.ts';
import { ipAddress } from './ip-address.ts';
import { ipNeighbor } from './ip-neighbor.ts';
import { ipRoute } from './ip-route.ts';
import { ipLink } from './ip-link.ts';
import { type IpStyle, isShort } from './ip-words.ts';

export function ip(context: CommandContext, words: readonly string[]): CommandOutcome {
  const rest = words.filter((word) => !word.startsWith('-'));
  const style = readStyle(words.filter((word) => word.startsWith('-')));
  if (typeof style === 'string') return failed(255, style);
  const isVersion6 = style.family === 6;
  const [object = '', verb = 'show', ...operands] = rest;
  if (isShort(object, 'route')) return ipRoute(context, isVersion6, verb, operands);
  if (isShort(object, 'address')) return ipAddress(context, style, verb, operands);
  if (isShort(object, 'link')) return ipLink(context, style, verb, operands);
  if (isShort(object, 'neighbour') || isShort(object, 'neighbor'))
    return ipNeighbor(context, isVersion6, verb, operands);
  if (isShort(object, 'tcp_metrics') || isShort(object, 'tcpmetrics'))
    return metrics(context, verb);
  return failed(
    1,
    `Object "${object}" is unknown here, only "address", "link", "route", "neigh", "tcp_metrics" are.`,
  );
}

/** Options by their names, each as short as one likes; -n and -d are taken, and change nothing. */
function readStyle(options: readonly string[]): IpStyle | string {
  const names = options.map((option) => option.replace(/^--?/, ''));
  const known = [
    '4',
    '6',
    'brief',
    'oneline',
    'statistics',
    'stats',
    'numeric',
    'details',
    'color',
  ];
  const unknown = names.find((name) => name === '' || !known.some((full) => full.startsWith(name)));
  if (unknown !== undefined) return `Option "-${unknown}" is unknown, try "ip -help".`;
  const has = (full: string, least: number): boolean =>
    names.some((name) => name.length >= least && full.startsWith(name));
  return {
    family: has('4', 1) ? 4 : has('6', 1) ? 6 : undefined,
    isBrief: has('brief', 1),
    isOneLine: has('oneline', 1),
    withStatistics: has('statistics', 1),
  };
}

/** What the host remembers of earlier connections: what Fast Open needs, and nothing else. */
function metrics({ host, now, user }: CommandContext, verb: string): CommandOutcome {
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
  if (user !== ROOT) return NOT_PERMITTED;
  fastOpenCache.clear();
  return done();
}

function printMemory(memory: FastOpenMemory, now: Instant): string {
  const { source, destination, mss, cookie, synLosses, writtenAt } = memory;
  const age = ((now - writtenAt) / seconds(1)).toFixed(3);
  const words = [
    `${printIp(destination)} age ${age}sec`,
    ...(mss > 0 ? [`fo_mss ${mss}`] : []),
    ...(synLosses > 0 ? [`fo_syn_drops ${synLosses}/${age}sec ago`] : []),
    ...(cookie.length > 0 ? [`fo_cookie ${printHex(cookie)}`] : []),
    `source ${printIp(source)}`,
  ];
  return `${words.join(' ')}\n`;
}
