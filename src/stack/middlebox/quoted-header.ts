/**
 * The IP header of a packet of either family that may be quoted by an error, and cut short: what
 * boxes read of it before they know whether there is more.
 */
import {
  decodeIpv6Extensions,
  fragmentOf,
  type IpAddress,
  IPV4_HEADER_LENGTH,
  IPV6_HEADER_LENGTH,
  readIpv6,
  u16,
  u32,
} from '../../wire/index.ts';

export interface QuotedHeader {
  readonly protocol: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** Where the transport's header begins. */
  readonly transportAt: number;
}

/** The header of the packet in `b[start, end)`; nothing for later fragments and what is none. */
export function readQuotedHeader(
  b: Uint8Array,
  start: number,
  end: number,
): QuotedHeader | undefined {
  if (end - start < IPV4_HEADER_LENGTH) return undefined;
  const version = b[start]! >>> 4;
  if (version === 4) return readIpv4Header(b, start, end);
  return version === 6 && end - start >= IPV6_HEADER_LENGTH
    ? readIpv6Header(b, start, end)
    : undefined;
}

function readIpv4Header(b: Uint8Array, start: number, end: number): QuotedHeader | undefined {
  if ((u16(b, start + 6) & 0x1fff) !== 0) return undefined;
  const transportAt = start + 4 * (b[start]! & 15);
  if (transportAt < start + IPV4_HEADER_LENGTH || transportAt > end) return undefined;
  const [source, destination] = [u32(b, start + 12), u32(b, start + 16)];
  return { protocol: b[start + 9]!, source, destination, transportAt };
}

function readIpv6Header(b: Uint8Array, start: number, end: number): QuotedHeader | undefined {
  const chain = decodeIpv6Extensions(b, start + 6, start + IPV6_HEADER_LENGTH, end);
  if ((fragmentOf(chain.extensions)?.fragmentOffset ?? 0) !== 0) return undefined;
  const { protocol, payloadAt: transportAt } = chain;
  const [source, destination] = [readIpv6(b, start + 8), readIpv6(b, start + 24)];
  return { protocol, source, destination, transportAt };
}
