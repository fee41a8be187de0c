/** Verdicts on checksums (RFC 1071), in the form in which tcpdump gives them. */
import { complementSum, foldSum, onesSum } from '../wire/index.ts';

/**
 * How far the checksum within `bytes[start, end)` is off: 0 when it is right. `pseudo` is the
 * folded sum of a pseudo-header.
 */
export function checksumError(bytes: Uint8Array, start: number, end: number, pseudo = 0): number {
  return complementSum(foldSum(pseudo + onesSum(bytes, start, end)));
}

/** What a checksum field that holds `found` should hold, given how far it is off. */
export function rightChecksum(found: number, error: number): number {
  return foldSum(found + error);
}
