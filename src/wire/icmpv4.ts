/**
 * ICMP for IPv4 (RFC 792). Every message is type, code, checksum, four octets whose meaning is the
 * type's own, and a payload: the quoted packet of an error, the data of an echo. What the messages
 * say is in `icmpv4-messages.ts`.
 */
import { put16, put32, u16, u32 } from './bytes.ts';
import { complementSum, onesSum } from './checksum.ts';
import { DecodeError } from './decode-error.ts';

/** The octets before the payload. */
export const ICMPV4_HEADER_LENGTH = 8;

/** Message types (IANA, ICMP parameters). */
export const Icmpv4Type = {
  echoReply: 0,
  destinationUnreachable: 3,
  sourceQuench: 4,
  redirect: 5,
  echoRequest: 8,
  routerAdvertisement: 9, // RFC 1256
  routerSolicitation: 10, // RFC 1256
  timeExceeded: 11,
  parameterProblem: 12,
  timestampRequest: 13,
  timestampReply: 14,
  informationRequest: 15,
  informationReply: 16,
  addressMaskRequest: 17, // RFC 950
  addressMaskReply: 18, // RFC 950
} as const;

/** Codes of destination unreachable (RFC 792, RFC 1122 §3.2.2.1). */
export const UnreachableCode = {
  net: 0,
  host: 1,
  protocol: 2,
  port: 3,
  fragmentationNeeded: 4,
  sourceRouteFailed: 5,
  /** Communication administratively prohibited (RFC 1812 §5.2.7.1). */
  prohibited: 13,
} as const;

/** Codes of time exceeded (RFC 792). */
export const TimeExceededCode = { transit: 0, reassembly: 1 } as const;

/** What an ICMP message is made of. A checksum left out is computed. */
export interface Icmpv4Fields {
  readonly type: number;
  readonly code: number;
  /** Octets 4–7: identifier and sequence number of an echo, next-hop MTU, gateway, or unused. */
  readonly rest: number;
  readonly payload: Uint8Array;
  readonly checksum?: number | undefined;
}

/** A decoded message. */
export class Icmpv4Message implements Icmpv4Fields {
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
    return this.bytes.subarray(this.start + ICMPV4_HEADER_LENGTH, this.end);
  }
}

/** The message in `b[start, end)`. */
export function decodeIcmpv4(
  b: Uint8Array,
  start = 0,
  end: number = b.length,
): Icmpv4Message | DecodeError {
  if (end - start < ICMPV4_HEADER_LENGTH) return new DecodeError('icmpv4', 'truncated', end);
  return new Icmpv4Message(b, start, end);
}

/** Whether the message's checksum is right. */
export function isIcmpv4ChecksumOk(message: Icmpv4Message): boolean {
  return onesSum(message.bytes, message.start, message.end) === 0xffff;
}

/** Writes a message of `8 + payload.length` octets at `at`. */
export function writeIcmpv4(b: Uint8Array, at: number, message: Icmpv4Fields): void {
  const end = at + ICMPV4_HEADER_LENGTH + message.payload.length;
  b[at] = message.type;
  b[at + 1] = message.code;
  put16(b, at + 2, 0);
  put32(b, at + 4, message.rest);
  b.set(message.payload, at + ICMPV4_HEADER_LENGTH);
  put16(b, at + 2, message.checksum ?? complementSum(onesSum(b, at, end)));
}

/** The message's bytes. */
export function encodeIcmpv4(message: Icmpv4Fields): Uint8Array {
  const b = new Uint8Array(ICMPV4_HEADER_LENGTH + message.payload.length);
  writeIcmpv4(b, 0, message);
  return b;
}
