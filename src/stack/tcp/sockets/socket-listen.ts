/** A listening socket comes and goes: the host's table of listeners, and who is told. */
import { IPV4_ANY } from '../../../wire/index.ts';
import { cause } from '../../cause.ts';
import type { Instant } from '../../time.ts';
import { FastOpenQueue } from '../fast-open/queue.ts';
import { FAST_OPEN_FLAG } from '../fast-open/state.ts';
import type { Listener } from '../listen/listener.ts';
import type { TcpSocket } from './socket.ts';
import type { Tcp } from '../tcp.ts';
import { abort } from '../user.ts';

const LISTEN = cause('passive-open', 'passive open', 'RFC 9293 §3.10.1');
const STOP_LISTENING = cause('stop-listening', 'the application closed', 'RFC 9293 §3.10.4');

const NO_PEER = { remoteAddress: IPV4_ANY, remotePort: 0 };

export function startListening(tcp: Tcp, listener: Listener, now: Instant): void {
  const { localAddress, localPort } = listener;
  tcp.listeners.add(listener);
  const numbers = { ...NO_PEER, localAddress, localPort };
  tcp.trace?.stateEntered(numbers, 'CLOSED', 'LISTEN', LISTEN, now);
}

/**
 * Whether and how many connections may take data from their SYNs: by TCP_FASTOPEN, or for every
 * listener as many as its backlog has (tcp_fastopen 0x400; Linux inet_listen()).
 */
export function tuneFastOpen({ options, table }: TcpSocket, listener: Listener): void {
  const { flags } = table.tcp.profile.fastOpen;
  const { server, everyListener } = FAST_OPEN_FLAG;
  const isForAll = (flags & server) !== 0 && (flags & everyListener) !== 0;
  const asked = options.get('TCP_FASTOPEN');
  const usual = isForAll && listener.fastOpen === undefined ? listener.backlog : 0;
  const limit = Math.min(asked > 0 ? asked : usual, table.tcp.host.sockets.backlogMaximum);
  if (listener.fastOpen !== undefined) listener.fastOpen.limit = limit;
  else if (limit > 0) listener.fastOpen = new FastOpenQueue(limit);
}

/** Those that open through it, and those that nobody has accepted, are aborted. */
export function stopListening(tcp: Tcp, listener: Listener, now: Instant): void {
  const { localAddress, localPort } = listener;
  tcp.listeners.remove(listener);
  for (const tcb of listener.opening) abort(tcb, now);
  for (let tcb = listener.shift(); tcb !== undefined; tcb = listener.shift()) abort(tcb, now);
  const numbers = { ...NO_PEER, localAddress, localPort };
  tcp.trace?.stateEntered(numbers, 'LISTEN', 'CLOSED', STOP_LISTENING, now);
}
