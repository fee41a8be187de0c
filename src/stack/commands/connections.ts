/** The host's TCP sockets as commands and files list them: those that listen, then connections. */
import type { Ipv4Address } from '../../wire/index.ts';
import { IPV4_ANY } from '../../wire/index.ts';
import type { Host } from '../host.ts';
import type { TcpState } from '../tcp/states.ts';
import type { Tcb } from '../tcp/tcb.ts';

export interface ListedSocket {
  readonly localAddress: Ipv4Address;
  readonly localPort: number;
  readonly remoteAddress: Ipv4Address;
  readonly remotePort: number;
  readonly state: TcpState;
  /** How many connections wait for `accept`, of a socket that listens. */
  readonly waiting: number;
  readonly tcb: Tcb | undefined;
}

export function listSockets({ tcp }: Host): ListedSocket[] {
  const listeners = tcp.listeners().map(({ localAddress, localPort, waiting }) => ({
    localAddress,
    localPort,
    remoteAddress: IPV4_ANY,
    remotePort: 0,
    state: 'LISTEN' as const,
    waiting,
    tcb: undefined,
  }));
  const connections = tcp.connections().map((tcb) => ({
    localAddress: tcb.localAddress,
    localPort: tcb.localPort,
    remoteAddress: tcb.remoteAddress,
    remotePort: tcb.remotePort,
    state: tcb.state,
    waiting: 0,
    tcb,
  }));
  return [...listeners, ...connections];
}

/** The states as FreeBSD's tools spell them (tcp_fsm.h). */
export const BSD_STATES: Readonly<Record<TcpState, string>> = {
  CLOSED: 'CLOSED',
  LISTEN: 'LISTEN',
  'SYN-SENT': 'SYN_SENT',
  'SYN-RECEIVED': 'SYN_RCVD',
  ESTABLISHED: 'ESTABLISHED',
  'CLOSE-WAIT': 'CLOSE_WAIT',
  'FIN-WAIT-1': 'FIN_WAIT_1',
  CLOSING: 'CLOSING',
  'LAST-ACK': 'LAST_ACK',
  'FIN-WAIT-2': 'FIN_WAIT_2',
  'TIME-WAIT': 'TIME_WAIT',
};
