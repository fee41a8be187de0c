/**
 * The form that messages of ICMP have over both versions of IP (RFC 792, RFC 4443 §2.1): type,
 * code, checksum, four octets whose meaning is the type's own, and a payload. Over IPv6 the
 * checksum covers a pseudo-header, too, whose sum is given here.
 */
import { put16, put32, u16, u32 } from './bytes.ts';
import { complementSum, foldSum, onesSum } from './checksum.ts';

/** The octets before the payload. */
export const ICMP_HEADER_LENGTH = 8;

/** What a message is made of. A checksum left out is computed. */
export interface IcmpFields {
  readonly type: number;
  readonly code: number;
  /** Octets 4–7: identifier and sequence number of an echo, MTU, gateway, pointer, or unused. */
  readonly rest: number;
  readonly payload: Uint8Array;
  readonly checksum?: number | undefined;
}

/** A decoded message. */
export class IcmpMessage implements IcmpFields {
  readonly type: number;
  readonly code: number;
  readonly checksum: number;
  readonly rest: number;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.type = bytes[start]!;
    this.code = bytes[start + 1]!;
    this.checksum = u16(bytes, start + 2);
    this.rest = u32(bytes, start + 4);
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  get payload(): Uint8Array {
    return this.bytes.subarray(this.start + ICMP_HEADER_LENGTH, this.end);
  }
}

/** Whether the message's checksum is right. */
export function isIcmpChecksumOk({ bytes, start, end }: IcmpMessage, pseudo: number): boolean {
  return foldSum(pseudo + onesSum(bytes, start, end)) === 0xffff;
}

/** Writes a message of `8 + payload.length` octets at `at`. */
export function writeIcmp(b: Uint8Array, at: number, message: IcmpFields, pseudo: number): void {
  const end = at + ICMP_HEADER_LENGTH + message.payload.length;
  b[at] = message.type;
  b[at + 1] = message.code;
  put16(b, at + 2, 0);
  put32(b, at + 4, message.rest);
  b.set(message.payload, at + ICMP_HEADER_LENGTH);
  const checksum = message.checksum ?? complementSum(foldSum(pseudo + onesSum(b, at, end)));
  put16(b, at + 2, checksum);
}

/** The message's bytes. */
export function encodeIcmp(message: IcmpFields, pseudo: number): Uint8Array {
  const b = new Uint8Array(ICMP_HEADER_LENGTH + message.payload.length);
  writeIcmp(b, 0, message, pseudo);
  return b;
}
