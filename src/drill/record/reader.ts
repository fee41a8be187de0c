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
  /** What has arrived beyond a gap, by where it begins. */
  readonly #ahead: Range[] = [];
  #unread = 0;
  #largestWindow = 0;
  /** No segment before this one acknowledges what has arrived. */
  #answerAt = 0;

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
    const ahead = this.#ahead;
    ahead.splice(ahead.findLastIndex((each) => each.start <= range.start) + 1, 0, range);
    const before = this.#end;
    for (let first = ahead[0]; first !== undefined && first.start <= this.#end; first = ahead[0]) {
      this.#end = Math.max(this.#end, first.end);
      ahead.shift();
    }
    this.#unread += this.#end - before;
  }

  /**
   * How much is read after the inbound `segments[at]`: all there is, or nothing when the window
   * that is announced next has shrunk to less than half of the largest.
   */
  readAfter(at: number): number {
    // What comes before the answer to earlier octets answers no later ones.
    this.#answerAt = Math.max(this.#answerAt, at + 1);
    let answer = this.#segments[this.#answerAt];
    while (answer !== undefined && !this.#isAnswer(answer)) {
      this.#answerAt += 1;
      answer = this.#segments[this.#answerAt];
    }
    return answer !== undefined && this.#isSmall(answer) ? 0 : this.#readAll();
  }

  /** Whether the host acknowledges all that has arrived. */
  #isAnswer({ isInbound, ack }: DirectedSegment): boolean {
    return !isInbound && this.#notation.relative(ack, true) >= this.#end;
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
