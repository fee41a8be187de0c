/**
 * The TCP connections of a capture: each with its segments in the order in which they were seen,
 * from the SYN that opened it on.
 */
import type { Instant } from '../../stack/index.ts';
import {
  decodeFrame,
  DecodeError,
  type Frame,
  type IpAddress,
  type Ipv4Packet,
  type Ipv6Packet,
  isIpv6,
  listTcpOptions,
  printIp,
  type Seq,
  TcpFlag,
  type TcpOption,
  type TcpSegment,
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
  readonly address: IpAddress;
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

/** An end for people: `192.0.2.1:8080`, `[2001:db8::1]:8080`. */
export function printEnd({ address, port }: End): string {
  return isIpv6(address) ? `[${printIp(address)}]:${port}` : `${printIp(address)}:${port}`;
}

/** Every TCP connection in the frames, by the time of its first segment. */
export function findConnections(frames: readonly CapturedFrame[]): readonly Connection[] {
  const found: GrowingConnection[] = [];
  const current = new Map<string, GrowingConnection>();
  for (const frame of frames) {
    const decoded = decodeFrame(frame.linkType, frame.bytes);
    const { ipv4, ipv6, tcp } = decoded;
    const ip = ipv4 ?? ipv6;
    if (ip === undefined || tcp === undefined) continue;
    const source = { address: ip.source, port: tcp.sourcePort };
    const destination = { address: ip.destination, port: tcp.destinationPort };
    const key = keyOf(frame.interfaceId, source, destination);
    let connection = current.get(key);
    const isSyn = (tcp.flags & (TcpFlag.syn | TcpFlag.ack)) === TcpFlag.syn;
    if (connection === undefined || (isSyn && connection.isOver)) {
      connection = new GrowingConnection(source, destination, isSyn);
      current.set(key, connection);
      found.push(connection);
    }
    const tos = ipv4?.tos ?? ipv6?.trafficClass ?? 0;
    const payloadLength = Math.max(0, endOf(ip) - tcp.payloadAt);
    const isFromOpener = connection.isOpener(source);
    const segment = { ...fieldsOf(tcp), at: frame.at, source, isFromOpener, tos, payloadLength };
    connection.add(segment, decoded);
  }
  return found;
}

/** The same for both directions. */
function keyOf(interfaceId: number, a: End, b: End): string {
  const ends = [printEnd(a), printEnd(b)].toSorted();
  return `${interfaceId} ${ends.join(' ')}`;
}

/** Where the packet ends by its header, whatever was captured of it. */
function endOf(ip: Ipv4Packet | Ipv6Packet): number {
  return 'totalLength' in ip ? ip.start + ip.totalLength : ip.end;
}

type Fields = 'flags' | 'seq' | 'ack' | 'window' | 'urgentPointer' | 'options';

function fieldsOf(tcp: TcpSegment): Pick<Segment, Fields> {
  const { flags, seq, ack, window, urgentPointer } = tcp;
  const options = listTcpOptions(tcp.options);
  const readable = options instanceof DecodeError ? tcp.options : options;
  return { flags, seq, ack, window, urgentPointer, options: readable };
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
