/**
 * One send, sendto, sendmsg, write or writev on a TCP socket, with its MSG_… flags (Linux
 * tcp_sendmsg_locked()): the octets go into the send buffer as far as there is room, and with them
 * go the marks of what the program wants: a record's end, urgency, times, its memory back.
 */
import { type Seq, seqAdd } from '../../../wire/index.ts';
import { SocketError } from '../../errno.ts';
import { MSG, TIMESTAMPING } from '../../posix/constants.ts';
import type { Outgoing } from '../../posix/file.ts';
import type { ControlMessage, UserMemory } from '../../posix/system-call.ts';
import type { Instant } from '../../time.ts';
import { openBySending, opensFast } from '../fast-open/send.ts';
import type { TcpSocket } from './socket.ts';
import type { Tcb } from '../tcb.ts';
import { endSend, enqueue, sendUrgently } from '../send/send.ts';

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
  const { flags } = outgoing;
  socket.mustBeOpen('send');
  if (opensFast(socket, flags)) return sendOpening(socket, outgoing, now);
  if (socket.isOpening && socket.pendingError === undefined) {
    const mayWait = (flags & MSG.MSG_DONTWAIT) === 0;
    if (socket.tcb !== undefined) socket.tcb.writerAwaitsOpening = mayWait;
    return undefined;
  }
  return sendNow(socket, outgoing, now);
}

/** MSG_FASTOPEN: what the SYN has taken, and what there is room for when it is answered. */
function sendOpening(socket: TcpSocket, outgoing: Outgoing, now: Instant): number | undefined {
  const { buffers, flags, continues } = outgoing;
  const wasSent = socket.fastOpenCall !== undefined && continues;
  const opened = openBySending(socket, outgoing, lengthOf(buffers), now);
  const inSyn = socket.tcb?.fastOpen?.octets ?? 0;
  const isZeroCopy = (flags & MSG.MSG_ZEROCOPY) !== 0 && socket.options.get('SO_ZEROCOPY') !== 0;
  if (!wasSent && isZeroCopy && inSyn > 0 && socket.tcb !== undefined) {
    lendMemory(socket, socket.tcb, seqAdd(socket.tcb.snd.iss, 1 + inSyn), continues);
  }
  if (opened === undefined) return undefined;
  if (opened === 'took-all-it-may') return inSyn;
  const rest = { ...outgoing, buffers: behind(buffers, opened) };
  if (opened > 0 && lengthOf(rest.buffers) === 0) return opened;
  const more = sendNow(socket, rest, now);
  return more === undefined && opened === 0 ? undefined : opened + (more ?? 0);
}

/** On a connection that is open. */
function sendNow(socket: TcpSocket, outgoing: Outgoing, now: Instant): number | undefined {
  const { buffers, flags, continues } = outgoing;
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
  const times = timesWanted(socket, outgoing.control);
  const end = seqAdd(tcb.snd.una, sendBuffer.length);
  if (isZeroCopy) lendMemory(socket, tcb, end, continues);
  if ((times & TRANSMIT_TIMES) !== 0) socket.marks(tcb).time(end, times, continues);
  endSend(tcb, taken === wanted && (flags & MSG.MSG_MORE) !== 0, now);
  return taken;
}

/** The octets of all buffers; of a pointer that leads nowhere nobody knows how many there are. */
function lengthOf(buffers: readonly UserMemory[]): number {
  return buffers.reduce((sum, it) => sum + (it === 'invalid-pointer' ? 1 : it.length), 0);
}

/** The buffers without their first `count` octets, which can all be read. */
function behind(buffers: readonly UserMemory[], count: number): UserMemory[] {
  const left: UserMemory[] = [];
  let skip = count;
  for (const bytes of buffers) {
    if (bytes === 'invalid-pointer') left.push(bytes);
    else if (bytes.length > skip) left.push(bytes.subarray(skip));
    if (bytes !== 'invalid-pointer') skip = Math.max(0, skip - bytes.length);
  }
  return left;
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
    const length = enqueue(tcb, bytes, 0, taken > 0, now);
    taken += length;
    if (length < bytes.length) break;
  }
  return taken;
}

/** The memory of each call by MSG_ZEROCOPY has a number, and is given back by it. */
function lendMemory(socket: TcpSocket, tcb: Tcb, end: Seq, continues: boolean): void {
  if (!continues || socket.zeroCopySends === 0) socket.zeroCopySends += 1;
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
