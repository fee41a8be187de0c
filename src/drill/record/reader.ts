/**
 * What the program reads, and when: as the octets arrive, unless the windows that its host
 * announces say that it let them lie.
 */
import { ABSENT, TcpFlag } from '../../wire/index.ts';
import type { DirectedSegment } from './at-the-host.ts';
import type { Notation } from './packets.ts';
import { has } from './program.ts';

interface Range {
  readonly start: number;
  readonly end: number;
}

export class Reader {
  readonly #segments: readonly DirectedSegment[];
  readonly #notation: Notation;
  /** How far octets have arrived without a gap, by the script's numbers. */
  #end = 1;
  #ahead: readonly Range[] = [];
  #unread = 0;
  #largestWindow = 0;

  constructor(segments: readonly DirectedSegment[], notation: Notation) {
    this.#segments = segments;
    this.#notation = notation;
  }

  /** How many octets have arrived that the program has not read. */
  get unread(): number {
    return this.#unread;
  }

  /** A segment has arrived. */
  take(segment: DirectedSegment): void {
    const start = this.#notation.relative(segment.seq, true);
    if (segment.payloadLength === 0 || has(segment, TcpFlag.syn)) return;
    const range = { start, end: start + segment.payloadLength };
    this.#ahead = [...this.#ahead, range].toSorted((a, b) => a.start - b.start);
    const before = this.#end;
    for (const each of this.#ahead) {
      if (each.start <= this.#end) this.#end = Math.max(this.#end, each.end);
    }
    this.#ahead = this.#ahead.filter(({ end }) => end > this.#end);
    this.#unread += this.#end - before;
  }

  /**
   * How much is read after the inbound `segments[at]`: all there is, or nothing when the window
   * that is announced next has shrunk to less than half of the largest.
   */
  readAfter(at: number): number {
    const answer = this.#segments
      .slice(at + 1)
      .find(
        (segment) => !segment.isInbound && this.#notation.relative(segment.ack, true) >= this.#end,
      );
    return answer !== undefined && this.#isSmall(answer) ? 0 : this.#readAll();
  }

  /** How much was read before the outbound segment left: what its window makes room for again. */
  readBefore(segment: DirectedSegment): number {
    if (has(segment, TcpFlag.syn) || has(segment, TcpFlag.rst)) return 0;
    if (this.#isSmall(segment)) return 0;
    this.#largestWindow = Math.max(this.#largestWindow, segment.window);
    return this.#readAll();
  }

  #isSmall({ window, flags }: DirectedSegment): boolean {
    return (flags & TcpFlag.rst) === 0 && window * 2 < this.#largestWindow;
  }

  #readAll(): number {
    const length = this.#unread;
    this.#unread = 0;
    return length;
  }
}

/** The MSS in the options of a SYN, or {@link ABSENT}. */
export function mssOf({ options }: DirectedSegment): number {
  if (options instanceof Uint8Array) return ABSENT;
  for (const option of options) if (option.kind === 'maximum-segment-size') return option.mss;
  return ABSENT;
}
