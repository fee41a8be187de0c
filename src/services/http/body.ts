/**
 * Bodies: where they end (RFC 9112 §6), reading them piece by piece, and what they are written
 * from. No body is ever in memory as a whole unless its owner wants it so.
 */
import { concat, utf8 } from '../../wire/index.ts';
import type { ByteReader } from '../byte-reader.ts';
import { type HttpFields } from './fields.ts';
import { readFields, type RequestHead, type ResponseHead } from './head.ts';
import { readLine } from './line.ts';
import { IncompleteMessage, MessageError } from './message-error.ts';

/** How a body's end is found. */
export type Framing =
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked' }
  /** It ends with the connection: responses only. */
  | { readonly kind: 'until-close' };

const NOTHING: Framing = { kind: 'length', length: 0 };

/** The size of a chunk is a hexadecimal number; extensions may follow. */
const CHUNK_LINE_MAXIMUM = 256;

/** RFC 9112 §6.3, for requests. @throws MessageError */
export function requestFraming({ minor, fields }: RequestHead): Framing {
  const codings = fields.list('transfer-encoding');
  if (codings.length === 0) return lengthOf(fields) ?? NOTHING;
  // Both fields together, or a coding in an older version: the sender may be trying to smuggle a
  // second request past somebody (RFC 9112 §6.1, §11.2).
  if (fields.has('content-length')) throw new MessageError(400, 'two fields say where it ends');
  if (minor === 0) throw new MessageError(400, 'Transfer-Encoding in HTTP/1.0');
  if (codings.join() !== 'chunked') throw new MessageError(501, 'an unknown transfer coding');
  return { kind: 'chunked' };
}

/** RFC 9112 §6.3, for the response to a request of `method`. @throws MessageError */
export function responseFraming({ status, fields }: ResponseHead, method: string): Framing {
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return NOTHING;
  const codings = fields.list('transfer-encoding');
  if (codings.length === 0) return lengthOf(fields) ?? { kind: 'until-close' };
  if (codings.join() !== 'chunked') throw new MessageError(501, 'an unknown transfer coding');
  return { kind: 'chunked' };
}

/** The same number several times is one number (RFC 9110 §8.6). */
function lengthOf(fields: HttpFields): Framing | undefined {
  const value = fields.get('content-length');
  if (value === undefined) return undefined;
  const [first = '', ...others] = value.split(',').map((each) => each.trim());
  const length = Number(first);
  if (!/^\d+$/.test(first) || !Number.isSafeInteger(length)) {
    throw new MessageError(400, 'Content-Length is no number of octets');
  }
  if (others.some((other) => other !== first)) throw new MessageError(400, 'two lengths');
  return { kind: 'length', length };
}

/** The body's octets as they arrive. @throws MessageError */
export async function* readBody(reader: ByteReader, framing: Framing): AsyncGenerator<Uint8Array> {
  if (framing.kind === 'length') {
    yield* readExactly(reader, framing.length, 'the body');
  } else if (framing.kind === 'chunked') {
    yield* readChunks(reader);
  } else {
    for (;;) {
      const some = await reader.some(Number.POSITIVE_INFINITY);
      if (some.length === 0) return;
      yield some;
    }
  }
}

async function* readExactly(
  reader: ByteReader,
  length: number,
  where: string,
): AsyncGenerator<Uint8Array> {
  for (let left = length; left > 0;) {
    const some = await reader.some(left);
    if (some.length === 0) throw new IncompleteMessage(where, left);
    left -= some.length;
    yield some;
  }
}

/** RFC 9112 §7.1: sizes and chunks by turns; the last has size 0, and fields may follow it. */
async function* readChunks(reader: ByteReader): AsyncGenerator<Uint8Array> {
  for (;;) {
    const line = await readLine(reader, CHUNK_LINE_MAXIMUM, 400);
    if (line === undefined) throw new IncompleteMessage('a chunked body');
    const [, digits] = /^([0-9A-Fa-f]{1,12})[\t ]*(?:;.*)?$/.exec(line) ?? [];
    if (digits === undefined) throw new MessageError(400, 'not the size of a chunk');
    const size = Number.parseInt(digits, 16);
    if (size === 0) break;
    yield* readExactly(reader, size, 'a chunk');
    const end = await readLine(reader, 1, 400);
    if (end === undefined) throw new IncompleteMessage('a chunked body');
    if (end !== '') throw new MessageError(400, 'a chunk without its end');
  }
  await readFields(reader);
}

/** All octets of a body. */
export async function wholeBody(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return concat(...parts);
}

/** Octets of a known number, which can be made again from anywhere: what Range needs. */
export interface Content {
  readonly length: number;
  /** The octets from `start` up to `end`, in pieces. */
  read(start: number, end: number): Iterable<Uint8Array>;
}

/** What a body is written from; pieces of an unknown number are sent as chunks. */
export type BodySource = string | Uint8Array | Content | AsyncIterable<Uint8Array>;

/** What there is of a body before it is sent: its content, or its pieces. */
export function contentOf(source: BodySource): Content | AsyncIterable<Uint8Array> {
  if (typeof source === 'string') return bytesContent(utf8(source));
  return source instanceof Uint8Array ? bytesContent(source) : source;
}

function bytesContent(bytes: Uint8Array): Content {
  return {
    length: bytes.length,
    *read(start, end) {
      if (end > start) yield bytes.subarray(start, end);
    },
  };
}

export function isContent(source: Content | AsyncIterable<Uint8Array>): source is Content {
  return 'length' in source;
}

/** A piece of {@link patternContent} is so long. */
const PIECE = 65_536;

/**
 * Content without memory: `length` octets, lines of 64 characters that say where they are, so that
 * one look tells what is missing or out of place.
 */
export function patternContent(length: number): Content {
  if (!Number.isSafeInteger(length) || length < 0) {
    throw new RangeError(`content has a whole number of octets, not ${length}`);
  }
  return {
    length,
    *read(start, end) {
      for (let at = start; at < end; at += PIECE) yield pattern(at, Math.min(end, at + PIECE));
    },
  };
}

const LINE = 64;

function pattern(start: number, end: number): Uint8Array {
  const first = Math.floor(start / LINE);
  let text = '';
  for (let line = first; line * LINE < end; line++) {
    text += `${String(line * LINE).padStart(15, '0')} ${'.'.repeat(LINE - 17)}\n`;
  }
  return utf8(text).subarray(start - first * LINE, end - first * LINE);
}

/** One chunk of RFC 9112 §7.1; an empty one would end the body. */
export function encodeChunk(piece: Uint8Array): Uint8Array {
  return concat(utf8(`${piece.length.toString(16)}\r\n`), piece, utf8('\r\n'));
}

/** The last chunk, without fields behind it. */
export const LAST_CHUNK: Uint8Array = utf8('0\r\n\r\n');
