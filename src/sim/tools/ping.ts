/**
 * `ping` (iputils, ping(8)): sends echo requests at an interval, and prints what comes back, in the
 * tool's own words. Times are those of the simulation.
 */
import { type Duration, type Instant, type RawPacket, SocketError } from '../../stack/index.ts';
import { PATH_MTU_DISCOVERY, wordsOf } from '../../stack/index.ts';
import {
  encodeIcmpv4,
  Icmpv4Type,
  type Ipv4Address,
  IpProtocol,
  parseIpv4,
  printIp,
  put32,
} from '../../wire/index.ts';
import type { Process } from '../process.ts';
import type { RawPacketSocket } from '../raw-packet-socket.ts';
import { echoPair, messageOf, printIcmpError, quoteIn } from './icmp-answers.ts';
import { numberOption, readCommandLine, secondsOption } from './options.ts';
import { PingStatistics, printRoundTrip } from './ping-statistics.ts';

const SECOND = 1_000_000_000;
/** Requests begin with the time at which they were sent; shorter ones have no room for it. */
const TIME_LENGTH = 16;
const HEADERS = 28;

const DISCOVERY: ReadonlyMap<string, number> = new Map([
  ['do', PATH_MTU_DISCOVERY.IP_PMTUDISC_DO],
  ['want', PATH_MTU_DISCOVERY.IP_PMTUDISC_WANT],
  ['dont', PATH_MTU_DISCOVERY.IP_PMTUDISC_DONT],
]);

/** What was asked for. */
interface Request {
  readonly destination: Ipv4Address;
  readonly count: number;
  readonly interval: Duration;
  readonly length: number;
  readonly linger: Duration;
  readonly deadline: Duration;
  readonly isQuiet: boolean;
  readonly ttl: number | undefined;
  readonly discovery: number;
}

/** @throws RangeError for what ping would refuse */
function read(words: readonly string[]): Request {
  const line = readCommandLine(words, '4nqc:i:s:t:M:W:w:');
  const [destination] = line.operands;
  if (destination === undefined) throw new RangeError('usage error: Destination address required');
  const discovery = DISCOVERY.get(line.options.get('M') ?? 'want');
  if (discovery === undefined)
    throw new RangeError(`invalid -M argument: ${line.options.get('M')}`);
  const count = numberOption(line, 'c', Infinity, 1, 0x7fff_ffff);
  const deadline = secondsOption(line, 'w', Infinity);
  if (count === Infinity && deadline === Infinity) {
    throw new RangeError('it ends by -c or -w; nobody interrupts it here');
  }
  return {
    destination: parseIpv4(destination),
    count,
    interval: Math.max(secondsOption(line, 'i', SECOND), 2_000_000),
    length: numberOption(line, 's', 56, 0, 65_507),
    linger: secondsOption(line, 'W', 10 * SECOND),
    deadline,
    isQuiet: line.options.has('q'),
    ttl: line.options.has('t') ? numberOption(line, 't', 64, 1, 255) : undefined,
    discovery,
  };
}

/** Runs the tool; each line goes to `print`. Gives the exit status. */
export async function ping(
  process: Process,
  words: readonly string[],
  print: (line: string) => void,
): Promise<number> {
  let request: Request;
  try {
    request = read(words);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    print(`ping: ${error.message}`);
    return 2;
  }
  const socket = process.rawSocket(IpProtocol.icmp);
  try {
    return await new Ping(process, request, socket, print).run();
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    print(`ping: connect: ${wordsOf(error.code)}`);
    return 2;
  } finally {
    socket.close();
  }
}

class Ping {
  readonly #process: Process;
  readonly #request: Request;
  readonly #socket: RawPacketSocket;
  readonly #print: (line: string) => void;
  readonly #statistics = new PingStatistics();
  readonly #requests = new Map<number, { readonly sentAt: Instant; isAnswered: boolean }>();

  constructor(
    process: Process,
    request: Request,
    socket: RawPacketSocket,
    print: (line: string) => void,
  ) {
    this.#process = process;
    this.#request = request;
    this.#socket = socket;
    this.#print = print;
    socket.stackSocket.ttl = request.ttl;
    socket.stackSocket.mtuDiscovery = request.discovery;
  }

  async run(): Promise<number> {
    const { destination, length, count, interval, deadline } = this.#request;
    const statistics = this.#statistics;
    const address = printIp(destination);
    this.#socket.stackSocket.sourceFor(destination); // no way there is found out before anything
    this.#print(`PING ${address} (${address}) ${length}(${length + HEADERS}) bytes of data.`);
    const begin = this.#process.now;
    const end = begin + deadline;
    let lastSent = begin;
    let until = begin;
    while (statistics.received + statistics.errors < count && this.#process.now < end) {
      const isSending = statistics.transmitted < count || deadline !== Infinity;
      if (this.#process.now < until) {
        const packet = await this.#socket.recv(Math.min(until, end));
        if (packet !== undefined) this.#take(packet);
      } else if (isSending) {
        lastSent = this.#process.now;
        this.#send();
        const isLast = statistics.transmitted >= count && deadline === Infinity;
        until = lastSent + (isLast ? this.#waitsForRest : interval);
      } else break;
    }
    const [counts, times] = statistics.lines(lastSent - begin, length >= TIME_LENGTH);
    for (const each of ['', `--- ${address} ping statistics ---`, counts, times]) this.#print(each);
    const isShort = deadline !== Infinity && statistics.received < count && count !== Infinity;
    return statistics.received === 0 || isShort ? 1 : 0;
  }

  /** How long answers are waited for behind the last request: two round trips, where any came. */
  get #waitsForRest(): Duration {
    const { interval, linger } = this.#request;
    const { received, longest } = this.#statistics;
    return received === 0 ? linger : Math.max(2000 * longest, interval);
  }

  get #identifier(): number {
    return this.#process.pid & 0xffff;
  }

  #send(): void {
    const { destination, isQuiet } = this.#request;
    const sequence = (this.#statistics.transmitted + 1) & 0xffff;
    const now = this.#process.now;
    this.#statistics.transmitted += 1;
    this.#requests.set(sequence, { sentAt: now, isAnswered: false });
    const message = {
      type: Icmpv4Type.echoRequest,
      code: 0,
      rest: this.#identifier * 0x1_0000 + sequence,
      payload: this.#data(now),
    };
    try {
      this.#socket.send(IpProtocol.icmp, encodeIcmpv4(message), destination);
    } catch (error) {
      if (!(error instanceof SocketError)) throw error;
      if (error.code === 'EMSGSIZE') this.#statistics.errors += 1;
      if (isQuiet) return;
      const mtu = this.#socket.stackSocket.pathMtu(destination, now);
      this.#print(
        error.code === 'EMSGSIZE'
          ? `ping: local error: message too long, mtu=${mtu}`
          : `ping: sendmsg: ${wordsOf(error.code)}`,
      );
    }
  }

  /** Seconds and microseconds of the sending as a C program has them, then octets that count. */
  #data(now: Instant): Uint8Array {
    const { length } = this.#request;
    const data = Uint8Array.from({ length }, (_, i) => i & 0xff);
    if (length < TIME_LENGTH) return data;
    data.fill(0, 0, TIME_LENGTH);
    putLittle32(data, 0, Math.floor(now / SECOND));
    putLittle32(data, 8, Math.floor((now % SECOND) / 1000));
    return data;
  }

  #take({ source, ttl, payload, at }: RawPacket): void {
    const { destination } = this.#request;
    const message = messageOf(payload);
    if (message === undefined) return;
    if (message.type === Icmpv4Type.echoReply) {
      const { identifier, sequence } = echoPair(payload);
      if (identifier !== this.#identifier || source !== destination) return;
      this.#replied(printIp(source), ttl, sequence, payload, at);
      return;
    }
    const quote = quoteIn(message);
    if (quote?.protocol !== IpProtocol.icmp || quote.transport[0] !== Icmpv4Type.echoRequest) {
      return;
    }
    const { identifier, sequence } = echoPair(quote.transport);
    if (identifier !== this.#identifier || quote.destination !== destination) return;
    const isRedirect = message.type === Icmpv4Type.redirect;
    if (!isRedirect) {
      this.#statistics.errors += 1;
      this.#statistics.answered(sequence);
    }
    if (this.#request.isQuiet) return;
    const from = `From ${printIp(source)}${isRedirect ? ':' : ''}`;
    this.#print(`${from} icmp_seq=${sequence} ${printIcmpError(message)}`);
  }

  #replied(from: string, ttl: number, sequence: number, payload: Uint8Array, at: Instant): void {
    const request = this.#requests.get(sequence);
    if (request === undefined) return;
    const isDuplicate = request.isAnswered;
    request.isAnswered = true;
    this.#statistics.answered(sequence);
    if (isDuplicate) this.#statistics.duplicates += 1;
    else this.#statistics.received += 1;
    const isTimed = payload.length >= 8 + TIME_LENGTH;
    const took = Math.floor(at / 1000) - Math.floor(request.sentAt / 1000);
    if (isTimed) this.#statistics.took(took);
    if (this.#request.isQuiet) return;
    const time = isTimed ? ` time=${printRoundTrip(took)} ms` : '';
    const mark = isDuplicate ? ' (DUP!)' : '';
    const line = `${payload.length} bytes from ${from}: icmp_seq=${sequence} ttl=${ttl}${time}`;
    this.#print(`${line}${mark}`);
  }
}

/** The lower half of a 64-bit number in little-endian. */
function putLittle32(b: Uint8Array, at: number, value: number): void {
  const big = new Uint8Array(4);
  put32(big, 0, value);
  b.set(big.toReversed(), at);
}
