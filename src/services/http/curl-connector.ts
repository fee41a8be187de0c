/** How `curl` comes to its connection: which addresses, from which port, and for how long. */
import { isHostName, NameError, type Process, type StreamSocket } from '../../sim/index.ts';
import { SocketError, wordsOf } from '../../stack/index.ts';
import { type IpAddress, isIpv6, parseIp } from '../../wire/index.ts';
import { CurlError } from './curl-error.ts';
import type { CurlRequest } from './curl-request.ts';
import { connectToAny } from './happy-eyeballs.ts';

/** The number of EADDRINUSE, and of EACCES, which curl prints. */
const ADDRESS_IN_USE = 98;
const ACCESS_DENIED = 13;

export class CurlConnector {
  readonly #process: Process;
  readonly #request: CurlRequest;
  /** Takes what is said with -v. */
  readonly #say: (line: string) => void;
  #isOutOfTime = false;

  constructor(process: Process, request: CurlRequest, say: (line: string) => void) {
    this.#process = process;
    this.#request = request;
    this.#say = say;
  }

  /** @throws CurlError */
  async open(): Promise<StreamSocket> {
    const { host, port } = this.#request.url;
    const addresses = await this.#addresses(host);
    const began = this.#process.now;
    const opening: StreamSocket[] = [];
    this.#limitTime(opening);
    try {
      const { socket, address } = await connectToAny(this.#process, addresses, port, {
        trying: (tried, opened) => {
          this.#say(`*   Trying ${tried.includes(':') ? `[${tried}]` : tried}:${port}...`);
          opening.push(opened);
          this.#bind(opened);
        },
        failed: (tried, { code }) => {
          if (this.#isOutOfTime) return;
          this.#say(`* connect to ${tried} port ${port} failed: ${wordsOf(code)}`);
        },
      });
      this.#say(`* Connected to ${host} (${address}) port ${port} (#0)`);
      return socket;
    } catch (error) {
      if (!(error instanceof SocketError)) throw error;
      const waited = Math.floor((this.#process.now - began) / 1_000_000);
      const what = `Failed to connect to ${host} port ${port} after ${waited} ms`;
      if (this.#isOutOfTime) throw new CurlError(28, `${what}: Timeout was reached`);
      const number = error.code === 'ETIMEDOUT' ? 28 : 7;
      throw new CurlError(number, `${what}: Couldn't connect to server`);
    } finally {
      opening.length = 0;
    }
  }

  /** Gives up the sockets that are opening when --connect-timeout is over. */
  #limitTime(opening: StreamSocket[]): void {
    const { connectTimeout } = this.#request;
    if (connectTimeout === undefined) return;
    this.#process.thread(async () => {
      await this.#process.sleep(connectTimeout);
      const late = opening.splice(0);
      if (late.length === 0) return;
      this.#isOutOfTime = true;
      const version = late.some(({ local }) => local.address.includes(':')) ? 'ipv6' : 'ipv4';
      this.#say(`* ${version} connect timeout after ${connectTimeout / 1_000_000}ms, move on!`);
      for (const socket of late) await socket.close();
    });
  }

  /** Takes a local port that --local-port allows. @throws CurlError when there is none */
  #bind(socket: StreamSocket): void {
    const { localPorts } = this.#request;
    if (localPorts === undefined) return;
    const [first, last] = localPorts;
    for (let port = first; ; port++) {
      try {
        socket.bind(port);
        this.#say(`* Local port: ${port}`);
        return;
      } catch (error) {
        if (!(error instanceof SocketError)) throw error;
        if (port === last) {
          const number = error.code === 'EADDRINUSE' ? ADDRESS_IN_USE : ACCESS_DENIED;
          const text = `bind failed with errno ${number}: ${wordsOf(error.code)}`;
          throw new CurlError(45, text);
        }
        this.#say(`* Bind to local port ${port} failed, trying next`);
      }
    }
  }

  /** @throws CurlError */
  async #addresses(host: string): Promise<readonly IpAddress[]> {
    const { version } = this.#request;
    let found: readonly IpAddress[];
    try {
      found = isHostName(host) ? await this.#process.resolve(host) : [parseIp(host)];
    } catch (error) {
      if (!(error instanceof NameError || error instanceof RangeError)) throw error;
      throw new CurlError(6, `Could not resolve host: ${host}`);
    }
    const wanted = found.filter(
      (address) => version === undefined || isIpv6(address) === (version === 6),
    );
    if (wanted.length === 0) throw new CurlError(7, "Couldn't connect to server");
    return wanted;
  }
}
