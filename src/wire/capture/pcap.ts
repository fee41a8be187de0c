/**
 * The pcap file format (draft-ietf-opsawg-pcap): a header of 24 octets, then records, all in the
 * byte order of the machine that captured.
 *
 *     file:    magic(4) major(2) minor(2) zone(4) figures(4) snaplen(4) link type(4)
 *     record:  seconds(4) fraction(4) captured length(4) original length(4) octets …
 *
 * The magic number is 0xa1b2c3d4 when fractions are microseconds, 0xa1b23c4d for nanoseconds.
 */
import { ChunkList } from './chunk-list.ts';
import { DecodeError } from '../decode-error.ts';
import { type ByteOrder, get16, get32, set16, set32 } from '../endian.ts';

/** The octets before the first record. */
export const PCAP_HEADER_LENGTH = 24;
/** The octets before a record's packet. */
export const PCAP_RECORD_HEADER_LENGTH = 16;
/** The snapshot length that tcpdump has by default. */
export const DEFAULT_SNAP_LENGTH = 262_144;

const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const MAGIC_NANOSECONDS = 0xa1b23c4d;
/** Link type 231, D-Bus, is the one of network packets that may be larger. */
const LINK_TYPE_DBUS = 231;

/**
 * The most octets that a record of a link type may hold, whatever the file's snapshot length says:
 * 262,144, and for D-Bus 128 MiB. libpcap's rule (`max_snaplen_for_dlt`), by which damage is told.
 */
export function maximumCapturedLength(linkType: number): number {
  return linkType === LINK_TYPE_DBUS ? 128 * 1024 * 1024 : 262_144;
}

/** The unit of the records' fractions of a second. */
export type PcapResolution = 'microseconds' | 'nanoseconds';

/** A file's header. */
export interface PcapHeader {
  readonly byteOrder: ByteOrder;
  readonly resolution: PcapResolution;
  /** Seconds to add for UTC; always 0 in practice. */
  readonly zone: number;
  /** Accuracy of timestamps; always 0 in practice. */
  readonly significantFigures: number;
  readonly snapLength: number;
  /** 0–2²⁶ − 1, see `LinkType`. */
  readonly linkType: number;
  /** The six bits above the link type: whether and how long a frame check sequence is. */
  readonly linkTypeExtension: number;
}

/** A packet as a file holds it. */
export interface PcapRecord {
  readonly seconds: number;
  /** In the file's resolution; not checked against a second. */
  readonly fraction: number;
  /** The octets that the packet had when it was captured. */
  readonly originalLength: number;
  /** The octets that were kept of it. */
  readonly bytes: Uint8Array;
}

/** A whole file. */
export interface PcapFile {
  readonly header: PcapHeader;
  readonly records: readonly PcapRecord[];
}

/** The file header in the 24 octets at `b[start]`. */
export function decodePcapHeader(
  b: Uint8Array,
  start = 0,
  end: number = b.length,
): PcapHeader | DecodeError {
  if (end - start < 4) return new DecodeError('pcap', 'truncated', end);
  let byteOrder: ByteOrder = 'little-endian';
  let magic = get32(b, start, byteOrder);
  if (magic !== MAGIC_MICROSECONDS && magic !== MAGIC_NANOSECONDS) {
    byteOrder = 'big-endian';
    magic = get32(b, start, byteOrder);
  }
  if (magic !== MAGIC_MICROSECONDS && magic !== MAGIC_NANOSECONDS) {
    return new DecodeError('pcap', 'bad-magic', start);
  }
  if (end - start < PCAP_HEADER_LENGTH) return new DecodeError('pcap', 'truncated', end);
  const major = get16(b, start + 4, byteOrder);
  const minor = get16(b, start + 6, byteOrder);
  if (major !== 2 || minor !== 4) {
    return new DecodeError('pcap', 'bad-version', start + 4, `version ${major}.${minor}`);
  }
  const linkType = get32(b, start + 20, byteOrder);
  return {
    byteOrder,
    resolution: magic === MAGIC_NANOSECONDS ? 'nanoseconds' : 'microseconds',
    zone: get32(b, start + 8, byteOrder),
    significantFigures: get32(b, start + 12, byteOrder),
    snapLength: get32(b, start + 16, byteOrder),
    linkType: linkType & 0x3ff_ffff,
    linkTypeExtension: linkType >>> 26,
  };
}

/** Writes the 24 octets of a file header at `at`. */
export function writePcapHeader(b: Uint8Array, at: number, header: PcapHeader): void {
  const { byteOrder } = header;
  const isNano = header.resolution === 'nanoseconds';
  set32(b, at, isNano ? MAGIC_NANOSECONDS : MAGIC_MICROSECONDS, byteOrder);
  set16(b, at + 4, 2, byteOrder);
  set16(b, at + 6, 4, byteOrder);
  set32(b, at + 8, header.zone, byteOrder);
  set32(b, at + 12, header.significantFigures, byteOrder);
  set32(b, at + 16, header.snapLength, byteOrder);
  set32(b, at + 20, header.linkType | (header.linkTypeExtension << 26), byteOrder);
}

/** The octets of the record whose 16-octet header is at `b[at]`, its packet included. */
export function pcapRecordLength(
  b: Uint8Array,
  at: number,
  header: PcapHeader,
): number | DecodeError {
  const captured = get32(b, at + 8, header.byteOrder);
  const maximum = maximumCapturedLength(header.linkType);
  if (captured > maximum) {
    const detail = `captured length ${captured}, maximum ${maximum}`;
    return new DecodeError('pcap', 'too-large', at + 8, detail);
  }
  return PCAP_RECORD_HEADER_LENGTH + captured;
}

/**
 * The record at `b[start]`. A captured length above the file's snapshot length is taken as it is:
 * the octets are there (libpcap cuts the packet).
 */
export function decodePcapRecord(
  b: Uint8Array,
  start: number,
  end: number,
  header: PcapHeader,
): PcapRecord | DecodeError {
  if (end - start < PCAP_RECORD_HEADER_LENGTH) return new DecodeError('pcap', 'truncated', end);
  const length = pcapRecordLength(b, start, header);
  if (length instanceof DecodeError) return length;
  if (end - start < length) return new DecodeError('pcap', 'truncated', end);
  return {
    seconds: get32(b, start, header.byteOrder),
    fraction: get32(b, start + 4, header.byteOrder),
    originalLength: get32(b, start + 12, header.byteOrder),
    bytes: b.subarray(start + PCAP_RECORD_HEADER_LENGTH, start + length),
  };
}

/** Writes a record of `16 + bytes.length` octets at `at`. */
function writePcapRecord(b: Uint8Array, at: number, record: PcapRecord, order: ByteOrder): void {
  set32(b, at, record.seconds, order);
  set32(b, at + 4, record.fraction, order);
  set32(b, at + 8, record.bytes.length, order);
  set32(b, at + 12, record.originalLength, order);
  b.set(record.bytes, at + PCAP_RECORD_HEADER_LENGTH);
}

/**
 * A whole file. `CaptureReader` is for files that are large, damaged at the end, or of any kind.
 */
export function decodePcap(b: Uint8Array): PcapFile | DecodeError {
  const header = decodePcapHeader(b);
  if (header instanceof DecodeError) return header;
  const records: PcapRecord[] = [];
  let at = PCAP_HEADER_LENGTH;
  while (at < b.length) {
    const record = decodePcapRecord(b, at, b.length, header);
    if (record instanceof DecodeError) return record;
    records.push(record);
    at += PCAP_RECORD_HEADER_LENGTH + record.bytes.length;
  }
  return { header, records };
}

/** The file's bytes. */
export function encodePcap(file: PcapFile): Uint8Array {
  let length = PCAP_HEADER_LENGTH;
  for (const { bytes } of file.records) length += PCAP_RECORD_HEADER_LENGTH + bytes.length;
  const b = new Uint8Array(length);
  writePcapHeader(b, 0, file.header);
  let at = PCAP_HEADER_LENGTH;
  for (const record of file.records) {
    writePcapRecord(b, at, record, file.header.byteOrder);
    at += PCAP_RECORD_HEADER_LENGTH + record.bytes.length;
  }
  return b;
}

/** A packet to write, to either format. A record that `CaptureReader` gives is one. */
export interface CapturedPacket {
  /** Seconds since 1970, 0–2³² − 1. */
  readonly seconds: number;
  /** 0–999,999,999. */
  readonly nanoseconds: number;
  /** Octets beyond the snapshot length are not written. */
  readonly bytes: Uint8Array;
  /** How long the packet was, where `bytes` is not all of it. */
  readonly originalLength?: number | undefined;
}

/** How a {@link PcapWriter} writes: what is left out is as tcpdump does it. */
export interface PcapWriterOptions {
  readonly linkType: number;
  readonly resolution?: PcapResolution;
  readonly snapLength?: number;
  readonly byteOrder?: ByteOrder;
}

/** Writes a pcap file into chunks of memory; the caller takes them and puts them into a file. */
export class PcapWriter {
  readonly header: PcapHeader;
  readonly #out = new ChunkList();

  constructor(options: PcapWriterOptions) {
    this.header = {
      byteOrder: options.byteOrder ?? 'little-endian',
      resolution: options.resolution ?? 'microseconds',
      zone: 0,
      significantFigures: 0,
      snapLength: options.snapLength ?? DEFAULT_SNAP_LENGTH,
      linkType: options.linkType,
      linkTypeExtension: 0,
    };
    const at = this.#out.reserve(PCAP_HEADER_LENGTH);
    writePcapHeader(this.#out.bytes, at, this.header);
    this.#out.at += PCAP_HEADER_LENGTH;
  }

  /** Appends a packet. Times finer than the resolution are cut off. */
  packet(packet: CapturedPacket): void {
    const { byteOrder, resolution, snapLength } = this.header;
    const { bytes, nanoseconds } = packet;
    const captured = Math.min(bytes.length, snapLength);
    const out = this.#out;
    const at = out.reserve(PCAP_RECORD_HEADER_LENGTH + captured);
    const fraction = resolution === 'nanoseconds' ? nanoseconds : Math.floor(nanoseconds / 1000);
    set32(out.bytes, at, packet.seconds, byteOrder);
    set32(out.bytes, at + 4, fraction, byteOrder);
    set32(out.bytes, at + 8, captured, byteOrder);
    set32(out.bytes, at + 12, packet.originalLength ?? bytes.length, byteOrder);
    const kept = captured === bytes.length ? bytes : bytes.subarray(0, captured);
    out.bytes.set(kept, at + PCAP_RECORD_HEADER_LENGTH);
    out.at += PCAP_RECORD_HEADER_LENGTH + captured;
  }

  /** The chunks written since the last time, in order. */
  take(): Uint8Array[] {
    return this.#out.take();
  }

  /** Hands the same to `write`, which must not keep it: the memory is written to again. */
  drain(write: (chunk: Uint8Array) => void): void {
    this.#out.drain(write);
  }
}
