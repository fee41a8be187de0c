/** Packets as text, exactly as `tcpdump -r` of version 4.99.3 prints them. */
import { Conversations } from './conversations.ts';
import type { PrintFlags } from './flags.ts';
import { dumpAscii, dumpHex, dumpHexAndAscii } from './hex-dump.ts';
import { dissectLink } from './link.ts';
import { Names, type NameSources } from './names.ts';
import { PacketText, TRUNCATED } from './packet-text.ts';
import { type LocalClock, TimePrinter } from './time.ts';

/** A captured packet. */
export interface PrintableRecord {
  /** See `LinkType`. */
  readonly linkType: number;
  /** When it was captured: seconds since 1970, and nanoseconds below a second. */
  readonly seconds: number;
  readonly nanoseconds: number;
  /** The octets it had on the wire. */
  readonly originalLength: number;
  /** The octets captured: all, or the first ones. */
  readonly bytes: Uint8Array;
}

/** What a printer knows besides its flags. */
export interface PrinterOptions extends NameSources {
  /** What the time of day is; UTC by default. */
  readonly localTime?: LocalClock;
}

/** Longer packets than this are taken for errors in the capture. */
const LENGTH_MAXIMUM = 262_144;

/**
 * Prints packets in the order in which it is given them: sequence numbers are relative to the first
 * seen of their connection, and times may be to the packet before.
 */
export class Printer {
  readonly #flags: PrintFlags;
  readonly #time: TimePrinter;
  readonly #text: PacketText;
  #count = 0;

  constructor(flags: PrintFlags, options: PrinterOptions = {}) {
    this.#flags = flags;
    this.#time = new TimePrinter(flags, options.localTime);
    this.#text = new PacketText(flags, new Names(flags, options), new Conversations());
  }

  /** The packet's text: one line or, with `-v` and dumps, several; no line feed at the end. */
  print(record: PrintableRecord): string {
    this.#count++;
    const t = this.#text;
    t.begin(record.bytes);
    if (this.#flags.numbered) t.text += `${String(this.#count).padStart(5)}  `;
    const fault = headerFault(record.bytes.length, record.originalLength);
    if (fault !== '') return `${t.text}[Invalid header:${fault}]`;
    t.text += this.#time.print(record.seconds, record.nanoseconds);
    try {
      dissectLink(t, record.linkType, record.originalLength);
    } catch (error) {
      if (error !== TRUNCATED) throw error;
      t.truncated();
      t.linkHeaderLength = 0;
    }
    t.end = record.bytes.length;
    this.#dump();
    return t.text;
  }

  /**
   * The protocol in the packet printed last that tcpdump decodes and this printer does not; its
   * text is then tcpdump's only as far as that protocol.
   */
  get gap(): string | undefined {
    return this.#text.gap;
  }

  #dump(): void {
    const t = this.#text;
    const { hex, hexAndAscii, ascii } = this.#flags;
    const times = hexAndAscii || hex || ascii;
    if (times === 0) return;
    const from = times > 1 ? 0 : t.linkHeaderLength;
    if (from >= t.end) return;
    if (hexAndAscii > 0) dumpHexAndAscii(t, from, t.end - from);
    else if (hex > 0) dumpHex(t, from, t.end - from);
    else dumpAscii(t, from);
  }
}

/** Lengths that cannot be, each in words. */
function headerFault(captured: number, original: number): string {
  const faults: string[] = [];
  if (captured === 0) faults.push(' caplen==0');
  if (original === 0) faults.push(' len==0');
  else if (original < captured) faults.push(` len(${original}) < caplen(${captured})`);
  if (captured > LENGTH_MAXIMUM) faults.push(` caplen(${captured}) > ${LENGTH_MAXIMUM}`);
  if (original > LENGTH_MAXIMUM) faults.push(` len(${original}) > ${LENGTH_MAXIMUM}`);
  return faults.join(',');
}
