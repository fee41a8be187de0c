/**
 * ICMP for IPv6 (RFC 4443): its messages' types and codes; what they say is in
 * `icmpv6-messages.ts`. Unlike that of IPv4, the checksum covers a pseudo-header.
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
export const ICMPV6_HEADER_LENGTH: number = ICMP_HEADER_LENGTH;

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

export type Icmpv6Fields = IcmpFields;

/** A decoded message. */
export class Icmpv6Message extends IcmpMessage {}

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
  return isIcmpChecksumOk(message, pseudo);
}

/** Writes a message of `8 + payload.length` octets at `at`; `pseudo` is the pseudo-header's sum. */
export function writeIcmpv6(
  b: Uint8Array,
  at: number,
  message: Icmpv6Fields,
  pseudo: number,
): void {
  writeIcmp(b, at, message, pseudo);
}

/** The message's bytes; `pseudo` is the pseudo-header's sum. */
export function encodeIcmpv6(message: Icmpv6Fields, pseudo: number): Uint8Array {
  return encodeIcmp(message, pseudo);
}
