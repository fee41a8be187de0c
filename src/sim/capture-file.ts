/**
 * The captures of a run as one file. pcapng keeps every interface apart, has names for addresses,
 * and carries with each packet why it was sent, as the packet's comment; pcap has none of that.
 */
import { type Cause, type Instant, printCause } from '../stack/index.ts';
import { PcapngWriter, PcapWriter } from '../wire/index.ts';
import { type Calendar } from './calendar.ts';
import type { Capture } from './capture.ts';
import { calendarOf, namesOf, type Scenario } from './scenario.ts';

/** Takes what captures let through, and gives the file in pieces. */
export interface CaptureFile {
  captureOpened(capture: Capture): void;
  frame(capture: Capture, bytes: Uint8Array, cause: Cause, now: Instant): void;
  /** What was written since the last time. */
  take(): Uint8Array[];
}

/** A capture file of the scenario, in the format wanted. */
export function captureFile(format: 'pcap' | 'pcapng', what: Scenario, seed: number): CaptureFile {
  return format === 'pcap' ? new PcapCaptureFile(what) : new PcapngCaptureFile(what, seed);
}

class PcapCaptureFile implements CaptureFile {
  /** Made with the first capture, whose link type the file has. */
  #writer: PcapWriter | undefined = undefined;
  #linkType = 0;
  readonly #calendar: Calendar;

  constructor(what: Scenario) {
    this.#calendar = calendarOf(what);
  }

  /** A pcap file does not tell interfaces apart. @throws RangeError for a second link type */
  captureOpened({ linkType }: Capture): void {
    if (this.#writer !== undefined && linkType !== this.#linkType) {
      throw new RangeError('a pcap file has one link type, these captures several: write pcapng');
    }
    this.#writer ??= new PcapWriter({ linkType });
    this.#linkType = linkType;
  }

  frame(_capture: Capture, bytes: Uint8Array, _cause: Cause, now: Instant): void {
    const { seconds, nanoseconds } = this.#calendar.timeOf(now);
    this.#writer?.packet({ seconds, nanoseconds, bytes });
  }

  take(): Uint8Array[] {
    return this.#writer?.take() ?? [];
  }
}

class PcapngCaptureFile implements CaptureFile {
  readonly #writer: PcapngWriter;
  readonly #calendar: Calendar;
  readonly #ids: number[] = [];
  /** Comments by cause: causes are few, packets many. */
  readonly #comments = new Map<Cause, readonly string[]>();

  constructor(what: Scenario, seed: number) {
    this.#calendar = calendarOf(what);
    this.#writer = new PcapngWriter({
      application: 'tcpetri',
      comments: [`scenario ${what.name}, seed ${seed}: ${what.options.summary}`],
    });
    const { hosts } = namesOf(what);
    if (hosts.size > 0) {
      this.#writer.names([...hosts].map(([address, name]) => ({ address, names: [name] })));
    }
  }

  captureOpened(capture: Capture): void {
    this.#ids[capture.id] = this.#writer.interface({
      linkType: capture.linkType,
      name: capture.name,
      description: capture.host,
    });
  }

  frame(capture: Capture, bytes: Uint8Array, cause: Cause, now: Instant): void {
    let comments = this.#comments.get(cause);
    if (comments === undefined) {
      comments = [printCause(cause)];
      this.#comments.set(cause, comments);
    }
    const { seconds, nanoseconds } = this.#calendar.timeOf(now);
    const interfaceId = this.#ids[capture.id] ?? 0;
    this.#writer.packet({ interfaceId, seconds, nanoseconds, bytes, comments });
  }

  take(): Uint8Array[] {
    return this.#writer.take();
  }
}
