/**
 * The other end of a random connection: which options it has, how far it has sent and acknowledged,
 * and its segments as a script writes them. It is no TCP: it sends whatever it is told to.
 */
import type { Microseconds } from '../syntax/script.ts';

/** Octets of a stream, by the script's numbers. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A segment; what is left out is as usual. */
export interface SegmentFields {
  /** As a script writes them; `-` for none. */
  readonly flags: string;
  readonly start?: number;
  readonly length?: number;
  readonly ack?: number;
  readonly sack?: string;
  readonly timestamp?: number;
  readonly echo?: number;
  readonly codepoint?: 'ect0' | 'ce';
  readonly urgentPointer?: number;
}

/** Options that the SYNs of both ends have to agree on. */
export interface Options {
  readonly sack: boolean;
  readonly timestamps: boolean;
  readonly scale: number | undefined;
}

/** The remote clock of time stamps at instant 0; it counts milliseconds. */
const FIRST_TIMESTAMP = 1000;
/** The stack's first time stamp in every script. */
const FIRST_ECHO = 100;
const WIDEST = 65_535;

export class RemoteEnd {
  /** What its SYN says. */
  readonly offered: Options;
  readonly #mss: number | undefined;
  /** What holds for the connection. */
  readonly agreed: Options;
  /** The next octet that it sends, and how far it has acknowledged the stack's. */
  next = 1;
  acked = 1;
  /** In octets; before the connection is open, of its SYN. */
  window: number;
  /** What it has sent ahead of order. */
  readonly ahead: Range[] = [];
  hasFinished = false;

  constructor(mss: number | undefined, offered: Options, agreed: Options, window: number) {
    this.#mss = mss;
    this.offered = offered;
    this.agreed = agreed;
    this.window = window;
  }

  /** A SYN, which says what is offered; its window is never scaled (RFC 7323 §2.2). */
  syn(flags: string, ack: number | undefined, at: Microseconds): string {
    const acknowledges = ack === undefined ? '' : ` ack ${ack}`;
    const options = this.#synOptions(at, ack === undefined ? 0 : FIRST_ECHO);
    return `< ${flags} 0:0(0)${acknowledges} win ${Math.min(this.window, WIDEST)}${options}`;
  }

  #synOptions(at: Microseconds, echo: number): string {
    const { sack, timestamps, scale } = this.offered;
    const options: (readonly [text: string, octets: number])[] = [];
    if (this.#mss !== undefined) options.push([`mss ${this.#mss}`, 4]);
    if (sack) options.push(['sackOK', 2]);
    if (timestamps) options.push([`TS val ${timestampAt(at)} ecr ${echo}`, 10]);
    if (scale !== undefined) options.push([`nop,wscale ${scale}`, 4]);
    if (options.length === 0) return '';
    const length = options.reduce((sum, [, octets]) => sum + octets, 0);
    const padding = ',nop'.repeat(-length & 3);
    return ` <${options.map(([text]) => text).join(',')}${padding}>`;
  }

  /** Acknowledges up to there, if not more already. */
  acknowledge(upTo: number): void {
    this.acked = Math.max(this.acked, upTo);
  }

  /** A segment: at the next octet, of nothing, and with what is acknowledged so far by default. */
  segment(fields: SegmentFields, at: Microseconds, lastTimestamp: number | undefined): string {
    const { flags, start = this.next, length = 0, ack = this.acked } = fields;
    const { codepoint, urgentPointer, sack = '' } = fields;
    const { scale = 0 } = this.agreed;
    const parts = ['<'];
    if (codepoint !== undefined) parts.push(`[${codepoint}]`);
    parts.push(flags, `${start}:${start + length}(${length})`);
    if (flags.includes('.')) parts.push(`ack ${Math.max(0, ack)}`);
    parts.push(`win ${Math.min(WIDEST, this.window >> scale)}`);
    if (urgentPointer !== undefined) parts.push(`urg ${urgentPointer}`);
    const options: string[] = [];
    if (this.agreed.timestamps) {
      const echo = fields.echo ?? lastTimestamp ?? FIRST_ECHO;
      options.push(`nop,nop,TS val ${fields.timestamp ?? timestampAt(at)} ecr ${echo}`);
    }
    if (sack !== '') options.push(`nop,nop,${sack}`);
    if (options.length > 0) parts.push(`<${options.join(',')}>`);
    return parts.join(' ');
  }
}

/** What the remote clock says. */
export function timestampAt(at: Microseconds): number {
  return FIRST_TIMESTAMP + Math.floor(at / 1000);
}
