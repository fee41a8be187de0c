/**
 * The options of IPv6 (RFC 8200 §4.2) as `-v` lists them, of hop-by-hop and destination options
 * headers. Without `-v` only their faults show.
 */
import { HEX_PAIRS, type PacketText } from './packet-text.ts';

const PAD_1 = 0x00;
const PAD_N = 0x01;
const ROUTER_ALERT = 0x05;
const JUMBO_PAYLOAD = 0xc2;
const HOME_ADDRESS = 0xc9;

/** Type, length and an address. */
const HOME_ADDRESS_LENGTH = 18;

/** What is known of a packet whose length may be in an option (RFC 2675). */
export interface Jumbo {
  /** By the header, or by the option once it is found. */
  payloadLength: number;
  isFound: boolean;
}

/** The header at `at`; returns its length, or −1 when the rest of the packet is not to be read. */
export function dissectHopByHop(t: PacketText, at: number, jumbo: Jumbo): number {
  t.protocol = 'hbhopt';
  const length = (t.u8(at + 1) + 1) * 8;
  if (t.has(at, length)) {
    t.text += 'HBH ';
    if (dissectOptions(t, at + 2, at + length, jumbo)) return length;
  }
  t.truncated();
  return -1;
}

/** The same of a destination options header. */
export function dissectDestinationOptions(t: PacketText, at: number): number {
  t.protocol = 'dstopt';
  const length = (t.u8(at + 1) + 1) * 8;
  if (t.has(at, length)) {
    t.text += 'DSTOPT ';
    if (t.flags.verbose === 0) return length;
    if (dissectOptions(t, at + 2, at + length, undefined)) return length;
  }
  t.truncated();
  return -1;
}

/** The end of the option at `at`; undefined when it does not end by `end`. */
function optionEnd(t: PacketText, at: number, end: number): number | undefined {
  if (t.u8(at) === PAD_1) return at + 1;
  if (at + 1 >= end) return undefined;
  const next = at + 2 + t.u8(at + 1);
  return next > end ? undefined : next;
}

/** False when an option is malformed. */
function dissectOptions(
  t: PacketText,
  start: number,
  end: number,
  jumbo: Jumbo | undefined,
): boolean {
  const jumbos = { seen: false };
  let at = start;
  while (at < end) {
    const next = optionEnd(t, at, end);
    if (next === undefined || !dissectOption(t, at, end, jumbo, jumbos)) return false;
    at = next;
  }
  if (t.flags.verbose > 0) t.text += ' ';
  return true;
}

function dissectOption(
  t: PacketText,
  at: number,
  end: number,
  jumbo: Jumbo | undefined,
  jumbos: { seen: boolean },
): boolean {
  const isShown = t.flags.verbose > 0;
  switch (t.u8(at)) {
    case PAD_1:
      if (isShown) t.text += '(pad1)';
      return true;
    case PAD_N:
      if (isShown) t.text += '(padn)';
      return true;
    case ROUTER_ALERT:
      if (!isOfLength(t, at, end, 'rtalert', 4)) return false;
      if (isShown) t.text += `(rtalert: 0x${HEX_PAIRS[t.u8(at + 2)]}${HEX_PAIRS[t.u8(at + 3)]}) `;
      return true;
    case JUMBO_PAYLOAD:
      if (!isOfLength(t, at, end, 'jumbo', 6)) return false;
      dissectJumbo(t, t.u32(at + 2), jumbo, jumbos);
      return true;
    case HOME_ADDRESS:
      return dissectHomeAddress(t, at, end);
    default:
      if (isShown) t.text += `(opt_type 0x${HEX_PAIRS[t.u8(at)]}: len=${t.u8(at + 1)})`;
      return true;
  }
}

/** Whether the option has `length` octets, of `end − at` that there are. */
function isOfLength(t: PacketText, at: number, end: number, name: string, length: number): boolean {
  if (end - at < length) t.text += `(${name}: trunc)`;
  else if (t.u8(at + 1) !== length - 2) t.text += `(${name}: invalid len ${t.u8(at + 1)})`;
  else return true;
  return false;
}

/** Takes the length of a jumbogram over, if the option may stand where it stands. */
function dissectJumbo(
  t: PacketText,
  length: number,
  jumbo: Jumbo | undefined,
  jumbos: { seen: boolean },
): void {
  let remark = '';
  if (jumbos.seen) remark = ' - already seen';
  else if (jumbo === undefined) remark = ' - not a hop-by-hop option';
  else if (jumbo.payloadLength !== 0) remark = ' - payload len != 0';
  else if (length < 0x10000) remark = ' - < 65536';
  else {
    jumbo.isFound = true;
    jumbo.payloadLength = length;
  }
  jumbos.seen = true;
  if (t.flags.verbose > 0) t.text += `(jumbo: ${length}${remark}) `;
}

/** RFC 6275 §6.3: the address, and perhaps options within the option. */
function dissectHomeAddress(t: PacketText, at: number, end: number): boolean {
  if (end - at < HOME_ADDRESS_LENGTH) {
    t.text += '(homeaddr: trunc)';
    return false;
  }
  const length = 2 + t.u8(at + 1);
  if (length < HOME_ADDRESS_LENGTH) {
    t.text += `(homeaddr: invalid len ${length - 2})`;
    return false;
  }
  if (t.flags.verbose === 0) return true;
  t.text += `(homeaddr: ${t.ipv6(at + 2)}`;
  if (!dissectSuboptions(t, at + HOME_ADDRESS_LENGTH, at + length)) return false;
  t.text += ')';
  return true;
}

function dissectSuboptions(t: PacketText, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    const next = optionEnd(t, at, end);
    if (next === undefined) return false;
    const type = t.u8(at);
    if (type === PAD_1) t.text += ', pad1';
    else if (type === PAD_N) t.text += ', padn';
    else t.text += `, sopt_type 0x${HEX_PAIRS[type]}: len=${t.u8(at + 1)}`;
    at = next;
  }
  return true;
}
