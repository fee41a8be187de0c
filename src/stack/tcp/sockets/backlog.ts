/**
 * What arrives while a call of the program has the socket (Linux lock_sock(), sk_backlog): segments
 * wait until the call lets go of it (release_sock()). Those that follow each other are hung
 * together meanwhile, as far as packets can be, and pure acknowledgments become one
 * (tcp_add_backlog()): so a sender hears once of what many told, and a receiver acknowledges once
 * what many brought.
 */
import {
  concat,
  encodeTcp,
  sameBytes,
  type Seq,
  segmentLength,
  seqAdd,
  seqDiff,
  seqGe,
  TcpFlag,
  TcpSegment,
} from '../../../wire/index.ts';
import type { IpPacket } from '../../ip/ip-layer.ts';
import { cause } from '../../cause.ts';
import type { Instant } from '../../time.ts';
import { drop } from '../close.ts';
import { segmentsIn } from '../segment-arrives/input.ts';
import { memoryInUse, packetOf } from '../receive/receive-memory.ts';
import type { Tcb } from '../tcb.ts';
import { APART, WaitingPacket } from '../receive/waiting-packet.ts';

const NO_ROOM = cause(
  'call-backlog-full',
  'too much waits for the call to end',
  'Linux tcp_add_backlog()',
);

/** Only the call itself could make room: so much more than usual may wait. */
const HEADROOM = 64 * 1024;

/** Flags of segments that are taken by themselves, and those that two must have in common. */
const ALONE = TcpFlag.syn | TcpFlag.rst | TcpFlag.urg;
const ALIKE = TcpFlag.ece | TcpFlag.cwr | TcpFlag.ae;

/** A segment that waits, and those that were hung to it. */
export class WaitingSegment {
  readonly packet: IpPacket;
  /** What they take together, as one. */
  readonly kept: WaitingPacket = new WaitingPacket();
  readonly #segments: TcpSegment[];
  /** What the last of them says that can still be told; the sequence number behind it. */
  #ack: Seq;
  #window: number;
  #end: Seq;
  /** How many segments there are; a long frame is several. */
  count: number;
  /** The most payload that one of them had; 0 where none had any. */
  longest: number;

  constructor(tcb: Tcb, packet: IpPacket, first: TcpSegment) {
    this.packet = packet;
    this.#segments = [first];
    this.count = segmentsIn(tcb, first);
    this.longest = lengthIn(tcb, first);
    this.#ack = first.ack;
    this.#window = first.window;
    this.#end = seqAdd(first.seq, segmentLength(first));
  }

  /** In how many packets they came. */
  get packets(): number {
    return this.#segments.length;
  }

  /** Whether the segment can be hung to these: the next in order, and alike. */
  isFollowedBy({ tos }: IpPacket, seg: TcpSegment): boolean {
    const last = this.#segments.at(-1)!;
    return (
      seg.seq === this.#end &&
      tos === this.packet.tos &&
      ((last.flags | seg.flags) & ALONE) === 0 &&
      (last.flags & seg.flags & TcpFlag.ack) !== 0 &&
      ((last.flags ^ seg.flags) & ALIKE) === 0 &&
      sameBytes(last.options, seg.options)
    );
  }

  hang(tcb: Tcb, seg: TcpSegment): void {
    this.#segments.push(seg);
    this.count += segmentsIn(tcb, seg);
    this.longest = Math.max(this.longest, lengthIn(tcb, seg));
    this.#end = seqAdd(seg.seq, segmentLength(seg));
    if (!seqGe(seg.ack, this.#ack)) return;
    this.#ack = seg.ack;
    this.#window = seg.window;
  }

  /** All of them as one segment, whose checksum nobody asks for any more. */
  joined(): TcpSegment {
    const [first] = this.#segments as [TcpSegment];
    if (this.packets === 1) return first;
    const { sourcePort, destinationPort, seq, urgentPointer, options } = first;
    const bytes = encodeTcp(
      {
        sourcePort,
        destinationPort,
        seq,
        ack: this.#ack,
        flags: this.#segments.reduce((all, { flags }) => all | flags, 0),
        window: this.#window,
        urgentPointer,
        options,
        payload: concat(...this.#segments.map(({ payload }) => payload)),
        checksum: 0,
      },
      0,
    );
    return new TcpSegment(bytes, 0, bytes.length);
  }
}

/** The segments that wait for a call to end. */
export class Backlog {
  readonly #waiting: WaitingSegment[] = [];
  /** What they take of memory: so much less room is there to offer (Linux tcp_space()). */
  memory = 0;
  /** The one that is looked at now, when the call has ended. */
  reading: WaitingPacket | undefined = undefined;

  /** A segment has come, and has to wait. */
  add(tcb: Tcb, packet: IpPacket, seg: TcpSegment, now: Instant): void {
    const { profile, rcv, sendSpace, services } = tcb;
    const { packetBuffers, sharedBehind } = tcb.route.port.interface;
    const last = this.#waiting.at(-1);
    const position = tcb.counts.octetsReceived + seqDiff(seg.seq, rcv.nxt);
    const kept = packetOf(tcb, seg, seg.payloadLength, position);
    const mayHang = profile.backlog?.coalesces === true && last?.isFollowedBy(packet, seg) === true;
    if (mayHang && last.kept.arrival <= sharedBehind) {
      const more = last.kept.join(kept, packetBuffers);
      if (more !== APART) {
        this.memory += more;
        last.hang(tcb, seg);
        services.counters.TcpExtTCPBacklogCoalesce += 1;
        return;
      }
    }
    if (this.memory + memoryInUse(tcb) > 2 * rcv.memory + (sendSpace >>> 1) + HEADROOM) {
      services.counters.TcpExtTCPBacklogDrop += 1;
      drop(tcb, seg, NO_ROOM, now);
      return;
    }
    const waiting = new WaitingSegment(tcb, packet, seg);
    waiting.kept.become(kept);
    this.memory += kept.memory;
    this.#waiting.push(waiting);
  }

  /** All that wait, in the order of arrival. */
  segments(): Iterable<WaitingSegment> {
    return this.#waiting;
  }
}

/** The payload of a segment, or of each that a long frame was made of (Linux gso_size). */
function lengthIn({ route }: Tcb, { payloadLength }: TcpSegment): number {
  return Math.min(route.port.interface.mergedSegment ?? payloadLength, payloadLength);
}
