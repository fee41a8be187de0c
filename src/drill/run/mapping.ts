/**
 * The script's numbers and the wire's. A script counts as tcpdump does: in a SYN the author's own
 * initial sequence number stands, in all other packets the first octet of data is 1.
 *
 *                            in a SYN                        else
 *     remote: wire =         script                          script + remote ISN
 *     local:  wire =         script − script ISN + live ISN  script + live ISN
 *
 * The remote ISN is whatever the script's SYN says, as the runner sends it. The local one is the
 * stack's choice, known when its SYN has been seen. An acknowledgment or a SACK block counts the
 * octets of the opposite side, and whether "in a SYN" holds is decided by the packet it rides in.
 */
import { seqDiff, toSeq } from '../../wire/index.ts';

/** Which of the two ends of the connection sent the octets that a number counts. */
export type Side = 'local' | 'remote';

/** What is known of a connection's initial sequence numbers; the wire's 32 bits each. */
export class SequenceNumbers {
  /** The remote end's, the same in the script and on the wire. */
  remoteInitial = 0;
  /** The stack's, as the script writes it in the stack's SYN. */
  localScriptInitial = 0;
  /** The stack's, as it chose it. */
  localLiveInitial = 0;

  toLive(side: Side, number: number, isSyn: boolean): number {
    return (number + this.#offset(side, isSyn)) >>> 0;
  }

  toScript(side: Side, number: number, isSyn: boolean): number {
    return (number - this.#offset(side, isSyn)) >>> 0;
  }

  #offset(side: Side, isSyn: boolean): number {
    if (side === 'remote') return isSyn ? 0 : this.remoteInitial;
    return isSyn ? this.localLiveInitial - this.localScriptInitial : this.localLiveInitial;
  }
}

interface TimestampPair {
  readonly script: number;
  readonly live: number;
}

/** The stack's timestamps: which value of the script was which value on the wire. */
export class Timestamps {
  readonly #liveByScript = new Map<number, number>();
  #first: TimestampPair | undefined = undefined;

  /** A packet was expected with TSval `script` and came with `live`. */
  learn(script: number, live: number): void {
    this.#liveByScript.set(script >>> 0, live >>> 0);
    this.#first ??= { script: script >>> 0, live: live >>> 0 };
  }

  /** A TSval of the wire as the script would count it; from the first pair on, the ticks agree. */
  toScript(live: number): number {
    if (this.#first === undefined) return live >>> 0;
    return (live - this.#first.live + this.#first.script) >>> 0;
  }

  /**
   * The TSecr to inject for one of the script: what the stack sent for that value. With
   * `isInterpolated`, values that the stack has not sent count from the first pair.
   */
  echo(script: number, isInterpolated: boolean): number | undefined {
    const exact = this.#liveByScript.get(script >>> 0);
    if (exact !== undefined || !isInterpolated || this.#first === undefined) return exact;
    return (script - this.#first.script + this.#first.live) >>> 0;
  }
}

/** How many ticks two timestamps are apart, around the circle of 2³². */
export function ticksApart(a: number, b: number): number {
  return Math.abs(seqDiff(toSeq(a), toSeq(b)));
}

/** What a connection's two spaces of numbers have to do with one another. */
export interface Numbers {
  readonly sequence: SequenceNumbers;
  readonly timestamps: Timestamps;
}
