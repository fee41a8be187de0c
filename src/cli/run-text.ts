/** A run as text: packets in tcpdump's format as they happen, and what the hosts make of them. */
import { styleText } from 'node:util';
import type { Cause, FourTuple, Instant, TcpState } from '../stack/index.ts';
import { printCause } from '../stack/index.ts';
import {
  calendarOf,
  type Capture,
  namesOf,
  type RunObserver,
  type Scenario,
} from '../sim/index.ts';
import { parsePrintFlags, Printer, type PrintFlags } from '../tcpdump/index.ts';
import { printIpv4 } from '../wire/index.ts';

/** How a run is shown. */
export interface RunTextOptions {
  /** tcpdump's flags as the user gave them; the scenario's own where there are none. */
  readonly flags: PrintFlags | undefined;
  /** Whether the cause of each packet is shown below it. */
  readonly why: boolean;
  readonly color: boolean;
}

/** Takes the text, a line or several without the last line feed. */
export type LineSink = (text: string) => void;

export class RunText implements RunObserver {
  readonly #scenario: Scenario;
  readonly #options: RunTextOptions;
  readonly #sink: LineSink;
  readonly #printers: { readonly printer: Printer; left: number }[] = [];
  #packets = 0;

  constructor(scenario: Scenario, options: RunTextOptions, sink: LineSink) {
    this.#scenario = scenario;
    this.#options = options;
    this.#sink = sink;
  }

  /** How many packets were captured. */
  get packets(): number {
    return this.#packets;
  }

  captureOpened(capture: Capture): void {
    const own = (capture.print ?? this.#scenario.options.print ?? '').split(' ').filter(Boolean);
    const flags = this.#options.flags ?? parsePrintFlags(own);
    const { hosts, tcp, udp } = namesOf(this.#scenario);
    const printer = new Printer(flags, { hosts, services: { tcp, udp } });
    this.#printers[capture.id] = { printer, left: flags.count ?? Number.POSITIVE_INFINITY };
  }

  frame(capture: Capture, bytes: Uint8Array, cause: Cause, now: Instant): void {
    this.#packets += 1;
    const shown = this.#printers[capture.id];
    if (shown === undefined || shown.left === 0) return;
    shown.left -= 1;
    const time = calendarOf(this.#scenario).timeOf(now);
    const record = { linkType: capture.linkType, ...time, originalLength: bytes.length, bytes };
    this.#sink(shown.printer.print(record));
    if (this.#options.why) this.#aside(`↑ ${printCause(cause)}`);
  }

  dropped(where: string, _frame: Uint8Array, cause: Cause): void {
    this.#aside(`× ${where} drops a frame: ${printCause(cause)}`);
  }

  stateEntered(
    host: string,
    { localAddress, localPort }: FourTuple,
    from: TcpState,
    to: TcpState,
    cause: Cause,
  ): void {
    const socket = `${host} ${printIpv4(localAddress)}.${localPort}`;
    this.#aside(`· ${socket}  ${from} → ${to}  ${printCause(cause)}`);
  }

  reported(text: string): void {
    this.#sink(text);
  }

  #aside(text: string): void {
    const line = `        ${text}`;
    this.#sink(this.#options.color ? styleText('dim', line) : line);
  }
}
