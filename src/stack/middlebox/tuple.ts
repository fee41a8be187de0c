/**
 * What names a connection in a packet: protocol, addresses and ports. The questions and answers of
 * ICMP have an identifier instead, which is the port of who asks (RFC 5508 §3.1).
 */
import {
  ICMPV4_HEADER_LENGTH,
  Icmpv4Type,
  Icmpv6Type,
  type IpAddress,
  IpProtocol,
  isIpv6,
  u16,
} from '../../wire/index.ts';
import { readQuotedHeader } from './quoted-header.ts';

export interface Tuple {
  readonly protocol: number;
  readonly source: IpAddress;
  readonly sourcePort: number;
  readonly destination: IpAddress;
  readonly destinationPort: number;
}

/** An address and a port. */
export interface Endpoint {
  readonly address: IpAddress;
  readonly port: number;
}

/** The ICMP messages that are asked with, by which one answers. */
const ICMP_ANSWERS: ReadonlyMap<number, number> = new Map([
  [Icmpv4Type.echoRequest, Icmpv4Type.echoReply],
  [Icmpv4Type.timestampRequest, Icmpv4Type.timestampReply],
  [Icmpv4Type.addressMaskRequest, Icmpv4Type.addressMaskReply],
]);
const ICMPV6_ANSWERS: ReadonlyMap<number, number> = new Map([
  [Icmpv6Type.echoRequest, Icmpv6Type.echoReply],
]);

/** By protocol: who asks, and what answers. */
const CONVERSATIONS: ReadonlyMap<
  number,
  { readonly answers: ReadonlyMap<number, number>; readonly isAnswer: ReadonlySet<number> }
> = new Map(
  [[IpProtocol.icmp, ICMP_ANSWERS] as const, [IpProtocol.icmpv6, ICMPV6_ANSWERS] as const].map(
    ([protocol, answers]) => [protocol, { answers, isAnswer: new Set(answers.values()) }],
  ),
);

/** Where the identifier of a question or an answer stands in the ICMP message. */
export const IDENTIFIER_AT = 4;

/** Whether the protocol is ICMP, of either family. */
export function isIcmp(protocol: number): boolean {
  return CONVERSATIONS.has(protocol);
}

/**
 * The tuple of the packet in `b[start, end)`, which may be the beginning of one that an error
 * quotes. Nothing for later fragments, other protocols and other ICMP messages.
 */
export function readTuple(b: Uint8Array, start: number, end: number): Tuple | undefined {
  const header = readQuotedHeader(b, start, end);
  if (header === undefined || header.transportAt + ICMPV4_HEADER_LENGTH > end) return undefined;
  const { protocol, source, destination, transportAt: at } = header;
  if (protocol === IpProtocol.tcp || protocol === IpProtocol.udp) {
    const [sourcePort, destinationPort] = [u16(b, at), u16(b, at + 2)];
    return { protocol, source, sourcePort, destination, destinationPort };
  }
  const conversation = CONVERSATIONS.get(protocol);
  if (conversation === undefined) return undefined;
  const identifier = u16(b, at + IDENTIFIER_AT);
  if (conversation.answers.has(b[at]!)) {
    return { protocol, source, sourcePort: identifier, destination, destinationPort: 0 };
  }
  if (!conversation.isAnswer.has(b[at]!)) return undefined;
  return { protocol, source, sourcePort: 0, destination, destinationPort: identifier };
}

/** The tuple of what goes the other way. */
export function inverse({ protocol, source, sourcePort, ...to }: Tuple): Tuple {
  const { destination, destinationPort } = to;
  return {
    protocol,
    source: destination,
    sourcePort: destinationPort,
    destination: source,
    destinationPort: sourcePort,
  };
}

/** A key that is one tuple's alone. */
export function keyOf(tuple: Tuple): string {
  const { protocol, source, sourcePort, destination, destinationPort } = tuple;
  return `${protocol} ${textOf(source)}:${sourcePort} ${textOf(destination)}:${destinationPort}`;
}

/** A key of an endpoint's alone, for one protocol. */
export function endpointKey(protocol: number, { address, port }: Endpoint): string {
  return `${protocol} ${textOf(address)}:${port}`;
}

/** A text of the address's alone, which nobody reads. */
function textOf(address: IpAddress): string {
  return isIpv6(address) ? `${address.toString(16)}v6` : String(address);
}
