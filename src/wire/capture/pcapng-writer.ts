/** Writing pcapng files: interfaces, packets with their comments, names, statistics. */
import { type CaptureTime, TimestampResolution, timestampOfTime } from './capture-time.ts';
import { ChunkList } from './chunk-list.ts';
import { type ByteOrder, padded4, set16, set32 } from '../endian.ts';
import { type CapturedPacket, DEFAULT_SNAP_LENGTH } from './pcap.ts';
import { writePcapngBlock } from './encode-pcapng.ts';
import { type PcapngBlock, PcapngBlockType, pcapngLength } from './pcapng-block.ts';
import {
  encodeHostNames,
  encodePcapngOptions,
  type HostNames,
  numberOption,
  PCAPNG_OPTION_MAXIMUM,
  type PcapngOption,
  PcapngOptionCode,
  textOption,
  timestampOption,
} from './pcapng-options.ts';

/** What a section says of itself. */
export interface PcapngSection {
  readonly byteOrder?: ByteOrder;
  /** The machine, the operating system and the program that captured. */
  readonly hardware?: string;
  readonly os?: string;
  readonly application?: string;
  readonly comments?: readonly string[];
}

/** What is said of an interface. */
export interface PcapngInterface {
  readonly linkType: number;
  readonly name?: string;
  readonly description?: string;
  readonly os?: string;
  readonly hardware?: string;
  readonly comments?: readonly string[];
  /** The `if_tsresol` octet; nanoseconds when left out. See `TimestampResolution`. */
  readonly resolution?: number;
  /** libpcap reads only files whose interfaces agree in this and in the link type. */
  readonly snapLength?: number;
}

/** A packet to write. A record that `CaptureReader` gives is one. */
export interface PcapngPacket extends CapturedPacket {
  /** What {@link PcapngWriter.interface} gave; 0 when left out. */
  readonly interfaceId?: number;
  readonly comments?: readonly string[] | undefined;
  readonly direction?: PacketDirection | undefined;
}

/** Which way a packet passed its interface. */
export type PacketDirection = 'inbound' | 'outbound';

/** What an interface counted from `start` to `end`. */
export interface PcapngStatistics {
  readonly start?: CaptureTime;
  readonly end: CaptureTime;
  readonly received?: number;
  readonly dropped?: number;
}

const BLOCK_AND_PACKET_HEADER = 28;

/** Writes a pcapng file into chunks of memory; the caller takes them and puts them into a file. */
export class PcapngWriter {
  readonly byteOrder: ByteOrder;
  readonly #out = new ChunkList();
  readonly #interfaces: { readonly resolution: number; readonly snapLength: number }[] = [];

  constructor(section: PcapngSection = {}) {
    this.byteOrder = section.byteOrder ?? 'little-endian';
    const options = comments(section.comments);
    addText(options, PcapngOptionCode.sectionHardware, section.hardware);
    addText(options, PcapngOptionCode.sectionOs, section.os);
    addText(options, PcapngOptionCode.sectionApplication, section.application);
    this.block({
      kind: 'section-header',
      byteOrder: this.byteOrder,
      minorVersion: 0,
      sectionLengthHigh: 0xffff_ffff,
      sectionLengthLow: 0xffff_ffff,
      options: encodePcapngOptions(options, this.byteOrder),
    });
  }

  /** Describes an interface and gives its id. */
  interface(description: PcapngInterface): number {
    const resolution = description.resolution ?? TimestampResolution.nanoseconds;
    const snapLength = description.snapLength ?? DEFAULT_SNAP_LENGTH;
    const options = comments(description.comments);
    addText(options, PcapngOptionCode.interfaceName, description.name);
    addText(options, PcapngOptionCode.interfaceDescription, description.description);
    options.push({
      code: PcapngOptionCode.interfaceTimestampResolution,
      value: Uint8Array.of(resolution),
    });
    addText(options, PcapngOptionCode.interfaceOs, description.os);
    addText(options, PcapngOptionCode.interfaceHardware, description.hardware);
    this.block({
      kind: 'interface-description',
      linkType: description.linkType,
      reserved: 0,
      snapLength,
      options: encodePcapngOptions(options, this.byteOrder),
    });
    return this.#interfaces.push({ resolution, snapLength }) - 1;
  }

  /**
   * Appends a packet. Times finer than the interface's resolution are cut off.
   *
   * @throws RangeError when its interface was not described.
   */
  packet(packet: PcapngPacket): void {
    const id = packet.interfaceId ?? 0;
    const known = this.#interfaces[id];
    if (known === undefined) throw new RangeError(`pcapng: no interface ${id}`);
    const { bytes } = packet;
    const order = this.byteOrder;
    const captured =
      known.snapLength === 0 ? bytes.length : Math.min(bytes.length, known.snapLength);
    const texts = packet.comments;
    let room = BLOCK_AND_PACKET_HEADER + padded4(captured) + 16;
    if (texts !== undefined) for (const text of texts) room += 8 + 3 * text.length;
    const out = this.#out;
    const start = out.reserve(room);
    const b = out.bytes;
    const time = timestampOfTime(packet, known.resolution);
    set32(b, start, PcapngBlockType.enhancedPacket, order);
    set32(b, start + 8, id, order);
    set32(b, start + 12, time.high, order);
    set32(b, start + 16, time.low, order);
    set32(b, start + 20, captured, order);
    set32(b, start + 24, packet.originalLength ?? bytes.length, order);
    b.set(captured === bytes.length ? bytes : bytes.subarray(0, captured), start + 28);
    let at = start + BLOCK_AND_PACKET_HEADER + padded4(captured);
    const optionsAt = at;
    if (texts !== undefined) for (const text of texts) at = writeComment(b, at, text, order);
    if (packet.direction !== undefined) {
      set16(b, at, PcapngOptionCode.packetFlags, order);
      set16(b, at + 2, 4, order);
      set32(b, at + 4, packet.direction === 'inbound' ? 1 : 2, order);
      at += 8;
    }
    if (at > optionsAt) at += 4; // the end mark: code 0, length 0
    const length = at + 4 - start;
    set32(b, at, length, order);
    set32(b, start + 4, length, order);
    out.at = start + length;
  }

  /** Names addresses: what `/etc/hosts` would say. */
  names(hosts: readonly HostNames[]): void {
    this.block({ kind: 'name-resolution', body: encodeHostNames(hosts, this.byteOrder) });
  }

  /**
   * What an interface counted; usually the last block about it.
   *
   * @throws RangeError when the interface was not described.
   */
  statistics(interfaceId: number, statistics: PcapngStatistics): void {
    const known = this.#interfaces[interfaceId];
    if (known === undefined) throw new RangeError(`pcapng: no interface ${interfaceId}`);
    const order = this.byteOrder;
    const options: PcapngOption[] = [];
    const end = timestampOfTime(statistics.end, known.resolution);
    const { start, received, dropped } = statistics;
    if (start !== undefined) {
      const { high, low } = timestampOfTime(start, known.resolution);
      options.push(
        timestampOption(PcapngOptionCode.statisticsStart, high, low, order),
        timestampOption(PcapngOptionCode.statisticsEnd, end.high, end.low, order),
      );
    }
    if (received !== undefined) {
      options.push(numberOption(PcapngOptionCode.statisticsReceived, received, order));
    }
    if (dropped !== undefined) {
      options.push(numberOption(PcapngOptionCode.statisticsDropped, dropped, order));
    }
    this.block({
      kind: 'interface-statistics',
      interfaceId,
      timestampHigh: end.high,
      timestampLow: end.low,
      options: encodePcapngOptions(options, order),
    });
  }

  /** Appends any other block. */
  block(block: PcapngBlock): void {
    const length = pcapngLength(block);
    const at = this.#out.reserve(length);
    writePcapngBlock(this.#out.bytes, at, block, this.byteOrder);
    this.#out.at += length;
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

function comments(texts: readonly string[] = []): PcapngOption[] {
  return texts.map((text) => textOption(PcapngOptionCode.comment, text));
}

function addText(options: PcapngOption[], code: number, text: string | undefined): void {
  if (text !== undefined) options.push(textOption(code, text));
}

/** Writes a comment option, whose octets are still zero, and returns where the next one goes. */
function writeComment(b: Uint8Array, at: number, text: string, order: ByteOrder): number {
  let length = 0;
  if (text.length * 3 <= PCAPNG_OPTION_MAXIMUM) {
    length = writeUtf8(b, at + 4, text);
  } else {
    const { value } = textOption(PcapngOptionCode.comment, text);
    b.set(value, at + 4);
    length = value.length;
  }
  set16(b, at, PcapngOptionCode.comment, order);
  set16(b, at + 2, length, order);
  return at + 4 + padded4(length);
}

/**
 * Writes the text's UTF-8 at `at` and returns how many octets they are, at most three for each
 * UTF-16 unit. For texts as short as comments it takes a fraction of `TextEncoder`'s time.
 */
function writeUtf8(b: Uint8Array, start: number, text: string): number {
  let at = start;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      b[at++] = unit;
    } else if (unit < 0x800) {
      b[at++] = 0xc0 | (unit >>> 6);
      b[at++] = 0x80 | (unit & 0x3f);
    } else {
      const point = text.codePointAt(i)!;
      if (point > 0xffff) i += 1;
      const isLoneSurrogate = point >>> 11 === 0x1b;
      at = writeLongUtf8(b, at, isLoneSurrogate ? 0xfffd : point);
    }
  }
  return at - start;
}

function writeLongUtf8(b: Uint8Array, start: number, point: number): number {
  let at = start;
  if (point > 0xffff) {
    b[at++] = 0xf0 | (point >>> 18);
    b[at++] = 0x80 | ((point >>> 12) & 0x3f);
  } else {
    b[at++] = 0xe0 | (point >>> 12);
  }
  b[at++] = 0x80 | ((point >>> 6) & 0x3f);
  b[at++] = 0x80 | (point & 0x3f);
  return at;
}
