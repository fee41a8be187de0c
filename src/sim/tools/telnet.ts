/**
 * telnet(1), as GNU inetutils 2.4 have it in Debian 12: a connection, of which one types the lines
 * (RFC 854). What a server offers or asks for of telnet's options is refused.
 *
 *     Trying 192.0.2.80...
 *     Connected to 192.0.2.80.
 *     Escape character is '^]'.
 *
 * With the escape character comes the prompt `telnet> `, which knows `quit` and `close`; the end of
 * input closes the connection.
 */
import { SocketError, wordsOf } from '../../stack/index.ts';
import { concat, EMPTY, type IpAddress, printIp } from '../../wire/index.ts';
import type { Program, ProgramContext } from '../program.ts';
import type { StreamSocket } from '../sockets/stream-socket.ts';
import { addressesFor } from './destination.ts';

const USAGE_STATUS = 64;
const TELNET_PORT = 23;

/** Commands, which IAC announces (RFC 854). */
const IAC = 255;
const DONT = 254;
const DO = 253;
const WONT = 252;
const WILL = 251;
const SB = 250;
const SE = 240;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const ESCAPE = '\x1d';

/** `telnet [-4|-6] HOST [PORT]` */
export const telnet: Program = async (context, words) => {
  const { process, streams } = context;
  const options = words.filter((word) => word.startsWith('-'));
  const unknown = options.find((option) => option !== '-4' && option !== '-6');
  const [host, service = String(TELNET_PORT)] = words.filter((word) => !word.startsWith('-'));
  if (unknown !== undefined || host === undefined) {
    const what = unknown === undefined ? 'a host is missing' : `invalid option -- '${unknown[1]}'`;
    const hint = "Try 'telnet --help' or 'telnet --usage' for more information.";
    streams.writeError(`telnet: ${what}\n${hint}\n`);
    return USAGE_STATUS;
  }
  const fail = (reason: string): number => {
    streams.writeError(`Server lookup failure:  ${host}:${service}, ${reason}\n`);
    return 1;
  };
  const port = /^\d{1,5}$/.test(service) ? Number(service) : 0;
  if (port === 0 || port > 0xffff) return fail('Servname not supported for ai_socktype');
  const version = options.includes('-6') ? 6 : options.includes('-4') ? 4 : undefined;
  let addresses: readonly IpAddress[];
  try {
    addresses = await addressesFor(process, host, version);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return fail(error.message.replace(`${host}: `, ''));
  }
  const socket = await connect(context, addresses, port);
  if (socket === undefined) return 1;
  streams.write(`Connected to ${host}.\nEscape character is '^]'.\n`);
  await new Session(context, socket).run();
  return 0;
};

/** Tries the addresses in their order; nothing where none answers. */
async function connect(
  { process, streams }: ProgramContext,
  addresses: readonly IpAddress[],
  port: number,
): Promise<StreamSocket | undefined> {
  for (const [i, each] of addresses.entries()) {
    const address = printIp(each);
    const socket = process.socket('stream');
    streams.write(`Trying ${address}...\n`);
    try {
      await socket.connect({ address, port });
      return socket;
    } catch (error) {
      if (!(error instanceof SocketError)) throw error;
      const isLast = i === addresses.length - 1;
      const what = isLast ? 'Unable to connect to remote host' : `connect to address ${address}`;
      streams.writeError(`telnet: ${what}: ${wordsOf(error.code)}\n`);
      await socket.close();
    }
  }
  return undefined;
}

class Session {
  readonly #context: ProgramContext;
  readonly #socket: StreamSocket;
  /** A command of the server's whose end has not come. */
  #unfinished: Uint8Array = EMPTY;
  #isAtPrompt = false;

  constructor(context: ProgramContext, socket: StreamSocket) {
    this.#context = context;
    this.#socket = socket;
  }

  /** Until either side has had enough. */
  async run(): Promise<void> {
    const { streams } = this.#context;
    const isQuit = await Promise.race([this.#print(), this.#type()]);
    if (isQuit) streams.write('Connection closed.\n');
    else streams.writeError('Connection closed by foreign host.\n');
    await this.#socket.close();
  }

  /** What comes is printed, until the server closes; false, as nobody has quit. */
  async #print(): Promise<boolean> {
    const { streams } = this.#context;
    try {
      for (;;) {
        const octets = await this.#socket.recv();
        if (octets.length === 0) return false;
        const shown = await this.#read(concat(this.#unfinished, octets));
        if (shown.length > 0) streams.write(shown);
      }
    } catch (error) {
      if (!(error instanceof SocketError)) throw error;
      return false; // the connection is broken
    }
  }

  /** What is typed is sent, until there is no more; true where somebody has quit. */
  async #type(): Promise<boolean> {
    const { streams } = this.#context;
    try {
      for (;;) {
        const typed = await streams.read();
        if (typed === undefined) return false;
        const line = String.fromCharCode(...typed.subarray(0, 64));
        if (this.#isAtPrompt) {
          if (/^\s*(?:q|quit|close)\s*$/.test(line)) return true;
          this.#isAtPrompt = false;
        } else if (line.startsWith(ESCAPE)) {
          this.#isAtPrompt = true;
          streams.write('\ntelnet> ');
        } else await this.#socket.send(asSent(typed));
      }
    } catch (error) {
      if (!(error instanceof SocketError)) throw error;
      return false;
    }
  }

  /** What is to be shown of what came; options are answered, and what is not whole yet is kept. */
  async #read(octets: Uint8Array): Promise<Uint8Array> {
    const shown: number[] = [];
    let at = 0;
    this.#unfinished = EMPTY;
    while (at < octets.length) {
      const octet = octets[at]!;
      const next = octets[at + 1];
      if (octet !== IAC && octet !== CARRIAGE_RETURN) {
        shown.push(octet);
        at += 1;
        continue;
      }
      const length = octet === IAC ? commandLength(octets, at) : next === undefined ? 0 : 2;
      if (length === 0) {
        this.#unfinished = octets.slice(at);
        break;
      }
      if (octet === CARRIAGE_RETURN) {
        shown.push(...(next === 0 ? [octet] : next === LINE_FEED ? [next] : [octet, next!]));
      } else if (next === IAC) shown.push(IAC);
      else if (next === DO || next === WILL) {
        const refusal = next === DO ? WONT : DONT;
        await this.#socket.send(Uint8Array.of(IAC, refusal, octets[at + 2]!));
      }
      at += length;
    }
    return Uint8Array.from(shown);
  }
}

/** The octets of the command at `at`; 0 where its end is missing. */
function commandLength(octets: Uint8Array, at: number): number {
  const command = octets[at + 1];
  if (command === undefined) return 0;
  if (command === SB) {
    for (let end = at + 2; end + 1 < octets.length; end++) {
      if (octets[end] === IAC && octets[end + 1] === SE) return end + 2 - at;
    }
    return 0;
  }
  if (command < WILL || command === IAC) return 2;
  return octets[at + 2] === undefined ? 0 : 3;
}

/** A line ends with CR LF on the network, and IAC is twice there (RFC 854). */
function asSent(typed: Uint8Array): Uint8Array {
  const sent: number[] = [];
  for (const octet of typed) {
    if (octet === LINE_FEED) sent.push(CARRIAGE_RETURN);
    sent.push(octet);
    if (octet === IAC) sent.push(IAC);
  }
  return Uint8Array.from(sent);
}
