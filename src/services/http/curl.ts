/**
 * curl(1), as far as scenarios want it: a request, and the text that curl 7.88.1 prints on a
 * terminal, with `-v` the heads of both messages and what becomes of the connection.
 */
import {
  FileError,
  type HostFiles,
  type Process,
  type Program,
  type StreamSocket,
} from '../../sim/index.ts';
import { concat, fromUtf8, utf8 } from '../../wire/index.ts';
import { type ClientResponse, HttpConnection } from './client.ts';
import { CurlConnector } from './curl-connector.ts';
import { CurlError, curlErrorOf } from './curl-error.ts';
import { CurlOutput } from './curl-output.ts';
import { type CurlRequest, CurlUsageError, readCurl } from './curl-request.ts';
import type { FieldLine } from './fields.ts';
import { printRequestHead, printResponseHead } from './head.ts';

/** The status of words that are no request. */
const USAGE_STATUS = 2;
/** That a URL is none (CURLE_URL_MALFORMAT). */
const MALFORMED_URL = 3;

/** `curl`, for the shells of hosts. */
export const curlProgram: Program = async ({ process, streams, files }, words) => {
  const output = new CurlOutput(
    (octets) => streams.write(octets),
    (text) => streams.writeError(text),
  );
  let request: CurlRequest;
  try {
    request = readCurl(words);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    if (!(error instanceof CurlUsageError)) {
      output.complain(`curl: (${MALFORMED_URL}) URL using bad/illegal format or missing URL\n`);
      return MALFORMED_URL;
    }
    const hint = "curl: try 'curl --help' or 'curl --manual' for more information";
    output.complain(`curl: ${error.message}\n${hint}\n`);
    return USAGE_STATUS;
  }
  return new Transfer(process, request, output, files).run();
};

/**
 * Runs `curl` with arguments separated by blanks, `-v http://www.example.com/`. Returns all that it
 * prints.
 *
 * @throws RangeError for arguments that are no request
 */
export async function curl(process: Process, commandLine: string): Promise<string> {
  const request = readCurl(commandLine.trim().split(/\s+/));
  let text = '';
  const output = new CurlOutput(
    (octets) => (text += fromUtf8(octets)),
    (said) => (text += said),
  );
  await new Transfer(process, request, output, undefined).run();
  return text;
}

class Transfer {
  readonly #process: Process;
  readonly #request: CurlRequest;
  readonly #output: CurlOutput;
  /** Where -o writes, and -d reads. */
  readonly #files: HostFiles | undefined;

  constructor(
    process: Process,
    request: CurlRequest,
    output: CurlOutput,
    files: HostFiles | undefined,
  ) {
    this.#process = process;
    this.#request = request;
    this.#output = output;
    this.#files = files;
  }

  /** Gives the exit status. */
  async run(): Promise<number> {
    const { url, tellsErrors } = this.#request;
    let socket: StreamSocket | undefined;
    try {
      socket = await new CurlConnector(this.#process, this.#request, this.#say).open();
      const persists = await this.#transfer(new HttpConnection(socket));
      if (persists) this.#say(`* Connection #0 to host ${url.host} left intact`);
      else this.#say('* Closing connection 0');
      return 0;
    } catch (error) {
      if (!(error instanceof CurlError)) throw error;
      this.#say(`* ${error.message}`);
      this.#say('* Closing connection 0');
      if (tellsErrors) this.#output.complain(`curl: (${error.number}) ${error.message}\n`);
      return error.number;
    } finally {
      this.#output.finish();
      await socket?.close();
    }
  }

  /** Says something with -v. */
  readonly #say = (line: string): void => {
    if (this.#request.isVerbose) this.#output.complain(`${line}\n`);
  };

  /** Sends the request and prints the response; whether the connection could go on. */
  async #transfer(connection: HttpConnection): Promise<boolean> {
    const { isHead, includesHead, failsOnError, data, url, outputFile } = this.#request;
    const body = this.#body();
    const usual = isHead ? 'HEAD' : data.length === 0 ? 'GET' : 'POST';
    const method = this.#request.method ?? usual;
    try {
      const request = { method, target: url.target, fields: this.#fields(body) };
      const sent = await connection.send(body === undefined ? request : { ...request, body });
      for (const line of lines(printRequestHead(sent))) this.#say(`> ${line}`);
      const response = await connection.response(isHead ? 'HEAD' : method);
      if (outputFile !== undefined) this.#files?.truncate(outputFile);
      for (const line of lines(printResponseHead(response))) {
        if (includesHead && line === '') this.#print(utf8('\n')); // the end comes this way round
        this.#say(`< ${line}`);
        if (includesHead && line !== '') this.#print(utf8(`${line}\n`));
      }
      if (failsOnError && response.status >= 400) {
        throw new CurlError(22, `The requested URL returned error: ${response.status}`);
      }
      await this.#printBody(response);
      return response.persists;
    } catch (error) {
      throw curlErrorOf(error);
    }
  }

  #fields(body: Uint8Array | undefined): FieldLine[] {
    const { url, range, agent, headers } = this.#request;
    const isOwn = (name: string): boolean =>
      headers.some(([given]) => given.toLowerCase() === name.toLowerCase());
    const usual: FieldLine[] = [
      ...(range === undefined ? [] : [['Range', `bytes=${range}`] as const]),
      ['User-Agent', agent],
      ['Accept', '*/*'],
    ];
    const behind: FieldLine[] =
      body === undefined
        ? []
        : [
            ['Content-Length', String(body.length)],
            ['Content-Type', 'application/x-www-form-urlencoded'],
          ];
    const given = headers.flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    );
    const isHost = ([name]: FieldLine): boolean => name.toLowerCase() === 'host';
    return [
      ...(isOwn('Host') ? given.filter(isHost) : [['Host', url.authority] as const]),
      ...usual.filter(([name]) => !isOwn(name)),
      ...given.filter((field) => !isHost(field)),
      ...behind.filter(([name]) => !isOwn(name)),
    ];
  }

  /** What -d sends; a file without its line ends. */
  #body(): Uint8Array | undefined {
    const { data } = this.#request;
    if (data.length === 0) return undefined;
    const parts = data.map((text) => {
      if (!text.startsWith('@')) return utf8(text);
      const name = text.slice(1);
      try {
        if (this.#files === undefined) throw new FileError('ENOENT', name);
        return this.#files.read(name).filter((octet) => ![0, 0x0a, 0x0d].includes(octet));
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        const what = `Couldn't read data from file "${name}", this makes an empty POST.`;
        this.#output.complain(`Warning: ${what}\n`);
        return utf8('');
      }
    });
    return concat(...parts.flatMap((part, i) => (i === 0 ? [part] : [utf8('&'), part])));
  }

  /** What has arrived is printed, whether or not all of it comes. */
  async #printBody(response: ClientResponse): Promise<void> {
    for await (const part of response.body) this.#print(part);
  }

  #print(octets: Uint8Array): void {
    const { outputFile } = this.#request;
    if (outputFile === undefined) this.#output.print(octets);
    else this.#files?.append(outputFile, octets);
  }
}

function lines(head: string): string[] {
  return head.split('\r\n').slice(0, -1);
}
