/** `ip route`: the host's routes, with what is known of each way (ip-route(8)). */
import {
  type IpAddress,
  type IpPrefix,
  IPV4_ANY,
  IPV6_ANY,
  isInIpPrefix,
  isIpv6,
  isLinkLocalIpv6,
  printIp,
  withoutHost,
} from '../../wire/index.ts';
import { wordsOf } from '../errno.ts';
import type { Host } from '../host.ts';
import { ipv4SourceFor } from '../ip/ipv4-source.ts';
import { mtuOf } from '../ip/path-mtu.ts';
import {
  REFUSAL_ERRORS,
  type RouteEntry,
  type RouteLease,
  type RoutingTable,
} from '../ip/routing.ts';
import { isCongestionAlgorithm } from '../tcp/congestion/congestion-profile.ts';
import { type Instant, NEVER, seconds } from '../time.ts';
import {
  type CommandContext,
  type CommandOutcome,
  done,
  failed,
  NOT_PERMITTED,
} from './command.ts';
import { ROOT, userId } from './holders.ts';
import { printMetrics } from './ip-route-metrics.ts';
import { addressOf, type AskedRoute, isShort, prefixOf, readRoute } from './ip-words.ts';

const NO_ANSWER = 'RTNETLINK answers: ';

export function ipRoute(
  context: CommandContext,
  isVersion6: boolean,
  verb: string,
  operands: readonly string[],
): CommandOutcome {
  const { host, user } = context;
  if (isShort(verb, 'show') || isShort(verb, 'list')) return show(context, isVersion6, operands);
  if (verb === 'get') return get(context, operands[0] ?? '');
  if (isShort(verb, 'flush')) return flush(context, isVersion6, operands);
  const isDeletion = (verb !== '' && 'delete'.startsWith(verb)) || verb === 'del';
  if (!['add', 'append', 'change', 'replace'].includes(verb) && !isDeletion) {
    return failed(255, `Command "${verb}" is unknown, try "ip route help".`);
  }
  const asked = readRoute(host, isVersion6, operands);
  if (typeof asked === 'string')
    return failed(/garbage|is wrong|not complete/.test(asked) ? 255 : 1, asked);
  if (user !== ROOT) return NOT_PERMITTED;
  return isDeletion ? remove(host, asked) : put(host, verb, asked);
}

/** `ip route flush cache`, or the lines for one network, by one device, or all of them. */
function flush(
  { host, user }: CommandContext,
  isVersion6: boolean,
  operands: readonly string[],
): CommandOutcome {
  const [first, second] = operands;
  const { routes } = isVersion6 ? host.ipv6 : host.ip;
  if (first === undefined) return failed(1, '"ip route flush" requires arguments.');
  if (first === 'cache' && user !== ROOT) {
    return done('', 'Cannot open "/proc/sys/net/ipv4/route/flush": Permission denied\n');
  }
  if (first === 'cache') {
    routes.forgetLearned();
    return done();
  }
  const device = first === 'dev' ? second : undefined;
  const network = first === 'dev' || first === 'all' ? undefined : prefixOf(first, isVersion6);
  if (first === 'dev' && (device === undefined || host.portNamed(device) === undefined)) {
    return failed(1, `Cannot find device "${device ?? ''}"`);
  }
  if (first !== 'dev' && first !== 'all' && network === undefined) {
    return failed(1, `Error: any valid prefix is expected rather than "${first}".`);
  }
  if (user !== ROOT) return failed(2, 'Failed to send flush request: Operation not permitted');
  const lines = network === undefined ? routes.entries : routes.of(network);
  // What leads to the host itself is in another table.
  const meant = lines.filter(
    ({ kind, port }) =>
      (device === undefined || port.interface.name === device) &&
      (kind !== 'unicast' || !port.interface.loopback),
  );
  for (const entry of meant) routes.remove(entry);
  return done();
}

/** The first line that is as described; what is left out may be anything. */
function remove(host: Host, asked: AskedRoute): CommandOutcome {
  const { routes } = host.ipFor(asked.destination.address);
  const meant = routes
    .of(asked.destination)
    .find(
      ({ priority, gateway, port }) =>
        (asked.priority === undefined || asked.priority === priority) &&
        (asked.gateway === undefined || asked.gateway === gateway) &&
        (asked.device === undefined || asked.device === port.interface.name),
    );
  if (meant === undefined) return failed(2, `${NO_ANSWER}No such process`);
  routes.remove(meant);
  return done();
}

/** `add`, `append`, `change`, `replace`: a network has one line of each metric, unless appended. */
function put(host: Host, verb: string, asked: AskedRoute): CommandOutcome {
  const fault = faultOf(host, asked);
  if (fault !== undefined) return failed(2, fault);
  const { routes } = host.ipFor(asked.destination.address);
  const wanted = asked.priority ?? 0;
  const present = routes.of(asked.destination).find(({ priority }) => priority === wanted);
  if (present !== undefined && verb === 'add') return failed(2, `${NO_ANSWER}File exists`);
  if (present === undefined && verb === 'change') {
    return failed(2, `${NO_ANSWER}No such file or directory`);
  }
  const entry = entryOf(host, asked, present);
  if (entry === undefined) return failed(2, whyNowhere(host, asked));
  if (present === undefined || verb === 'append') routes.add(entry);
  else replace(routes, present, entry);
  return done();
}

/** The line takes the place of another: those that were appended to that stay behind it. */
function replace(routes: RoutingTable, present: RouteEntry, entry: RouteEntry): void {
  const { destination, priority } = present;
  const behind = routes
    .of(destination)
    .filter((other) => other !== present && other.priority === priority);
  for (const gone of [present, ...behind]) routes.remove(gone);
  for (const line of [entry, ...behind]) routes.add(line);
}

/** What the kernel finds wrong with a line, wherever it leads. */
function faultOf(host: Host, asked: AskedRoute): string | undefined {
  const { destination, source, gateway, device } = asked;
  const { address } = destination;
  if (!isIpv6(address) && withoutHost(destination).address !== address) {
    return 'Error: Invalid prefix for given prefix length.';
  }
  if (source !== undefined && !host.ipFor(source).isLocal(source)) {
    return isIpv6(address) ? 'Error: Invalid source address.' : 'Error: Invalid prefsrc address.';
  }
  const { congestionControl } = asked;
  if (congestionControl !== undefined && !isCongestionAlgorithm(congestionControl)) {
    return 'Error: Unknown tcp congestion algorithm.';
  }
  const isOfLink = gateway !== undefined && isIpv6(gateway) && isLinkLocalIpv6(gateway);
  return isOfLink && device === undefined ? 'Error: Egress device not specified.' : undefined;
}

/** Why a line leads nowhere, in the kernel's words. */
function whyNowhere(host: Host, { gateway, device, destination }: AskedRoute): string {
  const named = device === undefined ? undefined : host.portNamed(device);
  if (named !== undefined) {
    return isIpv6(destination.address)
      ? 'Error: Nexthop device is not up.'
      : 'Error: Device for nexthop is not up.';
  }
  if (gateway === undefined) return `${NO_ANSWER}No such device`;
  return isIpv6(gateway) ? `${NO_ANSWER}No route to host` : 'Error: Nexthop has invalid gateway.';
}

/** The line of the table, if it leads anywhere: a gateway is on a link of the host's. */
function entryOf(
  host: Host,
  { kind, destination, gateway, device, source, priority = 0, metrics }: AskedRoute,
  present: RouteEntry | undefined,
): RouteEntry | undefined {
  if (kind !== 'unicast') {
    const port = host.portNamed(host.loopback.name);
    const none = anyOf(destination);
    return port && { kind, destination, priority, gateway: undefined, port, source: none, metrics };
  }
  const named = device === undefined ? undefined : host.portNamed(device);
  const way = gateway === undefined ? undefined : host.ipFor(gateway).routes.lookUp(gateway);
  const port = named ?? (way?.usesGateway === true ? undefined : way?.port);
  if (port?.interface.isUp !== true) return undefined;
  const usual = isIpv6(destination.address)
    ? IPV6_ANY // chosen by the destination (RFC 6724)
    : (ipv4SourceFor(gateway, port.interface, host.interfaces) ?? IPV4_ANY);
  const address = source ?? present?.source ?? usual;
  return { kind, destination, priority, gateway, port, source: address, metrics };
}

/** The source of a route that sends nothing. */
function anyOf({ address }: IpPrefix): IpAddress {
  return isIpv6(address) ? IPV6_ANY : IPV4_ANY;
}

/** The way to one address, as the kernel would go it. */
function get({ host, now, user }: CommandContext, text: string): CommandOutcome {
  const destination = addressOf(text);
  if (destination === undefined) {
    return failed(1, `Error: any valid prefix is expected rather than "${text}".`);
  }
  const ip = host.ipFor(destination);
  const route = ip.routes.lookUp(destination);
  if (route === undefined) {
    return failed(2, `${NO_ANSWER}${wordsOf(REFUSAL_ERRORS[ip.routes.refusal(destination)])}`);
  }
  const { port, usesGateway, nextHop, source, learned } = route;
  // Of IPv6 it is kept as long as it is used, and no time is shown.
  const redirectedUntil = isIpv6(destination) ? NEVER : (route.redirectedUntil ?? NEVER);
  const isLocal = port.interface.loopback;
  const isBroadcast = ip.isBroadcast(destination);
  const kind = isLocal ? 'local ' : isBroadcast ? 'broadcast ' : '';
  const via = usesGateway ? ` via ${printIp(nextHop)}` : '';
  const known = learned === undefined || now >= learned.until ? undefined : learned;
  const until = Math.min(known?.until ?? NEVER, redirectedUntil);
  const expires = until < NEVER ? ` expires ${Math.floor((until - now) / seconds(1))}sec` : '';
  const metrics = printMetrics(
    known === undefined ? route.metrics : { ...route.metrics, mtu: mtuOf(route, now) },
  );
  const notes = expires + metrics.map((metric) => ` ${metric}`).join('');
  const isRedirected = redirectedUntil < NEVER;
  const flags = isLocal ? ' <local>' : isBroadcast ? ' <local,brd>' : isRedirected ? ' <redirected>' : ''; // prettier-ignore
  return done(
    `${kind}${text}${via} dev ${port.interface.name} src ${printIp(source)} uid ${userId(user)}\n` +
      `    cache${flags}${notes}\n`,
  );
}

/** `ip route show`, of all networks or of one, without the lines to the host itself. */
function show(
  { host, now }: CommandContext,
  isVersion6: boolean,
  operands: readonly string[],
): CommandOutcome {
  const [first] = operands;
  const network = first === undefined ? undefined : prefixOf(first, isVersion6);
  if (first !== undefined && network === undefined) {
    return failed(1, `Error: any valid prefix is expected rather than "${first}".`);
  }
  const { routes } = isVersion6 ? host.ipv6 : host.ip;
  const entries = network === undefined ? routes.entries : routes.of(network);
  return done(
    entries
      .filter(({ kind, port }) => kind !== 'unicast' || !port.interface.loopback)
      .map((entry) => `${printEntry(entry, now)}\n`)
      .join(''),
  );
}

function printEntry(entry: RouteEntry, now: Instant): string {
  const { kind, destination, gateway, port, metrics, lease } = entry;
  const { address, length } = destination;
  const isVersion6 = isIpv6(address);
  const isAlone = length === (isVersion6 ? 128 : 32);
  const whole = isAlone ? printIp(address) : `${printIp(address)}/${length}`;
  const metric = metricOf(entry);
  return [
    ...(kind === 'unicast' ? [] : [kind]),
    length === 0 ? 'default' : whole,
    ...(gateway === undefined ? [] : [`via ${printIp(gateway)}`]),
    ...(kind === 'unicast' ? [`dev ${port.interface.name}`] : []),
    ...originOf(entry),
    ...(metric === 0 ? [] : [`metric ${metric}`]),
    ...(port.interface.hasCarrier ? [] : ['linkdown']),
    ...printMetrics(metrics),
    ...(lease === undefined ? [] : printLease(lease, now)),
    ...(isVersion6 ? ['pref medium'] : []),
  ].join(' ');
}

/** IPv6 has no metric 0 (IP6_RT_PRIO_ADDRCONF, IP6_RT_PRIO_USER). */
function metricOf(entry: RouteEntry): number {
  const { destination, priority } = entry;
  if (priority > 0 || !isIpv6(destination.address)) return priority;
  return isOfKernel(entry) ? 256 : 1024;
}

function printLease({ until, mtu, hopLimit }: RouteLease, now: Instant): string[] {
  return [
    ...(until === NEVER ? [] : [`expires ${Math.floor((until - now) / seconds(1))}sec`]),
    ...(mtu === 0 ? [] : [`mtu ${mtu}`]),
    ...(hopLimit === 0 ? [] : [`hoplimit ${hopLimit}`]),
  ];
}

/** Who made it, and of IPv4 how far it reaches. */
function originOf(entry: RouteEntry): string[] {
  const { kind, destination, gateway, source, lease } = entry;
  if (kind !== 'unicast') return [];
  if (gateway !== undefined) return lease === undefined ? [] : ['proto ra'];
  if (isIpv6(destination.address)) return isOfKernel(entry) ? ['proto kernel'] : [];
  return [isOfKernel(entry) ? `proto kernel scope link src ${printIp(source)}` : 'scope link'];
}

/** The kernel's own lines are those for the networks of addresses, and of routers' prefixes. */
function isOfKernel({ kind, destination, gateway, port, lease }: RouteEntry): boolean {
  if (kind !== 'unicast' || gateway !== undefined) return false;
  const { addresses } = port.interface;
  const isTheirs = addresses.some(
    (own) => own.length === destination.length && isInIpPrefix(own.address, destination),
  );
  return lease !== undefined || isTheirs;
}
