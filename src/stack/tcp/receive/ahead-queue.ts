/**
 * The packets that came ahead of order (Linux out_of_order_queue), and what they take. Positions
 * are those of the stream. Their octets are in the receive buffer.
 */
import { PAGE_OCTETS, type PacketBuffers } from '../../interfaces/packet-buffers.ts';
import { collapse } from './collapse.ts';
import { SortedRanges } from './sorted-ranges.ts';
import { APART, PlacedPacket, type WaitingPacket } from './waiting-packet.ts';

/** What became of a packet: kept by itself, joined to another one, or all of it was there. */
export type Taken = 'kept' | 'joined' | 'repeated';

export class AheadQueue {
  /** What they take together. */
  memory = 0;
  /** How many were dropped since others have all of their octets. */
  merged = 0;
  readonly #packets = new SortedRanges<PlacedPacket>();

  /** The rightmost. */
  get last(): PlacedPacket | undefined {
    return this.#packets.last;
  }

  /**
   * A packet comes whose first octet is at `start` (Linux tcp_data_queue_ofo()). One that is kept
   * by itself does not count before {@link charge}.
   */
  add(
    start: number,
    packet: WaitingPacket,
    hasFin: boolean,
    buffers: PacketBuffers,
    sharedBehind: number,
  ): Taken {
    const end = start + packet.length + (hasFin ? 1 : 0);
    const touched = this.#packets.firstBehind(start - 1);
    const mayJoin =
      touched?.end === start &&
      !touched.hasFin &&
      touched.arrival <= sharedBehind &&
      !this.#isWithinAnother(start);
    if (mayJoin) {
      const more = touched.join(packet, buffers);
      if (more !== APART) {
        this.#dropWithin(start, end);
        touched.end = end;
        touched.hasFin = hasFin;
        this.memory += more;
        return 'joined';
      }
    }
    if (this.#holds(start, end)) {
      this.merged += 1;
      return 'repeated';
    }
    this.#dropWithin(start, end);
    const placed = new PlacedPacket(start, end);
    placed.become(packet);
    placed.hasFin = hasFin;
    this.#packets.insert(placed);
    return 'kept';
  }

  /**
   * Whether one packet has all these octets. Packets overlap, but none lies within another: of all
   * that reach so far, the first begins before the others.
   */
  #holds(start: number, end: number): boolean {
    const packet = this.#packets.firstBehind(end - 1);
    return packet !== undefined && packet.start <= start;
  }

  /** Whether `position` is behind the start of a packet that goes on there. */
  #isWithinAnother(position: number): boolean {
    const packet = this.#packets.firstBehind(position);
    return packet !== undefined && packet.start < position;
  }

  /** A packet that was kept counts from now on (Linux skb_set_owner_r()). */
  charge(packet: WaitingPacket): void {
    this.memory += packet.memory;
  }

  /** Those go that a packet has all octets of. */
  #dropWithin(start: number, end: number): void {
    let next = this.#packets.firstBehind(start);
    if (next !== undefined && next.start < start) next = this.#packets.firstBehind(next.end);
    while (next !== undefined && next.end <= end) {
      this.#packets.remove(next);
      this.memory -= next.memory;
      this.merged += 1;
      next = this.#packets.firstBehind(start);
      if (next !== undefined && next.start < start) next = this.#packets.firstBehind(next.end);
    }
  }

  /** Takes out the leftmost, if it begins at `position` or before. */
  takeUpTo(position: number): PlacedPacket | undefined {
    const { first } = this.#packets;
    if (first === undefined || first.start > position) return undefined;
    this.#packets.shift();
    this.memory -= first.memory;
    return first;
  }

  /** Throws away the rightmost. */
  dropLast(): void {
    const { last } = this.#packets;
    if (last === undefined) return;
    this.#packets.pop();
    this.memory -= last.memory;
  }

  /**
   * Each run of packets without a gap is copied together (Linux tcp_collapse_ofo_queue()), but not
   * single short ones: where many of these are found, it is given up. Says how many are gone.
   */
  collapse(ratio: number, tinyMost: number, smallBlock: number): number {
    const packets = this.#packets.toArray();
    this.clear();
    let gone = 0;
    let tiny = 0;
    for (let from = 0; from < packets.length;) {
      const run = runFrom(packets, from);
      from += run.length;
      const { start } = run[0]!;
      const isLong = run.length > 1 || run.at(-1)!.end - start >= PAGE_OCTETS;
      if (!isLong) tiny += run[0]!.memory;
      else if (tiny <= tinyMost) gone += collapse(run, start, ratio, smallBlock);
      for (const packet of run) {
        this.#packets.insert(packet);
        this.memory += packet.memory;
      }
    }
    return gone;
  }

  clear(): void {
    this.#packets.clear();
    this.memory = 0;
  }
}

/** The packets from the one of index `from` on that have no gap between them. */
function runFrom(packets: readonly PlacedPacket[], from: number): PlacedPacket[] {
  let to = from + 1;
  while (to < packets.length && packets[to]!.start <= packets[to - 1]!.end) to += 1;
  return packets.slice(from, to);
}
