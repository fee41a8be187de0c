/**
 * What `poll` says of a TCP socket (Linux tcp_poll()), and whom a change wakes: those who wait are
 * told of what happened, by POLL… bits, so that an edge-triggered epoll hears of each arrival and
 * of room only when there was none.
 */
import { POLL } from '../posix/constants.ts';
import type { TcpSocket } from './socket.ts';
import { type Tcb, TcpNews } from './tcb.ts';
import { unsentLength } from './user.ts';

const { POLLIN, POLLPRI, POLLOUT, POLLERR, POLLHUP, POLLRDHUP } = POLL;
const READABLE = POLLIN | POLL.POLLRDNORM;
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
  if (socket.isWriteShut || isRoomy(tcb)) mask |= WRITABLE;
  else tcb.writerWaits = true;
  if (receiveBuffer.urgentState === 'here') mask |= POLLPRI;
  return mask;
}

/** Octets that make a socket readable (SO_RCVLOWAT), as far as the buffer could ever hold them. */
export function lowWaterMark(socket: TcpSocket, tcb: Tcb): number {
  return Math.max(1, Math.min(socket.options.get('SO_RCVLOWAT'), tcb.rcv.space >>> 1));
}

/**
 * Whether there is room enough to bother a writer: a third of the buffer (sk_stream_is_writeable),
 * and of what may wait unsent half (tcp_stream_memory_free).
 */
function isRoomy(tcb: Tcb): boolean {
  const queued = tcb.sendBuffer.length;
  if (tcb.sendSpace - queued < queued >>> 1 || tcb.sendSpace <= queued) return false;
  return tcb.unsentMost === 0 || 2 * unsentLength(tcb) < tcb.unsentMost;
}

/** Something has happened to the socket's connection or its queue of connections. */
export function tellWaiting(socket: TcpSocket): void {
  const { tcb } = socket;
  if (tcb === undefined) {
    if (socket.isWaitedFor) socket.waiting.wake(READABLE);
    return;
  }
  const { news } = tcb;
  tcb.news = 0;
  if (news !== 0 && socket.isWaitedFor) {
    const { waiting } = socket;
    if ((news & TcpNews.data) !== 0) waiting.wake(READABLE);
    if ((news & TcpNews.error) !== 0) waiting.wake(POLLERR);
    if ((news & TcpNews.state) !== 0) waiting.wake(0);
  }
  if (tcb.writerWaits && isRoomy(tcb)) {
    tcb.writerWaits = false;
    if (socket.isWaitedFor) socket.waiting.wake(WRITE_SPACE);
  }
}
