/**
 * The text of one packet while it grows, and the packet's bytes behind reads that know where the
 * captured part ends. Every dissector takes one of these first.
 *
 * A read past the end ends the whole packet's text, as it does in tcpdump: it throws one shared
 * error, which costs no stack trace, and the printer appends ` [|protocol]`.
 */
import { EMPTY, u16, u32 } from '../wire/index.ts';
import type { Conversations } from './conversations.ts';
import type { PrintFlags } from './flags.ts';
import type { Names } from './names.ts';

/** What a read past the captured bytes throws. */
export const TRUNCATED: Error = new Error('the packet was not captured so far');

/** What every dissector needs; one for all packets of a printer. */
export class PacketText {
  readonly flags: PrintFlags;
  readonly names: Names;
  readonly conversations: Conversations;
  /** The captured bytes. */
  bytes: Uint8Array = EMPTY;
  /** Where reading ends: the captured length, or the end of an IP packet shorter than its frame. */
  end = 0;
  /** The text so far. */
  text = '';
  /** What is named as cut short when a read fails. */
  protocol = '';
  /** The octets that `-x` leaves out, known once the link layer is through. */
  linkHeaderLength = 0;
  /** A protocol that tcpdump decodes in this packet and that is not decoded here. */
  gap: string | undefined = undefined;

  constructor(flags: PrintFlags, names: Names, conversations: Conversations) {
    this.flags = flags;
    this.names = names;
    this.conversations = conversations;
  }

  /** Takes up a packet. */
  begin(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.end = bytes.length;
    this.text = '';
    this.protocol = '';
    this.linkHeaderLength = 0;
    this.gap = undefined;
  }

  /** Whether `length` octets at `at` may be read. */
  has(at: number, length: number): boolean {
    return at + length <= this.end;
  }

  /** The octets from `at` to the end of what may be read. */
  remaining(at: number): number {
    return this.end > at ? this.end - at : 0;
  }

  /** Ends the packet's text unless `length` octets at `at` may be read. */
  need(at: number, length: number): void {
    if (at + length > this.end) throw TRUNCATED;
  }

  u8(at: number): number {
    if (at + 1 > this.end) throw TRUNCATED;
    return this.bytes[at]!;
  }

  u16(at: number): number {
    if (at + 2 > this.end) throw TRUNCATED;
    return u16(this.bytes, at);
  }

  u32(at: number): number {
    if (at + 4 > this.end) throw TRUNCATED;
    return u32(this.bytes, at);
  }

  /** The 32-bit number at `at` in the byte order of most machines. */
  u32LittleEndian(at: number): number {
    const b = this.u32(at);
    return ((b << 24) | ((b & 0xff00) << 8) | ((b >>> 8) & 0xff00) | (b >>> 24)) >>> 0;
  }

  u64(at: number): bigint {
    return (BigInt(this.u32(at)) << 32n) | BigInt(this.u32(at + 4));
  }

  /** The IPv4 address at `at`, by name if it has one. */
  ipv4(at: number): string {
    return this.names.ipv4(this.u32(at));
  }

  /** The IPv6 address at `at`. */
  ipv6(at: number): string {
    this.need(at, 16);
    return this.names.ipv6(this.bytes, at);
  }

  /** The hardware address of six octets at `at`. */
  mac(at: number): string {
    this.need(at, 6);
    return this.names.mac(this.bytes, at);
  }

  /** Pairs of hexadecimal digits, read one by one: what was captured is printed before the end. */
  hex(at: number, length: number): void {
    for (let i = at; i < at + length; i++) this.text += HEX_PAIRS[this.u8(i)];
  }

  /** The octet as people can read it: `^A` for 1, `M-` before what is not ASCII. */
  visible(octet: number): void {
    if (octet > 0x7f) this.text += 'M-';
    const ascii = octet & 0x7f;
    if (ascii >= 0x20 && ascii < 0x7f) this.text += String.fromCharCode(ascii);
    else this.text += `^${String.fromCharCode(ascii ^ 0x40)}`;
  }

  /** Notes what tcpdump would decode here, if it would. */
  miss(protocol: string | undefined): void {
    this.gap ??= protocol;
  }

  /** Says that the protocol is cut short. */
  truncated(): void {
    this.text += ` [|${this.protocol}]`;
  }

  /** Says that something contradicts itself. */
  invalid(): void {
    this.text += ' (invalid)';
  }
}

/** Every octet as two lower-case hexadecimal digits. */
export const HEX_PAIRS: readonly string[] = Array.from({ length: 256 }, (_, octet) =>
  octet.toString(16).padStart(2, '0'),
);

/** At least four lower-case hexadecimal digits. */
export function hex4(value: number): string {
  return value.toString(16).padStart(4, '0');
}
