/**
 * An HTTP/1.1 server (RFC 9112): connections that persist, bodies either way, ranges, and an answer
 * for whatever is not HTTP. A handler makes the responses.
 *
 * There is no field Date: a server without a clock must not make one up (RFC 9110 §6.6.1).
 */
import type { Process, SocketAddress, StreamSocket } from '../../sim/index.ts';
import { SocketError } from '../../stack/index.ts';
import { concat, utf8 } from '../../wire/index.ts';
import {
  type BodySource,
  type Content,
  contentOf,
  encodeChunk,
  isContent,
  LAST_CHUNK,
  readBody,
  requestFraming,
  wholeBody,
} from './body.ts';
import { ByteReader } from '../byte-reader.ts';
import { type FieldLine, HttpFields } from './fields.ts';
import { isPersistent, printResponseHead, readRequestHead, type RequestHead } from './head.ts';
import { octetsOf } from './line.ts';
import { IncompleteMessage, MessageError } from './message-error.ts';
import { rangeOf } from './range.ts';
import { reasonOf } from './status.ts';

/** A request, as a handler sees it. */
export interface ServerRequest extends RequestHead {
  /** The path of the target, without its query. */
  readonly path: string;
  readonly client: SocketAddress | undefined;
  /** The body's octets as they arrive; a handler may leave them. */
  readonly body: AsyncIterable<Uint8Array>;
  /** All of the body at once. */
  whole(): Promise<Uint8Array>;
}

/** What a handler answers. How the body is framed, and the connection, are the server's. */
export interface ServerResponse {
  /** 200 by default. */
  readonly status?: number;
  readonly fields?: Iterable<FieldLine>;
  readonly body?: BodySource;
}

export type HttpHandler = (request: ServerRequest) => ServerResponse | Promise<ServerResponse>;

export interface HttpServerOptions {
  /** 80 by default. */
  readonly port?: number;
  readonly address?: string;
  /** How many connections may wait to be accepted. */
  readonly backlog?: number;
}

/** As much of a body that no handler wanted is read, so that the connection can go on. */
const UNWANTED_MAXIMUM = 65_536;

/**
 * Serves for as long as its process lives: run it in a daemon. What a handler throws fails the run.
 *
 * @throws SocketError EADDRINUSE …
 */
export async function serveHttp(
  process: Process,
  handler: HttpHandler,
  options: HttpServerOptions = {},
): Promise<void> {
  const listener = process.socket('stream');
  listener.setsockopt('SO_REUSEADDR', 1);
  listener.bind(options.port ?? 80, options.address);
  listener.listen(options.backlog);
  for (;;) {
    const connection = await listener.accept();
    process.thread(() => serveConnection(connection, handler));
  }
}

async function serveConnection(connection: StreamSocket, handler: HttpHandler): Promise<void> {
  try {
    const reader = new ByteReader(() => connection.recv());
    try {
      while (await serveRequest(connection, reader, handler));
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      if (!(error instanceof IncompleteMessage)) await refuse(connection, error);
    }
    await linger(connection);
  } catch (error) {
    if (!(error instanceof SocketError)) throw error; // the client went away
  }
  await connection.close();
}

/** One request and its response; whether another may follow. */
async function serveRequest(
  connection: StreamSocket,
  reader: ByteReader,
  handler: HttpHandler,
): Promise<boolean> {
  const head = await readRequestHead(reader);
  if (head === undefined) return false;
  const body = new RequestBody(connection, reader, head);
  const response = await handler({
    ...head,
    path: pathOf(head.target),
    client: connection.remote,
    body,
    whole: () => wholeBody(body),
  });
  const persists = isPersistent(head) && !body.isLeft;
  const isLast = !(await sendResponse(connection, head, response, persists));
  return !isLast && (await body.skip());
}

function pathOf(target: string): string {
  const [, path] = /^(?:[a-z]+:\/\/[^/?#]*)?([^?#]*)/i.exec(target) ?? [];
  return path === undefined || path === '' ? '/' : path;
}

/** The body of a request; a client that waits to be asked for it is asked when it is read. */
class RequestBody implements AsyncIterable<Uint8Array> {
  readonly #connection: StreamSocket;
  readonly #pieces: AsyncGenerator<Uint8Array>;
  #isAwaited: boolean;

  constructor(connection: StreamSocket, reader: ByteReader, head: RequestHead) {
    this.#connection = connection;
    this.#pieces = readBody(reader, requestFraming(head));
    this.#isAwaited = head.minor === 1 && head.fields.list('expect').includes('100-continue');
  }

  /** Whether the client may never send it, so that nothing can follow (RFC 9110 §10.1.1). */
  get isLeft(): boolean {
    return this.#isAwaited;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    if (this.#isAwaited) await this.#connection.send('HTTP/1.1 100 Continue\r\n\r\n');
    this.#isAwaited = false;
    yield* this.#pieces;
  }

  /** Reads what is left of it; false when that is too much. */
  async skip(): Promise<boolean> {
    let octets = 0;
    for await (const piece of this.#pieces) {
      octets += piece.length;
      if (octets > UNWANTED_MAXIMUM) return false;
    }
    return true;
  }
}

/** Sends a response; whether the connection can go on. */
async function sendResponse(
  connection: StreamSocket,
  request: RequestHead,
  response: ServerResponse,
  persists: boolean,
): Promise<boolean> {
  const { body = '' } = response;
  const fields = new HttpFields(response.fields);
  let status = response.status ?? 200;
  const source = contentOf(body);
  if (!isContent(source)) {
    return sendPieces(connection, request, { status, fields, persists }, source);
  }
  let [start, end] = [0, source.length];
  if (status === 200 && request.method === 'GET') {
    const range = rangeOf(request.fields.get('range'), source.length);
    fields.add('Accept-Ranges', 'bytes');
    if (range === 'unsatisfiable') {
      status = 416;
      end = 0;
      fields.add('Content-Range', `bytes */${source.length}`);
    } else if (range !== undefined) {
      status = 206;
      ({ start, end } = range);
      fields.add('Content-Range', `bytes ${start}-${end - 1}/${source.length}`);
    }
  }
  if (hasBody(status)) fields.add('Content-Length', String(end - start));
  const head = encodeHead({ status, fields, persists }, request);
  const isSent = request.method !== 'HEAD' && hasBody(status);
  await sendContent(connection, head, source, start, isSent ? end : start);
  return persists;
}

/** RFC 9110 §6.4.1: informational responses, 204 and 304 have none, and no length. */
function hasBody(status: number): boolean {
  return status >= 200 && status !== 204 && status !== 304;
}

/** The head in one call with the first piece, so that a short response is one segment. */
async function sendContent(
  connection: StreamSocket,
  head: Uint8Array,
  content: Content,
  start: number,
  end: number,
): Promise<void> {
  let before: Uint8Array = head;
  for (const piece of content.read(start, end)) {
    await connection.send(before.length === 0 ? piece : concat(before, piece));
    before = piece.subarray(0, 0);
  }
  if (before.length > 0) await connection.send(before);
}

interface Answer {
  readonly status: number;
  readonly fields: HttpFields;
  readonly persists: boolean;
}

/** Pieces whose number nobody knows: chunks, or for HTTP/1.0 what comes until the end. */
async function sendPieces(
  connection: StreamSocket,
  request: RequestHead,
  answer: Answer,
  pieces: AsyncIterable<Uint8Array>,
): Promise<boolean> {
  const isChunked = request.minor === 1;
  if (isChunked) answer.fields.add('Transfer-Encoding', 'chunked');
  const persists = answer.persists && isChunked;
  await connection.send(encodeHead({ ...answer, persists }, request));
  if (request.method === 'HEAD') return persists;
  try {
    for await (const piece of pieces) {
      if (piece.length > 0) await connection.send(isChunked ? encodeChunk(piece) : piece);
    }
  } catch (error) {
    // They came from the request, which is none; but the answer has begun.
    if (error instanceof MessageError) throw new IncompleteMessage('the request');
    throw error;
  }
  if (isChunked) await connection.send(LAST_CHUNK);
  return persists;
}

function encodeHead({ status, fields, persists }: Answer, request: RequestHead): Uint8Array {
  if (!persists) fields.add('Connection', 'close');
  else if (request.minor === 0) fields.add('Connection', 'keep-alive');
  return octetsOf(printResponseHead({ minor: 1, status, reason: reasonOf(status), fields }));
}

/** Answers what is no request. */
async function refuse(connection: StreamSocket, error: MessageError): Promise<void> {
  const { status, message } = error;
  const fields = new HttpFields([['Content-Type', 'text/plain']]);
  const body = utf8(`${message}\n`);
  fields.add('Content-Length', String(body.length));
  fields.add('Connection', 'close');
  const head = printResponseHead({ minor: 1, status, reason: reasonOf(status), fields });
  await connection.send(concat(octetsOf(head), body));
}

/**
 * Closes when the client has, or has gone on sending for long: closing with octets unread would
 * send an RST, which may take the answer away from the client (RFC 9112 §9.6).
 */
async function linger(connection: StreamSocket): Promise<void> {
  connection.shutdown('write');
  for (let octets = 0; octets < UNWANTED_MAXIMUM;) {
    const { length } = await connection.recv();
    if (length === 0) return;
    octets += length;
  }
}
