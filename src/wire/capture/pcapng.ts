/**
 * The pcapng file format (draft-ietf-opsawg-pcapng): sections of blocks, each section in the byte
 * order that its header names.
 *
 *     +----------------+----------------+--------+----------------+
 *     |  block type    |  total length  |  body  |  total length  |   all multiples of 4 octets
 *     +----------------+----------------+--------+----------------+
 *
 * Lossless: a file that decodes encodes back to the same bytes, since options and unknown blocks
 * are kept as they are and odd padding is remembered.
 */
import { EMPTY } from '../bytes.ts';
import { DecodeError } from '../decode-error.ts';
import { type ByteOrder, get16, get32, padded4, set16, set32 } from '../endian.ts';

/** Block types. */
export const PcapngBlockType = {
  interfaceDescription: 1,
  packet: 2,
  simplePacket: 3,
  nameResolution: 4,
  interfaceStatistics: 5,
  enhancedPacket: 6,
  /** The same in both byte orders; the byte-order magic that follows tells them apart. */
  sectionHeader: 0x0a0d0d0a,
} as const;

/** The octets from which a block's length can be read: type, length, and a byte-order magic. */
export const PCAPNG_PEEK_LENGTH = 12;
/** The longest block that is read, 16 MiB: the bound of libpcap and Wireshark. */
export const PCAPNG_MAXIMUM_BLOCK_LENGTH: number = 16 * 1024 * 1024;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const HEADER = 8;
/** Type, length, and length again. */
const FRAMING = 12;
/** Interface, timestamp, captured and original length. */
const PACKET_HEADER = 20;

/** Begins a section: what comes after has its byte order, and interfaces are counted anew. */
export interface SectionHeaderBlock {
  readonly kind: 'section-header';
  readonly byteOrder: ByteOrder;
  readonly minorVersion: number;
  /** The octets of the section after this block, in two 32-bit halves; all ones is "unknown". */
  readonly sectionLengthHigh: number;
  readonly sectionLengthLow: number;
  /** Raw, see `listPcapngOptions`; likewise in the other blocks. */
  readonly options: Uint8Array;
}

/** An interface. The first of a section has id 0, the next 1, and so on. */
export interface InterfaceDescriptionBlock {
  readonly kind: 'interface-description';
  readonly linkType: number;
  /** Zero in a proper file. */
  readonly reserved: number;
  /** 0 is "no limit". */
  readonly snapLength: number;
  readonly options: Uint8Array;
}

/** A packet; `obsolete-packet` is the block that older programs wrote. */
export interface PacketBlock {
  readonly kind: 'enhanced-packet' | 'obsolete-packet';
  /** An obsolete block has 16 bits for it. */
  readonly interfaceId: number;
  /** Of an obsolete block only: the packets dropped since the one before, 16 bits. */
  readonly dropsCount?: number | undefined;
  /** In units of the interface's resolution, see `timeOfTimestamp`. */
  readonly timestampHigh: number;
  readonly timestampLow: number;
  readonly originalLength: number;
  readonly bytes: Uint8Array;
  readonly options: Uint8Array;
  /** The 0–3 octets after `bytes`, where they are not zero. */
  readonly padding?: Uint8Array | undefined;
}

/** A packet of interface 0, without a time. */
export interface SimplePacketBlock {
  readonly kind: 'simple-packet';
  readonly originalLength: number;
  /** The packet and its padding: the lesser of snapshot and original length tells them apart. */
  readonly data: Uint8Array;
}

/** Names of addresses. */
export interface NameResolutionBlock {
  readonly kind: 'name-resolution';
  /** Records and options, raw: see `listHostNames`. */
  readonly body: Uint8Array;
}

/** What an interface counted. */
export interface InterfaceStatisticsBlock {
  readonly kind: 'interface-statistics';
  readonly interfaceId: number;
  readonly timestampHigh: number;
  readonly timestampLow: number;
  readonly options: Uint8Array;
}

/** A block of another type. */
export interface OtherBlock {
  readonly kind: 'other';
  readonly type: number;
  readonly body: Uint8Array;
}

/** A block. */
export type PcapngBlock =
  | SectionHeaderBlock
  | InterfaceDescriptionBlock
  | PacketBlock
  | SimplePacketBlock
  | NameResolutionBlock
  | InterfaceStatisticsBlock
  | OtherBlock;

/** The byte order of the section whose header begins at `b[at]`, if one does. */
export function sectionByteOrder(b: Uint8Array, at: number): ByteOrder | undefined {
  if (get32(b, at, 'big-endian') !== PcapngBlockType.sectionHeader) return undefined;
  if (get32(b, at + 8, 'little-endian') === BYTE_ORDER_MAGIC) return 'little-endian';
  if (get32(b, at + 8, 'big-endian') === BYTE_ORDER_MAGIC) return 'big-endian';
  return undefined;
}

/** The total length of the block whose first 12 octets are at `b[at]`. */
export function pcapngBlockLength(
  b: Uint8Array,
  at: number,
  order: ByteOrder,
): number | DecodeError {
  let blockOrder = order;
  if (get32(b, at, order) === PcapngBlockType.sectionHeader) {
    const own = sectionByteOrder(b, at);
    if (own === undefined) return new DecodeError('pcapng', 'bad-magic', at + 8);
    blockOrder = own;
  }
  const length = get32(b, at + 4, blockOrder);
  if (length < FRAMING || length % 4 !== 0) {
    return new DecodeError('pcapng', 'bad-length', at + 4, `block of ${length} octets`);
  }
  if (length > PCAPNG_MAXIMUM_BLOCK_LENGTH) {
    return new DecodeError('pcapng', 'too-large', at + 4, `block of ${length} octets`);
  }
  return length;
}

/**
 * The block at `b[start]`, in a section of the given byte order; a section header has its own.
 * How long it is, {@link pcapngBlockLength} tells.
 */
export function decodePcapngBlock(
  b: Uint8Array,
  start: number,
  end: number,
  order: ByteOrder,
): PcapngBlock | DecodeError {
  if (end - start < PCAPNG_PEEK_LENGTH) return new DecodeError('pcapng', 'truncated', end);
  const length = pcapngBlockLength(b, start, order);
  if (length instanceof DecodeError) return length;
  if (end - start < length) return new DecodeError('pcapng', 'truncated', end);
  const type = get32(b, start, order);
  const trailerAt = start + length - 4;
  const own =
    type === PcapngBlockType.sectionHeader ? (sectionByteOrder(b, start) ?? order) : order;
  if (get32(b, trailerAt, own) !== length) {
    return new DecodeError('pcapng', 'bad-length', trailerAt, 'the two lengths differ');
  }
  return decodeBody(b, start + HEADER, trailerAt, type, own);
}

function decodeBody(
  b: Uint8Array,
  at: number,
  end: number,
  type: number,
  order: ByteOrder,
): PcapngBlock | DecodeError {
  switch (type) {
    case PcapngBlockType.enhancedPacket:
    case PcapngBlockType.packet:
      return decodePacket(b, at, end, type, order);
    case PcapngBlockType.sectionHeader:
      if (end - at < 16) return tooShort(at);
      if (get16(b, at + 4, order) !== 1) {
        return new DecodeError('pcapng', 'bad-version', at + 4);
      }
      return {
        kind: 'section-header',
        byteOrder: order,
        minorVersion: get16(b, at + 6, order),
        sectionLengthHigh: get32(b, order === 'little-endian' ? at + 12 : at + 8, order),
        sectionLengthLow: get32(b, order === 'little-endian' ? at + 8 : at + 12, order),
        options: rest(b, at + 16, end),
      };
    case PcapngBlockType.interfaceDescription:
      if (end - at < 8) return tooShort(at);
      return {
        kind: 'interface-description',
        linkType: get16(b, at, order),
        reserved: get16(b, at + 2, order),
        snapLength: get32(b, at + 4, order),
        options: rest(b, at + 8, end),
      };
    case PcapngBlockType.simplePacket:
      if (end - at < 4) return tooShort(at);
      return {
        kind: 'simple-packet',
        originalLength: get32(b, at, order),
        data: rest(b, at + 4, end),
      };
    case PcapngBlockType.nameResolution:
      return { kind: 'name-resolution', body: rest(b, at, end) };
    case PcapngBlockType.interfaceStatistics:
      if (end - at < 12) return tooShort(at);
      return {
        kind: 'interface-statistics',
        interfaceId: get32(b, at, order),
        timestampHigh: get32(b, at + 4, order),
        timestampLow: get32(b, at + 8, order),
        options: rest(b, at + 12, end),
      };
    default:
      return { kind: 'other', type, body: rest(b, at, end) };
  }
}

function decodePacket(
  b: Uint8Array,
  at: number,
  end: number,
  type: number,
  order: ByteOrder,
): PacketBlock | DecodeError {
  const dataAt = at + PACKET_HEADER;
  if (dataAt > end) return tooShort(at);
  const captured = get32(b, at + 12, order);
  if (captured > end - dataAt) {
    return new DecodeError('pcapng', 'bad-length', at + 12, 'captured length beyond the block');
  }
  const isObsolete = type === PcapngBlockType.packet;
  const optionsAt = dataAt + padded4(captured);
  return {
    kind: isObsolete ? 'obsolete-packet' : 'enhanced-packet',
    interfaceId: isObsolete ? get16(b, at, order) : get32(b, at, order),
    dropsCount: isObsolete ? get16(b, at + 2, order) : undefined,
    timestampHigh: get32(b, at + 4, order),
    timestampLow: get32(b, at + 8, order),
    originalLength: get32(b, at + 16, order),
    bytes: b.subarray(dataAt, dataAt + captured),
    options: rest(b, optionsAt, end),
    padding: oddPadding(b, dataAt + captured, optionsAt),
  };
}

function tooShort(bodyAt: number): DecodeError {
  return new DecodeError('pcapng', 'bad-length', bodyAt - 4, 'block too short for its type');
}

function rest(b: Uint8Array, at: number, end: number): Uint8Array {
  return at === end ? EMPTY : b.subarray(at, end);
}

function oddPadding(b: Uint8Array, at: number, end: number): Uint8Array | undefined {
  for (let i = at; i < end; i++) if (b[i] !== 0) return b.subarray(at, end);
  return undefined;
}

/** The blocks of a whole file, or of the sections in it one after the other. */
export function decodePcapng(b: Uint8Array): PcapngBlock[] | DecodeError {
  const blocks: PcapngBlock[] = [];
  if (b.length < PCAPNG_PEEK_LENGTH) return new DecodeError('pcapng', 'truncated', b.length);
  let order = sectionByteOrder(b, 0);
  if (order === undefined) return new DecodeError('pcapng', 'bad-magic', 0);
  let at = 0;
  while (at < b.length) {
    const block = decodePcapngBlock(b, at, b.length, order);
    if (block instanceof DecodeError) return block;
    if (block.kind === 'section-header') order = block.byteOrder;
    blocks.push(block);
    at += FRAMING + bodyLength(block);
  }
  return blocks;
}

/** The octets of a block's body, a multiple of four. */
function bodyLength(block: PcapngBlock): number {
  switch (block.kind) {
    case 'enhanced-packet':
    case 'obsolete-packet':
      return PACKET_HEADER + padded4(block.bytes.length) + padded4(block.options.length);
    case 'section-header':
      return 16 + padded4(block.options.length);
    case 'interface-description':
      return 8 + padded4(block.options.length);
    case 'simple-packet':
      return 4 + padded4(block.data.length);
    case 'interface-statistics':
      return 12 + padded4(block.options.length);
    case 'name-resolution':
    case 'other':
      return padded4(block.body.length);
  }
}

/** The octets of a block. */
export function pcapngLength(block: PcapngBlock): number {
  return FRAMING + bodyLength(block);
}

/**
 * Writes a block of {@link pcapngLength} octets at `at`, where they are still zero, in a section of
 * the given byte order; a section header has its own.
 */
export function writePcapngBlock(
  b: Uint8Array,
  at: number,
  block: PcapngBlock,
  order: ByteOrder,
): void {
  const own = block.kind === 'section-header' ? block.byteOrder : order;
  const length = pcapngLength(block);
  set32(b, at, typeOf(block), own);
  set32(b, at + 4, length, own);
  writeBody(b, at + HEADER, block, own);
  set32(b, at + length - 4, length, own);
}

function typeOf(block: PcapngBlock): number {
  switch (block.kind) {
    case 'section-header':
      return PcapngBlockType.sectionHeader;
    case 'interface-description':
      return PcapngBlockType.interfaceDescription;
    case 'enhanced-packet':
      return PcapngBlockType.enhancedPacket;
    case 'obsolete-packet':
      return PcapngBlockType.packet;
    case 'simple-packet':
      return PcapngBlockType.simplePacket;
    case 'name-resolution':
      return PcapngBlockType.nameResolution;
    case 'interface-statistics':
      return PcapngBlockType.interfaceStatistics;
    case 'other':
      return block.type;
  }
}

function writeBody(b: Uint8Array, at: number, block: PcapngBlock, order: ByteOrder): void {
  switch (block.kind) {
    case 'enhanced-packet':
    case 'obsolete-packet':
      writePacket(b, at, block, order);
      break;
    case 'section-header':
      set32(b, at, BYTE_ORDER_MAGIC, order);
      set16(b, at + 4, 1, order);
      set16(b, at + 6, block.minorVersion, order);
      set32(b, order === 'little-endian' ? at + 12 : at + 8, block.sectionLengthHigh, order);
      set32(b, order === 'little-endian' ? at + 8 : at + 12, block.sectionLengthLow, order);
      b.set(block.options, at + 16);
      break;
    case 'interface-description':
      set16(b, at, block.linkType, order);
      set16(b, at + 2, block.reserved, order);
      set32(b, at + 4, block.snapLength, order);
      b.set(block.options, at + 8);
      break;
    case 'simple-packet':
      set32(b, at, block.originalLength, order);
      b.set(block.data, at + 4);
      break;
    case 'interface-statistics':
      set32(b, at, block.interfaceId, order);
      set32(b, at + 4, block.timestampHigh, order);
      set32(b, at + 8, block.timestampLow, order);
      b.set(block.options, at + 12);
      break;
    case 'name-resolution':
    case 'other':
      b.set(block.body, at);
      break;
  }
}

function writePacket(b: Uint8Array, at: number, block: PacketBlock, order: ByteOrder): void {
  if (block.kind === 'enhanced-packet') {
    set32(b, at, block.interfaceId, order);
  } else {
    set16(b, at, block.interfaceId, order);
    set16(b, at + 2, block.dropsCount ?? 0, order);
  }
  const dataAt = at + PACKET_HEADER;
  set32(b, at + 4, block.timestampHigh, order);
  set32(b, at + 8, block.timestampLow, order);
  set32(b, at + 12, block.bytes.length, order);
  set32(b, at + 16, block.originalLength, order);
  b.set(block.bytes, dataAt);
  if (block.padding !== undefined) b.set(block.padding, dataAt + block.bytes.length);
  b.set(block.options, dataAt + padded4(block.bytes.length));
}

/** The bytes of a file that has these blocks; the first must be a section header. */
export function encodePcapng(blocks: readonly PcapngBlock[]): Uint8Array {
  let length = 0;
  for (const block of blocks) length += pcapngLength(block);
  const b = new Uint8Array(length);
  let order: ByteOrder = 'little-endian';
  let at = 0;
  for (const block of blocks) {
    if (block.kind === 'section-header') order = block.byteOrder;
    writePcapngBlock(b, at, block, order);
    at += pcapngLength(block);
  }
  return b;
}
