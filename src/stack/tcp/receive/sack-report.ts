/**
 * What a receiver tells by its SACK options: the ranges that arrived ahead of order, the newest
 * first and then those told of last (RFC 2018 §4), and before them, once, what came a second time
 * (D-SACK, RFC 2883). Ranges that many others came after are told of no more; only their number is
 * bounded, not that of the ranges in the receive buffer.
 */
import { type Seq, seqGe, seqGt, seqLe, seqLt } from '../../../wire/index.ts';

export interface SackBlock {
  start: Seq;
  end: Seq;
}

/** As many as ever fit into one option (Linux TCP_NUM_SACKS). */
const MOST_BLOCKS = 4;

export class SackReport {
  /** The newest first; apart from each other. */
  readonly #blocks: SackBlock[] = [];
  #duplicate: SackBlock | undefined = undefined;
  /** Segments are being made that share their options: the duplicate is told of in each. */
  isRepeated = false;

  /** Blocks that could be told of now. */
  get count(): number {
    return this.#blocks.length + (this.#duplicate === undefined ? 0 : 1);
  }

  /** The blocks of one option, at most `limit`; the duplicate is told of only once. */
  take(limit: number): readonly SackBlock[] {
    const duplicate = this.#duplicate;
    if (duplicate === undefined) return this.#blocks.slice(0, limit);
    if (!this.isRepeated) this.#duplicate = undefined;
    return [duplicate, ...this.#blocks].slice(0, limit);
  }

  /** The end of the rightmost block; nothing when there is none. */
  get highest(): Seq | undefined {
    let highest: Seq | undefined;
    for (const { end } of this.#blocks) {
      if (highest === undefined || seqGt(end, highest)) highest = end;
    }
    return highest;
  }

  /**
   * `start` to `end` arrived ahead of order; says how many blocks are newer than the one that it
   * became part of, which an acknowledgment that waits would perhaps not tell of in time.
   */
  add(start: Seq, end: Seq): number {
    const blocks = this.#blocks;
    const place = blocks.findIndex((block) => extend(block, start, end));
    if (place < 0) {
      const newer = blocks.length;
      if (newer === MOST_BLOCKS) blocks.pop();
      blocks.unshift({ start, end });
      return newer;
    }
    const [grown] = blocks.splice(place, 1);
    blocks.unshift(grown!);
    for (let i = 1; i < blocks.length;) {
      if (extend(grown!, blocks[i]!.start, blocks[i]!.end)) blocks.splice(i, 1);
      else i += 1;
    }
    return place;
  }

  /** RCV.NXT has reached `next`: what begins before it is in order now. */
  dropTo(next: Seq): void {
    const blocks = this.#blocks;
    for (let i = blocks.length - 1; i >= 0; i--) {
      if (seqGe(next, blocks[i]!.start)) blocks.splice(i, 1);
    }
  }

  /** `start` to `end` came a second time. */
  setDuplicate(start: Seq, end: Seq): void {
    this.#duplicate = { start, end };
  }

  /** The same of further octets of the same segment: only what touches can be told of with it. */
  extendDuplicate(start: Seq, end: Seq): void {
    if (this.#duplicate === undefined) this.setDuplicate(start, end);
    else extend(this.#duplicate, start, end);
  }

  /** Where the duplicate begins that the next option tells of. */
  get duplicateStart(): Seq | undefined {
    return this.#duplicate?.start;
  }

  get hasDuplicate(): boolean {
    return this.#duplicate !== undefined;
  }

  /** Another segment came before the duplicate was told of. */
  forgetDuplicate(): void {
    this.#duplicate = undefined;
  }

  /** The segments that shared their options are made. */
  endRepeating(): void {
    this.isRepeated = false;
    this.#duplicate = undefined;
  }
}

/** Widens a block by what overlaps or touches it; says whether that was so. */
function extend(block: SackBlock, start: Seq, end: Seq): boolean {
  if (seqGt(start, block.end) || seqGt(block.start, end)) return false;
  if (seqLt(start, block.start)) block.start = start;
  if (seqLe(block.end, end)) block.end = end;
  return true;
}
