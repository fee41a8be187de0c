/**
 * The signature of a segment (RFC 2385): option 19 holds the MD5 digest of the pseudo-header, the
 * header without options and without checksum, the data, and a key that both ends know.
 *
 *     +--------+--------+----------------- - - - ------+
 *     | kind 19| len 18 |    16 octets of MD5 digest   |
 *     +--------+--------+----------------- - - - ------+
 */
import { put16, put32 } from './bytes.ts';
import { encodeIp, type IpAddress, isIpv6 } from './ip-address.ts';
import { IpProtocol } from './ipv4.ts';
import { md5, MD5_LENGTH } from './md5.ts';
import { TCP_HEADER_LENGTH } from './tcp.ts';
import { TcpOptionKind } from './tcp-options.ts';

/** Octets of the option behind two NOPs, as it stands first in every segment that is signed. */
export const SIGNATURE_LENGTH: number = 4 + MD5_LENGTH;

/** `NOP NOP 19 18` */
const NOP_NOP_SIGNATURE = 0x0101_0000 | (TcpOptionKind.signature << 8) | (2 + MD5_LENGTH);

/** What signs the segment in `b[start, end)`, whose options and checksum do not matter. */
export function tcpSignature(
  b: Uint8Array,
  start: number,
  end: number,
  source: IpAddress,
  destination: IpAddress,
  key: Uint8Array,
): Uint8Array {
  const header = b.slice(start, start + TCP_HEADER_LENGTH);
  const headerLength = (header[12]! >>> 4) * 4;
  put16(header, 16, 0); // the checksum
  return md5(
    encodeIp(source),
    encodeIp(destination),
    protocolAndLength(isIpv6(source), end - start),
    header,
    b.subarray(start + headerLength, end),
    key,
  );
}

/** The rest of the pseudo-header (RFC 9293 §3.1, RFC 8200 §8.1). */
function protocolAndLength(isIpv6: boolean, length: number): Uint8Array {
  const octets = new Uint8Array(isIpv6 ? 8 : 4);
  if (isIpv6) {
    put32(octets, 0, length);
    put32(octets, 4, IpProtocol.tcp);
  } else {
    put16(octets, 0, IpProtocol.tcp);
    put16(octets, 2, length);
  }
  return octets;
}

/** Signs the segment in `b[start, end)`; the option goes to `at`, first behind the header. */
export function signTcp(
  b: Uint8Array,
  start: number,
  end: number,
  source: IpAddress,
  destination: IpAddress,
  key: Uint8Array,
  at: number = start + TCP_HEADER_LENGTH,
): void {
  put32(b, at, NOP_NOP_SIGNATURE);
  b.set(tcpSignature(b, start, end, source, destination, key), at + 4);
}
