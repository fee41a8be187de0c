/**
 * How what was written is cut before it is sent: into packets (Linux's `struct sk_buff` on the
 * write queue). One SEND fills the last packet before it opens another; a packet may be much longer
 * than a segment, and is cut again when only a part of it can go.
 *
 *     SND.UNA                   SND.NXT
 *        |  packet  | packet  |P  |     packet    |  packet  P| …
 *             sent      sent  ^             next to send
 *                             PSH at the end of this one
 *
 * Segments never reach beyond a packet's end, and only there PSH is set (MUST-61).
 */

/** The segment that ends it carries PSH. */
const PUSHED = 1;
/** Nothing is added to it, nor sent with it: a record ends here (MSG_EOR), or its pieces do. */
const SEALED = 2;
/** A packet is one number: where it ends, times this, plus its marks. */
const MARKS = 4;

function endOf(packet: number): number {
  return Math.floor(packet / MARKS);
}

function isPushed(packet: number): boolean {
  return (packet & PUSHED) !== 0;
}

function isSealed(packet: number): boolean {
  return (packet & SEALED) !== 0;
}

export class QueuedPackets {
  #packets: number[] = [];
  /** The first so many are acknowledged. */
  #done = 0;
  /** Where in the list the first packet is of which nothing was sent. */
  #next = 0;

  /** Packets that are not acknowledged as a whole. */
  get count(): number {
    return this.#packets.length - this.#done;
  }

  /** Opens a packet that ends at `end` as yet. */
  open(end: number): void {
    this.#packets.push(end * MARKS);
  }

  /** Whether octets may join the last packet: nothing of it was sent, and it is not sealed. */
  get isOpen(): boolean {
    const last = this.#packets.length - 1;
    return last >= this.#next && !isSealed(this.#packets[last]!);
  }

  /** Where the last packet begins, when nothing is acknowledged before `start`. */
  lastStart(start: number): number {
    const before = this.#packets.length - 2;
    return before < this.#done ? start : endOf(this.#packets[before]!);
  }

  /** The last packet ends at `end` now; its marks stay. */
  extend(end: number): void {
    const last = this.#packets.length - 1;
    this.#packets[last] = end * MARKS + (this.#packets[last]! & (PUSHED | SEALED));
  }

  /** The last packet's end carries PSH, or not any more, because another SEND adds to it. */
  push(isEnd: boolean): void {
    const last = this.#packets.length - 1;
    if (last < this.#next) return;
    const packet = this.#packets[last]!;
    if (isPushed(packet) !== isEnd) this.#packets[last] = packet + (isEnd ? PUSHED : -PUSHED);
  }

  /** Nothing joins the last packet any more. */
  seal(): void {
    const last = this.#packets.length - 1;
    const packet = this.#packets[last]!;
    if (!isSealed(packet)) this.#packets[last] = packet + SEALED;
  }

  /** Where the packet ends that is next to be sent. */
  get nextEnd(): number {
    return endOf(this.#packets[this.#next]!);
  }

  /** Whether that is the last one. */
  get isNextLast(): boolean {
    return this.#next === this.#packets.length - 1;
  }

  /**
   * The octets up to `end` are sent: what is left of a packet is one of its own, with its marks.
   * `withPush`: the last of them carries PSH, whenever it is sent.
   */
  sentTo(end: number, withPush: boolean): void {
    const packet = this.#packets[this.#next]!;
    if (endOf(packet) > end) {
      this.#packets.splice(this.#next, 0, end * MARKS + (withPush ? PUSHED : 0));
    } else if (withPush && !isPushed(packet)) {
      this.#packets[this.#next] = packet + PUSHED;
    }
    this.#next += 1;
  }

  /** Whether a packet ends at `position`, with PSH. */
  isPushedAt(position: number): boolean {
    const packet = this.#packets[this.#indexAt(position)];
    return packet !== undefined && endOf(packet) === position && isPushed(packet);
  }

  /** The first end of a sealed packet behind `position`, if one is before `limit`. */
  sealedEnd(position: number, limit: number): number {
    for (let i = this.#indexAt(position + 1); i < this.#packets.length; i++) {
      const packet = this.#packets[i]!;
      const end = endOf(packet);
      if (end >= limit) break;
      if (isSealed(packet)) return end;
    }
    return limit;
  }

  /** Forgets those that end at `position` or before. */
  dropTo(position: number): void {
    const packets = this.#packets;
    while (this.#done < packets.length && packets[this.#done]! < (position + 1) * MARKS) {
      this.#done += 1;
    }
    if (this.#done > this.#next) this.#next = this.#done;
    if (this.#done > 64 && this.#done * 2 > packets.length) {
      this.#packets = packets.slice(this.#done);
      this.#next -= this.#done;
      this.#done = 0;
    }
  }

  clear(): void {
    this.#packets.length = 0;
    this.#done = 0;
    this.#next = 0;
  }

  /** Where in the list the first packet is that ends at `position` or behind. */
  #indexAt(position: number): number {
    let low = this.#done;
    let high = this.#packets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#packets[middle]! < position * MARKS) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
