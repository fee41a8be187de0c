/**
 * ICMP for IPv4 (RFC 792): its messages' types and codes. The payload is the quoted packet of an
 * error, the data of an echo; what the messages say is in `icmpv4-messages.ts`.
 */
import { DecodeError } from './decode-error.ts';
import {
  encodeIcmp,
  ICMP_HEADER_LENGTH,
  type IcmpFields,
  IcmpMessage,
  isIcmpChecksumOk,
  writeIcmp,
} from './icmp-message.ts';

/** The octets before the payload. */
export const ICMPV4_HEADER_LENGTH: number = ICMP_HEADER_LENGTH;

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

export type Icmpv4Fields = IcmpFields;

/** A decoded message. */
export class Icmpv4Message extends IcmpMessage {}

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
  return isIcmpChecksumOk(message, 0);
}

/** Writes a message of `8 + payload.length` octets at `at`. */
export function writeIcmpv4(b: Uint8Array, at: number, message: Icmpv4Fields): void {
  writeIcmp(b, at, message, 0);
}

/** The message's bytes. */
export function encodeIcmpv4(message: Icmpv4Fields): Uint8Array {
  return encodeIcmp(message, 0);
}
