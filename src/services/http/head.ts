/**
 * The heads of messages (RFC 9112 §2–4): a request line or a status line, fields, an empty line.
 *
 *     GET /index.html HTTP/1.1        HTTP/1.1 200 OK
 *     Host: www.example.com           Content-Length: 5
 */
import type { ByteReader } from '../byte-reader.ts';
import { HttpFields, isToken, readFieldLine } from './fields.ts';
import { readLine } from './line.ts';
import { IncompleteMessage, MessageError } from './message-error.ts';

/** The longest line, and the most octets of all, that are read (nginx: 4 buffers of 8 KiB). */
const LINE_MAXIMUM = 8192;
const HEAD_MAXIMUM = 32_768;

/** The minor version: 1 of HTTP/1.1. */
export type MinorVersion = 0 | 1;

export interface RequestHead {
  readonly method: string;
  /** As it was written: `/path?query`, `http://host/path`, `host:port` or `*` (RFC 9112 §3.2). */
  readonly target: string;
  readonly minor: MinorVersion;
  readonly fields: HttpFields;
}

export interface ResponseHead {
  readonly minor: MinorVersion;
  readonly status: number;
  readonly reason: string;
  readonly fields: HttpFields;
}

/** The next request's head; nothing when the peer has closed before it. @throws MessageError */
export async function readRequestHead(reader: ByteReader): Promise<RequestHead | undefined> {
  let line = await readLine(reader, LINE_MAXIMUM, 414);
  // RFC 9112 §2.2: an empty line before a request is to be ignored.
  if (line === '') line = await readLine(reader, LINE_MAXIMUM, 414);
  if (line === undefined) return undefined;
  const [method = '', target = '', version = '', ...more] = line.split(' ');
  if (!isToken(method)) throw new MessageError(400, 'the method is no token');
  if (!/^[\x21-\x7e]+$/.test(target)) throw new MessageError(400, 'not a request target');
  if (more.length > 0) throw new MessageError(400, 'a request line of more than three words');
  const minor = minorOf(version);
  const fields = await readFields(reader);
  const hosts = [...fields].filter(([name]) => name.toLowerCase() === 'host').length;
  // RFC 9112 §3.2: 400 for none where there must be one, and for more than one.
  if (hosts > 1 || (hosts === 0 && minor === 1)) throw new MessageError(400, 'not one field Host');
  return { method, target, minor, fields };
}

/** The next response's head; nothing when the peer has closed before it. @throws MessageError */
export async function readResponseHead(reader: ByteReader): Promise<ResponseHead | undefined> {
  const line = await readLine(reader, LINE_MAXIMUM, 400);
  if (line === undefined) return undefined;
  const [, version, status, reason] = /^(HTTP\/\S*) ([1-5]\d\d)(?: (.*))?$/.exec(line) ?? [];
  if (version === undefined) throw new MessageError(400, 'not a status line');
  const minor = minorOf(version);
  return { minor, status: Number(status), reason: reason ?? '', fields: await readFields(reader) };
}

/** RFC 9112 §2.3: what is 1.x is read as 1.1; another major version is another format. */
function minorOf(version: string): MinorVersion {
  const [, major, minor] = /^HTTP\/(\d)\.(\d)$/.exec(version) ?? [];
  if (major === undefined) throw new MessageError(400, 'not a version of HTTP');
  if (major !== '1') throw new MessageError(505, `HTTP/${major} is not spoken here`);
  return minor === '0' ? 0 : 1;
}

/** Lines up to an empty one: the fields of a head, or those behind a chunked body. */
export async function readFields(reader: ByteReader): Promise<HttpFields> {
  const fields = new HttpFields();
  let octets = 0;
  for (;;) {
    const line = await readLine(reader, LINE_MAXIMUM, 431);
    if (line === undefined) throw new IncompleteMessage('the head');
    if (line === '') return fields;
    octets += line.length;
    if (octets > HEAD_MAXIMUM) throw new MessageError(431, 'too many header fields');
    readFieldLine(line, fields);
  }
}

export function printRequestHead({ method, target, minor, fields }: RequestHead): string {
  return printHead(`${method} ${target} HTTP/1.${minor}`, fields);
}

export function printResponseHead({ minor, status, reason, fields }: ResponseHead): string {
  return printHead(`HTTP/1.${minor} ${status} ${reason}`, fields);
}

function printHead(start: string, fields: HttpFields): string {
  const lines = [...fields].map(([name, value]) => `${name}: ${value}\r\n`);
  return `${start}\r\n${lines.join('')}\r\n`;
}

/** Whether the connection can carry another message after this one (RFC 9112 §9.3). */
export function isPersistent({ minor, fields }: RequestHead | ResponseHead): boolean {
  const options = fields.list('connection');
  if (options.includes('close')) return false;
  return minor === 1 || options.includes('keep-alive');
}
