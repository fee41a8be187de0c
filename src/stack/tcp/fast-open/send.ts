/**
 * Sending on a socket that is not connected yet: sendto and sendmsg with MSG_FASTOPEN connect and
 * send in one call, and after TCP_FASTOPEN_CONNECT the first write sends the SYN that `connect` has
 * left (Linux tcp_sendmsg_fastopen(), __inet_stream_connect()).
 */
import { SocketError } from '../../errno.ts';
import { MSG } from '../../posix/constants.ts';
import type { Outgoing } from '../../posix/file.ts';
import type { Instant } from '../../time.ts';
import { FAST_OPEN_FLAG } from './state.ts';
import type { TcpSocket } from '../sockets/socket.ts';

/** A call that opens fast, while it goes on (Linux struct tcp_fastopen_request). */
export interface FastOpenCall {
  /** Octets that the SYN has taken. */
  readonly taken: number;
}

/** Whether a send opens the connection, or goes on to do so. */
export function opensFast(socket: TcpSocket, flags: number): boolean {
  const isAsked = (flags & MSG.MSG_FASTOPEN) !== 0 || socket.isDeferred;
  return isAsked || socket.fastOpenCall !== undefined;
}

/**
 * Opens the connection by this send. Returns how many octets have gone with the SYN once there is a
 * connection for the rest of them; nothing while it has to wait for that.
 *
 * @throws SocketError EINPROGRESS when it may not wait and the SYN took nothing; why it failed
 */
export function openBySending(
  socket: TcpSocket,
  outgoing: Outgoing,
  wanted: number,
  now: Instant,
): number | 'took-all-it-may' | undefined {
  const progress = begin(socket, outgoing, now);
  const call = socket.fastOpenCall ?? { taken: 0 };
  if (!socket.isOpening) {
    socket.fastOpenCall = undefined;
    socket.connected();
    return call.taken;
  }
  const mayWait = (outgoing.flags & MSG.MSG_DONTWAIT) === 0;
  const { tcb } = socket;
  if (tcb !== undefined) tcb.writerAwaitsOpening = mayWait && call.taken < wanted;
  if (mayWait) {
    socket.fastOpenCall ??= call;
    return undefined;
  }
  socket.fastOpenCall = undefined;
  if (progress === 'EINPROGRESS' && call.taken > 0) return 'took-all-it-may';
  throw new SocketError(progress, 'send');
}

/** Sends the SYN, unless it is out. Says what a caller hears who does not wait. */
function begin(
  socket: TcpSocket,
  { address, buffers, continues }: Outgoing,
  now: Instant,
): 'EINPROGRESS' | 'EALREADY' {
  const { profile } = socket.table.tcp;
  const isOurs = continues && socket.fastOpenCall !== undefined;
  if (isOurs) return 'EINPROGRESS';
  const mayOpen = (profile.fastOpen.flags & FAST_OPEN_FLAG.client) !== 0;
  if (!mayOpen || address === 'unspecified') throw new SocketError('EOPNOTSUPP', 'send');
  if (socket.fastOpenCall !== undefined) throw new SocketError('EALREADY', 'send');
  if (socket.isDeferred) {
    socket.fastOpenCall = { taken: socket.sendDeferredSyn(buffers, now) };
    return 'EINPROGRESS';
  }
  if (socket.isConnecting) return 'EALREADY';
  if (socket.isListening || socket.tcb !== undefined) throw new SocketError('EISCONN', 'send');
  if (address === undefined) throw new SocketError('EINVAL', 'send');
  socket.fastOpenCall = { taken: socket.connectFast(address, buffers, now) };
  return 'EINPROGRESS';
}
