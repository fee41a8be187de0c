/** What a capture says: packets, the interfaces they passed, and a pcapng section's description. */
import { type ByteOrder, get32 } from '../endian.ts';
import { listPcapngOptions, PcapngOptionCode, textsOf } from './pcapng-options.ts';
import type { PacketDirection, PcapngPacket } from './pcapng-writer.ts';

/** What a capture says of an interface. A pcap file has one, without a name. */
export interface CaptureInterface {
  /** Counted from 0 in each section. */
  readonly id: number;
  readonly linkType: number;
  /** In octets; 0 is "no limit". */
  readonly snapLength: number;
  /** The `if_tsresol` octet, see `TimestampResolution`. */
  readonly resolution: number;
  /** Seconds to add to its packets' timestamps. */
  readonly offset: number;
  readonly name: string | undefined;
  readonly description: string | undefined;
  readonly comments: readonly string[];
}

/** What a pcapng section says of itself. */
export interface CaptureSection {
  readonly byteOrder: ByteOrder;
  readonly hardware: string | undefined;
  readonly os: string | undefined;
  readonly application: string | undefined;
  readonly comments: readonly string[];
}

/** A captured packet. */
export class CaptureRecord implements PcapngPacket {
  /** Seconds since 1970; 0 where the capture has no time (a simple packet block). */
  readonly seconds: number;
  /** 0–999,999,999; more only where a damaged pcap record says so. */
  readonly nanoseconds: number;
  /** The octets that the packet had. */
  readonly originalLength: number;
  /** The octets kept of it: a view of what was pushed. */
  readonly bytes: Uint8Array;
  readonly interface: CaptureInterface;
  /** The packet's pcapng options, raw, in the byte order of its section. */
  readonly options: Uint8Array;
  readonly byteOrder: ByteOrder;

  constructor(
    seconds: number,
    nanoseconds: number,
    originalLength: number,
    bytes: Uint8Array,
    from: CaptureInterface,
    options: Uint8Array,
    byteOrder: ByteOrder,
  ) {
    this.seconds = seconds;
    this.nanoseconds = nanoseconds;
    this.originalLength = originalLength;
    this.bytes = bytes;
    this.interface = from;
    this.options = options;
    this.byteOrder = byteOrder;
  }

  get linkType(): number {
    return this.interface.linkType;
  }

  get interfaceId(): number {
    return this.interface.id;
  }

  /** The octets kept of the packet. */
  get capturedLength(): number {
    return this.bytes.length;
  }

  /** The packet's comments, in order; read anew each time. */
  get comments(): string[] {
    if (this.options.length === 0) return [];
    return textsOf(listPcapngOptions(this.options, this.byteOrder), PcapngOptionCode.comment);
  }

  /** Which way the packet passed its interface, where the capture says so. */
  get direction(): PacketDirection | undefined {
    for (const { code, value } of listPcapngOptions(this.options, this.byteOrder)) {
      if (code !== PcapngOptionCode.packetFlags || value.length !== 4) continue;
      const bits = get32(value, 0, this.byteOrder) & 3;
      if (bits === 1) return 'inbound';
      if (bits === 2) return 'outbound';
    }
    return undefined;
  }
}
