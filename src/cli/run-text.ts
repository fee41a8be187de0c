/**
 * A run as text: packets in tcpdump's format as they happen, each on lines that have nothing else
 * on them, and below them what the hosts make of them:
 *
 *     ▸ whose capture the packets are of, where there are several
 *     ↑ why the packet was sent
 *     · a state was entered
 *     × a frame was dropped; what is overheard from others on a link is passed over in silence
 *
 * What a host's terminal shows stands between lines of its own:
 *
 *     ┌ 12:00:01.500000 server# netstat -antp
 *     │ …
 *     └
 */
import type { Cause, FourTuple, Instant, TcpState } from '../stack/index.ts';
import { printCause } from '../stack/index.ts';
import {
  calendarOf,
  type Capture,
  namesOf,
  type RunObserver,
  type Scenario,
  type View,
} from '../sim/index.ts';
import { printInstant } from './visits.ts';
import { parsePrintFlags, Printer, type PrintFlags } from '../tcpdump/index.ts';
import { decodeFrame, type Frame, LinkType, printIp, TcpFlag } from '../wire/index.ts';

/** How a run is shown. */
export interface RunTextOptions {
  /** tcpdump's flags as the user gave them; the scenario's own where there are none. */
  readonly flags: PrintFlags | undefined;
  /** Whether the cause of each packet is shown below it, and who overheard it. */
  readonly why: boolean;
  readonly color: boolean;
  /** Whether packets, and what hosts make of them, are printed at all; by default they are. */
  readonly hasPackets?: boolean;
  /** The terminal's width, for which what stands below packets is broken; unbroken by default. */
  readonly columns?: number | undefined;
}

/** Takes the text, a line or several without the last line feed. */
export type LineSink = (text: string) => void;

export class RunText implements RunObserver {
  readonly #scenario: Scenario;
  readonly #options: RunTextOptions;
  readonly #sink: LineSink;
  readonly #printers: { readonly printer: Printer; left: number }[] = [];
  #packets = 0;
  /** Whose packets were printed last, and how many captures there are to tell apart. */
  #place = '';
  readonly #places = new Set<string>();
  /** How wide the widest end of a connection was yet; most are not wider than this. */
  #endWidth = 'client 10.0.0.1.59170'.length;

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
    const interfaces = capture.interfaceNames;
    const printer = new Printer(flags, { hosts, interfaces, services: { tcp, udp } });
    this.#places.add(placeOf(capture));
    this.#printers[capture.id] = { printer, left: flags.count ?? Number.POSITIVE_INFINITY };
  }

  frame(capture: Capture, bytes: Uint8Array, cause: Cause, now: Instant): void {
    this.#packets += 1;
    const shown = this.#printers[capture.id];
    if (shown === undefined || shown.left === 0 || !this.#hasPackets) return;
    shown.left -= 1;
    this.#announce(placeOf(capture));
    const time = calendarOf(this.#scenario).timeOf(now);
    const record = { linkType: capture.linkType, ...time, originalLength: bytes.length, bytes };
    this.#sink(shown.printer.print(record));
    if (this.#options.why) this.#aside('↑', printCause(cause));
  }

  #announce(place: string): void {
    if (this.#places.size > 1 && place !== this.#place) this.#aside('▸', place);
    this.#place = place;
  }

  get #hasPackets(): boolean {
    return this.#options.hasPackets ?? true;
  }

  dropped(where: string, bytes: Uint8Array, cause: Cause): void {
    if (!this.#hasPackets || (OVERHEARD.has(cause.name) && !this.#options.why)) return;
    const frame = describe(decodeFrame(LinkType.ethernet, bytes));
    this.#aside(`× ${where} drops ${frame}:`, printCause(cause));
  }

  stateEntered(
    host: string,
    { localAddress, localPort }: FourTuple,
    from: TcpState,
    to: TcpState,
    cause: Cause,
  ): void {
    if (!this.#hasPackets) return;
    const end = `${host} ${printIp(localAddress)}.${localPort}`;
    this.#endWidth = Math.max(this.#endWidth, end.length);
    const move = `${from} → ${to}`.padEnd(LONGEST_MOVE);
    this.#aside(`· ${end.padEnd(this.#endWidth)}  ${move} `, printCause(cause));
  }

  reported(text: string): void {
    this.#sink(text);
  }

  /** What a host's terminal shows. */
  viewed({ host, line, at, text }: View): void {
    const head = `┌ ${printInstant(at, this.#scenario)} ${host}# ${line}`;
    const body = text === '' ? [] : text.replace(/\n$/, '').split('\n');
    const frame = (edge: string): string =>
      this.#options.color ? `${DIM}${edge}${NOT_DIM}` : edge;
    this.#sink(
      [frame(head), ...body.map((each) => `${frame('│')} ${each}`), frame('└')].join('\n'),
    );
  }

  /** A line that is no packet; what does not fit beside `text` goes below it. */
  #aside(text: string, rest: string): void {
    const { columns = Number.POSITIVE_INFINITY, color } = this.#options;
    const whole = `${MARGIN}${text} ${rest}`;
    const line = whole.length <= columns ? whole : `${MARGIN}${text.trimEnd()}\n${MARGIN}  ${rest}`;
    this.#sink(color ? `${DIM}${line}${NOT_DIM}` : line);
  }
}

/**
 * Causes of dropping what reaches a host only because its link carries it to everybody: nothing
 * befalls such a packet, and on a switch each request of ARP would be dropped by all hosts but one.
 */
const OVERHEARD: ReadonlySet<string> = new Set([
  'arp-not-ours',
  'ip-no-member',
  'ipv6-no-member',
  'neighbor-not-ours',
  'udp-ignored',
]);

const MARGIN = ' '.repeat(8);
const LONGEST_MOVE = 'SYN-RECEIVED → ESTABLISHED'.length;
const DIM = '\u001B[2m';
const NOT_DIM = '\u001B[22m';

function placeOf({ host, name }: Capture): string {
  return `${host} ${name}`;
}

/** A frame in a few words: `10.0.0.1.59170 > 10.0.0.2.80 [P.] with 6 octets`. */
function describe({ arp, ipv4, ipv6, tcp, udp, payload }: Frame): string {
  if (arp !== undefined) return 'an ARP packet';
  const ip = ipv4 ?? ipv6;
  if (ip === undefined) return 'a frame';
  const port = (of: 'sourcePort' | 'destinationPort'): string => {
    const segment = tcp ?? udp;
    return segment === undefined ? '' : `.${segment[of]}`;
  };
  const ends =
    `${printIp(ip.source)}${port('sourcePort')} > ` +
    `${printIp(ip.destination)}${port('destinationPort')}`;
  const size = payload.length === 1 ? '1 octet' : `${payload.length} octets`;
  return `${ends}${tcp === undefined ? '' : ` [${flagsOf(tcp.flags)}]`} with ${size}`;
}

/** As tcpdump has them: `S.`, `P.`, `R`. */
function flagsOf(flags: number): string {
  return FLAG_LETTERS.map(([letter, bit]) => ((flags & bit) === 0 ? '' : letter)).join('');
}

const FLAG_LETTERS: readonly (readonly [string, number])[] = [
  ['F', TcpFlag.fin],
  ['S', TcpFlag.syn],
  ['R', TcpFlag.rst],
  ['P', TcpFlag.psh],
  ['.', TcpFlag.ack],
  ['U', TcpFlag.urg],
];
