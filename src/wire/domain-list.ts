/**
 * Domain names one after the other (RFC 1035 §3.1), as router advertisements list them: labels with
 * their lengths before them, an empty one last; no pointers (RFC 8106 §5.2).
 */
import { concat } from './bytes.ts';

/** The octets of a label, at most. */
const LABEL_MAXIMUM = 63;
const DOT = 0x2e;

/**
 * The names in `b[start, end)`, up to a name that is empty: padding. Undefined if one is cut, or
 * has a dot within a label, which a text cannot tell from one between labels.
 */
export function readDomains(b: Uint8Array, start: number, end: number): string[] | undefined {
  const domains: string[] = [];
  let labels: string[] = [];
  let at = start;
  while (at < end) {
    const length = b[at]!;
    at += 1;
    if (length > LABEL_MAXIMUM || at + length > end) return undefined;
    if (length > 0) {
      const label = b.subarray(at, at + length);
      if (label.includes(DOT)) return undefined;
      labels.push(String.fromCharCode(...label));
    } else {
      if (labels.length === 0) return domains;
      domains.push(labels.join('.'));
      labels = [];
    }
    at += length;
  }
  return labels.length === 0 ? domains : undefined;
}

/**
 * The names' octets.
 *
 * @throws RangeError when a label is empty, too long, or has characters of more than an octet.
 */
export function encodeDomains(domains: readonly string[]): Uint8Array {
  return concat(...domains.map(encodeDomain));
}

function encodeDomain(domain: string): Uint8Array {
  const labels = domain.split('.').map((label) => {
    const octets = Array.from({ length: label.length }, (_, i) => label.charCodeAt(i));
    if (octets.length === 0 || octets.length > LABEL_MAXIMUM || octets.some((c) => c > 255)) {
      throw new RangeError(`not a domain name: "${domain}"`);
    }
    return Uint8Array.of(octets.length, ...octets);
  });
  return concat(...labels, Uint8Array.of(0));
}
