/**
 * IPsec (RFC 4302, RFC 4303) and compressed payloads (RFC 3173), as far as nothing is secret: the
 * authentication header, before what it authenticates, and the numbers of the others.
 */
import { HEX_PAIRS, hex4, type PacketText } from './packet-text.ts';

/** Before the check value of an authentication header; all of ESP that is not encrypted. */
const AUTHENTICATION_LENGTH = 12;
const ESP_LENGTH = 8;

function hex8(value: number): string {
  return value.toString(16).padStart(8, '0');
}

/** The authentication header at `at`; returns its length, 0 when none of it was captured. */
export function dissectAuthentication(t: PacketText, at: number): number {
  t.protocol = 'ah';
  if (!t.has(at, 1)) {
    t.truncated();
    return 0;
  }
  t.text += 'AH';
  const words = t.u8(at + 1);
  const length = (words + 2) * 4;
  t.text += '(';
  if (t.flags.verbose > 0) t.text += `length=${words}(${length}-bytes),`;
  const reserved = t.u16(at + 2);
  if (reserved !== 0) t.text += `reserved=0x${reserved.toString(16)}[MustBeZero],`;
  t.text += `spi=0x${hex8(t.u32(at + 4))},`;
  t.text += `seq=0x${t.u32(at + 8).toString(16)},`;
  t.text += 'icv=0x';
  for (let p = at + AUTHENTICATION_LENGTH; p < at + length; p++) t.text += HEX_PAIRS[t.u8(p)];
  t.text += '): ';
  return length;
}

/** An encrypted payload of `length` octets at `at`. */
export function dissectEncrypted(t: PacketText, at: number, length: number): void {
  t.protocol = 'esp';
  if (!t.has(at, ESP_LENGTH + 1)) {
    t.truncated();
    return;
  }
  t.text += `ESP(spi=0x${hex8(t.u32(at))},seq=0x${t.u32(at + 4).toString(16)}), length ${length}`;
}

/** A compressed payload at `at`. */
export function dissectCompressed(t: PacketText, at: number): void {
  t.protocol = 'ipcomp';
  t.text += `IPComp(cpi=0x${hex4(t.u16(at + 2))})`;
}
