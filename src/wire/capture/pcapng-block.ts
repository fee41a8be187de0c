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
import { type ByteOrder, padded4 } from '../endian.ts';

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

export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
export const BLOCK_HEADER_LENGTH = 8;

/** Type, length, and length again. */
export const BLOCK_FRAMING_LENGTH = 12;

/** Interface, timestamp, captured and original length. */
export const PACKET_HEADER_LENGTH = 20;

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

/** The octets of a block's body, a multiple of four. */
export function bodyLength(block: PcapngBlock): number {
  switch (block.kind) {
    case 'enhanced-packet':
    case 'obsolete-packet':
      return PACKET_HEADER_LENGTH + padded4(block.bytes.length) + padded4(block.options.length);
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
  return BLOCK_FRAMING_LENGTH + bodyLength(block);
}
