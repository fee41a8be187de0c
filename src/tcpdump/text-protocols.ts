/**
 * Protocols that are lines of text: the first line of a request or reply, and with `-v` every line
 * up to the first that is not printable ASCII.
 */
import type { PacketText } from './packet-text.ts';

// prettier-ignore
const HTTP_METHODS = new Set([
  'GET', 'PUT', 'COPY', 'HEAD', 'LOCK', 'MOVE', 'POLL', 'POST', 'BCOPY', 'BMOVE', 'MKCOL', 'TRACE',
  'LABEL', 'MERGE', 'DELETE', 'SEARCH', 'UNLOCK', 'REPORT', 'UPDATE', 'NOTIFY', 'BDELETE',
  'CONNECT', 'OPTIONS', 'CHECKIN', 'PROPFIND', 'CHECKOUT', 'CCM_POST', 'SUBSCRIBE', 'PROPPATCH',
  'BPROPFIND', 'BPROPPATCH', 'UNCHECKOUT', 'MKACTIVITY', 'MKWORKSPACE', 'UNSUBSCRIBE',
  'RPC_CONNECT', 'VERSION-CONTROL', 'BASELINE-CONTROL',
]);

// prettier-ignore
const RTSP_METHODS = new Set([
  'DESCRIBE', 'ANNOUNCE', 'GET_PARAMETER', 'OPTIONS', 'PAUSE', 'PLAY', 'RECORD', 'REDIRECT',
  'SETUP', 'SET_PARAMETER', 'TEARDOWN',
]);

// prettier-ignore
const SIP_METHODS = new Set([
  'ACK', 'BYE', 'CANCEL', 'DO', 'INFO', 'INVITE', 'MESSAGE', 'NOTIFY', 'OPTIONS', 'PRACK', 'QAUTH',
  'REFER', 'REGISTER', 'SPRACK', 'SUBSCRIBE', 'UPDATE', 'PUBLISH',
]);

/** A protocol of text. */
interface TextProtocol {
  readonly name: string;
  /** What requests begin with; without it every payload begins a message. */
  readonly methods?: ReadonlySet<string>;
}

export const SMTP: TextProtocol = { name: 'smtp' };
export const WHOIS: TextProtocol = { name: 'whois' };
export const FTP: TextProtocol = { name: 'ftp' };
export const HTTP: TextProtocol = { name: 'http', methods: HTTP_METHODS };
export const RTSP: TextProtocol = { name: 'rtsp', methods: RTSP_METHODS };
export const SIP: TextProtocol = { name: 'sip', methods: SIP_METHODS };

/** A payload of `length` octets at `at`. */
export function dissectText(
  t: PacketText,
  at: number,
  length: number,
  protocol: TextProtocol,
): void {
  t.protocol = protocol.name;
  const end = at + length;
  const isMessage = protocol.methods === undefined || beginsMessage(t, at, end, protocol.methods);
  t.text += protocol.name.toUpperCase();
  if (!isMessage) return;
  if (t.flags.verbose === 0) {
    dissectLine(t, ': ', at, end);
    return;
  }
  t.text += `, length: ${length}`;
  let line: number | undefined = at;
  while (line !== undefined && line < end) line = dissectLine(t, '\n\t', line, end);
}

/** Whether the first word is a method, or the second the code of a reply. */
function beginsMessage(
  t: PacketText,
  at: number,
  end: number,
  methods: ReadonlySet<string>,
): boolean {
  const first = readWord(t, at, end);
  if (first === undefined) return false;
  if (methods.has(first.word.toUpperCase())) return true;
  const second = readWord(t, first.next, end);
  return second !== undefined && /^\d{3}$/.test(second.word);
}

const BLANK = 0x20;
const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** Longer words are none of a protocol's. */
const WORD_MAXIMUM = 127;

/** The word at `at` and where the next one begins; none when anything unprintable comes first. */
function readWord(
  t: PacketText,
  at: number,
  end: number,
): { readonly word: string; readonly next: number } | undefined {
  let word = '';
  let p = at;
  for (; p < end; p++) {
    if (!t.has(p, 1)) return undefined;
    const octet = t.u8(p);
    if (octet === BLANK || octet === TAB || octet === LINE_FEED || octet === CARRIAGE_RETURN) break;
    if (!isPrintable(octet) || word.length === WORD_MAXIMUM) return undefined;
    word += String.fromCharCode(octet);
  }
  // A tab counts as unprintable here: only blanks are skipped between words.
  while (p < end && t.has(p, 1) && t.u8(p) === BLANK) p++;
  return word === '' ? undefined : { word, next: p };
}

/**
 * Prints the line at `at` and returns where the next one begins. A line that holds anything
 * unprintable is not printed and ends the text, one without a line feed is printed as cut short.
 */
function dissectLine(t: PacketText, prefix: string, at: number, end: number): number | undefined {
  let line = prefix;
  for (let p = at; p < end; p++) {
    const octet = t.u8(p);
    if (octet === LINE_FEED) {
      t.text += line;
      return p + 1;
    }
    if (octet === CARRIAGE_RETURN) {
      if (p + 1 >= end || t.u8(p + 1) !== LINE_FEED) return undefined;
      t.text += line;
      return p + 2;
    }
    if (!isPrintable(octet) && octet !== TAB) return undefined;
    line += String.fromCharCode(octet);
  }
  t.text += line;
  t.truncated();
  return undefined;
}

function isPrintable(octet: number): boolean {
  return octet >= 0x20 && octet < 0x7f;
}
