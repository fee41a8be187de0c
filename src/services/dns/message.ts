/**
 * Messages of DNS (RFC 1035 §4), by the library dns-packet: it throws where bytes are none, we
 * return a {@link DecodeError}; and it works on Node's `Buffer`, which stays in this file.
 */
import { Buffer } from 'node:buffer';
import {
  type Answer,
  decode,
  type DecodedPacket,
  encode,
  type Packet,
  type SoaData,
  type SrvData,
} from 'dns-packet';
import { DecodeError, parseIp, printIp, u16 } from '../../wire/index.ts';

/** RFC 1035 §3.2, 3596, 2782: a line of a zone. Names have no dot at their end. */
export type ResourceRecord = { readonly name: string; readonly ttl: number } & (
  | { readonly type: 'A' | 'AAAA' | 'CNAME' | 'NS' | 'PTR' | 'TXT'; readonly data: string }
  | { readonly type: 'MX'; readonly data: MailExchange }
  | { readonly type: 'SRV'; readonly data: ServiceLocation }
  | { readonly type: 'SOA'; readonly data: StartOfAuthority }
);

export interface MailExchange {
  readonly preference: number;
  readonly exchange: string;
}

export interface ServiceLocation {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

export interface StartOfAuthority {
  readonly mname: string;
  readonly rname: string;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

/** What is asked: a name, and a type of record by its name, `AAAA`; class IN. */
export interface DnsQuestion {
  readonly name: string;
  readonly type: string;
}

/** How a server answers (RFC 1035 §4.1.1). */
export type ResponseCode = 'NOERROR' | 'FORMERR' | 'SERVFAIL' | 'NXDOMAIN' | 'NOTIMP' | 'REFUSED';

export interface DnsMessage {
  readonly id: number;
  readonly isResponse: boolean;
  readonly opcode: string;
  readonly authoritative: boolean;
  readonly truncated: boolean;
  readonly recursionDesired: boolean;
  readonly recursionAvailable: boolean;
  readonly rcode: string;
  readonly questions: readonly DnsQuestion[];
  readonly answers: readonly ResourceRecord[];
  readonly authorities: readonly ResourceRecord[];
  /** The longest datagram that the sender takes, where it says so (EDNS, RFC 6891). */
  readonly udpPayloadSize: number | undefined;
}

/** The octets before the question. */
export const DNS_HEADER_LENGTH = 12;

/** More records are not read: pointers make some of them dear. */
const RECORD_MAXIMUM = 1000;

/** Bits of the flags that dns-packet takes as a number. */
const AUTHORITATIVE = 0x0400;
const TRUNCATED = 0x0200;
const RECURSION_DESIRED = 0x0100;
const RECURSION_AVAILABLE = 0x0080;
const CODES: readonly string[] = [
  'NOERROR',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
];

/** The message, or why the bytes are none; records of types not listed above are left out. */
export function decodeDns(bytes: Uint8Array): DnsMessage | DecodeError {
  if (bytes.length < DNS_HEADER_LENGTH) return new DecodeError('dns', 'truncated', bytes.length);
  let records = 0;
  for (let at = 4; at < DNS_HEADER_LENGTH; at += 2) records += u16(bytes, at);
  if (records > RECORD_MAXIMUM) return new DecodeError('dns', 'too-large', 4);
  try {
    return toMessage(decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)));
  } catch (error) {
    return new DecodeError('dns', 'bad-value', DNS_HEADER_LENGTH, (error as Error).message);
  }
}

/** @throws RangeError for an address that is none: the library reads past the end of a record */
function toMessage(packet: DecodedPacket): DnsMessage {
  const { questions = [], answers = [], authorities = [], additionals = [] } = packet;
  const opt = additionals.find((record) => record.type === 'OPT');
  return {
    id: packet.id ?? 0,
    isResponse: packet.type === 'response',
    opcode: (packet as { readonly opcode?: string }).opcode ?? '',
    authoritative: packet.flag_aa,
    truncated: packet.flag_tc,
    recursionDesired: packet.flag_rd,
    recursionAvailable: packet.flag_ra,
    rcode: (packet as { readonly rcode?: string }).rcode ?? '',
    questions: questions.map(({ name, type }) => ({ name: rooted(name), type })),
    answers: answers.flatMap(toRecord),
    authorities: authorities.flatMap(toRecord),
    udpPayloadSize: opt?.type === 'OPT' ? opt.udpPayloadSize : undefined,
  };
}

/** dns-packet calls the root `.`. */
function rooted(name: string): string {
  return name === '.' ? '' : name;
}

function toRecord(answer: Answer): ResourceRecord[] {
  const { type } = answer;
  if (type === 'OPT' || answer.class !== 'IN') return [];
  const line = { name: rooted(answer.name), ttl: answer.ttl ?? 0 };
  switch (type) {
    case 'A':
    case 'AAAA':
      return [{ ...line, type, data: printIp(parseIp(answer.data)) }];
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return [{ ...line, type, data: answer.data }];
    case 'TXT': {
      const parts = Array.isArray(answer.data) ? answer.data : [answer.data];
      return [{ ...line, type, data: parts.map(String).join('') }];
    }
    case 'MX':
      return [{ ...line, type, data: { ...answer.data, preference: answer.data.preference ?? 0 } }];
    case 'SRV':
      return [{ ...line, type, data: completeSrv(answer.data) }];
    case 'SOA':
      return [{ ...line, type, data: completeSoa(answer.data) }];
    default:
      return [];
  }
}

// The library's types leave out what its decoder always gives.

function completeSrv({ port, target, priority = 0, weight = 0 }: SrvData): ServiceLocation {
  return { priority, weight, port, target };
}

function completeSoa({ mname, rname, ...numbers }: SoaData): StartOfAuthority {
  const { serial = 0, refresh = 0, retry = 0, expire = 0, minimum = 0 } = numbers;
  return { mname, rname, serial, refresh, retry, expire, minimum };
}

/** The message's bytes. @throws RangeError for a name that is none */
export function encodeDns(message: DnsMessage): Uint8Array {
  for (const { name } of [...message.questions, ...message.answers]) checkName(name);
  let flags = CODES.indexOf(message.rcode) & 0xf;
  if (message.authoritative) flags |= AUTHORITATIVE;
  if (message.truncated) flags |= TRUNCATED;
  if (message.recursionDesired) flags |= RECURSION_DESIRED;
  if (message.recursionAvailable) flags |= RECURSION_AVAILABLE;
  const { udpPayloadSize } = message;
  const packet: Packet = {
    type: message.isResponse ? 'response' : 'query',
    id: message.id,
    flags,
    questions: message.questions.map(({ name, type }) => ({ name, type: type as 'A' })),
    answers: message.answers as Answer[],
    authorities: message.authorities as Answer[],
    additionals: udpPayloadSize === undefined ? [] : [optRecord(udpPayloadSize)],
  };
  return Uint8Array.from(encode(packet));
}

function optRecord(udpPayloadSize: number): Answer {
  return { type: 'OPT', name: '.', udpPayloadSize, flags: 0, options: [] } as unknown as Answer;
}

/** RFC 1035 §2.3.4: labels of 1 to 63 octets, 253 in all as text. @throws RangeError otherwise */
export function checkName(name: string): string {
  const isName =
    name.length <= 253 &&
    name
      .split('.')
      .every((label) => (label !== '' || name === '') && /^[\x21-\x7e]{0,63}$/.test(label));
  if (!isName) throw new RangeError(`not a domain name: "${name.slice(0, 80)}"`);
  return name;
}
