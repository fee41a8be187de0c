/**
 * `ss`: the host's sockets, a line each and with -i, -m a second one (ss(8) of iproute2).
 *
 *     State Recv-Q Send-Q Local Address:Port Peer Address:Port Process
 *     ESTAB 0      1460        10.0.0.1:80       10.0.0.2:49152 timer:(on,200ms,0)
 *              skmem:(r0,…) ts sack cubic wscale:7,7 rto:200 rtt:0.2/0.1 mss:1448 … cwnd:10 …
 */
import { type IpAddress, IPV6_ANY, isIpv6, printIp } from '../../wire/index.ts';
import type { Host } from '../host.ts';
import type { Port } from '../ip/routing.ts';
import { addressShown, type FamilyMember, type SocketFamily } from '../sockets/socket-family.ts';
import type { TcpState } from '../tcp/states.ts';
import type { Instant } from '../time.ts';
import { type CommandContext, type CommandOutcome, done, failed } from './command.ts';
import { isIpv6Only, type ListedSocket, listSockets, queuesOf } from './connections.ts';
import { seenBy, type SocketHolders } from './holders.ts';
import { printSockets, type SsRow } from './ss-columns.ts';
import { printDetails, printInfo, printMemory, printProcesses, printTimer } from './ss-details.ts';
import type { SocketEnds } from './ss-filter.ts';
import { readSsRequest, type SsRequest } from './ss-options.ts';
import { summary } from './ss-summary.ts';

const STATE_NAMES: Readonly<Record<TcpState, string>> = {
  ESTABLISHED: 'ESTAB',
  'SYN-SENT': 'SYN-SENT',
  'SYN-RECEIVED': 'SYN-RECV',
  'FIN-WAIT-1': 'FIN-WAIT-1',
  'FIN-WAIT-2': 'FIN-WAIT-2',
  'TIME-WAIT': 'TIME-WAIT',
  CLOSED: 'UNCONN',
  'CLOSE-WAIT': 'CLOSE-WAIT',
  'LAST-ACK': 'LAST-ACK',
  LISTEN: 'LISTEN',
  CLOSING: 'CLOSING',
};

/** What is asked, of which host, when, and by one who sees which processes. */
interface View {
  readonly host: Host;
  readonly request: SsRequest;
  readonly now: Instant;
  readonly holders: SocketHolders;
}

export function ss(context: CommandContext, words: readonly string[]): CommandOutcome {
  const request = readSsRequest(words);
  if (typeof request === 'string') return failed(1, request);
  const { host, now, user } = context;
  if (request.isSummary) return done(summary(host));
  const { withTcp, withUdp, states, hasHeader, hasQueues } = request;
  const view = { host, request, now, holders: seenBy(user, context.holders()) };
  const rows = [...(withUdp ? datagramRows(view) : []), ...(withTcp ? streamRows(view) : [])];
  const hasProtocol = withTcp === withUdp;
  return done(printSockets(rows, { hasHeader, hasProtocol, hasState: states.size > 1, hasQueues }));
}

/** Those of IPv4 before those of IPv6, of the families that are asked for. */
function byFamily<T extends { readonly family: SocketFamily }>(
  sockets: readonly T[],
  { withIpv4, withIpv6 }: SsRequest,
): T[] {
  const of = (wanted: SocketFamily): T[] => sockets.filter(({ family }) => family === wanted);
  return [...(withIpv4 ? of('AF_INET') : []), ...(withIpv6 ? of('AF_INET6') : [])];
}

/** TCP's: those that listen, then connections. */
function streamRows(view: View): SsRow[] {
  const { host, request } = view;
  return byFamily(listSockets(host), request).flatMap((socket, i) => {
    if (!request.states.has(socket.state) || !request.filter(socket)) return [];
    const { receive, send } = queuesOf(socket);
    return {
      ...ends(socket, socket.connection?.link),
      protocol: 'tcp',
      state: STATE_NAMES[socket.state],
      receiveQueue: receive,
      sendQueue: send,
      rest: restOf(view, socket, i + 1),
    };
  });
}

function restOf(
  { host, request, now, holders }: View,
  socket: ListedSocket,
  cookie: number,
): string {
  const { withTimers, withDetails, withMemory, withInfo, isOneLine, isNumeric } = request;
  const style = { isNumeric, withOptions: withTimers };
  const heldBy = (socket.socket && holders.get(socket.socket)) ?? [];
  return [
    request.withProcesses ? printProcesses(heldBy) : '',
    withTimers ? printTimer(socket, now) : '',
    withDetails ? printDetails(socket, heldBy[0], cookie) : '',
    (withMemory || withInfo) && !isOneLine ? '\n\t' : '',
    withMemory ? printMemory(host, socket) : '',
    withInfo ? printInfo(host, socket, style, now) : '',
  ].join('');
}

/** UDP's: one that is connected counts as established. */
function datagramRows({ host: { udp }, request, holders }: View): SsRow[] {
  const { states, filter, withMemory, isOneLine } = request;
  return byFamily([...udp.sockets()], request).flatMap((socket, i) => {
    const isConnected = socket.remotePort !== 0;
    if (!states.has(isConnected ? 'ESTABLISHED' : 'CLOSED') || !filter(socket)) return [];
    const { receiveQueue, receiveSpace } = socket;
    const memory = `r${receiveQueue},rb${receiveSpace},t0,tb${udp.profile.sockets.sendBuffer}`;
    const start = isOneLine ? '' : '\n\t';
    const heldBy = holders.get(socket) ?? [];
    return {
      ...ends(socket, socket.device),
      protocol: 'udp',
      state: isConnected ? 'ESTAB' : 'UNCONN',
      receiveQueue,
      sendQueue: 0,
      rest: [
        request.withProcesses ? printProcesses(heldBy) : '',
        request.withDetails ? printDetails(socket, heldBy[0], i + 1) : '',
        withMemory ? `${start} skmem:(${memory},f0,w0,o0,bl0,d0)` : '',
      ].join(''),
    };
  });
}

/** @param link the one that the socket keeps to, whose interface stands behind the local address */
function ends(
  socket: SocketEnds & FamilyMember,
  link: Port | undefined,
): Pick<SsRow, 'localAddress' | 'localPort' | 'peerAddress' | 'peerPort'> {
  const { localPort, remotePort } = socket;
  return {
    localAddress: addressIn(socket, socket.localAddress) + (link ? `%${link.interface.name}` : ''),
    localPort: localPort === 0 ? '*' : String(localPort),
    peerAddress: addressIn(socket, socket.remoteAddress),
    peerPort: remotePort === 0 ? '*' : String(remotePort),
  };
}

/** IPv6 in brackets, and any address of a socket that takes both versions as `*`. */
function addressIn(socket: SocketEnds & FamilyMember, address: IpAddress): string {
  if (address === IPV6_ANY && !isIpv6Only(socket)) return '*';
  const shown = addressShown(socket.family, address);
  return isIpv6(shown) ? `[${printIp(shown)}]` : printIp(shown);
}
