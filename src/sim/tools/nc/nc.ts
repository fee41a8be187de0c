/**
 * `nc`, OpenBSD's netcat as Debian has it (nc(1)): connects or listens, by TCP or UDP, and relays
 * between the peer and its standard streams.
 */
import { SocketError, wordsOf } from '../../../stack/index.ts';
import { type IpAddress, printIp, utf8 } from '../../../wire/index.ts';
import type { DatagramSocket } from '../../sockets/datagram-socket.ts';
import type { Program, ProgramContext } from '../../program.ts';
import { isHostName, type SocketAddress } from '../../sockets/socket-address.ts';
import type { StreamSocket } from '../../sockets/stream-socket.ts';
import { addressesFor } from '../destination.ts';
import { DatagramPeer, type Peer, StreamPeer } from './peer.ts';
import { Input, Relay } from './relay.ts';
import { NC_USAGE, type NcRequest, portTitle, readNc, UsageOnly } from './request.ts';

const SECOND = 1_000_000_000;
/** Debian's UDP_SCAN_TIMEOUT. */
const UDP_SCAN_PATIENCE = 3 * SECOND;

export const nc: Program = async (context, words) => {
  const { streams } = context;
  try {
    const request = readNc(words, context.host.services);
    const tool = new Nc(context, request);
    return await (request.isListening ? tool.listen() : tool.connect());
  } catch (error) {
    if (error instanceof UsageOnly) streams.writeError(NC_USAGE);
    else if (error instanceof RangeError) {
      const isOfOptions = /^(?:invalid option|option requires)/.test(error.message);
      streams.writeError(`nc: ${error.message}\n${isOfOptions ? NC_USAGE : ''}`);
    } else throw error;
    return 1;
  }
};

class Nc {
  readonly #context: ProgramContext;
  readonly #request: NcRequest;
  readonly #input: Input;

  constructor(context: ProgramContext, request: NcRequest) {
    this.#context = context;
    this.#request = request;
    this.#input = new Input(context.streams);
  }

  /** Says something with -v. */
  #say(text: string): void {
    if (this.#request.isVerbose) this.#context.streams.writeError(`${text}\n`);
  }

  #relay(peer: Peer): Promise<void> {
    return new Relay(this.#context, this.#request, peer, this.#input).run();
  }

  async listen(): Promise<number> {
    const { host, ports, version, isUdp, keepsListening } = this.#request;
    const port = ports[0]!;
    let address = version === 6 ? '::' : '0.0.0.0';
    if (host !== undefined) [address = ''] = (await this.#addresses(host, port)).map(printIp);
    if (isUdp) return this.#listenForDatagrams({ address, port });
    const listener = this.#listener({ address, port });
    for (;;) {
      const accepted = await listener.accept();
      this.#sayWhere('Connection received on', accepted.remote);
      if (!keepsListening) await listener.close();
      await this.#relay(new StreamPeer(accepted));
      await accepted.close();
      if (!keepsListening) return 0;
    }
  }

  #listener(at: SocketAddress): StreamSocket {
    const socket = this.#context.process.socket('stream', familyOf(at.address));
    socket.setsockopt('SO_REUSEADDR', 1);
    socket.setsockopt('SO_REUSEPORT', 1);
    calling('', () => socket.bind(at.port, at.address));
    calling('', () => socket.listen(1));
    this.#sayWhere('Listening on', socket.local);
    return socket;
  }

  /** Waits for somebody, who is then the peer; with -k everybody is heard, and nobody answered. */
  async #listenForDatagrams(at: SocketAddress): Promise<number> {
    const { process } = this.#context;
    const socket = process.socket('datagram', familyOf(at.address));
    calling('', () => socket.bind(at.port, at.address));
    this.#sayWhere('Bound on', socket.local);
    let first: Uint8Array | undefined = undefined;
    if (!this.#request.keepsListening) {
      const { payload, from } = await socket.recv();
      socket.connect(from);
      this.#sayWhere('Connection received on', from);
      first = payload;
    }
    await this.#relay(new DatagramPeer(socket, first));
    return 0;
  }

  async connect(): Promise<number> {
    const { host = '', ports, isScan, isUdp } = this.#request;
    let status = 1;
    for (const port of ports) {
      const opened = await this.#open(host, port);
      if (opened === undefined) continue;
      const { socket, peer, address } = opened;
      if (isUdp && (this.#request.isVerbose || isScan) && !(await this.#isHeard(peer))) {
        await socket.close();
        continue;
      }
      status = 0;
      const where = isHostName(host) ? `${host} (${address})` : host;
      const title = portTitle(port, this.#request, this.#context.host.services);
      this.#say(`Connection to ${where} ${port} port [${title}] succeeded!`);
      if (!isScan) await this.#relay(peer);
      await socket.close();
    }
    return status;
  }

  /** A socket for the first address of the host that lets it; nothing where none does. */
  async #open(
    host: string,
    port: number,
  ): Promise<
    | {
        readonly socket: StreamSocket | DatagramSocket;
        readonly peer: Peer;
        readonly address: string;
      }
    | undefined
  > {
    const { isUdp } = this.#request;
    for (const each of await this.#addresses(host, port)) {
      const address = printIp(each);
      try {
        if (isUdp) {
          const socket = this.#bound(this.#context.process.socket('datagram', familyOf(address)));
          socket.connect({ address, port });
          return { socket, peer: new DatagramPeer(socket), address };
        }
        const socket = this.#bound(this.#context.process.socket('stream', familyOf(address)));
        await this.#connectInTime(socket, { address, port });
        return { socket, peer: new StreamPeer(socket), address };
      } catch (error) {
        if (!(error instanceof SocketError)) throw error;
        const where = isHostName(host) ? `${host} (${address})` : host;
        const what = error.code === 'EINPROGRESS' ? 'timed out' : 'failed';
        const transport = isUdp ? 'udp' : 'tcp';
        this.#say(
          `nc: connect to ${where} port ${port} (${transport}) ${what}: ${wordsOf(error.code)}`,
        );
      }
    }
    return undefined;
  }

  #bound<T extends StreamSocket | DatagramSocket>(socket: T): T {
    const { sourcePort, sourceAddress } = this.#request;
    if (sourcePort === undefined && sourceAddress === undefined) return socket;
    if ('getsockopt' in socket) socket.setsockopt('SO_REUSEADDR', 1);
    calling('bind failed: ', () => socket.bind(sourcePort ?? 0, sourceAddress));
    return socket;
  }

  /** @throws SocketError EINPROGRESS when that takes longer than -w says */
  async #connectInTime(socket: StreamSocket, to: SocketAddress): Promise<void> {
    const { patience } = this.#request;
    const connecting = socket.connect(to);
    if (patience === undefined) return connecting;
    const { process } = this.#context;
    let isOver = false;
    process.thread(async () => {
      await process.sleep(patience);
      if (isOver) return;
      isOver = true;
      await socket.close();
    });
    try {
      await connecting;
    } catch (error) {
      throw isOver ? new SocketError('EINPROGRESS', 'connect') : error;
    } finally {
      isOver = true;
    }
  }

  /** Sends datagrams for as long as -w says, to see whether anybody objects. */
  async #isHeard(peer: Peer): Promise<boolean> {
    const { patience = UDP_SCAN_PATIENCE } = this.#request;
    try {
      await peer.send(utf8('X'));
      await peer.send(utf8('X'));
      for (let waited = 0; waited < patience; waited += SECOND) {
        await this.#context.process.sleep(SECOND);
        await peer.send(utf8('X'));
      }
      return true;
    } catch (error) {
      if (!(error instanceof SocketError)) throw error;
      return false;
    }
  }

  /** @throws RangeError in nc's words */
  async #addresses(host: string, port: number): Promise<readonly IpAddress[]> {
    const { version, isNumeric, isListening } = this.#request;
    try {
      if (isNumeric && isHostName(host)) throw new RangeError('Name or service not known');
      const found = await addressesFor(this.#context.process, host, version);
      return found;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const what = isListening ? 'getaddrinfo' : `getaddrinfo for host "${host}" port ${port}`;
      throw new RangeError(`${what}: ${error.message.replace(`${host}: `, '')}`, { cause: error });
    }
  }

  /** An end of a connection; one that is reset already has none any more. */
  #sayWhere(what: string, end: SocketAddress | undefined): void {
    if (end === undefined) return;
    const { address, port } = end;
    const isLocal = !this.#request.isNumeric && address === '127.0.0.1';
    this.#say(`${what} ${isLocal ? 'localhost' : address} ${port}`);
  }
}

function familyOf(address: string): 'AF_INET' | 'AF_INET6' {
  return address.includes(':') ? 'AF_INET6' : 'AF_INET';
}

/** Does a call that nc does not survive. @throws RangeError in its words */
function calling(what: string, call: () => void): void {
  try {
    call();
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    throw new RangeError(`${what}${wordsOf(error.code)}`, { cause: error });
  }
}
