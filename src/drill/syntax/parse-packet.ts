/**
 * Packets: their direction, outer headers, what is said of the IP header, and what IP carries.
 *
 *     packet := ('<' | '>') {outer} [ip_info] (tcp | udp | icmp)
 *     udp    := udp [port > port] '(' length ')'
 *     icmp   := icmp type [code] [mtu N] [id N] ['[' seq | udp '(' n ')' | raw '(' n ')' ']']
 *
 * The BSD developers' fork writes what an ICMP error quotes before the word `icmp`.
 */

import type { Cursor } from './cursor.ts';
import { parseIpInfo, parseOuterHeaders } from './parse-ip.ts';
import { parsePorts, parseSequence, parseTcp } from './parse-tcp.ts';
import type { IcmpSpec, IpSpec, PacketSpec, UdpSpec } from './script.ts';

export function parsePacket(cursor: Cursor): PacketSpec {
  const { place } = cursor.peek();
  const direction = cursor.accept('<') ? 'inbound' : 'outbound';
  if (direction === 'outbound') cursor.expect('>', 'or "<" before a packet');
  const outer = parseOuterHeaders(cursor, direction);
  const ip: IpSpec = seesQuote(cursor)
    ? { tos: undefined, ttl: undefined, flowLabel: undefined }
    : parseIpInfo(cursor, direction);
  return {
    kind: 'packet',
    place,
    direction,
    outer,
    ip,
    transport: parseTransport(cursor, direction, ip),
  };
}

function parseTransport(
  cursor: Cursor,
  direction: PacketSpec['direction'],
  ip: IpSpec,
): PacketSpec['transport'] {
  if (seesQuote(cursor)) {
    const quoted = parseQuote(cursor);
    cursor.expect('icmp', 'behind what an ICMP error quotes');
    return parseIcmp(cursor, quoted);
  }
  if (cursor.accept('icmp')) return parseIcmp(cursor, undefined);
  const { place } = cursor.peek();
  if (!cursor.accept('udp')) return parseTcp(cursor, direction);
  if (ip.tos?.kind === 'ecn') {
    cursor.refuse(place, 'an ECN codepoint is for TCP and ICMP; with UDP write "tos 0xNN"');
  }
  return parseUdp(cursor);
}

function parseUdp(cursor: Cursor): UdpSpec {
  const ports = parsePorts(cursor);
  return { kind: 'udp', ports, payloadLength: parseLength(cursor, 'a UDP datagram') };
}

/** `(n)`. */
function parseLength(cursor: Cursor, what: string): number {
  cursor.expect('(', `and the length of ${what}`);
  const length = cursor.integer(`the length of ${what}`, 0xffff);
  cursor.expect(')', `behind the length of ${what}`);
  return length;
}

function parseIcmp(cursor: Cursor, before: IcmpSpec['quoted']): IcmpSpec {
  const type = cursor.expectKind('word', 'an ICMP type such as unreachable').text;
  const hasCode = cursor.seesKind('word') && !cursor.sees('mtu') && !cursor.sees('id');
  const code = hasCode ? cursor.next().text : undefined;
  const mtu = cursor.accept('mtu') ? cursor.integer('the MTU', 0xffff_ffff) : undefined;
  const id = cursor.accept('id') ? cursor.integer('the identifier', 0xffff) : undefined;
  const quoted = before ?? (cursor.sees('[') ? parseQuote(cursor) : undefined);
  return { kind: 'icmp', type, code, mtu, id, quoted };
}

/** Whether a bracket with a sequence range, `udp` or `raw` follows, not one about the IP header. */
function seesQuote(cursor: Cursor): boolean {
  if (!cursor.sees('[')) return false;
  return (
    cursor.seesKind('integer', 1) ||
    cursor.seesKind('ellipsis', 1) ||
    cursor.sees('udp', 1) ||
    cursor.sees('raw', 1)
  );
}

function parseQuote(cursor: Cursor): NonNullable<IcmpSpec['quoted']> {
  cursor.expect('[', 'before what an ICMP error quotes');
  const quoted = parseQuoted(cursor);
  cursor.expect(']', 'behind what an ICMP error quotes');
  return quoted;
}

function parseQuoted(cursor: Cursor): NonNullable<IcmpSpec['quoted']> {
  if (cursor.accept('udp')) return { kind: 'udp', length: parseLength(cursor, 'what is quoted') };
  if (cursor.accept('raw')) return { kind: 'raw', length: parseLength(cursor, 'what is quoted') };
  return { kind: 'tcp', sequence: parseSequence(cursor) };
}
