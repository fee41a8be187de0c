/**
 * `ip`: the administrator's tool for routes, addresses and what is remembered of destinations
 * (ip(8)). Each of its objects is a file of its own.
 */
import { type CommandContext, type CommandOutcome, failed } from './command.ts';
import { ipAddress } from './ip-address.ts';
import { ipNeighbor } from './ip-neighbor.ts';
import { ipRoute } from './ip-route.ts';
import { ipLink } from './ip-link.ts';
import { ipTcpMetrics } from './ip-tcp-metrics.ts';
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
    return ipTcpMetrics(context, style, verb, operands);
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
