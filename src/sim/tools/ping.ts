/**
 * `ping` (iputils, ping(8)): sends echo requests at an interval, and prints what comes back, in the
 * tool's own words. It speaks the version of IP that the destination has. Times are those of the
 * simulation.
 */
import {
  type Duration,
  type Instant,
  type RawPacket,
  ROOT,
  SocketError,
  wordsOf,
} from '../../stack/index.ts';
import {
  encodeIcmpv4,
  type IpAddress,
  isIpv6,
  isLinkLocalIpv6,
  isMulticast,
  printIp,
} from '../../wire/index.ts';
import type { Process } from '../process.ts';
import type { RawPacketSocket } from '../sockets/raw-packet-socket.ts';
import { putTime, TIME_LENGTH } from './c-layout.ts';
import { echoPair, icmpFor, type IcmpMessage, type IcmpVersion } from './icmp-answers.ts';
import { printIcmpError } from './icmp-words.ts';
import { ArgumentError } from './options.ts';
import { type PingRequest, readPing } from './ping-request.ts';
import { bindTo, findSource, refusalOf } from './ping-socket.ts';
import { PingStatistics, printRoundTrip } from './ping-statistics.ts';

const SECOND = 1_000_000_000;

/**
 * Runs the tool; each line goes to `print`, what is an error to `complain`. Gives the exit status.
 */
export async function ping(
  process: Process,
  words: readonly string[],
  print: (line: string) => void,
  complain: (line: string) => void = print,
): Promise<number> {
  let request: PingRequest;
  try {
    request = await readPing(process, words);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    complain(`ping: ${error.message}`);
    return error instanceof ArgumentError ? 1 : 2;
  }
  const preload =
    process.user === ROOT ? request.preload : Math.min(request.preload, USERS_PRELOAD);
  if (preload < request.preload) {
    complain(`ping: cannot set preload to value greater than ${preload}: ${request.preload}`);
    return 2;
  }
  const socket = process.rawSocket(icmpFor(request.address).protocol);
  try {
    bindTo(socket.stackSocket, request);
    return await new Ping(process, request, socket, { print, complain }).run();
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    complain(`ping: ${refusalOf(error, request)}`);
    return 2;
  } finally {
    socket.close();
  }
}

/** How many requests a user who is not root may send at once. */
const USERS_PRELOAD = 3;

/** Where lines go: what it is asked for, and errors. */
interface Outputs {
  readonly print: (line: string) => void;
  readonly complain: (line: string) => void;
}

class Ping {
  readonly #process: Process;
  readonly #request: PingRequest;
  readonly #version: IcmpVersion;
  readonly #socket: RawPacketSocket;
  readonly #print: (line: string) => void;
  readonly #complain: (line: string) => void;
  readonly #statistics = new PingStatistics();
  readonly #requests = new Map<number, { readonly sentAt: Instant; isAnswered: boolean }>();
  /** When the next request is due, or the wait for the last answers ends. */
  #until: Instant = 0;
  /** Of a flood: a dot for each request, taken back for each answer. */
  #dots = '';
  /** Whether Ctrl-C came. */
  #isInterrupted = false;

  constructor(
    process: Process,
    request: PingRequest,
    socket: RawPacketSocket,
    { print, complain }: Outputs,
  ) {
    const { ttl, tos, discovery } = request;
    this.#process = process;
    this.#request = request;
    this.#version = icmpFor(request.address);
    this.#socket = socket;
    this.#print = print;
    this.#complain = complain;
    socket.stackSocket.ttl = ttl;
    socket.stackSocket.tos = tos;
    socket.stackSocket.mtuDiscovery = discovery;
  }

  async run(): Promise<number> {
    const { length, count, deadline, preload, isFlood } = this.#request;
    const statistics = this.#statistics;
    this.#printHead();
    if (this.#request.isTooFast && this.#process.user !== ROOT) {
      this.#complain('ping: cannot flood; minimal interval allowed for user is 2ms');
      return 2;
    }
    const begin = this.#process.now;
    const end = begin + deadline;
    let lastSent = begin;
    this.#until = begin;
    this.#process.onSignal('SIGINT', () => {
      this.#isInterrupted = true;
      this.#socket.interrupt();
    });
    const isEnough = (): boolean => statistics.received + statistics.errors >= count;
    while (!this.#isInterrupted && !isEnough() && this.#process.now < end) {
      const isSending = statistics.transmitted < count || deadline !== Infinity;
      if (this.#process.now < this.#until) {
        // The real one waits in recvmsg(2), by SO_RCVTIMEO: a timer of the kernel's.
        const until = this.#process.timerFor(Math.min(this.#until, end));
        const packet = await this.#socket.recv(until);
        if (packet !== undefined) this.#take(packet);
      } else if (isSending) {
        lastSent = this.#process.now;
        this.#send();
        this.#until = lastSent + (statistics.transmitted < preload ? 0 : this.#nextInterval);
      } else break;
    }
    if (isFlood) statistics.pace = lastSent - begin;
    const [counts, times] = statistics.lines(lastSent - begin, length >= TIME_LENGTH);
    const title = `--- ${this.#host} ping statistics ---`;
    for (const each of [this.#dots, title, counts, times]) this.#print(each);
    const isShort = deadline !== Infinity && statistics.received < count && count !== Infinity;
    return statistics.received === 0 || isShort ? 1 : 0;
  }

  /** The destination as it was written. */
  get #host(): string {
    const { host, zone } = this.#request;
    return zone === undefined ? host : `${host}%${zone}`;
  }

  /** An address as ping prints it: those of one link with the interface, where it was said. */
  #shown(address: IpAddress): string {
    const { zone = this.#request.device } = this.#request;
    const isZoned = zone !== undefined && isIpv6(address) && isLinkLocalIpv6(address);
    return `${printIp(address)}${isZoned ? `%${zone}` : ''}`;
  }

  #printHead(): void {
    const { address, length, source: wanted, device: named, pattern } = this.#request;
    const { stackSocket } = this.#socket;
    // That there is no way is found out before anything is printed.
    const source = findSource(stackSocket, this.#request, this.#print);
    if (pattern.length > 0) {
      const digits = pattern.map((octet) => octet.toString(16).padStart(2, '0'));
      this.#print(`PATTERN: 0x${digits.join('')}`);
    }
    const device = stackSocket.device?.interface.name ?? '';
    const isBound = wanted !== undefined || named !== undefined;
    const by = isBound ? `from ${printIp(source)} ${device}: ` : '';
    const who = this.#shown(address);
    const what = isIpv6(address)
      ? `(${who}) ${by}${length} data bytes`
      : ` (${who}) ${by}${length}(${length + this.#version.headers}) bytes of data.`;
    this.#print(`PING ${this.#host}${what}`);
  }

  /** Until the next request; behind the last one answers are waited for, two round trips. */
  get #nextInterval(): Duration {
    const { count, deadline, interval, linger } = this.#request;
    const { transmitted, received, longest } = this.#statistics;
    if (transmitted < count || deadline !== Infinity) return interval;
    return received === 0 ? linger : Math.max(2000 * longest, interval);
  }

  get #identifier(): number {
    return this.#process.pid & 0xffff;
  }

  /** A line about a packet, behind the time if that is wanted. */
  #say(line: string): void {
    const { hasTimes, isQuiet } = this.#request;
    if (isQuiet) return;
    const now = this.#process.now;
    const microseconds = String(Math.floor((now % SECOND) / 1000)).padStart(6, '0');
    this.#print(`${hasTimes ? `[${Math.floor(now / SECOND)}.${microseconds}] ` : ''}${line}`);
  }

  #send(): void {
    const { address, isQuiet, isFlood, tellsOutstanding } = this.#request;
    const statistics = this.#statistics;
    const before = statistics.transmitted & 0xffff;
    if (tellsOutstanding && this.#requests.get(before)?.isAnswered === false) {
      this.#say(`no answer yet for icmp_seq=${before}`);
    }
    const sequence = (before + 1) & 0xffff;
    const now = this.#process.now;
    statistics.transmitted += 1;
    this.#requests.set(sequence, { sentAt: now, isAnswered: false });
    if (isFlood && !isQuiet) this.#dots += '.';
    // The socket makes the checksum of ICMPv6, which covers addresses.
    const message = {
      type: this.#version.echoRequest,
      code: 0,
      rest: this.#identifier * 0x1_0000 + sequence,
      payload: this.#data(now),
    };
    try {
      this.#socket.send(this.#version.protocol, encodeIcmpv4(message), address);
    } catch (error) {
      if (!(error instanceof SocketError)) throw error;
      this.#refused(error);
    }
  }

  /** The host itself does not send the request. */
  #refused({ code }: SocketError): void {
    const { address, isQuiet } = this.#request;
    if (code === 'EMSGSIZE') this.#statistics.errors += 1;
    if (isQuiet) return;
    if (code === 'EMSGSIZE') {
      const mtu = this.#socket.stackSocket.longestWhole(address, this.#process.now);
      const sign = isIpv6(address) ? ': ' : '=';
      this.#complain(`ping: local error: message too long, mtu${sign}${mtu}`);
    } else this.#complain(`ping: sendmsg: ${wordsOf(code)}`);
  }

  /** The time of the sending, where there is room for it, then octets that count. */
  #data(now: Instant): Uint8Array {
    const { length, pattern } = this.#request;
    const octet = (i: number): number => pattern[i % pattern.length] ?? i & 0xff;
    const data = Uint8Array.from({ length }, (_, i) => octet(i));
    if (length >= TIME_LENGTH) putTime(data, 0, now);
    return data;
  }

  #take(packet: RawPacket): void {
    const message = this.#version.messageOf(packet.payload);
    if (message?.type === this.#version.echoReply) this.#takeReply(packet);
    else if (message !== undefined) this.#takeError(message, packet.source);
  }

  #takeError(message: IcmpMessage, from: IpAddress): void {
    const { protocol, echoRequest, redirect } = this.#version;
    const quote = this.#version.quoteIn(message);
    if (quote?.protocol !== protocol || quote.transport[0] !== echoRequest) return;
    const { identifier, sequence } = echoPair(quote.transport);
    if (identifier !== this.#identifier || quote.destination !== this.#request.address) return;
    const isRedirect = message.type === redirect;
    if (!isRedirect) {
      this.#statistics.errors += 1;
      this.#statistics.answered(sequence);
    }
    const who = `From ${this.#shown(from)}${isRedirect ? ':' : ''}`;
    this.#say(`${who} icmp_seq=${sequence} ${printIcmpError(this.#version, message)}`);
  }

  #takeReply({ source, ttl, payload, at }: RawPacket): void {
    const { identifier, sequence } = echoPair(payload);
    const request = this.#requests.get(sequence);
    const { address, mayBroadcast } = this.#request;
    const isAsked = source === address || isMulticast(address) || mayBroadcast;
    if (identifier !== this.#identifier || !isAsked || request === undefined) return;
    const isDuplicate = request.isAnswered;
    request.isAnswered = true;
    this.#statistics.answered(sequence);
    if (isDuplicate) this.#statistics.duplicates += 1;
    else this.#statistics.received += 1;
    const isTimed = payload.length >= 8 + TIME_LENGTH;
    const took = Math.floor(at / 1000) - Math.floor(request.sentAt / 1000);
    if (isTimed) this.#statistics.took(took);
    if (this.#request.isFlood) {
      this.#until = this.#process.now; // the next one at once
      this.#dots += this.#request.isQuiet ? '' : '\b \b';
      return;
    }
    const time = isTimed ? ` time=${printRoundTrip(took)} ms` : '';
    const mark = isDuplicate ? ' (DUP!)' : '';
    const who = `${payload.length} bytes from ${this.#shown(source)}`;
    this.#say(`${who}: icmp_seq=${sequence} ttl=${ttl}${time}${mark}`);
  }
}
