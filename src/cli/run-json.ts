/** A run for programs: one JSON object a line for everything that happens. */
import type { Cause, FourTuple, Instant, TcpState } from '../stack/index.ts';
import {
  calendarOf,
  type Capture,
  type RunObserver,
  type Scenario,
  type View,
} from '../sim/index.ts';
import { printHex, printIp } from '../wire/index.ts';
import type { LineSink } from './run-text.ts';

export class RunJson implements RunObserver {
  readonly #scenario: Scenario;
  readonly #sink: LineSink;
  /** Whether packets, and what hosts make of them, are printed. */
  readonly #hasPackets: boolean;
  #packets = 0;

  constructor(scenario: Scenario, sink: LineSink, hasPackets = true) {
    this.#scenario = scenario;
    this.#sink = sink;
    this.#hasPackets = hasPackets;
  }

  /** How many packets were captured. */
  get packets(): number {
    return this.#packets;
  }

  captureOpened({ id, name, linkType }: Capture): void {
    this.#sink(JSON.stringify({ type: 'capture', id, name, linkType }));
  }

  frame(capture: Capture, bytes: Uint8Array, cause: Cause, now: Instant): void {
    this.#packets += 1;
    if (!this.#hasPackets) return;
    this.#write('packet', now, { capture: capture.id, cause, bytes: printHex(bytes) });
  }

  dropped(where: string, frame: Uint8Array, cause: Cause, now: Instant): void {
    if (!this.#hasPackets) return;
    this.#write('dropped', now, { where, cause, bytes: printHex(frame) });
  }

  stateEntered(
    host: string,
    connection: FourTuple,
    from: TcpState,
    to: TcpState,
    cause: Cause,
    now: Instant,
  ): void {
    if (!this.#hasPackets) return;
    const { localAddress, localPort, remoteAddress, remotePort } = connection;
    const local = { address: printIp(localAddress), port: localPort };
    const remote = { address: printIp(remoteAddress), port: remotePort };
    this.#write('state', now, { host, local, remote, from, to, cause });
  }

  reported(text: string, now: Instant): void {
    this.#write('report', now, { text });
  }

  /** What a host's terminal shows. */
  viewed({ host, line, at, text, status }: View): void {
    this.#write('view', at, { host, line, status, text });
  }

  #write(type: string, now: Instant, fields: object): void {
    const { seconds, nanoseconds } = calendarOf(this.#scenario).timeOf(now);
    const time = `${seconds}.${String(nanoseconds).padStart(9, '0')}`;
    this.#sink(JSON.stringify({ type, time, ...fields }));
  }
}
