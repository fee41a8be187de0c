/**
 * The TCP segment (RFC 9293 §3.1).
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-------------------------------+-------------------------------+
 *    |          Source Port          |       Destination Port        |
 *    +-------------------------------+-------------------------------+
 *    |                        Sequence Number                        |
 *    +---------------------------------------------------------------+
 *    |                    Acknowledgment Number                      |
 *    +-------+-------+-+-+-+-+-+-+-+-+-------------------------------+
 *    | Data  |       |C|E|U|A|P|R|S|F|                               |
 *    |Offset | Rsrvd |W|C|R|C|S|S|Y|I|            Window             |
 *    |       |       |R|E|G|K|H|T|N|N|                               |
 *    +-------+-------+-+-+-+-+-+-+-+-+-------------------------------+
 *    |           Checksum            |         Urgent Pointer        |
 *    +-------------------------------+-------------------------------+
 *    |                    Options (0–40 octets)                      |
 *    +---------------------------------------------------------------+
 *
 * Structure and judgement are apart: a segment with a wrong checksum decodes, and
 * {@link isTcpChecksumOk} judges it.
 */
import { EMPTY, put16, put32, u16, u32 } from './bytes.ts';
import { complementSum, foldWord, onesSum } from './checksum.ts';
import { DecodeError } from './decode-error.ts';
import { type Seq, seqToU32, toSeq } from './seq.ts';

/** The octets of a header without options. */
export const TCP_HEADER_LENGTH = 20;
/** The most octets of options that the data offset can express. */
export const TCP_OPTIONS_MAXIMUM = 40;

/** The control bits, and the three reserved ones above them (AE: RFC 9768). */
export const TcpFlag = {
  fin: 0x001,
  syn: 0x002,
  rst: 0x004,
  psh: 0x008,
  ack: 0x010,
  urg: 0x020,
  ece: 0x040,
  cwr: 0x080,
  ae: 0x100,
} as const;

/** What a segment is made of. A checksum left out is computed; one given is kept. */
export interface TcpFields {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly seq: Seq;
  readonly ack: Seq;
  /** The low 12 bits of octets 12–13: four reserved, then CWR … FIN. See {@link TcpFlag}. */
  readonly flags: number;
  /** As on the wire: not scaled. */
  readonly window: number;
  readonly urgentPointer: number;
  /** Raw option octets; padded with zeros to a multiple of four when encoded. */
  readonly options: Uint8Array;
  readonly payload: Uint8Array;
  readonly checksum?: number | undefined;
}

/** A decoded segment: numbers read at once, options and payload views made when asked for. */
export class TcpSegment implements TcpFields {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly seq: Seq;
  readonly ack: Seq;
  readonly flags: number;
  readonly window: number;
  readonly checksum: number;
  readonly urgentPointer: number;
  /** The bytes decoded from: header at `start`, payload from `payloadAt` to `end`. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly payloadAt: number;
  readonly end: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    const offsetAndFlags = u16(bytes, start + 12);
    this.sourcePort = u16(bytes, start);
    this.destinationPort = u16(bytes, start + 2);
    this.seq = toSeq(u32(bytes, start + 4));
    this.ack = toSeq(u32(bytes, start + 8));
    this.flags = offsetAndFlags & 0xfff;
    this.window = u16(bytes, start + 14);
    this.checksum = u16(bytes, start + 16);
    this.urgentPointer = u16(bytes, start + 18);
    this.bytes = bytes;
    this.start = start;
    this.payloadAt = start + (offsetAndFlags >>> 12) * 4;
    this.end = end;
  }

  get options(): Uint8Array {
    const at = this.start + TCP_HEADER_LENGTH;
    return at === this.payloadAt ? EMPTY : this.bytes.subarray(at, this.payloadAt);
  }

  get payload(): Uint8Array {
    return this.bytes.subarray(this.payloadAt, this.end);
  }

  /** The octets of payload. */
  get payloadLength(): number {
    return this.end - this.payloadAt;
  }
}

/** The segment in `b[start, end)`. */
export function decodeTcp(
  b: Uint8Array,
  start = 0,
  end: number = b.length,
): TcpSegment | DecodeError {
  const length = end - start;
  const headerLength = length < TCP_HEADER_LENGTH ? 0 : (b[start + 12]! >>> 4) * 4;
  if (headerLength >= TCP_HEADER_LENGTH && headerLength <= length) {
    return new TcpSegment(b, start, end);
  }
  const isTooShort = length < TCP_HEADER_LENGTH || headerLength > length;
  if (isTooShort) return new DecodeError('tcp', 'truncated', end);
  return new DecodeError('tcp', 'bad-length', start + 12);
}

/** SEG.LEN: the octets of payload, counting SYN and FIN (RFC 9293 §3.3.1). */
export function segmentLength(segment: TcpSegment): number {
  const { flags } = segment;
  return segment.end - segment.payloadAt + (flags & TcpFlag.fin) + ((flags & TcpFlag.syn) >>> 1);
}

/** Whether the segment's checksum is right, given the pseudo-header's sum, below 2³¹ (MUST-3). */
export function isTcpChecksumOk(segment: TcpSegment, pseudo: number): boolean {
  return foldWord(pseudo + onesSum(segment.bytes, segment.start, segment.end)) === 0xffff;
}

/** Writes the fixed 20 octets of a header at `at`, the checksum field zero. */
export function writeTcpHeader(
  b: Uint8Array,
  at: number,
  sourcePort: number,
  destinationPort: number,
  seq: Seq,
  ack: Seq,
  headerLength: number,
  flags: number,
  window: number,
  urgentPointer: number,
): void {
  put16(b, at, sourcePort);
  put16(b, at + 2, destinationPort);
  put32(b, at + 4, seqToU32(seq));
  put32(b, at + 8, seqToU32(ack));
  put16(b, at + 12, (headerLength << 10) | flags);
  put16(b, at + 14, window);
  put16(b, at + 16, 0);
  put16(b, at + 18, urgentPointer);
}

/**
 * Computes and writes the checksum of the segment `b[at, end)`, whose field must be zero; `pseudo`
 * is the pseudo-header's sum, below 2³¹.
 */
export function writeTcpChecksum(b: Uint8Array, at: number, end: number, pseudo: number): void {
  put16(b, at + 16, complementSum(foldWord(pseudo + onesSum(b, at, end))));
}

/** The octets of the segment with its padded options. */
export function tcpLength(segment: TcpFields): number {
  return TCP_HEADER_LENGTH + ((segment.options.length + 3) & ~3) + segment.payload.length;
}

/**
 * Writes a segment of {@link tcpLength} octets at `at`; `pseudo` is the pseudo-header's sum.
 *
 * @throws RangeError when there are more than 40 octets of options.
 */
export function writeTcp(b: Uint8Array, at: number, segment: TcpFields, pseudo: number): void {
  const headerLength = TCP_HEADER_LENGTH + ((segment.options.length + 3) & ~3);
  if (headerLength > TCP_HEADER_LENGTH + TCP_OPTIONS_MAXIMUM) {
    throw new RangeError('tcp: more than 40 octets of options');
  }
  writeTcpHeader(
    b,
    at,
    segment.sourcePort,
    segment.destinationPort,
    segment.seq,
    segment.ack,
    headerLength,
    segment.flags,
    segment.window,
    segment.urgentPointer,
  );
  b.set(segment.options, at + TCP_HEADER_LENGTH);
  b.fill(0, at + TCP_HEADER_LENGTH + segment.options.length, at + headerLength);
  b.set(segment.payload, at + headerLength);
  if (segment.checksum === undefined) writeTcpChecksum(b, at, at + tcpLength(segment), pseudo);
  else put16(b, at + 16, segment.checksum);
}

/** The segment's bytes; `pseudo` is the pseudo-header's sum. */
export function encodeTcp(segment: TcpFields, pseudo: number): Uint8Array {
  const b = new Uint8Array(tcpLength(segment));
  writeTcp(b, 0, segment, pseudo);
  return b;
}
