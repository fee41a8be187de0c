/**
 * SEND (RFC 9293 §3.10.2): what a program writes goes into the send buffer packet by packet, as far
 * as there is memory, and begins to leave while it is still being taken in (Linux
 * tcp_sendmsg_locked()).
 */
import { type Seq, seqAdd, seqGt } from '../../../wire/index.ts';
import type { Instant } from '../../time.ts';
import { restartAfterIdle } from '../congestion/window-use.ts';
import { effectiveSendMss } from '../open/negotiate.ts';
import { output, outputOne } from './output.ts';
import { hasSendMemory, packetGoal, sendRoom, unsentLength } from './send-memory.ts';
import type { Tcb } from '../tcb.ts';

/** Takes in what there is room for, and returns how many octets that was. */
export function send(
  tcb: Tcb,
  bytes: Uint8Array,
  from: number,
  more: boolean,
  now: Instant,
): number {
  const taken = enqueue(tcb, bytes, from, false, now);
  if (taken > 0) endSend(tcb, more && from + taken === bytes.length, now);
  return taken;
}

/**
 * Takes in what there is room for, as a part of one SEND: {@link endSend} sends it. `goesOn`: an
 * earlier part was taken.
 */
export function enqueue(
  tcb: Tcb,
  bytes: Uint8Array,
  from: number,
  goesOn: boolean,
  now: Instant,
): number {
  if (!goesOn) tcb.deliveryRate?.checkLimited(tcb, effectiveSendMss(tcb), unsentLength(tcb));
  if (tcb.profile.packetMemory === undefined) {
    restartAfterIdle(tcb, now);
    return enqueueOctets(tcb, bytes, from, goesOn);
  }
  const { sendBuffer } = tcb;
  const mss = effectiveSendMss(tcb);
  let at = from;
  while (at < bytes.length) {
    const goal = packetGoal(tcb, mss);
    let room = sendBuffer.roomInPacket(goal);
    if (room === 0 && (goesOn || at > from)) {
      packetIsFull(tcb, now);
      room = sendBuffer.roomInPacket(goal);
    }
    if (room === 0) {
      if (!hasSendMemory(tcb, 1)) break;
      sendBuffer.openPacket();
      restartAfterIdle(tcb, now);
      room = goal;
    } else if (at === from && !goesOn) {
      sendBuffer.push(false); // there is more to come than the last SEND knew of
    }
    const length = Math.min(room, bytes.length - at);
    sendBuffer.append(bytes, at, at + length);
    at += length;
    tcb.pushesNow = false;
  }
  return at - from;
}

/** Where octets alone are counted, packets have no bounds. */
function enqueueOctets(tcb: Tcb, bytes: Uint8Array, from: number, goesOn: boolean): number {
  const taken = Math.min(bytes.length - from, sendRoom(tcb));
  if (taken <= 0) return 0;
  tcb.pushesNow = false;
  if (!goesOn) tcb.sendBuffer.push(false);
  tcb.sendBuffer.append(bytes, from, from + taken);
  return taken;
}

/** It may go before the rest is taken in, which may then join what is left of it. */
function packetIsFull(tcb: Tcb, now: Instant): void {
  if (isPushDue(tcb)) {
    pushEnd(tcb);
    output(tcb, now);
  } else if (tcb.sendBuffer.isNextLast) {
    outputOne(tcb, now);
  }
}

/** Whether half of the largest window was written since the last PSH (Linux forced_push()). */
function isPushDue(tcb: Tcb): boolean {
  const { snd } = tcb;
  return seqGt(writtenTo(tcb), seqAdd(snd.pushed, snd.largestWindow >>> 1));
}

/** Where the next octet written will be. */
function writtenTo({ snd, sendBuffer }: Tcb): Seq {
  return seqAdd(snd.una, sendBuffer.length);
}

/** What was written and not sent ends with PSH (Linux tcp_mark_push()). */
function pushEnd(tcb: Tcb): void {
  if (unsentLength(tcb) === 0) return;
  tcb.sendBuffer.push();
  tcb.snd.pushed = writtenTo(tcb);
}

/**
 * The end of one SEND. With `more` (MSG_MORE) the last short segment waits for the octets that the
 * program says will follow: until then, or until an acknowledgment or a timer lets it go.
 */
export function endSend(tcb: Tcb, more: boolean, now: Instant): void {
  if (!more || isPushDue(tcb)) pushEnd(tcb);
  tcb.heldBack = more;
  output(tcb, now);
  tcb.heldBack = false;
}

/** The last octet written is urgent (§3.10.2; RFC 6093 §2: SND.UP is the octet behind it). */
export function sendUrgently(tcb: Tcb): void {
  const { snd } = tcb;
  snd.up = writtenTo(tcb);
  snd.isUrgent = true;
}

/** TCP_NODELAY was set, or the cork was drawn: what waits goes now. */
export function pushWaiting(tcb: Tcb, now: Instant): void {
  tcb.pushesNow = true;
  output(tcb, now);
}
