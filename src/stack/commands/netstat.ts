/**
 * `netstat`: the host's sockets, routes, interfaces and counters, as net-tools 2.10 prints
 * them (netstat(8)).
 *
 *     Active Internet connections (servers and established)
 *     Proto Recv-Q Send-Q Local Address  Foreign Address  State  PID/Program name  Timer
 *     tcp        0      0 0.0.0.0:8000   0.0.0.0:*        LISTEN 1001/nc           off (0.00/0/0)
 */
import { IPV6_ANY, type IpAddress } from '../../wire/index.ts';
import type { SocketFamily } from '../sockets/socket-family.ts';
import { type CommandContext, type CommandOutcome, done, failed } from './command.ts';
import { describe } from './ifconfig.ts';
import { ROOT, seenBy, type SocketHolder, type SocketHolders, userId } from './holders.ts';
import { byName, interfaceLine } from './link-text.ts';
import { type NetstatRequest, readNetstatRequest } from './netstat-options.ts';
import { statistics } from './netstat-statistics.ts';
import { endText, type InternetRow, tcpRows, udpRows } from './netstat-rows.ts';
import { routeTable } from './route-table.ts';

export function netstat(context: CommandContext, words: readonly string[]): CommandOutcome {
  const request = readNetstatRequest(words);
  if (typeof request === 'string') return failed(4, `netstat: ${request}`);
  switch (request.table) {
    case 'routes':
      return request.isFamilyChosen && !request.withIpv4
        ? failed(4, 'netstat: routes of IPv6 are for "ip -6 route" to show')
        : done(
            routeTable(context.host, request.isExtended ? 'metric' : 'window', request.isNumeric),
          );
    case 'interfaces':
      return done(interfaces(context, request));
    case 'statistics':
      return done(statistics(context.host, request));
    default:
      return sockets(context, request);
  }
}

const INTERFACES = 'Kernel Interface table\n';
const INTERFACE_COLUMNS =
  'Iface             MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n';

/** `netstat -i`; with -e as `ifconfig` has them. */
function interfaces({ host }: CommandContext, { isAll, isExtended }: NetstatRequest): string {
  const all = byName(host.interfaces, isAll);
  if (isExtended) return INTERFACES + all.map(describe).join('');
  return INTERFACES + INTERFACE_COLUMNS + all.map(interfaceLine).join('');
}

function sockets(context: CommandContext, request: NetstatRequest): CommandOutcome {
  const seen = seenBy(context.user, context.holders());
  const internet = internetTable(context, request, seen);
  const unix = request.withUnix ? unixTable(request) : '';
  const note = request.withPrograms ? noteFor(context.user, seen) : undefined;
  return done(internet + unix, note);
}

/** Which sockets the table has, in its title. */
function chosen({ isAll, isListening }: NetstatRequest): string {
  if (isAll) return '(servers and established)';
  return isListening ? '(only servers)' : '(w/o servers)';
}

function internetTable(
  { host, now }: CommandContext,
  request: NetstatRequest,
  holders: SocketHolders,
): string {
  const { withTcp, withUdp, withRaw, isAll, isListening } = request;
  if (!withTcp && !withUdp && !withRaw) return '';
  const families: SocketFamily[] = [
    ...(request.withIpv4 ? (['AF_INET'] as const) : []),
    ...(request.withIpv6 ? (['AF_INET6'] as const) : []),
  ];
  const rows = [
    ...(withTcp ? families.flatMap((family) => tcpRows(host, family, now)) : []),
    ...(withUdp ? families.flatMap((family) => udpRows(host, family)) : []),
  ].filter(({ foreignPort }) => isAll || isListening === (foreignPort === 0));
  const header =
    'Proto Recv-Q Send-Q Local Address           Foreign Address         State      ' +
    (request.isExtended ? ' User       Inode     ' : '') +
    (request.withPrograms ? ' PID/Program name    ' : '') +
    (request.withTimers ? ' Timer' : '');
  const lines = rows.map((row) => line(row, request, holders));
  return [`Active Internet connections ${chosen(request)}`, header, ...lines, ''].join('\n');
}

function unixTable(request: NetstatRequest): string {
  return (
    `Active UNIX domain sockets ${chosen(request)}\n` +
    'Proto RefCnt Flags       Type       State         I-Node   Path\n'
  );
}

/** The column of the programs, a space before it (PROGNAME_WIDTH); a longer one is cut. */
const PROGRAM_WIDTH = 20;

function line(row: InternetRow, request: NetstatRequest, holders: SocketHolders): string {
  const { protocol, receiveQueue, sendQueue, state, timer } = row;
  const holder = row.socket && holders.get(row.socket)?.[0];
  const program = programOf(holder)
    .slice(0, PROGRAM_WIDTH - 1)
    .padEnd(PROGRAM_WIDTH);
  const user = String(userId(holder?.user ?? ROOT)).padEnd(10);
  return [
    protocol.padEnd(4),
    ` ${String(receiveQueue).padStart(6)}`,
    String(sendQueue).padStart(6),
    cell(row.localAddress, row.localPort, request),
    cell(row.foreignAddress, row.foreignPort, request),
    state.padEnd(11),
    ...(request.isExtended ? [`${user} ${String(holder?.inode ?? 0).padEnd(10)}`] : []),
    ...(request.withPrograms ? [program] : []),
    ...(request.withTimers ? [timer] : []),
  ].join(' ');
}

/** `1001/nc`, and `-` for a socket that no process has open. */
export function programOf(holder: SocketHolder | undefined): string {
  return holder === undefined ? '-' : `${holder.pid}/${holder.name}`;
}

const END_WIDTH = 23;
/** Address and port together; beyond, the address is cut (addr_do_one()). */
const END_LONGEST = 22;

function cell(address: IpAddress, port: number, { isNumeric, isWide }: NetstatRequest): string {
  const whole =
    address === IPV6_ANY && !isNumeric ? `[::]:${port === 0 ? '*' : port}` : endText(address, port);
  const portAt = whole.lastIndexOf(':');
  const portLength = whole.length - portAt - 1;
  const isCut = !isWide && portAt + portLength > END_LONGEST;
  const shown = isCut ? whole.slice(0, END_LONGEST - portLength) + whole.slice(portAt) : whole;
  return shown.padEnd(END_WIDTH);
}

/** What is said to one who may not look into all processes (prg_cache_load()). */
function noteFor(user: string, seen: SocketHolders): string | undefined {
  if (user === ROOT) return undefined;
  return [...seen.values()].some((those) => those.length > 0)
    ? '(Not all processes could be identified, non-owned process info\n' +
        ' will not be shown, you would have to be root to see it all.)\n'
    : `(No info could be read for "-p": geteuid()=${userId(user)} but you should be root.)\n`;
}
