/**
 * What came back by ICMP, of either version, about something that a tool sent: the message, and
 * what it quotes.
 */
import { type Errno, icmpMeaning, icmpv6Meaning } from '../../stack/index.ts';
import {
  decodeIcmpv4,
  decodeIcmpv6,
  decodeIpv6Extensions,
  DecodeError,
  Icmpv4Type,
  Icmpv6Type,
  type IpAddress,
  IpProtocol,
  IPV6_HEADER_LENGTH,
  isIcmpv6Error,
  isIpv6,
  readIpv6,
  u16,
  u32,
} from '../../wire/index.ts';

/** A message of either version. */
export interface IcmpMessage {
  readonly type: number;
  readonly code: number;
  readonly rest: number;
  readonly payload: Uint8Array;
}

/** What an ICMP error quotes of a packet. */
export interface Quote {
  readonly protocol: number;
  readonly destination: IpAddress;
  /** The first eight octets behind its IP headers, at least. */
  readonly transport: Uint8Array;
}

/** What tools have different for the two versions. */
export interface IcmpVersion {
  readonly protocol: number;
  readonly echoRequest: number;
  readonly echoReply: number;
  readonly timeExceeded: number;
  readonly redirect: number;
  /** The octets of the IP header and of an echo's. */
  readonly headers: number;
  /** The message of a packet; nothing for a damaged one. */
  readonly messageOf: (payload: Uint8Array) => IcmpMessage | undefined;
  /** What the message quotes, if it is an error and quotes enough. */
  readonly quoteIn: (message: IcmpMessage) => Quote | undefined;
  /** What a message of that type and code means to a socket, if anything. */
  readonly errnoOf: (type: number, code: number) => Errno | undefined;
}

export const ICMP_VERSION_4: IcmpVersion = {
  protocol: IpProtocol.icmp,
  echoRequest: Icmpv4Type.echoRequest,
  echoReply: Icmpv4Type.echoReply,
  timeExceeded: Icmpv4Type.timeExceeded,
  redirect: Icmpv4Type.redirect,
  headers: 28,
  messageOf: (payload) => {
    const message = decodeIcmpv4(payload);
    return message instanceof DecodeError ? undefined : message;
  },
  quoteIn: quoteInIcmpv4,
  errnoOf: (type, code) => icmpMeaning(type, code)?.errno,
};

export const ICMP_VERSION_6: IcmpVersion = {
  protocol: IpProtocol.icmpv6,
  echoRequest: Icmpv6Type.echoRequest,
  echoReply: Icmpv6Type.echoReply,
  timeExceeded: Icmpv6Type.timeExceeded,
  redirect: Icmpv6Type.redirect,
  headers: 48,
  messageOf: (payload) => {
    const message = decodeIcmpv6(payload);
    return message instanceof DecodeError ? undefined : message;
  },
  quoteIn: quoteInIcmpv6,
  errnoOf: (type, code) => icmpv6Meaning(type, code)?.errno,
};

/** The version that is spoken with an address. */
export function icmpFor(address: IpAddress): IcmpVersion {
  return isIpv6(address) ? ICMP_VERSION_6 : ICMP_VERSION_4;
}

const ERRORS: ReadonlySet<number> = new Set([
  Icmpv4Type.destinationUnreachable,
  Icmpv4Type.sourceQuench,
  Icmpv4Type.redirect,
  Icmpv4Type.timeExceeded,
  Icmpv4Type.parameterProblem,
]);

function quoteInIcmpv4({ type, payload }: IcmpMessage): Quote | undefined {
  if (!ERRORS.has(type) || payload.length < 28) return undefined;
  const headerLength = 4 * (payload[0]! & 15);
  if (headerLength < 20 || payload.length < headerLength + 8) return undefined;
  return {
    protocol: payload[9]!,
    destination: u32(payload, 16),
    transport: payload.subarray(headerLength),
  };
}

function quoteInIcmpv6({ type, payload }: IcmpMessage): Quote | undefined {
  if (!isIcmpv6Error(type) || payload.length < IPV6_HEADER_LENGTH) return undefined;
  const { protocol, payloadAt } = decodeIpv6Extensions(
    payload,
    6,
    IPV6_HEADER_LENGTH,
    payload.length,
  );
  if (payload.length < payloadAt + 8) return undefined;
  return { protocol, destination: readIpv6(payload, 24), transport: payload.subarray(payloadAt) };
}

/** Identifier and sequence number of an echo message. */
export function echoPair(transport: Uint8Array): { identifier: number; sequence: number } {
  return { identifier: u16(transport, 4), sequence: u16(transport, 6) };
}
