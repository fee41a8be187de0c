/** Bytes to blocks of pcapng (`pcapng-block.ts`). */
import { EMPTY } from '../bytes.ts';
import { DecodeError } from '../decode-error.ts';
import { type ByteOrder, get16, get32, padded4 } from '../endian.ts';
import {
  bodyLength,
  BYTE_ORDER_MAGIC,
  BLOCK_FRAMING_LENGTH,
  BLOCK_HEADER_LENGTH,
  PACKET_HEADER_LENGTH,
  type PacketBlock,
  PCAPNG_MAXIMUM_BLOCK_LENGTH,
  PCAPNG_PEEK_LENGTH,
  type PcapngBlock,
  PcapngBlockType,
} from './pcapng-block.ts';

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
  if (length < BLOCK_FRAMING_LENGTH || length % 4 !== 0) {
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
  return decodeBody(b, start + BLOCK_HEADER_LENGTH, trailerAt, type, own);
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
  const dataAt = at + PACKET_HEADER_LENGTH;
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
    at += BLOCK_FRAMING_LENGTH + bodyLength(block);
  }
  return blocks;
}
