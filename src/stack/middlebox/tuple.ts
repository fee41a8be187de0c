/**
 * What names a connection in a packet: protocol, addresses and ports. The questions and answers of
 * ICMP have an identifier instead, which is the port of who asks (RFC 5508 §3.1).
 */
import {
  ICMPV4_HEADER_LENGTH,
  Icmpv4Type,
  IPV4_HEADER_LENGTH,
  type Ipv4Address,
  IpProtocol,
  u16,
  u32,
} from '../../wire/index.ts';

export interface Tuple {
  readonly protocol: number;
  readonly source: Ipv4Address;
  readonly sourcePort: number;
  readonly destination: Ipv4Address;
  readonly destinationPort: number;
}

/** An address and a port. */
export interface Endpoint {
  readonly address: Ipv4Address;
  readonly port: number;
}

/** The ICMP messages that are asked with, by which one answers. */
export const ICMP_ANSWERS: ReadonlyMap<number, number> = new Map([
  [Icmpv4Type.echoRequest, Icmpv4Type.echoReply],
  [Icmpv4Type.timestampRequest, Icmpv4Type.timestampReply],
  [Icmpv4Type.addressMaskRequest, Icmpv4Type.addressMaskReply],
]);
const IS_ANSWER: ReadonlySet<number> = new Set(ICMP_ANSWERS.values());

/** Where the identifier of a question or an answer stands in the ICMP message. */
export const IDENTIFIER_AT = 4;

/**
 * The tuple of the packet in `b[start, end)`, which may be the beginning of one that an error
 * quotes. Nothing for later fragments, other protocols and other ICMP messages.
 */
export function readTuple(b: Uint8Array, start: number, end: number): Tuple | undefined {
  if (end - start < IPV4_HEADER_LENGTH || b[start]! >>> 4 !== 4) return undefined;
  if ((u16(b, start + 6) & 0x1fff) !== 0) return undefined;
  const at = start + 4 * (b[start]! & 15);
  if (at < start + IPV4_HEADER_LENGTH || at + ICMPV4_HEADER_LENGTH > end) return undefined;
  const protocol = b[start + 9]!;
  const addresses = { protocol, source: u32(b, start + 12), destination: u32(b, start + 16) };
  if (protocol === IpProtocol.tcp || protocol === IpProtocol.udp) {
    return { ...addresses, sourcePort: u16(b, at), destinationPort: u16(b, at + 2) };
  }
  if (protocol !== IpProtocol.icmp) return undefined;
  const identifier = u16(b, at + IDENTIFIER_AT);
  if (ICMP_ANSWERS.has(b[at]!)) return { ...addresses, sourcePort: identifier, destinationPort: 0 };
  if (!IS_ANSWER.has(b[at]!)) return undefined;
  return { ...addresses, sourcePort: 0, destinationPort: identifier };
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
  return `${protocol} ${source}:${sourcePort} ${destination}:${destinationPort}`;
}

/** A key of an endpoint's alone, for one protocol. */
export function endpointKey(protocol: number, { address, port }: Endpoint): string {
  return `${protocol} ${address}:${port}`;
}
