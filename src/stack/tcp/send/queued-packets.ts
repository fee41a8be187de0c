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
/** So many that have left stay in a list. */
const CUT_FROM = 16;

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
  /** Those that were sent, and how many of them are acknowledged. */
  #sent: number[] = [];
  #done = 0;
  /** Those of which nothing was sent, or what is left of one, and how many have left the list. */
  #waiting: number[] = [];
  #gone = 0;

  /** Packets that are not acknowledged as a whole. */
  get count(): number {
    return this.#length() - this.#done;
  }

  /** All that are in the lists. */
  #length(): number {
    return this.#sent.length + this.#waiting.length - this.#gone;
  }

  #at(index: number): number {
    const sent = this.#sent.length;
    return index < sent ? this.#sent[index]! : this.#waiting[index - sent + this.#gone]!;
  }

  #hasWaiting(): boolean {
    return this.#waiting.length > this.#gone;
  }

  /** Opens a packet that ends at `end` as yet. */
  open(end: number): void {
    if (this.#waiting.length === 0)
      this.#waiting = [end * MARKS]; // shorter than by push()
    else this.#waiting.push(end * MARKS);
  }

  /** Whether octets may join the last packet: nothing of it was sent, and it is not sealed. */
  get isOpen(): boolean {
    return this.#hasWaiting() && !isSealed(this.#waiting[this.#waiting.length - 1]!);
  }

  /** Where the last packet begins, when nothing is acknowledged before `start`. */
  lastStart(start: number): number {
    const before = this.#length() - 2;
    return before < this.#done ? start : endOf(this.#at(before));
  }

  /** The last packet ends at `end` now; its marks stay. */
  extend(end: number): void {
    const last = this.#waiting.length - 1;
    this.#waiting[last] = end * MARKS + (this.#waiting[last]! & (PUSHED | SEALED));
  }

  /** The last packet's end carries PSH, or not any more, because another SEND adds to it. */
  push(isEnd: boolean): void {
    if (!this.#hasWaiting()) return;
    const last = this.#waiting.length - 1;
    const packet = this.#waiting[last]!;
    if (isPushed(packet) !== isEnd) this.#waiting[last] = packet + (isEnd ? PUSHED : -PUSHED);
  }

  /** Nothing joins the last packet any more. */
  seal(): void {
    const list = this.#hasWaiting() ? this.#waiting : this.#sent;
    const last = list.length - 1;
    const packet = list[last]!;
    if (!isSealed(packet)) list[last] = packet + SEALED;
  }

  /** Where the packet ends that is next to be sent. */
  get nextEnd(): number {
    return endOf(this.#waiting[this.#gone]!);
  }

  /** Whether that is the last one. */
  get isNextLast(): boolean {
    return this.#gone === this.#waiting.length - 1;
  }

  /**
   * The packet that is next to be sent takes up to `octets` from the one behind it, unless a record
   * ends there; if that leaves nothing of it, it takes its marks, too (Linux tcp_grow_skb()).
   */
  fillNext(octets: number): void {
    const packet = this.#waiting[this.#gone]!;
    const behind = this.#waiting[this.#gone + 1];
    if (behind === undefined || isSealed(packet)) return;
    const mark = isPushed(packet) ? PUSHED : 0;
    const end = endOf(packet) + octets;
    if (end < endOf(behind)) {
      this.#waiting[this.#gone] = end * MARKS + mark;
      return;
    }
    this.#gone += 1;
    if (!isPushed(behind)) this.#waiting[this.#gone] = behind + mark;
  }

  /**
   * The octets up to `end` are sent: what is left of a packet is one of its own, with its marks.
   * `withPush`: the last of them carries PSH, whenever it is sent.
   */
  sentTo(end: number, withPush: boolean): void {
    const packet = this.#waiting[this.#gone]!;
    if (endOf(packet) > end) {
      this.#addSent(end * MARKS + (withPush ? PUSHED : 0));
      return;
    }
    this.#addSent(withPush && !isPushed(packet) ? packet + PUSHED : packet);
    this.#gone += 1;
  }

  #addSent(packet: number): void {
    if (this.#sent.length === 0) this.#sent = [packet];
    else this.#sent.push(packet);
  }

  /** Whether a packet ends at `position`, with PSH. */
  isPushedAt(position: number): boolean {
    const index = this.#indexAt(position);
    if (index === this.#length()) return false;
    const packet = this.#at(index);
    return endOf(packet) === position && isPushed(packet);
  }

  /** The first end of a sealed packet behind `position`, if one is before `limit`. */
  sealedEnd(position: number, limit: number): number {
    for (let i = this.#indexAt(position + 1); i < this.#length(); i++) {
      const packet = this.#at(i);
      const end = endOf(packet);
      if (end >= limit) break;
      if (isSealed(packet)) return end;
    }
    return limit;
  }

  /** Forgets those that end at `position` or before. */
  dropTo(position: number): void {
    const limit = (position + 1) * MARKS;
    const sent = this.#sent;
    while (this.#done < sent.length && sent[this.#done]! < limit) this.#done += 1;
    if (this.#done === sent.length) {
      while (this.#hasWaiting() && this.#waiting[this.#gone]! < limit) this.#gone += 1;
    }
    this.#shorten();
  }

  clear(): void {
    this.#done = this.#sent.length;
    this.#gone = this.#waiting.length;
    this.#shorten();
  }

  /** Cuts off what has left a list, now and then: to make one shorter costs more than to use it. */
  #shorten(): void {
    if (this.#done > CUT_FROM && 2 * this.#done > this.#sent.length) {
      this.#sent = this.#sent.slice(this.#done);
      this.#done = 0;
    }
    if (this.#gone > CUT_FROM && 2 * this.#gone > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#gone);
      this.#gone = 0;
    }
  }

  /** Where in the lists the first packet is that ends at `position` or behind. */
  #indexAt(position: number): number {
    let low = this.#done;
    let high = this.#length();
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#at(middle) < position * MARKS) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
