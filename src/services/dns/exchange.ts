/** One question to one server, as `dig` and `host` ask it: the answer, or why there is none. */
import { NameError, type Process } from '../../sim/index.ts';
import { type Duration, type Errno, SocketError } from '../../stack/index.ts';
import { DecodeError, type IpAddress, parseIp } from '../../wire/index.ts';
import { ByteReader } from '../byte-reader.ts';
import { decodeDns, type DnsMessage, encodeDns } from './message.ts';
import { isAnswerTo, StubResolver } from './resolver.ts';
import { readMessage, withLength } from './server.ts';

/** Who is asked, and how. */
export interface Server {
  /** An address. */
  readonly address: string;
  readonly port: number;
  readonly byTcp: boolean;
  readonly timeout: Duration;
}

export interface Exchange {
  readonly answer: DnsMessage;
  /** Of the message, without TCP's length before it. */
  readonly length: number;
  readonly elapsed: Duration;
}

/** In the words of BIND, and whether the socket could not even be made ready. */
export interface Failure {
  readonly reason: string;
  readonly isSetup: boolean;
}

const REASONS: Partial<Readonly<Record<Errno, string>>> = {
  EAGAIN: 'timed out',
  ETIMEDOUT: 'timed out',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
};

/** The servers of resolv.conf(5); without it the host itself. */
export function nameserversOf(resolver: unknown): readonly string[] {
  const known = resolver instanceof StubResolver ? resolver.nameservers : [];
  return known.length > 0 ? known : ['127.0.0.1'];
}

/** The addresses of a server that is named by one or by a name; none where there are none. */
export async function addressesOf(process: Process, server: string): Promise<IpAddress[]> {
  try {
    return [parseIp(server)];
  } catch {
    // a name, then
  }
  try {
    return [...(await process.resolve(server))];
  } catch (error) {
    if (error instanceof NameError || error instanceof RangeError) return [];
    throw error;
  }
}

/** Asks once. */
export async function exchange(
  process: Process,
  server: Server,
  query: DnsMessage,
): Promise<Exchange | Failure> {
  const begin = process.now;
  try {
    const octets = await (server.byTcp ? askByTcp : askByUdp)(process, server, query);
    if (octets === undefined) return { reason: 'timed out', isSetup: false };
    const answer = decodeDns(octets);
    if (answer instanceof DecodeError) return { reason: 'bad answer', isSetup: false };
    return { answer, length: octets.length, elapsed: process.now - begin };
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    const isSetup = !server.byTcp && error.code === 'ENETUNREACH';
    return { reason: REASONS[error.code] ?? 'failure', isSetup };
  }
}

/** The octets of the answer; what answers something else is left out. @throws SocketError */
async function askByUdp(
  process: Process,
  { address, port, timeout }: Server,
  query: DnsMessage,
): Promise<Uint8Array> {
  const over = process.now + timeout;
  const socket = process.socket('datagram');
  try {
    socket.connect({ address, port });
    socket.send(encodeDns(query));
    for (;;) {
      const { payload } = await socket.recv(over - process.now);
      if (isAnswerTo(query, decodeDns(payload))) return payload;
    }
  } finally {
    socket.close();
  }
}

/** The same by TCP (RFC 7766); nothing when time is over, or the server ends without an answer. */
async function askByTcp(
  process: Process,
  { address, port, timeout }: Server,
  query: DnsMessage,
): Promise<Uint8Array | undefined> {
  const socket = process.socket('stream');
  const ask = async (): Promise<Uint8Array | undefined> => {
    await socket.connect({ address, port });
    await socket.send(withLength(encodeDns(query)));
    return readMessage(new ByteReader(() => socket.recv()), 0xffff);
  };
  try {
    const asked = ask();
    asked.catch(() => undefined); // the time may be over before it fails
    const answer = await Promise.race([asked, process.sleep(timeout)]);
    return answer ?? undefined;
  } finally {
    await socket.close();
  }
}
