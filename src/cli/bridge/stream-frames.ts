/** Frames over streams: standard input and output, a Unix or TCP socket as client or listener. */
import { once } from 'node:events';
import { unlink } from 'node:fs/promises';
import { createConnection, createServer, type NetConnectOpts, type Server, Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { encodeFraming, FrameDecoder, type Framing } from '../../bridge/index.ts';
import type { DecodeError } from '../../wire/index.ts';
import { InputError } from '../errors.ts';
import { type Place, printPlace } from './place.ts';
import { SEND_QUEUE_LIMIT, type Transport, type TransportUser } from './transport.ts';

/** One stream in and one out, which may be the same. */
class FrameStream {
  readonly #framing: Framing;
  readonly #input: Readable;
  readonly #output: Writable;
  #isCorked = false;

  constructor(framing: Framing, input: Readable, output: Writable) {
    this.#framing = framing;
    this.#input = input;
    this.#output = output;
  }

  /** Reads until the end, an error, or the first octets that are no frame. */
  read(user: TransportUser): void {
    const decoder = new FrameDecoder(this.#framing);
    const fail = (error?: Error): void => user.ended(error);
    const isNoFrame = (error: DecodeError): Error =>
      new InputError(`what came in is not framed as ${this.#framing}: ${error.toString()}`);
    this.#input.on('data', (chunk: Uint8Array) => {
      const error = decoder.push(chunk, (frame) => user.frame(frame));
      if (error !== undefined) fail(isNoFrame(error));
    });
    this.#input.on('end', () => {
      const error = decoder.end();
      fail(error && isNoFrame(error));
    });
    this.#input.on('error', (error: NodeJS.ErrnoException) => fail(isGone(error)));
    this.#output.on('error', (error: NodeJS.ErrnoException) => fail(isGone(error)));
    this.#output.on('close', () => fail());
  }

  send(frame: Uint8Array): boolean {
    const output = this.#output;
    if (output.writableLength > SEND_QUEUE_LIMIT || !output.writable) return false;
    if (!this.#isCorked) {
      // What one turn sends goes out by one system call.
      this.#isCorked = true;
      output.cork();
      process.nextTick(() => {
        this.#isCorked = false;
        output.uncork();
      });
    }
    for (const part of encodeFraming(this.#framing, frame)) output.write(part);
    return true;
  }

  /** Reads no more, and ends when what was sent is out, or nobody has taken it for a while. */
  close(): void {
    this.#input.pause().removeAllListeners('data');
    this.#output.end(() => this.#input.destroy());
    setTimeout(() => {
      this.#output.destroy();
      this.#input.destroy();
    }, LAST_WRITES).unref();
  }
}

/** How long the other side may take for what it was sent last, in milliseconds. */
const LAST_WRITES = 500;

/** That the other side went away is no error. */
function isGone(error: NodeJS.ErrnoException): Error | undefined {
  const isEnd = error.code === 'EPIPE' || error.code === 'ECONNRESET';
  return isEnd ? undefined : new InputError(error.message, { cause: error });
}

/** Standard input and output. */
export class StandardStreams implements Transport {
  readonly where = 'on standard input and output';
  readonly #stream: FrameStream;

  constructor(framing: Framing) {
    this.#stream = new FrameStream(framing, process.stdin, standardOutput());
  }

  async open(user: TransportUser): Promise<void> {
    this.#stream.read(user);
  }

  send(frame: Uint8Array): boolean {
    return this.#stream.send(frame);
  }

  close(): void {
    this.#stream.close();
  }
}

/**
 * Node writes to its `process.stdout` as long as it takes, and a peer that waits for us to read
 * would wait for ever; a pipe or a socket is therefore opened anew as one that does not block.
 */
function standardOutput(): Writable {
  try {
    return new Socket({ fd: 1, readable: false, writable: true });
  } catch {
    return process.stdout; // a file, which takes everything
  }
}

/** A socket that connects, as QEMU's `-netdev stream,server=on` and `socket,listen=` wait for. */
export class ConnectingStream implements Transport {
  readonly #framing: Framing;
  readonly #place: Place;
  #stream: FrameStream | undefined = undefined;

  constructor(framing: Framing, place: Place) {
    this.#framing = framing;
    this.#place = place;
  }

  get where(): string {
    return `connected to ${printPlace(this.#place)}`;
  }

  async open(user: TransportUser): Promise<void> {
    const socket = createConnection({ noDelay: true, ...optionsOf(this.#place) });
    try {
      await once(socket, 'connect');
    } catch (error) {
      throw cannot('connect to', this.#place, error);
    }
    this.#stream = new FrameStream(this.#framing, socket, socket);
    this.#stream.read(user);
  }

  send(frame: Uint8Array): boolean {
    return this.#stream?.send(frame) ?? false;
  }

  close(): void {
    this.#stream?.close();
  }
}

/** A socket that is connected to, by one peer at a time; when it has gone another may come. */
export class ListeningStream implements Transport {
  readonly #framing: Framing;
  readonly #place: Place;
  #server: Server | undefined = undefined;
  #stream: FrameStream | undefined = undefined;

  constructor(framing: Framing, place: Place) {
    this.#framing = framing;
    this.#place = place;
  }

  get where(): string {
    const address = this.#server?.address();
    const isPort = typeof address === 'object' && address !== null; // any, where 0 was asked for
    const place = isPort ? { host: address.address, port: address.port } : this.#place;
    return `listening on ${printPlace(place)}`;
  }

  async open(user: TransportUser): Promise<void> {
    const server = createServer({ noDelay: true }, (socket) => this.#accept(socket, user));
    const listen = (): Promise<unknown> => {
      server.listen(optionsOf(this.#place));
      return once(server, 'listening');
    };
    try {
      await listen().catch(async (error: unknown) => {
        if (!(await removeLeftBehind(this.#place, error))) throw error;
        await listen();
      });
    } catch (error) {
      throw cannot('listen on', this.#place, error);
    }
    this.#server = server;
  }

  #accept(socket: Socket, user: TransportUser): void {
    if (this.#stream !== undefined) {
      socket.destroy();
      user.noted('a second connection was refused');
      return;
    }
    const stream = new FrameStream(this.#framing, socket, socket);
    this.#stream = stream;
    user.noted('connected');
    stream.read({
      ...user,
      frame: (bytes) => user.frame(bytes),
      ended: (error) => {
        if (this.#stream !== stream) return;
        this.#stream = undefined;
        stream.close();
        user.noted(error === undefined ? 'disconnected' : `disconnected: ${error.message}`);
      },
    });
  }

  send(frame: Uint8Array): boolean {
    return this.#stream?.send(frame) ?? false;
  }

  close(): void {
    this.#stream?.close();
    this.#server?.close();
  }
}

/** Removes the path of a socket that nobody listens on, which one that was killed has left. */
async function removeLeftBehind({ path }: Place, error: unknown): Promise<boolean> {
  if (path === undefined || codeOf(error) !== 'EADDRINUSE') return false;
  const socket = createConnection(path);
  try {
    await once(socket, 'connect');
    return false;
  } catch (refused) {
    if (codeOf(refused) !== 'ECONNREFUSED') return false;
    await unlink(path);
    return true;
  } finally {
    socket.destroy();
  }
}

function optionsOf(place: Place): NetConnectOpts {
  return place.path === undefined ? { host: place.host, port: place.port } : { path: place.path };
}

function cannot(verb: string, place: Place, error: unknown): InputError {
  const text = `cannot ${verb} ${printPlace(place)} (${codeOf(error)})`;
  return new InputError(text, { cause: error });
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown error';
}
