/**
 * Congestion Experienced, set where a queue would drop (RFC 3168 §5): on IPv4 and IPv6 packets
 * whose sender says that it understands. The header's checksum follows, and stays wrong where it
 * was (RFC 1624).
 */
import {
  ETHERNET_HEADER_LENGTH,
  EtherType,
  IPV4_HEADER_LENGTH,
  IPV6_HEADER_LENGTH,
  put16,
  u16,
  u8,
  updateChecksum,
} from '../../wire/index.ts';

const CONGESTION_EXPERIENCED = 3;

/** The frame with CE: a copy, or itself where CE is set. Nothing when it is not ECN-capable. */
export function markCongestion(frame: Uint8Array): Uint8Array | undefined {
  if (frame.length < ETHERNET_HEADER_LENGTH + IPV4_HEADER_LENGTH) return undefined;
  switch (u16(frame, ETHERNET_HEADER_LENGTH - 2)) {
    case EtherType.ipv4:
      return markIpv4(frame, ETHERNET_HEADER_LENGTH);
    case EtherType.ipv6:
      return markIpv6(frame, ETHERNET_HEADER_LENGTH);
    default:
      return undefined;
  }
}

function markIpv4(frame: Uint8Array, at: number): Uint8Array | undefined {
  const field = u8(frame, at + 1) & 3;
  if (field === 0) return undefined;
  if (field === CONGESTION_EXPERIENCED) return frame;
  const marked = frame.slice();
  const before = u16(frame, at);
  put16(marked, at, before | CONGESTION_EXPERIENCED);
  put16(marked, at + 10, updateChecksum(u16(frame, at + 10), before, u16(marked, at)));
  return marked;
}

/** The two bits are the last of the traffic class: bits 10 and 11 of the header (RFC 8200 §3). */
function markIpv6(frame: Uint8Array, at: number): Uint8Array | undefined {
  if (frame.length < at + IPV6_HEADER_LENGTH) return undefined;
  const field = (u8(frame, at + 1) >>> 4) & 3;
  if (field === 0) return undefined;
  if (field === CONGESTION_EXPERIENCED) return frame;
  const marked = frame.slice();
  marked[at + 1] = u8(frame, at + 1) | (CONGESTION_EXPERIENCED << 4);
  return marked;
}
