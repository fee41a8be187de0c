/** Blocks of pcapng to bytes (`pcapng-block.ts`). */
import { type ByteOrder, padded4, set16, set32 } from '../endian.ts';
import {
  BYTE_ORDER_MAGIC,
  BLOCK_HEADER_LENGTH,
  PACKET_HEADER_LENGTH,
  type PacketBlock,
  type PcapngBlock,
  PcapngBlockType,
  pcapngLength,
} from './pcapng-block.ts';

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
  writeBody(b, at + BLOCK_HEADER_LENGTH, block, own);
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
  const dataAt = at + PACKET_HEADER_LENGTH;
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
