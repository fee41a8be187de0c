/**
 * The options of an IPv4 header (RFC 791 §3.1) as `-v` lists them: names, and of record route,
 * source routes, timestamp and router alert (RFC 2113) the content.
 */
import type { PacketText } from './packet-text.ts';

const END = 0;
const NO_OPERATION = 1;
const RECORD_ROUTE = 7;
const TIMESTAMP = 68;
const LOOSE_ROUTE = 131;
const STRICT_ROUTE = 137;
const ROUTER_ALERT = 148;

const NAMES: ReadonlyMap<number, string> = new Map([
  [END, 'EOL'],
  [NO_OPERATION, 'NOP'],
  [RECORD_ROUTE, 'RR'],
  [TIMESTAMP, 'timestamp'],
  [82, 'traceroute'],
  [130, 'security'],
  [LOOSE_ROUTE, 'LSRR'],
  [STRICT_ROUTE, 'SSRR'],
  [ROUTER_ALERT, 'RA'],
]);

/** Lists the options in `length` octets at `at`; false when an option was not captured whole. */
export function dissectIpv4Options(t: PacketText, at: number, length: number): boolean {
  const end = at + length;
  let separator = '';
  let optionLength: number;
  for (let p = at; p < end; p += optionLength) {
    t.text += separator;
    separator = ',';
    const kind = t.u8(p);
    t.text += NAMES.get(kind) ?? `unknown ${kind}`;
    optionLength = 1;
    if (kind !== NO_OPERATION && kind !== END) {
      optionLength = t.u8(p + 1);
      if (optionLength < 2 || p + optionLength > end) {
        t.text += ` [bad length ${optionLength}]`;
        return true;
      }
    }
    if (!t.has(p, optionLength)) return false;
    if (kind === END) return true;
    if (!dissectOption(t, p, kind, optionLength)) return false;
  }
  return true;
}

function dissectOption(t: PacketText, at: number, kind: number, length: number): boolean {
  switch (kind) {
    case TIMESTAMP:
      return dissectTimestamp(t, at, length);
    case RECORD_ROUTE:
    case LOOSE_ROUTE:
    case STRICT_ROUTE:
      return dissectRoute(t, at, length);
    case ROUTER_ALERT:
      if (length < 4) t.text += ` [bad length ${length}]`;
      else if (t.u16(at + 2) !== 0) t.text += ` value ${t.u16(at + 2)}`;
      return true;
    default:
      return true;
  }
}

/** The offset of the first free octet, from 0; the octet counts from 1, and its 0 is far out. */
function pointer(t: PacketText, at: number): number {
  return (t.u8(at + 2) - 1) >>> 0;
}

function dissectRoute(t: PacketText, at: number, length: number): boolean {
  if (length < 3) {
    t.text += ` [bad length ${length}]`;
    return true;
  }
  if (((length + 1) & 3) !== 0) t.text += ` [bad length ${length}]`;
  const free = pointer(t, at);
  if (free < 3 || ((free + 1) & 3) !== 0 || free > length + 1) {
    t.text += ` [bad ptr ${t.u8(at + 2)}]`;
  }
  for (let offset = 3; offset < length; offset += 4) {
    if (!t.has(at + offset, 4)) return false;
    t.text += ` ${t.ipv4(at + offset)}`;
    if (free > offset) t.text += ',';
  }
  return true;
}

const TIMESTAMP_KINDS: ReadonlyMap<number, string> = new Map([
  [0, 'TSONLY'],
  [1, 'TS+ADDR'],
  [3, 'PRESPEC'],
]);

function dissectTimestamp(t: PacketText, at: number, length: number): boolean {
  if (length < 4) {
    t.text += `[bad length ${length}]`;
    return true;
  }
  t.text += ' TS{';
  const kind = t.u8(at + 3) & 15;
  const hopLength = kind === 0 ? 4 : 8;
  if (((length - 4) & (hopLength - 1)) !== 0) t.text += `[bad length ${length}]`;
  const free = pointer(t, at);
  if (free < 4 || ((free - 4) & (hopLength - 1)) !== 0 || free > length + 1) {
    t.text += `[bad ptr ${t.u8(at + 2)}]`;
  }
  const kindName = TIMESTAMP_KINDS.get(kind);
  t.text += kindName ?? `[bad ts type ${kind}]`;
  let offset = 0;
  if (kindName !== undefined) {
    for (offset = 4; offset < length; offset += hopLength) {
      if (!t.has(at + offset, hopLength)) return false;
      const time = t.u32(at + offset + hopLength - 4);
      const address = hopLength === 8 ? t.ipv4(at + offset) : '';
      t.text += `${free === offset ? ' ^ ' : ' '}${time}@${address}`;
    }
  }
  if (free === offset) t.text += ' ^ ';
  const missed = t.u8(at + 3) >>> 4;
  t.text += missed > 0 ? ` [${missed} hops not recorded]} ` : '}';
  return true;
}
