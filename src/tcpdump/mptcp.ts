/** The option of Multipath TCP (RFC 8684, and version 0: RFC 6824). */
import { TcpFlag } from '../wire/index.ts';
import type { PacketText } from './packet-text.ts';

/** An option of `length` octets at `at`, kind and length included; false when it is malformed. */
type Dissect = (t: PacketText, at: number, length: number, flags: number) => boolean;

/** By subtype, the upper four bits of the third octet. */
const SUBTYPES: readonly (readonly [name: string, dissect: Dissect])[] = [
  ['capable', dissectCapable],
  ['join', dissectJoin],
  ['dss', dissectDataSequence],
  ['add-addr', dissectAddAddress],
  ['rem-addr', dissectRemoveAddress],
  ['prio', dissectPriority],
  ['fail', dissectFail],
  ['fast-close', dissectFastClose],
  ['unknown', () => true],
];

/** The option of `length` octets at `at`; false when it is malformed. */
export function dissectMptcp(t: PacketText, at: number, length: number, flags: number): boolean {
  t.protocol = 'mptcp';
  if (length < 3) return false;
  const subtype = Math.min(t.u8(at + 2) >>> 4, SUBTYPES.length - 1);
  const [name, dissect] = SUBTYPES[subtype]!;
  t.text += ` ${length} ${name}`;
  return dissect(t, at, length, flags);
}

function hex64(t: PacketText, at: number): string {
  return `0x${t.u64(at).toString(16)}`;
}

function dissectCapable(t: PacketText, at: number, length: number, flags: number): boolean {
  const isSyn = (flags & TcpFlag.syn) !== 0;
  const isPlainAck = (flags & (TcpFlag.syn | TcpFlag.ack)) === TcpFlag.ack;
  const fitsSyn = (length === 12 || length === 4) && isSyn;
  const fitsAck = (length === 20 || length === 22) && isPlainAck;
  if (!fitsSyn && !fitsAck) return false;
  const version = t.u8(at + 2) & 15;
  if (version > 1) {
    t.text += ` Unknown Version (${version})`;
    return true;
  }
  t.text += ` v${version}`;
  if ((t.u8(at + 3) & 0x80) !== 0) t.text += ' csum';
  if (length >= 12) {
    t.text += ` {${hex64(t, at + 4)}`;
    if (length >= 20) t.text += `,${hex64(t, at + 12)}`;
    t.text += '}';
  }
  return true;
}

function dissectJoin(t: PacketText, at: number, length: number, flags: number): boolean {
  const isSyn = (flags & TcpFlag.syn) !== 0;
  const isAck = (flags & TcpFlag.ack) !== 0;
  const fits =
    (length === 12 && isSyn) || (length === 16 && isSyn && isAck) || (length === 24 && isAck);
  if (!fits) return false;
  if (length === 24) {
    t.text += ' hmac 0x';
    t.hex(at + 4, 20);
    return true;
  }
  if ((t.u8(at + 2) & 1) !== 0) t.text += ' backup';
  t.text += ` id ${t.u8(at + 3)}`;
  if (length === 12) {
    t.text += ` token 0x${t.u32(at + 4).toString(16)} nonce 0x${t.u32(at + 8).toString(16)}`;
  } else {
    t.text += ` hmac ${hex64(t, at + 4)} nonce 0x${t.u32(at + 12).toString(16)}`;
  }
  return true;
}

/** Data sequence signal: what its flags announce must fill the option exactly. */
function dissectDataSequence(t: PacketText, at: number, length: number, flags: number): boolean {
  if (length < 4 || (flags & TcpFlag.syn) !== 0) return false;
  const parts = t.u8(at + 3);
  const end = at + length;
  let p = at + 4;
  /** Takes a number of 4 or 8 octets; false when the option has no room for it. */
  const number = (name: string, isLong: boolean): boolean => {
    t.text += ` ${name} `;
    const octets = isLong ? 8 : 4;
    if (p + octets > end) return false;
    t.text += isLong ? t.u64(p) : t.u32(p);
    p += octets;
    return true;
  };
  if ((parts & 0x10) !== 0) t.text += ' fin';
  if ((parts & 0x01) !== 0 && !number('ack', (parts & 0x02) !== 0)) return false;
  if ((parts & 0x04) !== 0) {
    if (!number('seq', (parts & 0x08) !== 0)) return false;
    if (p + 4 > end) return false;
    t.text += ` subseq ${t.u32(p)}`;
    p += 4;
    if (p + 2 > end) return false;
    t.text += ` len ${t.u16(p)}`;
    p += 2;
    if (p + 2 <= end) {
      t.text += ` csum 0x${t.u16(p).toString(16)}`;
      p += 2;
    }
  }
  return p === end;
}

const ADD_ADDRESS_LENGTHS = [8, 10, 16, 18, 20, 22, 28, 30];
const ADD_ADDRESS_FORMS: ReadonlyMap<number, string> = new Map([
  [6, 'v0-ip6'],
  [4, 'v0-ip4'],
  [1, 'v1-echo'],
  [0, 'v1'],
]);

function dissectAddAddress(t: PacketText, at: number, length: number): boolean {
  if (!ADD_ADDRESS_LENGTHS.includes(length)) return false;
  t.text += ` ${ADD_ADDRESS_FORMS.get(t.u8(at + 2) & 15) ?? '[bad version/echo]'}`;
  t.text += ` id ${t.u8(at + 3)}`;
  const isFour = length < 20;
  t.text += ` ${isFour ? t.ipv4(at + 4) : t.ipv6(at + 4)}`;
  let p = at + (isFour ? 8 : 20);
  const rest = at + length - p;
  if (rest === 2 || rest === 10) {
    t.text += `:${t.u16(p)}`;
    p += 2;
  }
  if (rest >= 8) t.text += ` hmac ${hex64(t, p)}`;
  return true;
}

function dissectRemoveAddress(t: PacketText, at: number, length: number): boolean {
  if (length < 4) return false;
  t.text += ' id';
  for (let i = 3; i < length; i++) t.text += ` ${t.u8(at + i)}`;
  return true;
}

function dissectPriority(t: PacketText, at: number, length: number): boolean {
  if (length !== 3 && length !== 4) return false;
  t.text += (t.u8(at + 2) & 1) !== 0 ? ' backup' : ' non-backup';
  if (length === 4) t.text += ` id ${t.u8(at + 3)}`;
  return true;
}

function dissectFail(t: PacketText, at: number, length: number): boolean {
  if (length !== 12) return false;
  t.text += ` seq ${t.u64(at + 4)}`;
  return true;
}

function dissectFastClose(t: PacketText, at: number, length: number): boolean {
  if (length !== 12) return false;
  t.text += ` key ${hex64(t, at + 4)}`;
  return true;
}
