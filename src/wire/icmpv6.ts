/**
 * ICMP for IPv6 (RFC 4443), the header that all messages share. Every message is type, code,
 * checksum, four octets whose meaning is the type's own, and a payload. What the messages say is in
 * `icmpv6-messages.ts`.
 *
 * Unlike that of IPv4, the checksum covers a pseudo-header.
 */
import { put16, put32, u16, u32 } from './bytes.ts';
import { complementSum, foldSum, onesSum } from './checksum.ts';
import { DecodeError } from './decode-error.ts';

/** The octets before the payload. */
export const ICMPV6_HEADER_LENGTH = 8;

/** Message types (IANA, ICMPv6 parameters). Those below 128 are errors. */
export const Icmpv6Type = {
  destinationUnreachable: 1,
  packetTooBig: 2,
  timeExceeded: 3,
  parameterProblem: 4,
  echoRequest: 128,
  echoReply: 129,
  listenerQuery: 130, // RFC 2710, RFC 3810
  listenerReport: 131, // RFC 2710
  listenerDone: 132, // RFC 2710
  routerSolicitation: 133, // RFC 4861, the next four too
  routerAdvertisement: 134,
  neighborSolicitation: 135,
  neighborAdvertisement: 136,
  redirect: 137,
  listenerReport2: 143, // RFC 3810
} as const;

/** Codes of destination unreachable (RFC 4443 §3.1). */
export const Icmpv6UnreachableCode = {
  noRoute: 0,
  prohibited: 1,
  beyondScope: 2,
  address: 3,
  port: 4,
  sourcePolicy: 5,
  rejectRoute: 6,
} as const;

/** Codes of parameter problem (RFC 4443 §3.4, RFC 7112 §5). */
export const ParameterProblemCode = {
  header: 0,
  nextHeader: 1,
  option: 2,
  incompleteHeaderChain: 3,
} as const;

/** What an ICMPv6 message is made of. A checksum left out is computed. */
export interface Icmpv6Fields {
  readonly type: number;
  readonly code: number;
  /** Octets 4–7: identifier and sequence number of an echo, MTU, pointer, or reserved. */
  readonly rest: number;
  readonly payload: Uint8Array;
  readonly checksum?: number | undefined;
}

/** A decoded message. */
export class Icmpv6Message implements Icmpv6Fields {
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
    return this.bytes.subarray(this.start + ICMPV6_HEADER_LENGTH, this.end);
  }
}

/** Whether a message of the type reports an error: no error ever answers it (RFC 4443 §2.4 (e)). */
export function isIcmpv6Error(type: number): boolean {
  return type < 128;
}

/** The message in `b[start, end)`. */
export function decodeIcmpv6(
  b: Uint8Array,
  start = 0,
  end: number = b.length,
): Icmpv6Message | DecodeError {
  if (end - start < ICMPV6_HEADER_LENGTH) return new DecodeError('icmpv6', 'truncated', end);
  return new Icmpv6Message(b, start, end);
}

/** Whether the message's checksum is right, given the pseudo-header's sum. */
export function isIcmpv6ChecksumOk(message: Icmpv6Message, pseudo: number): boolean {
  return foldSum(pseudo + onesSum(message.bytes, message.start, message.end)) === 0xffff;
}

/** Writes a message of `8 + payload.length` octets at `at`; `pseudo` is the pseudo-header's sum. */
export function writeIcmpv6(
  b: Uint8Array,
  at: number,
  message: Icmpv6Fields,
  pseudo: number,
): void {
  const end = at + ICMPV6_HEADER_LENGTH + message.payload.length;
  b[at] = message.type;
  b[at + 1] = message.code;
  put16(b, at + 2, 0);
  put32(b, at + 4, message.rest);
  b.set(message.payload, at + ICMPV6_HEADER_LENGTH);
  const checksum = message.checksum ?? complementSum(foldSum(pseudo + onesSum(b, at, end)));
  put16(b, at + 2, checksum);
}

/** The message's bytes; `pseudo` is the pseudo-header's sum. */
export function encodeIcmpv6(message: Icmpv6Fields, pseudo: number): Uint8Array {
  const b = new Uint8Array(ICMPV6_HEADER_LENGTH + message.payload.length);
  writeIcmpv6(b, 0, message, pseudo);
  return b;
}
