/**
 * What is said of IP headers, and headers written before the packet's own.
 *
 *     ip_info := '(' what {',' what} ')' | '[' … ']'
 *     what    := noecn | ect0 | ect1 | ce | ect01 | tos 0xNN | class N
 *              | ttl N | hlim N | flowlabel 0xN
 *     outer   := ipv4 [ip_info] source > destination :   (ipv6 alike)
 *              | gre [flags F, sum N, off N, key N, seq N] :
 *              | mpls {'(' label N, tc N, ['[' S ']',] ttl N ')'} :
 */

import { parseIpv4 } from '../../wire/index.ts';
import type { Cursor } from './cursor.ts';
import type { GreSpec, IpSpec, MplsLabel, OuterHeader, PacketSpec } from './script.ts';

/** More headers than the 128 octets hold that the original tool keeps for them. */
const MAX_OUTER_HEADERS = 16;
const MAX_MPLS_LABELS = 16;

/** The flags of GRE's first word that say which optional fields follow (RFC 2784, RFC 2890). */
const GRE_FLAGS: ReadonlyMap<string, number> = new Map([
  ['none', 0],
  ['checksum', 0x8000],
  ['key', 0x2000],
  ['sequence', 0x1000],
]);

type Ecn = 'noecn' | 'ect0' | 'ect1' | 'ce' | 'ect01';

export function parseIpInfo(cursor: Cursor, direction: PacketSpec['direction']): IpSpec {
  let tos: IpSpec['tos'];
  let ttl: number | undefined;
  let flowLabel: number | undefined;
  const closing = cursor.accept('(') ? ')' : cursor.accept('[') ? ']' : undefined;
  if (closing === undefined) return { tos, ttl, flowLabel };
  do {
    const { text: name, place } = cursor.expectKind(
      'word',
      'tos, ttl, flowlabel or an ECN codepoint',
    );
    const isTwice = (earlier: unknown): void => {
      if (earlier !== undefined) cursor.refuse(place, `"${name}" is said of a field already set`);
    };
    if (isEcn(name)) {
      isTwice(tos);
      tos = { kind: 'ecn', ecn: name };
      if (name === 'ect01' && direction === 'inbound') {
        cursor.refuse(place, 'ect01, either codepoint, can be expected only and not injected');
      }
    } else if (name === 'tos' || name === 'class') {
      isTwice(tos);
      tos = { kind: 'tos', value: cursor.integerOrHex(`"${name}"`, 0xff) };
    } else if (name === 'ttl' || name === 'hlim') {
      isTwice(ttl);
      ttl = cursor.integerOrHex(`"${name}"`, 0xff);
    } else if (name === 'flowlabel') {
      isTwice(flowLabel);
      flowLabel = cursor.integerOrHex('the flow label', 0xfffff);
    } else {
      cursor.refuse(place, `expected tos, ttl, flowlabel or an ECN codepoint, found "${name}"`);
    }
  } while (cursor.accept(','));
  cursor.expect(closing, 'behind what is said of the IP header');
  return { tos, ttl, flowLabel };
}

function isEcn(name: string): name is Ecn {
  return ['noecn', 'ect0', 'ect1', 'ce', 'ect01'].includes(name);
}

export function parseOuterHeaders(
  cursor: Cursor,
  direction: PacketSpec['direction'],
): OuterHeader[] {
  const headers: OuterHeader[] = [];
  for (;;) {
    const { place } = cursor.peek();
    const header = parseOuterHeader(cursor, direction);
    if (header === undefined) return headers;
    headers.push(header);
    cursor.expect(':', `behind the ${header.kind} header`);
    if (headers.length > MAX_OUTER_HEADERS) {
      cursor.refuse(place, `a packet may have up to ${MAX_OUTER_HEADERS} outer headers`);
    }
  }
}

function parseOuterHeader(
  cursor: Cursor,
  direction: PacketSpec['direction'],
): OuterHeader | undefined {
  if (cursor.accept('ipv4')) {
    const ip = parseIpInfo(cursor, direction);
    const source = parseIpv4Address(cursor);
    cursor.expect('>', 'between the addresses');
    return { kind: 'ipv4', ip, source, destination: parseIpv4Address(cursor) };
  }
  if (cursor.accept('ipv6')) {
    const ip = parseIpInfo(cursor, direction);
    const source = cursor.expectKind('ipv6', 'an IPv6 address').text;
    cursor.expect('>', 'between the addresses');
    const destination = cursor.expectKind('ipv6', 'an IPv6 address').text;
    return { kind: 'ipv6', ip, source, destination };
  }
  if (cursor.accept('gre') || cursor.accept('GREv0')) {
    return { kind: 'gre', gre: cursor.sees(':') ? undefined : parseGre(cursor) };
  }
  if (cursor.accept('mpls')) return { kind: 'mpls', labels: parseMplsLabels(cursor) };
  return undefined;
}

function parseIpv4Address(cursor: Cursor): string {
  const { text, place } = cursor.expectKind('ipv4', 'an IPv4 address');
  try {
    parseIpv4(text);
  } catch {
    cursor.refuse(place, `"${text}" is no IPv4 address`);
  }
  return text;
}

function parseGre(cursor: Cursor): GreSpec {
  cursor.accept(',');
  const flags = parseGreFlags(cursor);
  const field = (name: string, max: number): number => {
    cursor.accept(',');
    cursor.expect(name, 'in a GRE header');
    cursor.accept('=');
    return cursor.integerOrHex(`"${name}"`, max);
  };
  return {
    flags,
    sum: field('sum', 0xffff),
    offset: field('off', 0xffff),
    key: field('key', 0xffff_ffff),
    sequence: field('seq', 0xffff_ffff),
  };
}

/** `flags 0xNNNN`, or `flags [checksum present, key present, sequence# present]`. */
function parseGreFlags(cursor: Cursor): number {
  if (!cursor.accept('flags') && !cursor.accept('Flags')) cursor.expected('"flags" or ":"');
  if (!cursor.accept('[')) return cursor.integerOrHex('the flags of GRE', 0xffff);
  let flags = 0;
  do {
    const name = cursor.expectKind('word', 'a flag of GRE');
    const flag = GRE_FLAGS.get(name.text);
    if (flag === undefined) {
      cursor.refuse(name.place, `expected none, checksum, key or sequence#, found "${name.text}"`);
    }
    flags |= flag;
    if (name.text === 'sequence') cursor.accept('#');
    if (flag !== 0) cursor.expect('present', `behind "${name.text}"`);
  } while (cursor.accept(','));
  cursor.expect(']', 'behind the flags of GRE');
  return flags;
}

function parseMplsLabels(cursor: Cursor): MplsLabel[] {
  const labels: MplsLabel[] = [];
  while (cursor.sees('(')) {
    const { place } = cursor.next();
    cursor.expect('label', 'first in an MPLS label');
    const label = cursor.integer('the label', 0xfffff);
    cursor.expect(',', 'behind the label');
    cursor.expect('tc', 'in an MPLS label');
    const trafficClass = cursor.integer('the traffic class', 7);
    cursor.expect(',', 'behind the traffic class');
    const isBottom = cursor.accept('[');
    if (isBottom) {
      cursor.expect('S', 'for the bottom of the stack');
      cursor.expect(']', 'behind "S"');
      cursor.expect(',', 'behind "[S]"');
    }
    cursor.expect('ttl', 'in an MPLS label');
    const ttl = cursor.integer('the time to live', 0xff);
    cursor.expect(')', 'behind an MPLS label');
    labels.push({ label, trafficClass, isBottom, ttl });
    if (labels.length > MAX_MPLS_LABELS) {
      cursor.refuse(place, `a packet may have up to ${MAX_MPLS_LABELS} MPLS labels`);
    }
  }
  return labels;
}
