/**
 * One send, sendto, sendmsg, write or writev on a TCP socket, with its MSG_… flags (Linux
 * tcp_sendmsg_locked()): the octets go into the send buffer as far as there is room, and with them
 * go the marks of what the program wants: a record's end, urgency, times, its memory back.
 */
import { seqAdd } from '../../wire/index.ts';
import { SocketError } from '../errno.ts';
import { MSG, TIMESTAMPING } from '../posix/constants.ts';
import type { Outgoing } from '../posix/file.ts';
import type { ControlMessage, UserMemory } from '../posix/system-call.ts';
import type { Instant } from '../time.ts';
import { output } from './output.ts';
import type { TcpSocket } from './socket.ts';
import type { Tcb } from './tcb.ts';
import { endSend, enqueue, sendRoom, sendUrgently } from './user.ts';

/** Pieces of the program's memory that one segment may refer to (MAX_SKB_FRAGS). */
const PIECES_PER_SEGMENT = 17;

const TRANSMIT_TIMES =
  TIMESTAMPING.SOF_TIMESTAMPING_TX_SCHED |
  TIMESTAMPING.SOF_TIMESTAMPING_TX_SOFTWARE |
  TIMESTAMPING.SOF_TIMESTAMPING_TX_ACK;

/** How many octets were taken; nothing when it would have to wait before the first. */
export function sendMessage(
  socket: TcpSocket,
  outgoing: Outgoing,
  now: Instant,
): number | undefined {
  const { buffers, flags, continues } = outgoing;
  socket.mustBeOpen('send');
  // As on a host whose net.ipv4.tcp_fastopen lets no client: there is no Fast Open yet.
  if ((flags & MSG.MSG_FASTOPEN) !== 0) throw new SocketError('EOPNOTSUPP', 'send');
  if (socket.isOpening && socket.pendingError === undefined) return undefined;
  socket.throwError('send');
  const { tcb } = socket;
  if (tcb === undefined || socket.isWriteShut) throw new SocketError('EPIPE', 'send');
  const isZeroCopy = (flags & MSG.MSG_ZEROCOPY) !== 0 && socket.options.get('SO_ZEROCOPY') !== 0;
  const wanted = lengthOf(buffers);
  const taken = take(tcb, buffers, isZeroCopy, now);
  if (taken < wanted) tcb.writerWaits = true;
  if (taken === 0) return wanted === 0 ? 0 : undefined;
  const { sendBuffer } = tcb;
  if (taken === wanted && (flags & MSG.MSG_EOR) !== 0) sendBuffer.endRecord();
  if ((flags & MSG.MSG_OOB) !== 0) sendUrgently(tcb);
  if (isZeroCopy) lendMemory(socket, tcb, continues);
  const times = timesWanted(socket, outgoing.control);
  const end = seqAdd(tcb.snd.una, sendBuffer.length);
  if ((times & TRANSMIT_TIMES) !== 0) socket.marks(tcb).time(end, times, continues);
  endSend(tcb, taken === wanted && (flags & MSG.MSG_MORE) !== 0, now);
  return taken;
}

/** The octets of all buffers; of a pointer that leads nowhere nobody knows how many there are. */
function lengthOf(buffers: readonly UserMemory[]): number {
  return buffers.reduce((sum, it) => sum + (it === 'invalid-pointer' ? 1 : it.length), 0);
}

/** @throws SocketError EFAULT when the first octet cannot be read */
function take(tcb: Tcb, buffers: readonly UserMemory[], isZeroCopy: boolean, now: Instant): number {
  let taken = 0;
  let pieces = 0;
  for (const bytes of buffers) {
    if (bytes === 'invalid-pointer') {
      if (taken === 0) throw new SocketError('EFAULT', 'send');
      return taken;
    }
    if (bytes.length === 0) continue;
    if (isZeroCopy && pieces > 0 && pieces % PIECES_PER_SEGMENT === 0) {
      tcb.sendBuffer.push();
      tcb.sendBuffer.endRecord();
    }
    pieces += 1;
    const length = takeOne(tcb, bytes, now);
    taken += length;
    if (length < bytes.length) break;
  }
  return taken;
}

/** What was taken is sent when that makes room (TCP_NOTSENT_LOWAT). */
function takeOne(tcb: Tcb, bytes: Uint8Array, now: Instant): number {
  let taken = enqueue(tcb, bytes, 0);
  while (taken < bytes.length && tcb.unsentMost > 0) {
    tcb.sendBuffer.push();
    output(tcb, now);
    if (sendRoom(tcb) === 0) break;
    taken += enqueue(tcb, bytes, taken);
  }
  return taken;
}

/** The memory of each call by MSG_ZEROCOPY has a number, and is given back by it. */
function lendMemory(socket: TcpSocket, tcb: Tcb, continues: boolean): void {
  if (!continues || socket.zeroCopySends === 0) socket.zeroCopySends += 1;
  const end = seqAdd(tcb.snd.una, tcb.sendBuffer.length);
  socket.marks(tcb).lend(end, socket.zeroCopySends - 1);
}

/** SO_TIMESTAMPING, or for this message alone what its control message says of sending. */
function timesWanted(socket: TcpSocket, control: readonly ControlMessage[]): number {
  const flags = socket.options.get('SO_TIMESTAMPING');
  const own = control.find(
    ({ level, type, data }) =>
      level === 'SOL_SOCKET' && type === 'SO_TIMESTAMPING' && data.kind === 'int',
  );
  if (own?.data.kind !== 'int') return flags;
  return (flags & ~TRANSMIT_TIMES) | (own.data.value & TRANSMIT_TIMES);
}
