/**
 * An HTTP/1.1 client (RFC 9112): a connection that requests go over one after the other, and
 * responses whose bodies are read as they arrive.
 */
import { isHostName, type Process, type StreamSocket } from '../../sim/index.ts';
import { parseIp, utf8 } from '../../wire/index.ts';
import { readBody, responseFraming, wholeBody } from './body.ts';
import { ByteReader } from '../byte-reader.ts';
import { connectToAny } from './happy-eyeballs.ts';
import { type FieldLine, HttpFields } from './fields.ts';
import {
  isPersistent,
  printRequestHead,
  readResponseHead,
  type RequestHead,
  type ResponseHead,
} from './head.ts';
import { octetsOf } from './line.ts';
import { IncompleteMessage, MessageError } from './message-error.ts';
import { parseUrl } from './url.ts';

/** What is asked for. */
export interface ClientRequest {
  /** GET by default. */
  readonly method?: string;
  /** The path and query. */
  readonly target: string;
  /** With Host, and without a length, which the client adds. */
  readonly fields: Iterable<FieldLine>;
  readonly body?: Uint8Array | string;
}

/** A response; its body must be read before the next request is sent. */
export interface ClientResponse extends ResponseHead {
  readonly body: AsyncIterable<Uint8Array>;
  /** All of the body at once. */
  whole(): Promise<Uint8Array>;
  /** Whether another request may follow, when the body has been read. */
  readonly persists: boolean;
}

/** As many responses of 1xx are passed over before one. */
const INTERIM_MAXIMUM = 16;

/** A connection to an HTTP server, for requests one after the other. */
export class HttpConnection {
  readonly #socket: StreamSocket;
  readonly #reader: ByteReader;

  /** @param socket a connected one, which is the client's from now on */
  constructor(socket: StreamSocket) {
    this.#socket = socket;
    this.#reader = new ByteReader(() => socket.recv());
  }

  /**
   * Sends a request and reads the head of its response.
   *
   * @throws SocketError, and MessageError when what comes back is no response
   */
  async request(request: ClientRequest): Promise<ClientResponse> {
    await this.send(request);
    return this.response(request.method ?? 'GET');
  }

  /** Sends a request; returns its head as it was sent. @throws SocketError, RangeError */
  async send({ method = 'GET', target, fields, body }: ClientRequest): Promise<RequestHead> {
    const octets = typeof body === 'string' ? utf8(body) : body;
    const all = new HttpFields(fields);
    if (octets !== undefined && !all.has('content-length')) {
      all.add('Content-Length', String(octets.length));
    }
    const head: RequestHead = { method, target, minor: 1, fields: all };
    await this.#socket.send(octetsOf(printRequestHead(head)));
    if (octets !== undefined && octets.length > 0) await this.#socket.send(octets);
    return head;
  }

  /** The response to a request of `method` that was sent. @throws SocketError, MessageError */
  async response(method: string): Promise<ClientResponse> {
    for (let interim = 0; interim < INTERIM_MAXIMUM; interim++) {
      const head = await readResponseHead(this.#reader);
      if (head === undefined) throw new IncompleteMessage('place of a response');
      if (head.status < 200) continue;
      const framing = responseFraming(head, method);
      const body = readBody(this.#reader, framing);
      const persists = isPersistent(head) && framing.kind !== 'until-close';
      return { ...head, body, whole: () => wholeBody(body), persists };
    }
    throw new MessageError(400, 'nothing but interim responses');
  }

  /** Ends the connection. */
  close(): Promise<void> {
    return this.#socket.close();
  }
}

/** A response with all of its body. */
export interface Fetched extends ResponseHead {
  readonly body: Uint8Array;
}

/**
 * Fetches `http://host:port/path` over a connection of its own, to whichever address of the host's
 * can be reached.
 *
 * @throws RangeError for an address that is none, NameError, SocketError, MessageError
 */
export async function fetchHttp(
  process: Process,
  url: string,
  request: Omit<ClientRequest, 'target' | 'fields'> & {
    readonly fields?: Iterable<FieldLine>;
  } = {},
): Promise<Fetched> {
  const { host, port, authority, target } = parseUrl(url);
  const addresses = isHostName(host) ? await process.resolve(host) : [parseIp(host)];
  const { socket } = await connectToAny(process, addresses, port);
  try {
    const connection = new HttpConnection(socket);
    const fields: FieldLine[] = [
      ['Host', authority],
      ...(request.fields ?? []),
      ['Connection', 'close'],
    ];
    const response = await connection.request({ ...request, target, fields });
    return { ...response, body: await response.whole() };
  } finally {
    await socket.close();
  }
}
