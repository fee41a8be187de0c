/**
 * What `poll` says of a TCP socket (Linux tcp_poll()), and whom a change wakes: those who wait are
 * told of what happened, by POLL… bits, so that an edge-triggered epoll hears of each arrival and
 * of room only when there was none.
 */
import { POLL } from '../../posix/constants.ts';
import type { Instant } from '../../time.ts';
import { isSendable, makeRoom } from '../send/send-memory.ts';
import type { TcpSocket } from './socket.ts';
import { TcpNews } from '../services.ts';
import type { Tcb } from '../tcb.ts';

const { POLLIN, POLLPRI, POLLOUT, POLLERR, POLLHUP, POLLRDHUP } = POLL;
export const READABLE: number = POLLIN | POLL.POLLRDNORM;
const WRITABLE = POLLOUT | POLL.POLLWRNORM;
const WRITE_SPACE = WRITABLE | POLL.POLLWRBAND;

/** The bits that hold now. Who finds no room to write here will be told when there is. */
export function pollMask(socket: TcpSocket): number {
  const { state, tcb, listener } = socket;
  if (listener !== undefined) return listener.waiting > 0 ? READABLE : 0;
  let mask = 0;
  if ((socket.isReadShut && socket.isWriteShut) || state === 'CLOSED') mask |= POLLHUP;
  if (socket.isReadShut) mask |= READABLE | POLLRDHUP;
  if (tcb === undefined) mask |= WRITABLE;
  else if (!socket.isOpening) mask |= connectedMask(socket, tcb);
  else if (socket.isDeferred) mask |= WRITABLE; // the first write sends the SYN
  if (socket.pendingError !== undefined || socket.hasQueuedErrors) mask |= POLLERR;
  return mask;
}

function connectedMask(socket: TcpSocket, tcb: Tcb): number {
  const { receiveBuffer } = tcb;
  let mask = 0;
  if (receiveBuffer.available >= lowWaterMark(socket, tcb)) mask |= READABLE;
  if (socket.isWriteShut || isSendable(tcb)) mask |= WRITABLE;
  else tcb.writerWaits = true;
  if (receiveBuffer.urgentState === 'here') mask |= POLLPRI;
  return mask;
}

/** Octets that make a socket readable (SO_RCVLOWAT), as far as the buffer could ever hold them. */
export function lowWaterMark(socket: TcpSocket, tcb: Tcb): number {
  return Math.max(1, Math.min(socket.options.get('SO_RCVLOWAT'), tcb.rcv.space >>> 1));
}

/** Something has happened to the socket's connection. */
export function tellWaiting(socket: TcpSocket, now: Instant): void {
  const { tcb } = socket;
  if (tcb === undefined) return;
  const { news } = tcb;
  tcb.news = 0;
  if (news !== 0 && socket.isWaitedFor) wake(socket, news);
  if (tcb.writerWaits && makeRoom(tcb, now)) {
    if (socket.isWaitedFor) socket.waiting.wake(WRITE_SPACE);
  }
}

function wake({ waiting }: TcpSocket, news: number): void {
  if ((news & TcpNews.data) !== 0) waiting.wake(READABLE);
  if ((news & TcpNews.error) !== 0) waiting.wake(POLLERR);
  if ((news & TcpNews.state) !== 0) waiting.wake(0);
}
