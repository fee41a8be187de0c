/**
 * The TCP connections of a capture: each with its segments in the order in which they were seen,
 * from the SYN that opened it on.
 */
import type { Instant } from '../../stack/index.ts';
import {
  decodeFrame,
  DecodeError,
  type Frame,
  type Ipv4Address,
  listTcpOptions,
  printIpv4,
  type Seq,
  TcpFlag,
  type TcpOption,
} from '../../wire/index.ts';

/** A frame that was captured. */
export interface CapturedFrame {
  /** See `LinkType`. */
  readonly linkType: number;
  /** Which of several interfaces it passed: a connection is followed at one of them. */
  readonly interfaceId: number;
  readonly bytes: Uint8Array;
  readonly at: Instant;
}

/** One end of a connection. */
export interface End {
  readonly address: Ipv4Address;
  readonly port: number;
}

/** What a recorded script needs of a segment. */
export interface Segment {
  readonly at: Instant;
  readonly source: End;
  readonly isFromOpener: boolean;
  readonly tos: number;
  readonly flags: number;
  readonly seq: Seq;
  readonly ack: Seq;
  readonly window: number;
  readonly urgentPointer: number;
  /** The list, or the octets where they make none. */
  readonly options: readonly TcpOption[] | Uint8Array;
  /** By the IP header: also where the capture kept less. */
  readonly payloadLength: number;
}

/** A connection as it was captured. */
export interface Connection {
  /** Who sent the first SYN. */
  readonly opener: End;
  readonly acceptor: End;
  readonly segments: readonly Segment[];
  /** False when the capture began in the middle of the connection. */
  readonly hasBeginning: boolean;
}

/** An end for people: `192.0.2.1:8080`. */
export function printEnd({ address, port }: End): string {
  return `${printIpv4(address)}:${port}`;
}

/** Every TCP connection in the frames, by the time of its first segment. */
export function findConnections(frames: readonly CapturedFrame[]): readonly Connection[] {
  const found: GrowingConnection[] = [];
  const current = new Map<string, GrowingConnection>();
  for (const frame of frames) {
    const decoded = decodeFrame(frame.linkType, frame.bytes);
    const { ipv4, tcp } = decoded;
    if (ipv4 === undefined || tcp === undefined) continue;
    const source = { address: ipv4.source, port: tcp.sourcePort };
    const destination = { address: ipv4.destination, port: tcp.destinationPort };
    const key = keyOf(frame.interfaceId, source, destination);
    let connection = current.get(key);
    const isSyn = (tcp.flags & (TcpFlag.syn | TcpFlag.ack)) === TcpFlag.syn;
    if (connection === undefined || (isSyn && connection.isOver)) {
      connection = new GrowingConnection(source, destination, isSyn);
      current.set(key, connection);
      found.push(connection);
    }
    connection.add(segmentOf(decoded, frame.at, connection.isOpener(source)), decoded);
  }
  return found;
}

/** The same for both directions. */
function keyOf(interfaceId: number, a: End, b: End): string {
  const ends = [printEnd(a), printEnd(b)].toSorted();
  return `${interfaceId} ${ends.join(' ')}`;
}

function segmentOf({ ipv4, tcp }: Frame, at: Instant, isFromOpener: boolean): Segment {
  if (ipv4 === undefined || tcp === undefined) throw new TypeError('no TCP segment');
  const headers = ipv4.payloadAt - ipv4.start + (tcp.payloadAt - tcp.start);
  const options = listTcpOptions(tcp.options);
  return {
    at,
    source: { address: ipv4.source, port: tcp.sourcePort },
    isFromOpener,
    tos: ipv4.tos,
    flags: tcp.flags,
    seq: tcp.seq,
    ack: tcp.ack,
    window: tcp.window,
    urgentPointer: tcp.urgentPointer,
    options: options instanceof DecodeError ? tcp.options : options,
    payloadLength: Math.max(0, ipv4.totalLength - headers),
  };
}

/** Segments that cooked captures of all interfaces show twice come within this time. */
const TWICE_WITHIN = 1_000_000;

/** A connection while its segments are read. */
class GrowingConnection implements Connection {
  readonly opener: End;
  readonly acceptor: End;
  readonly hasBeginning: boolean;
  readonly segments: Segment[] = [];
  #isReset = false;
  readonly #finished = new Set<boolean>();

  constructor(opener: End, acceptor: End, hasBeginning: boolean) {
    this.opener = opener;
    this.acceptor = acceptor;
    this.hasBeginning = hasBeginning;
  }

  /** Whether a SYN now opens another connection. */
  get isOver(): boolean {
    return this.#isReset || this.#finished.size === 2 || !this.hasBeginning;
  }

  isOpener({ address, port }: End): boolean {
    return address === this.opener.address && port === this.opener.port;
  }

  add(segment: Segment, frame: Frame): void {
    if (frame.cooked !== undefined && this.#wasJustSeen(segment)) return;
    this.segments.push(segment);
    if ((segment.flags & TcpFlag.rst) !== 0) this.#isReset = true;
    if ((segment.flags & TcpFlag.fin) !== 0) this.#finished.add(segment.isFromOpener);
  }

  /** On the interface "any", what a host sends to itself passes going out and coming in. */
  #wasJustSeen({ at, isFromOpener, flags, seq, ack, payloadLength }: Segment): boolean {
    return this.segments
      .slice(-4)
      .some(
        (other) =>
          at - other.at < TWICE_WITHIN &&
          other.isFromOpener === isFromOpener &&
          other.flags === flags &&
          other.seq === seq &&
          other.ack === ack &&
          other.payloadLength === payloadLength,
      );
  }
}
