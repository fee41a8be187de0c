/**
 * Multicast Listener Discovery: version 1 (RFC 2710), a group a message, and version 2 (RFC 3810),
 * which knows sources. Reports go out at a hop limit of 1 behind a router alert; a host sends one
 * when it joins a group, the one of its own solicited-node address too.
 */
import { concat, put16, u16 } from './bytes.ts';
import { DecodeError } from './decode-error.ts';
import { type Icmpv6Fields, type Icmpv6Message, Icmpv6Type } from './icmpv6.ts';
import { IPV6_ADDRESS_LENGTH, type Ipv6Address, putIpv6, readIpv6 } from './ipv6-address.ts';

/** The types of group records (RFC 3810 §5.2.12). */
export const GroupRecordType = {
  modeIsInclude: 1,
  modeIsExclude: 2,
  changeToInclude: 3,
  changeToExclude: 4,
  allowNewSources: 5,
  blockOldSources: 6,
} as const;

interface ListenerMessage {
  /** 0 when left out. */
  readonly code?: number | undefined;
  /** 16 bits, 0 when left out. */
  readonly reserved?: number | undefined;
  /** Octets beyond what is known: ignored, and part of the checksum (RFC 3810 §5.1.12). */
  readonly additional?: Uint8Array | undefined;
}

/** Version 1: who listens, I listen, I do no longer. */
export interface ListenerMessage1 extends ListenerMessage {
  readonly kind: 'listener-query' | 'listener-report' | 'listener-done';
  /** Of a query, in milliseconds. */
  readonly maximumDelay: number;
  /** `::` asks for all groups. */
  readonly group: Ipv6Address;
}

export interface ListenerQuery2 extends ListenerMessage {
  readonly kind: 'listener-query-2';
  /** See {@link decodeListenerDelay}. */
  readonly maximumDelayCode: number;
  readonly group: Ipv6Address;
  /** Four reserved bits, "suppress router-side processing", and the robustness in three. */
  readonly flags: number;
  /** In seconds, coded as the delay is, in eight bits. */
  readonly queryIntervalCode: number;
  readonly sources: readonly Ipv6Address[];
}

/** What a host listens to of one group, or what changed. */
export interface GroupRecord {
  /** See {@link GroupRecordType}. */
  readonly type: number;
  readonly group: Ipv6Address;
  readonly sources: readonly Ipv6Address[];
  /** Whole words; no version has any. */
  readonly auxiliary?: Uint8Array | undefined;
}

export interface ListenerReport2 extends ListenerMessage {
  readonly kind: 'listener-report-2';
  readonly records: readonly GroupRecord[];
}

export type MulticastListenerMessage = ListenerMessage1 | ListenerQuery2 | ListenerReport2;

const GROUP_AT = 8;
const MESSAGE_1_LENGTH = 24;
const QUERY_2_LENGTH = 28;
const RECORD_LENGTH = 20;

const KINDS_1 = {
  'listener-query': Icmpv6Type.listenerQuery,
  'listener-report': Icmpv6Type.listenerReport,
  'listener-done': Icmpv6Type.listenerDone,
} as const;

/** Whether messages of the type are of Multicast Listener Discovery. */
export function isListenerType(type: number): boolean {
  return (
    (type >= Icmpv6Type.listenerQuery && type <= Icmpv6Type.listenerDone) ||
    type === Icmpv6Type.listenerReport2
  );
}

/** Milliseconds by their 16 bits: from 32,768 on a floating-point number (RFC 3810 §5.1.3). */
export function decodeListenerDelay(code: number): number {
  if (code < 0x8000) return code;
  return ((code & 0xfff) | 0x1000) * 2 ** (((code >>> 12) & 7) + 3);
}

/** What a message of a {@link isListenerType} says; the length tells a query's version (§8.1). */
export function readListenerMessage(
  message: Icmpv6Message,
): MulticastListenerMessage | DecodeError {
  const { bytes: b, start, end, type } = message;
  if (type === Icmpv6Type.listenerReport2) return readReport2(message);
  if (end - start < MESSAGE_1_LENGTH) return new DecodeError('mld', 'truncated', end);
  const isQuery = type === Icmpv6Type.listenerQuery;
  if (isQuery && end - start >= QUERY_2_LENGTH) return readQuery2(message);
  if (isQuery && end - start !== MESSAGE_1_LENGTH) return new DecodeError('mld', 'truncated', end);
  const isReport = type === Icmpv6Type.listenerReport;
  return {
    kind: isQuery ? 'listener-query' : isReport ? 'listener-report' : 'listener-done',
    code: message.code,
    maximumDelay: message.rest >>> 16,
    reserved: message.rest & 0xffff,
    group: readIpv6(b, start + GROUP_AT),
    additional: b.subarray(start + MESSAGE_1_LENGTH, end),
  };
}

function readQuery2(message: Icmpv6Message): ListenerQuery2 | DecodeError {
  const { bytes: b, start, end, code, rest } = message;
  const sourcesAt = start + QUERY_2_LENGTH;
  const additionalAt = sourcesAt + u16(b, start + 26) * IPV6_ADDRESS_LENGTH;
  if (additionalAt > end) return new DecodeError('mld', 'truncated', end);
  return {
    kind: 'listener-query-2',
    code,
    maximumDelayCode: rest >>> 16,
    reserved: rest & 0xffff,
    group: readIpv6(b, start + GROUP_AT),
    flags: b[start + 24]!,
    queryIntervalCode: b[start + 25]!,
    sources: readAddresses(b, sourcesAt, additionalAt),
    additional: b.subarray(additionalAt, end),
  };
}

function readReport2(message: Icmpv6Message): ListenerReport2 | DecodeError {
  const { bytes: b, start, end, code, rest } = message;
  const records: GroupRecord[] = [];
  let at = start + 8;
  for (let left = rest & 0xffff; left > 0; left--) {
    if (at + RECORD_LENGTH > end) return new DecodeError('mld', 'truncated', end);
    const sourcesAt = at + RECORD_LENGTH;
    const auxiliaryAt = sourcesAt + u16(b, at + 2) * IPV6_ADDRESS_LENGTH;
    const next = auxiliaryAt + 4 * b[at + 1]!;
    if (next > end) return new DecodeError('mld', 'truncated', end);
    records.push({
      type: b[at]!,
      group: readIpv6(b, at + 4),
      sources: readAddresses(b, sourcesAt, auxiliaryAt),
      auxiliary: b.subarray(auxiliaryAt, next),
    });
    at = next;
  }
  const additional = b.subarray(at, end);
  return { kind: 'listener-report-2', code, reserved: rest >>> 16, records, additional };
}

function readAddresses(b: Uint8Array, start: number, end: number): Ipv6Address[] {
  const addresses: Ipv6Address[] = [];
  for (let at = start; at < end; at += IPV6_ADDRESS_LENGTH) addresses.push(readIpv6(b, at));
  return addresses;
}

/**
 * The message as fields of ICMPv6.
 *
 * @throws RangeError when auxiliary data is not of whole words, at most 255.
 */
export function listenerFields(message: MulticastListenerMessage): Icmpv6Fields {
  const { code = 0, reserved = 0, additional = new Uint8Array(0) } = message;
  switch (message.kind) {
    case 'listener-query-2': {
      const lead = Uint8Array.of(message.flags, message.queryIntervalCode, 0, 0);
      put16(lead, 2, message.sources.length);
      return {
        type: Icmpv6Type.listenerQuery,
        code,
        rest: (message.maximumDelayCode * 0x10000 + reserved) >>> 0,
        payload: concat(octetsOf([message.group]), lead, octetsOf(message.sources), additional),
      };
    }
    case 'listener-report-2':
      return {
        type: Icmpv6Type.listenerReport2,
        code,
        rest: (reserved * 0x10000 + message.records.length) >>> 0,
        payload: concat(...message.records.map(encodeRecord), additional),
      };
    default:
      return {
        type: KINDS_1[message.kind],
        code,
        rest: (message.maximumDelay * 0x10000 + reserved) >>> 0,
        payload: concat(octetsOf([message.group]), additional),
      };
  }
}

function encodeRecord(record: GroupRecord): Uint8Array {
  const { type, group, sources, auxiliary = new Uint8Array(0) } = record;
  if (auxiliary.length % 4 !== 0 || auxiliary.length > 4 * 255) {
    throw new RangeError(`mld: auxiliary data of ${auxiliary.length} octets`);
  }
  const lead = Uint8Array.of(type, auxiliary.length / 4, 0, 0);
  put16(lead, 2, sources.length);
  return concat(lead, octetsOf([group]), octetsOf(sources), auxiliary);
}

function octetsOf(addresses: readonly Ipv6Address[]): Uint8Array {
  const b = new Uint8Array(addresses.length * IPV6_ADDRESS_LENGTH);
  for (const [i, address] of addresses.entries()) putIpv6(b, i * IPV6_ADDRESS_LENGTH, address);
  return b;
}
