/**
 * Messages of DNS (RFC 1035 §4), over UDP, behind their length over TCP (RFC 7766 §8), and of
 * multicast DNS (RFC 6762): who asks what, and what is answered. `-v` has the names of answers,
 * `-vv` all sections.
 */
import {
  dissectQuestion,
  dissectRecord,
  extendedCodeAt,
  skipName,
  skipRecord,
} from './dns-record.ts';
import type { PacketText } from './packet-text.ts';

const HEADER_LENGTH = 12;

/** The flags of a message (RFC 1035 §4.1.1, RFC 4035 §3.2). */
const RESPONSE = 0x8000;
const AUTHORITATIVE = 0x0400;
const TRUNCATED = 0x0200;
const RECURSION_DESIRED = 0x0100;
const RECURSION_AVAILABLE = 0x0080;
const AUTHENTIC = 0x0020;
const CHECKING_DISABLED = 0x0010;
/** What a request does not set. */
const UNUSUAL_IN_REQUEST = 0x06cf;

// prettier-ignore
const OPCODES: readonly string[] = [
  '', ' inv_q', ' stat', ' op3', ' notify', ' update', ' op6', ' op7', ' op8', ' updateA',
  ' updateD', ' updateDA', ' updateM', ' updateMA', ' zoneInit', ' zoneRef',
];
const INVERSE_QUERY = 1;

// prettier-ignore
const RESPONSE_CODES: readonly string[] = [
  '', ' FormErr', ' ServFail', ' NXDomain', ' NotImp', ' Refused', ' YXDomain', ' YXRRSet',
  ' NXRRSet', ' NotAuth', ' NotZone', ' Resp11', ' Resp12', ' Resp13', ' Resp14', ' NoChange',
];

/** The message of `length` octets at `at`. */
export function dissectDns(t: PacketText, at: number, length: number, isMulticast: boolean): void {
  t.protocol = 'domain';
  if (length < HEADER_LENGTH) {
    t.text += `domain [length ${length} < ${HEADER_LENGTH}]`;
    t.invalid();
    return;
  }
  if (!t.has(at, HEADER_LENGTH)) {
    t.truncated();
    return;
  }
  const isResponse = (t.u16(at + 2) & RESPONSE) !== 0;
  const end = isResponse ? response(t, at, isMulticast) : request(t, at, isMulticast);
  if (end === undefined) t.truncated();
  else t.text += ` (${length})`;
}

/** The same behind its length in two octets; messages in several segments are not put together. */
export function dissectDnsOverTcp(t: PacketText, at: number, length: number): void {
  t.protocol = 'domain';
  if (length < 2) {
    t.text += ` [DNS over TCP: length ${length} < 2]`;
    t.invalid();
    return;
  }
  const announced = t.u16(at);
  t.text += ' ';
  if (announced === length - 2) {
    dissectDns(t, at + 2, length - 2, false);
    return;
  }
  t.text += `[prefix length(${announced}) != length(${length - 2})]`;
  t.invalid();
}

/** Codes that an OPT record extends (RFC 6891 §6.1.3); tcpdump's table lacks two spaces. */
const EXTENDED_RESPONSE_CODES: ReadonlyMap<number, string> = new Map([
  [16, ' BadVers'],
  [17, 'Resp17'],
  [21, 'Resp21'],
  [23, ' BadCookie'],
]);

function responseCode(code: number): string {
  return RESPONSE_CODES[code] ?? EXTENDED_RESPONSE_CODES.get(code) ?? ` Resp${code}`;
}

/** How many entries each section has. */
function counts(t: PacketText, at: number): [number, number, number, number] {
  return [t.u16(at + 4), t.u16(at + 6), t.u16(at + 8), t.u16(at + 10)];
}

/** Where it ends; undefined when it is cut short. */
function response(t: PacketText, start: number, isMulticast: boolean): number | undefined {
  const flags = t.u16(start + 2);
  const [questions, answers, authorities, additionals] = counts(t, start);
  const code = (flags & 0xf) | (extendedCode(t, start) << 4);
  t.text += `${t.u16(start)}${OPCODES[(flags >>> 11) & 0xf]}${responseCode(code)}`;
  if ((flags & AUTHORITATIVE) !== 0) t.text += '*';
  if ((flags & RECURSION_AVAILABLE) === 0) t.text += '-';
  if ((flags & TRUNCATED) !== 0) t.text += '|';
  if ((flags & AUTHENTIC) !== 0) t.text += '$';
  if (questions !== 1) t.text += ` [${questions}q]`;
  let p: number | undefined = start + HEADER_LENGTH;
  for (let i = 0; i < questions; i++) {
    if (i > 0) t.text += ',';
    p = answeredQuestion(t, p, start, isMulticast);
    if (p === undefined) return undefined;
  }
  t.text += ` ${answers}/${authorities}/${additionals}`;
  p = section(t, p, start, isMulticast, '', answers);
  return t.flags.verbose > 1 ? rest(t, p, start, isMulticast) : p;
}

/** The upper bits of the response code, where there is an OPT record among the additional ones. */
function extendedCode(t: PacketText, start: number): number {
  const [questions, answers, authorities, additionals] = counts(t, start);
  let p: number | undefined = start + HEADER_LENGTH;
  for (let i = 0; i < questions && p !== undefined; i++) {
    p = skipName(t, p);
    if (p !== undefined) p += 4;
  }
  for (let i = 0; i < answers + authorities && p !== undefined; i++) p = skipRecord(t, p);
  for (let i = 0; i < additionals && p !== undefined; i++) {
    const code = extendedCodeAt(t, p);
    if (code !== undefined) return code;
    p = skipRecord(t, p);
  }
  return 0;
}

/** What was asked is repeated with `-vv` only. */
function answeredQuestion(
  t: PacketText,
  at: number,
  start: number,
  isMulticast: boolean,
): number | undefined {
  if (t.flags.verbose > 1) {
    t.text += ' q:';
    return dissectQuestion(t, at, start, isMulticast);
  }
  const end = skipName(t, at);
  return end === undefined ? undefined : end + 4;
}

/** Where it ends; undefined when it is cut short. */
function request(t: PacketText, start: number, isMulticast: boolean): number | undefined {
  const flags = t.u16(start + 2);
  const opcode = (flags >>> 11) & 0xf;
  const [questions, answers, authorities, additionals] = counts(t, start);
  t.text += `${t.u16(start)}${OPCODES[opcode]}`;
  if ((flags & RECURSION_DESIRED) !== 0) t.text += '+';
  if ((flags & CHECKING_DISABLED) !== 0) t.text += '%';
  if ((flags & UNUSUAL_IN_REQUEST) !== 0) t.text += ` [b2&3=0x${flags.toString(16)}]`;
  if (opcode === INVERSE_QUERY) {
    if (questions !== 0) t.text += ` [${questions}q]`;
    if (answers !== 1) t.text += ` [${answers}a]`;
  } else {
    if (answers !== 0) t.text += ` [${answers}a]`;
    if (questions !== 1) t.text += ` [${questions}q]`;
  }
  if (authorities !== 0) t.text += ` [${authorities}n]`;
  if (additionals !== 0) t.text += ` [${additionals}au]`;
  let p: number | undefined = start + HEADER_LENGTH;
  for (let i = 0; i < questions; i++) {
    p = dissectQuestion(t, p, start, isMulticast);
    if (p === undefined) return undefined;
  }
  if (t.flags.verbose < 2) return p;
  p = section(t, p, start, isMulticast, '', answers);
  return rest(t, p, start, isMulticast);
}

/** The two last sections, behind answers that end at `at`. */
function rest(
  t: PacketText,
  at: number | undefined,
  start: number,
  isMulticast: boolean,
): number | undefined {
  const [, , authorities, additionals] = counts(t, start);
  const p = section(t, at, start, isMulticast, ' ns:', authorities);
  return section(t, p, start, isMulticast, ' ar:', additionals);
}

/** So many records; undefined when they are cut short, or what is before them was. */
function section(
  t: PacketText,
  at: number | undefined,
  start: number,
  isMulticast: boolean,
  title: string,
  count: number,
): number | undefined {
  if (at === undefined || count === 0) return at;
  if (title !== '' && at >= t.end) return undefined;
  t.text += title;
  let p: number | undefined = at;
  for (let left = count; left > 0; left--) {
    if (left < count) {
      if (p >= t.end) return undefined;
      t.text += ',';
    }
    p = dissectRecord(t, p, start, isMulticast);
    if (p === undefined) return undefined;
  }
  return p;
}
