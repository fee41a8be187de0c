/**
 * Reading captures of either format, pcap or pcapng, as their bytes arrive.
 *
 * The format is told by the first octets. A reader holds at most one incomplete record besides the
 * chunks whose records were not taken out yet, refuses absurd lengths before it waits for them, and
 * takes linear time whatever the chunks are.
 */
import { EMPTY, u32, u8 } from '../bytes.ts';
import { ByteQueue } from './byte-queue.ts';
import { TimestampResolution, timeOfTimestamp } from './capture-time.ts';
import { DecodeError } from '../decode-error.ts';
import { type CaptureInterface, CaptureRecord, type CaptureSection } from './capture-record.ts';
import type { ByteOrder } from '../endian.ts';
import {
  decodePcapHeader,
  decodePcapRecord,
  maximumCapturedLength,
  PCAP_HEADER_LENGTH,
  PCAP_RECORD_HEADER_LENGTH,
  type PcapHeader,
  pcapRecordLength,
} from './pcap.ts';
import { decodePcapngBlock, pcapngBlockLength } from './decode-pcapng.ts';
import {
  type InterfaceDescriptionBlock,
  type PacketBlock,
  PCAPNG_PEEK_LENGTH,
  type PcapngBlock,
  PcapngBlockType,
  type SectionHeaderBlock,
  type SimplePacketBlock,
} from './pcapng-block.ts';
import {
  type HostNames,
  listHostNames,
  listPcapngOptions,
  misfitPcapngOption,
  PcapngOptionCode,
  readSeconds64,
  textsOf,
} from './pcapng-options.ts';

/** Where the options of an interface description begin in its block. */
const INTERFACE_OPTIONS_AT = 16;

/** How one format's records are taken from a queue. */
interface Format {
  next(queue: ByteQueue): CaptureRecord | DecodeError | undefined;
}

class PcapFormat implements Format {
  #header: PcapHeader | undefined = undefined;
  readonly interfaces: CaptureInterface[] = [];

  next(queue: ByteQueue): CaptureRecord | DecodeError | undefined {
    if (this.#header === undefined) {
      if (!queue.has(PCAP_HEADER_LENGTH)) return undefined;
      const decoded = decodePcapHeader(queue.bytes, queue.at);
      if (decoded instanceof DecodeError) return inFile(decoded, queue);
      this.#header = decoded;
      this.interfaces.push(interfaceOfPcap(decoded));
      queue.skip(PCAP_HEADER_LENGTH);
    }
    const header = this.#header;
    if (!queue.has(PCAP_RECORD_HEADER_LENGTH)) return undefined;
    const length = pcapRecordLength(queue.bytes, queue.at, header);
    if (length instanceof DecodeError) return inFile(length, queue);
    if (!queue.has(length)) return undefined;
    const record = decodePcapRecord(queue.bytes, queue.at, queue.at + length, header);
    if (record instanceof DecodeError) return inFile(record, queue);
    queue.skip(length);
    return new CaptureRecord(
      record.seconds,
      header.resolution === 'nanoseconds' ? record.fraction : record.fraction * 1000,
      record.originalLength,
      record.bytes,
      this.interfaces[0]!,
      EMPTY,
      header.byteOrder,
    );
  }
}

function interfaceOfPcap(header: PcapHeader): CaptureInterface {
  return {
    id: 0,
    linkType: header.linkType,
    snapLength: header.snapLength,
    resolution: TimestampResolution[header.resolution],
    offset: 0,
    name: undefined,
    description: undefined,
    comments: [],
  };
}

class PcapngFormat implements Format {
  section: CaptureSection | undefined = undefined;
  interfaces: CaptureInterface[] = [];
  names: HostNames[] = [];
  #byteOrder: ByteOrder = 'little-endian';

  next(queue: ByteQueue): CaptureRecord | DecodeError | undefined {
    while (queue.has(PCAPNG_PEEK_LENGTH)) {
      const length = pcapngBlockLength(queue.bytes, queue.at, this.#byteOrder);
      if (length instanceof DecodeError) return inFile(length, queue);
      if (!queue.has(length)) return undefined;
      const { bytes, at } = queue;
      const block = decodePcapngBlock(bytes, at, at + length, this.#byteOrder);
      if (block instanceof DecodeError) return inFile(block, queue);
      const record = this.#take(block, queue.offset);
      queue.skip(length);
      if (record !== undefined) return record;
    }
    return undefined;
  }

  /** Acts on a block that begins at `offset` in the file. */
  #take(block: PcapngBlock, offset: number): CaptureRecord | DecodeError | undefined {
    switch (block.kind) {
      case 'enhanced-packet':
      case 'obsolete-packet':
        return this.#packet(block, offset);
      case 'simple-packet':
        return this.#simplePacket(block, offset);
      case 'section-header':
        this.#byteOrder = block.byteOrder;
        this.section = sectionOf(block);
        this.interfaces = [];
        this.names = [];
        return undefined;
      case 'interface-description':
        return this.#interface(block, offset);
      case 'name-resolution':
        for (const host of listHostNames(block.body, this.#byteOrder)) this.names.push(host);
        return undefined;
      case 'interface-statistics':
      case 'other':
        return undefined;
    }
  }

  /** What its options say decides how packets are read, so they must all be whole. */
  #interface(block: InterfaceDescriptionBlock, offset: number): DecodeError | undefined {
    const misfit = misfitPcapngOption(block.options, this.#byteOrder);
    if (misfit >= 0) {
      const at = offset + INTERFACE_OPTIONS_AT + misfit;
      return new DecodeError('pcapng', 'bad-length', at, 'an option runs past its block');
    }
    this.interfaces.push(interfaceOf(block, this.interfaces.length, this.#byteOrder));
    return undefined;
  }

  #packet(block: PacketBlock, offset: number): CaptureRecord | DecodeError {
    const from = this.interfaces[block.interfaceId];
    if (from === undefined) {
      return new DecodeError('pcapng', 'bad-value', offset + 8, `interface ${block.interfaceId}`);
    }
    if (block.bytes.length > maximumCapturedLength(from.linkType)) {
      const detail = `captured length ${block.bytes.length}`;
      return new DecodeError('pcapng', 'too-large', offset + 20, detail);
    }
    const time = timeOfTimestamp(block.timestampHigh, block.timestampLow, from.resolution);
    return new CaptureRecord(
      time.seconds + from.offset,
      time.nanoseconds,
      block.originalLength,
      block.bytes,
      from,
      block.options,
      this.#byteOrder,
    );
  }

  /** A packet of interface 0 whose captured length is what the lengths leave (§4.4). */
  #simplePacket(block: SimplePacketBlock, offset: number): CaptureRecord | DecodeError {
    const from = this.interfaces[0];
    if (from === undefined) return new DecodeError('pcapng', 'bad-value', offset, 'interface 0');
    const { originalLength, data } = block;
    const captured = Math.min(originalLength, from.snapLength || originalLength);
    if (captured > data.length) {
      return new DecodeError('pcapng', 'bad-length', offset + 8, `length ${originalLength}`);
    }
    if (captured > maximumCapturedLength(from.linkType)) {
      return new DecodeError('pcapng', 'too-large', offset + 8, `captured length ${captured}`);
    }
    const bytes = data.subarray(0, captured);
    return new CaptureRecord(0, 0, originalLength, bytes, from, EMPTY, this.#byteOrder);
  }
}

function sectionOf(block: SectionHeaderBlock): CaptureSection {
  const options = listPcapngOptions(block.options, block.byteOrder);
  return {
    byteOrder: block.byteOrder,
    hardware: textsOf(options, PcapngOptionCode.sectionHardware)[0],
    os: textsOf(options, PcapngOptionCode.sectionOs)[0],
    application: textsOf(options, PcapngOptionCode.sectionApplication)[0],
    comments: textsOf(options, PcapngOptionCode.comment),
  };
}

function interfaceOf(
  block: InterfaceDescriptionBlock,
  id: number,
  order: ByteOrder,
): CaptureInterface {
  const options = listPcapngOptions(block.options, order);
  const valueOf = (code: number, length: number): Uint8Array | undefined =>
    options.find((option) => option.code === code && option.value.length === length)?.value;
  const resolution = valueOf(PcapngOptionCode.interfaceTimestampResolution, 1);
  const offset = valueOf(PcapngOptionCode.interfaceTimestampOffset, 8);
  return {
    id,
    linkType: block.linkType,
    snapLength: block.snapLength,
    resolution: resolution === undefined ? TimestampResolution.microseconds : u8(resolution, 0),
    offset: offset === undefined ? 0 : readSeconds64(offset, order),
    name: textsOf(options, PcapngOptionCode.interfaceName)[0],
    description: textsOf(options, PcapngOptionCode.interfaceDescription)[0],
    comments: textsOf(options, PcapngOptionCode.comment),
  };
}

/** The same refusal, counted from the file's first octet instead of the queue's first array's. */
function inFile(error: DecodeError, queue: ByteQueue): DecodeError {
  const offset = error.offset - queue.at + queue.offset;
  return new DecodeError(error.layer, error.reason, offset, error.detail);
}

/**
 * Reads a capture: push chunks, and after each take out records until there is none.
 *
 *     for (const chunk of chunks) {
 *       reader.push(chunk);
 *       for (let record; (record = reader.next()) !== undefined; ) …
 *     }
 *     const error = reader.end();
 */
export class CaptureReader {
  readonly #queue = new ByteQueue();
  #format: PcapFormat | PcapngFormat | undefined = undefined;
  #error: DecodeError | undefined = undefined;

  /** Appends octets. The reader takes the chunk over: records are views of it. */
  push(chunk: Uint8Array): void {
    this.#queue.push(chunk);
  }

  /**
   * The next record, `undefined` when more octets are needed, or why the capture cannot be read
   * on: that error stays. Its offset is counted from the capture's first octet.
   */
  next(): CaptureRecord | DecodeError | undefined {
    if (this.#error !== undefined) return this.#error;
    if (this.#format === undefined) {
      if (!this.#queue.has(4)) return undefined;
      const { bytes, at } = this.#queue;
      const isPcapng = u32(bytes, at) === PcapngBlockType.sectionHeader;
      this.#format = isPcapng ? new PcapngFormat() : new PcapFormat();
      // Of something else, say so now, however short it is.
      const magic = isPcapng ? undefined : decodePcapHeader(bytes, at, at + 4);
      if (magic instanceof DecodeError && magic.reason === 'bad-magic') {
        this.#error = new DecodeError('capture', 'bad-magic', 0);
        return this.#error;
      }
    }
    const result = this.#format.next(this.#queue);
    if (result instanceof DecodeError) this.#error = result;
    return result;
  }

  /**
   * To be asked when all octets are pushed and all records taken out: the error that was met, or
   * that the capture ends within a record. An empty file is a truncated one.
   */
  end(): DecodeError | undefined {
    const { length, offset } = this.#queue;
    if (this.#error !== undefined || (length === 0 && offset > 0)) return this.#error;
    return new DecodeError(this.format ?? 'capture', 'truncated', offset + length);
  }

  /** Which format the capture has, known once {@link CaptureReader.next} saw its first octets. */
  get format(): 'pcap' | 'pcapng' | undefined {
    if (this.#format === undefined) return undefined;
    return this.#format instanceof PcapngFormat ? 'pcapng' : 'pcap';
  }

  /** What a pcapng file's current section says of itself. */
  get section(): CaptureSection | undefined {
    return this.#format instanceof PcapngFormat ? this.#format.section : undefined;
  }

  /** The interfaces described so far: of the current section, where the capture has sections. */
  get interfaces(): readonly CaptureInterface[] {
    return this.#format?.interfaces ?? [];
  }

  /** The names that the current section has given so far. */
  get names(): readonly HostNames[] {
    return this.#format instanceof PcapngFormat ? this.#format.names : [];
  }

  /** The octets copied so far, at most three times the octets pushed: reading is linear. */
  get copied(): number {
    return this.#queue.copied;
  }
}

/** The records of a whole capture, and the error, if any, that ended the reading. */
export function readCapture(b: Uint8Array): {
  records: CaptureRecord[];
  error: DecodeError | undefined;
} {
  const reader = new CaptureReader();
  reader.push(b);
  const records: CaptureRecord[] = [];
  let record = reader.next();
  while (record instanceof CaptureRecord) {
    records.push(record);
    record = reader.next();
  }
  return { records, error: reader.end() };
}
