/**
 * curl(1), as far as scenarios want it: a request, and the text that curl 7.88.1 prints on a
 * terminal, with `-v` the heads of both messages and what becomes of the connection.
 */
import { isHostName, NameError, type Process, type StreamSocket } from '../../sim/index.ts';
import { SocketError, wordsOf } from '../../stack/index.ts';
import { concat, fromUtf8, type IpAddress, parseIp, utf8 } from '../../wire/index.ts';
import { type ClientResponse, HttpConnection } from './client.ts';
import { connectToAny } from './happy-eyeballs.ts';
import type { FieldLine } from './fields.ts';
import { printRequestHead, printResponseHead } from './head.ts';
import { IncompleteMessage, MessageError } from './message-error.ts';
import { type HttpUrl, parseUrl } from './url.ts';

/** What a command line asks for. */
interface Arguments {
  readonly url: HttpUrl;
  readonly isVerbose: boolean;
  /** `-I`: HEAD, and the head of the response is what is printed. */
  readonly isHead: boolean;
  /** `-d`: POST. */
  readonly data: string | undefined;
  /** `-r 0-99` */
  readonly range: string | undefined;
}

/** curl ends with an error: its number and words. */
class CurlError extends Error {
  readonly number: number;

  constructor(number: number, message: string) {
    super(message);
    this.number = number;
  }
}

/**
 * Standard output and errors on one terminal: what is said at once, and what is printed line by
 * line, so that a last line without its end comes last of all.
 */
class Terminal {
  #shown = '';
  #unfinished = '';

  complain(text: string): void {
    this.#shown += text;
  }

  print(text: string): void {
    const all = this.#unfinished + text;
    const end = all.lastIndexOf('\n') + 1;
    this.#shown += all.slice(0, end);
    this.#unfinished = all.slice(end);
  }

  get text(): string {
    return this.#shown + this.#unfinished;
  }
}

/**
 * Runs `curl` with arguments separated by blanks, `-v http://www.example.com/`; they may be `-v`,
 * `-I`, `-d DATA`, `-r RANGE` and one address. Returns all that it prints.
 *
 * @throws RangeError for other arguments
 */
export async function curl(process: Process, commandLine: string): Promise<string> {
  const asked = parseArguments(commandLine);
  let socket: StreamSocket | undefined;
  const out = new Terminal();
  const say = (line: string): void => {
    if (asked.isVerbose) out.complain(`${line}\n`);
  };
  try {
    socket = await connect(process, asked.url, say);
    const persists = await transfer(new HttpConnection(socket), asked, say, out);
    if (persists) say(`* Connection #0 to host ${asked.url.host} left intact`);
    else say('* Closing connection 0');
  } catch (error) {
    if (!(error instanceof CurlError)) throw error;
    say(`* ${error.message}`);
    say('* Closing connection 0');
    out.complain(`curl: (${error.number}) ${error.message}\n`);
  } finally {
    await socket?.close();
  }
  return out.text;
}

function parseArguments(commandLine: string): Arguments {
  const words = commandLine.trim().split(/\s+/);
  const flags = new Set<string>();
  const values = new Map<string, string>();
  let url: HttpUrl | undefined;
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '-v' || word === '-I') flags.add(word);
    else if (word === '-d' || word === '-r') values.set(word, words.shift() ?? '');
    else if (word.startsWith('-')) throw new RangeError(`curl: ${word} is not an option here`);
    else if (url === undefined) url = parseUrl(word);
    else throw new RangeError('curl: one address at a time');
  }
  if (url === undefined) throw new RangeError('curl: no address');
  const [data, range] = [values.get('-d'), values.get('-r')];
  return { url, isVerbose: flags.has('-v'), isHead: flags.has('-I'), data, range };
}

async function connect(
  process: Process,
  { host, port }: HttpUrl,
  say: (line: string) => void,
): Promise<StreamSocket> {
  const addresses = await addressesOf(process, host);
  const began = process.now;
  try {
    const { socket, address } = await connectToAny(process, addresses, port, {
      trying: (tried) => say(`*   Trying ${tried.includes(':') ? `[${tried}]` : tried}:${port}...`),
      failed: (tried, { code }) => {
        say(`* connect to ${tried} port ${port} failed: ${wordsOf(code)}`);
      },
    });
    say(`* Connected to ${host} (${address}) port ${port} (#0)`);
    return socket;
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    const waited = Math.floor((process.now - began) / 1_000_000);
    const what = `Failed to connect to ${host} port ${port} after ${waited} ms`;
    throw new CurlError(error.code === 'ETIMEDOUT' ? 28 : 7, `${what}: Couldn't connect to server`);
  }
}

async function addressesOf(process: Process, host: string): Promise<readonly IpAddress[]> {
  if (!isHostName(host)) return [parseIp(host)];
  try {
    return await process.resolve(host);
  } catch (error) {
    if (!(error instanceof NameError)) throw error;
    throw new CurlError(6, `Could not resolve host: ${host}`);
  }
}

/** Sends the request and prints the response; whether the connection could go on. */
async function transfer(
  connection: HttpConnection,
  asked: Arguments,
  say: (line: string) => void,
  out: Terminal,
): Promise<boolean> {
  const { isHead, data, range, url } = asked;
  const method = isHead ? 'HEAD' : data === undefined ? 'GET' : 'POST';
  const fields: FieldLine[] = [['Host', url.authority]];
  if (range !== undefined) fields.push(['Range', `bytes=${range}`]);
  fields.push(['User-Agent', 'curl/7.88.1'], ['Accept', '*/*']);
  const body = data === undefined ? undefined : utf8(data);
  if (body !== undefined) {
    fields.push(['Content-Length', String(body.length)]);
    fields.push(['Content-Type', 'application/x-www-form-urlencoded']);
  }
  try {
    const request = { method, target: url.target, fields };
    const sent = await connection.send(body === undefined ? request : { ...request, body });
    for (const line of lines(printRequestHead(sent))) say(`> ${line}`);
    const response = await connection.response(method);
    for (const line of lines(printResponseHead(response))) {
      if (isHead && line === '') out.print('\n'); // the end of the head comes this way round
      say(`< ${line}`);
      if (isHead && line !== '') out.print(`${line}\n`);
    }
    await printBody(response, out);
    return response.persists;
  } catch (error) {
    throw curlErrorOf(error);
  }
}

/** What has arrived is printed, whether or not all of it comes. */
async function printBody(response: ClientResponse, out: Terminal): Promise<void> {
  const parts: Uint8Array[] = [];
  try {
    for await (const part of response.body) parts.push(part);
  } finally {
    out.print(fromUtf8(concat(...parts)));
  }
}

function lines(head: string): string[] {
  return head.split('\r\n').slice(0, -1);
}

function curlErrorOf(error: unknown): unknown {
  if (error instanceof IncompleteMessage) {
    if (error.missing === undefined) return new CurlError(52, 'Empty reply from server');
    const left = `${error.missing} bytes remaining to read`;
    return new CurlError(18, `transfer closed with ${left}`);
  }
  if (error instanceof MessageError) {
    return new CurlError(1, 'Received HTTP/0.9 when not allowed');
  }
  if (error instanceof SocketError)
    return new CurlError(56, `Recv failure: ${wordsOf(error.code)}`);
  return error;
}
