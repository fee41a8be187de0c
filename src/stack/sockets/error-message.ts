/**
 * recvmsg with MSG_ERRQUEUE: an entry of the error queue as a message (Linux ip_recv_error(),
 * ipv6_recv_error()).
 */
import { SocketError } from '../errno.ts';
import type { ErrorQueue } from './error-queue.ts';
import { MSG } from '../posix/constants.ts';
import type { Received } from '../posix/file.ts';
import type { ControlMessage } from '../posix/system-call.ts';
import { addressShown, type SocketFamily } from './socket-family.ts';
import { seconds } from '../time.ts';

/** @throws SocketError EAGAIN when nothing waits: this never waits itself */
export function receiveFromErrorQueue(
  errors: ErrorQueue,
  family: SocketFamily,
  limit: number,
): Received {
  const entry = errors.take();
  if (entry === undefined) throw new SocketError('EAGAIN', 'recv MSG_ERRQUEUE');
  const { error, at, packet, destination } = entry;
  const control: ControlMessage[] = [];
  if (at !== undefined) {
    const whole = Math.floor(at / seconds(1));
    const nanoseconds = at - seconds(whole);
    control.push({
      level: 'SOL_SOCKET',
      type: 'SCM_TIMESTAMPING',
      data: { kind: 'timestamping', seconds: whole, nanoseconds },
    });
  }
  const level = family === 'AF_INET6' ? 'SOL_IPV6' : 'SOL_IP';
  const type = family === 'AF_INET6' ? 'IPV6_RECVERR' : 'IP_RECVERR';
  control.push({ level, type, data: { kind: 'extended-error', error } });
  const bytes = packet.subarray(0, limit);
  const isCut = bytes.length < packet.length;
  return {
    bytes,
    flags: isCut ? MSG.MSG_ERRQUEUE | MSG.MSG_TRUNC : MSG.MSG_ERRQUEUE,
    control,
    address: destination && {
      address: addressShown(family, destination.address),
      port: destination.port,
    },
  };
}
