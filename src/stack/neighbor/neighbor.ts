/** One neighbour: its state, what is known of it and since when, and packets that wait for it. */
import type { IpAddress, MacAddress } from '../../wire/index.ts';
import type { Cause } from '../cause.ts';
import { type Instant, NEVER } from '../time.ts';

export type NeighborState =
  'INCOMPLETE' | 'REACHABLE' | 'STALE' | 'DELAY' | 'PROBE' | 'FAILED' | 'PERMANENT';

export interface WaitingPacket {
  readonly frame: Uint8Array;
  readonly cause: Cause;
}

export class Neighbor {
  readonly address: IpAddress;
  state: NeighborState = 'FAILED';
  mac: MacAddress = 0;
  /** RFC 4861 §5.1: it forwards. */
  isRouter = false;
  /** Solicitations that have had no answer; those to everybody count from behind the others. */
  probes = 0;
  /** When it was last known to be there, last learned of, and last sent to. */
  confirmedAt: Instant = Number.NEGATIVE_INFINITY;
  updatedAt: Instant;
  usedAt: Instant;
  /** When the state's time is over. */
  timer: Instant = NEVER;
  #waiting: WaitingPacket[] = [];
  #waitingOctets = 0;

  constructor(address: IpAddress, now: Instant) {
    this.address = address;
    this.updatedAt = now;
    this.usedAt = now;
  }

  /** Whether its hardware address is known (Linux NUD_VALID). */
  get isKnown(): boolean {
    return this.state !== 'INCOMPLETE' && this.state !== 'FAILED';
  }

  /** Whether nothing would be lost with it: no time of its state runs, and none set it for good. */
  get isIdle(): boolean {
    return this.state === 'STALE' || this.state === 'FAILED';
  }

  /** The packet that waits longest. */
  get firstWaiting(): Uint8Array | undefined {
    return this.#waiting[0]?.frame;
  }

  /** Has a packet wait, and gives those that must go for it: there is memory for `most` octets. */
  wait(frame: Uint8Array, cause: Cause, most: number): readonly WaitingPacket[] {
    const gone: WaitingPacket[] = [];
    this.#waitingOctets += memoryOf(frame);
    while (this.#waitingOctets > most && this.#waiting.length > 0) {
      const oldest = this.#waiting.shift()!;
      this.#waitingOctets -= memoryOf(oldest.frame);
      gone.push(oldest);
    }
    this.#waiting.push({ frame, cause });
    return gone;
  }

  /** All that waited. */
  release(): readonly WaitingPacket[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingOctets = 0;
    return waiting;
  }
}

/** The kernel's sizes for the head of a packet and what it keeps behind, then by doubling. */
const SMALL_HEAD = 576;
const HEADS = [SMALL_HEAD, 1024, 2048, 4096];
/** struct skb_shared_info and struct sk_buff; the room that a packet has before and behind. */
const SHARED = 320;
const DESCRIPTOR = 256;
const ROOM = 17;

/**
 * The memory that a packet takes while it waits (Linux truesize): as measured on 6.18, where 256
 * datagrams of one octet, 166 of 500 and 92 of 1,000 wait for one neighbour.
 */
function memoryOf(frame: Uint8Array): number {
  const needed = Math.ceil((frame.length + ROOM) / 64) * 64 + SHARED;
  const head = HEADS.find((size) => size >= needed) ?? 2 ** Math.ceil(Math.log2(needed));
  return head + DESCRIPTOR;
}
