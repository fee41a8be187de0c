/**
 * `tracepath` (iputils, tracepath(8)): finds the way to a host, and the longest packet that it
 * takes. Datagrams that may not be cut, as long as the first link takes, live one hop longer each
 * time; whoever cannot pass one on says so, and from then on they are shorter. Three are sent for
 * each hop, a second apart, until something comes back.
 */
import {
  type Duration,
  type Instant,
  PATH_MTU_DISCOVERY,
  type RawPacket,
  SocketError,
  wordsOf,
} from '../../stack/index.ts';
import { IpProtocol, printIp, u16 } from '../../wire/index.ts';
import type { DatagramSocket } from '../sockets/datagram-socket.ts';
import type { Process } from '../process.ts';
import type { RawPacketSocket } from '../sockets/raw-packet-socket.ts';
import { familyOf } from '../sockets/socket-address.ts';
import { putLittle32, putTime, TIME_LENGTH } from './c-layout.ts';
import { ICMP_VERSION_4, icmpFor, type IcmpMessage, type IcmpVersion } from './icmp-answers.ts';
import { ArgumentError } from './options.ts';
import { printMilliseconds } from './print-time.ts';
import { mtuIn } from './trace-marks.ts';
import { readTracepath, type TracepathRequest } from './tracepath-request.ts';

const SECOND = 1_000_000_000;
const TRIES = 3;
/** So many probes are remembered, each by its port. */
const REMEMBERED = 64;
/** A probe begins with its time to live, and with the time of its sending. */
const STAMP_LENGTH = 8 + TIME_LENGTH;

/**
 * Runs the tool; each line goes to `print`, what is an error to `complain`. Gives the exit status.
 */
export async function tracepath(
  process: Process,
  words: readonly string[],
  print: (line: string) => void,
  complain: (line: string) => void = print,
): Promise<number> {
  let request: TracepathRequest;
  try {
    request = await readTracepath(process, words);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    complain(`tracepath: ${error.message}`);
    return error instanceof ArgumentError ? 1 : 255;
  }
  const errors = process.rawSocket(icmpFor(request.address).protocol, IpProtocol.udp);
  const socket = process.socket('datagram', familyOf(request.address));
  try {
    await new Path(process, request, socket, errors, print).run();
    return 0;
  } finally {
    errors.close();
    socket.close();
  }
}

/** A probe that may still be answered. */
interface Probe {
  readonly ttl: number;
  readonly sentAt: Instant;
}

/** What a probe has led to: the end, an answer that is none, or nothing. */
type Outcome = 'end' | 'heard' | 'nothing';

class Path {
  readonly #process: Process;
  readonly #request: TracepathRequest;
  readonly #version: IcmpVersion;
  readonly #socket: DatagramSocket;
  readonly #errors: RawPacketSocket;
  readonly #print: (line: string) => void;
  readonly #probes = new Map<number, Probe>();
  #next = 0;
  /** The longest packet that the way is believed to take. */
  #mtu: number;
  /** How far it is there and back, once that is known: behind the last line. */
  #distance = '';

  constructor(
    process: Process,
    request: TracepathRequest,
    socket: DatagramSocket,
    errors: RawPacketSocket,
    print: (line: string) => void,
  ) {
    this.#process = process;
    this.#request = request;
    this.#version = icmpFor(request.address);
    this.#socket = socket;
    this.#errors = errors;
    this.#print = print;
    this.#mtu = request.length;
    errors.stackSocket.mtuDiscovery = PATH_MTU_DISCOVERY.IP_PMTUDISC_DO;
  }

  async run(): Promise<void> {
    const { hops } = this.#request;
    let outcome: Outcome = 'nothing';
    for (let ttl = 1; ttl <= hops && outcome !== 'end'; ttl++) {
      outcome = await this.#ask(ttl);
      if (outcome === 'nothing') this.#print(`${hop(ttl)}:  no reply`);
    }
    if (outcome !== 'end') this.#print(`     Too many hops: pmtu ${this.#mtu}`);
    this.#print(`     Resume: pmtu ${this.#mtu} ${this.#distance}`);
  }

  /** Probes one hop until something comes back; whenever the MTU is found to be less, anew. */
  async #ask(ttl: number): Promise<Outcome> {
    for (let tries = 0; tries < TRIES; tries++) {
      const before = this.#mtu;
      const outcome = await this.#probe(ttl);
      if (this.#mtu !== before) tries = -1;
      else if (outcome !== 'nothing') return outcome;
    }
    return 'nothing';
  }

  async #probe(ttl: number): Promise<Outcome> {
    const { address } = this.#request;
    try {
      const whole = this.#errors.stackSocket.longestWhole(address, this.#process.now);
      if (whole < this.#mtu) this.#refused(ttl, whole);
      this.#send(ttl);
    } catch (error) {
      if (!(error instanceof SocketError)) throw error;
      this.#print(`${hop(ttl)}:  send failed`);
      return 'end';
    }
    return this.#listen(ttl, this.#process.now + SECOND);
  }

  /** The host itself does not send packets so long. */
  #refused(ttl: number, mtu: number): void {
    // The error queue has the packet, and so the time of its sending, in IPv6 only.
    const time = this.#version === ICMP_VERSION_4 ? '' : printTime(0);
    this.#print(`${hop(ttl)}?: ${'[LOCALHOST]'.padEnd(32)} ${time}pmtu ${mtu}`);
    this.#mtu = mtu;
  }

  #send(ttl: number): void {
    const { address, port } = this.#request;
    const { now } = this.#process;
    const mtuDiscovery = PATH_MTU_DISCOVERY.IP_PMTUDISC_DO;
    const settings = { tos: 0, ttl, mtuDiscovery, wantsErrors: false };
    const { stackSocket } = this.#socket;
    stackSocket.ipv4 = { ...stackSocket.ipv4, ...settings };
    stackSocket.ipv6 = { ...stackSocket.ipv6, ...settings };
    const data = new Uint8Array(this.#mtu - this.#version.headers);
    if (data.length >= STAMP_LENGTH) {
      putLittle32(data, 0, ttl);
      putTime(data, 8, now);
    }
    const place = this.#next;
    this.#probes.set(place, { ttl, sentAt: now });
    this.#next = (place + 1) % REMEMBERED;
    this.#socket.send(data, { address: printIp(address), port: (port + place) & 0xffff });
  }

  /** Takes what has come until then, and all that has come at the same instant. */
  async #listen(ttl: number, until: Instant): Promise<Outcome> {
    let outcome: Outcome = 'nothing';
    for (let at = until; ;) {
      const packet = await this.#errors.recv(at);
      if (packet === undefined) return outcome;
      if (packet.protocol === IpProtocol.udp) {
        if (this.#isReply(packet)) {
          this.#print(`${hop(ttl)}?: reply received 8)`);
          return 'end';
        }
        continue;
      }
      const message = this.#version.messageOf(packet.payload);
      const probe = message === undefined ? undefined : this.#quoted(message);
      if (message === undefined || probe === undefined) continue;
      outcome = this.#take(message, probe, packet);
      if (outcome === 'end') return outcome;
      at = this.#process.now;
    }
  }

  #isReply({ source, payload }: RawPacket): boolean {
    const isToUs = u16(payload, 2) === this.#socket.local.port;
    return source === this.#request.address && isToUs;
  }

  /** The probe that an error is about, which is told of once. */
  #quoted(message: IcmpMessage): Probe | undefined {
    const { address, port } = this.#request;
    const quote = this.#version.quoteIn(message);
    if (quote?.protocol !== IpProtocol.udp || quote.destination !== address) return undefined;
    if (u16(quote.transport, 0) !== this.#socket.local.port) return undefined;
    const place = (u16(quote.transport, 2) - port) & 0xffff;
    const probe = this.#probes.get(place);
    this.#probes.delete(place);
    return probe;
  }

  #take(
    message: IcmpMessage,
    { ttl, sentAt }: Probe,
    { source, at, ttl: left }: RawPacket,
  ): Outcome {
    const { type, code } = message;
    const address = printIp(source);
    const { isNumeric, showsBoth } = this.#request;
    const who = showsBoth ? `${address} (${isNumeric ? '???' : address})` : address;
    const line = `${hop(ttl)}:  ${who.padEnd(52)}${printTime(at - sentAt)}`;
    const back = distanceOf(left);
    const errno = this.#version.errnoOf(type, code);
    const mtu = mtuIn(this.#version, message);
    if (mtu !== undefined) {
      this.#print(`${line}pmtu ${mtu}`);
      this.#mtu = mtu;
      return 'heard';
    }
    if (type === this.#version.timeExceeded && code === 0) {
      this.#print(`${line}${back === ttl ? '' : `asymm ${String(back).padStart(2)} `}`);
      return 'heard';
    }
    if (errno === 'ECONNREFUSED') this.#distance = `hops ${ttl} back ${back} `;
    const mark = errno === undefined ? undefined : MARKS.get(errno);
    this.#print(`${line}${mark ?? ''}`);
    if (mark === undefined && errno !== undefined) this.#print(`NET ERROR: ${wordsOf(errno)}`);
    return 'end';
  }
}

/** What stands behind the answer that ends the trace. */
const MARKS: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'reached'],
  ['EHOSTUNREACH', '!H'],
  ['ENETUNREACH', '!N'],
  ['EACCES', '!A'],
  ['EPROTO', '!P'],
]);

function hop(ttl: number): string {
  return String(ttl).padStart(2);
}

/** How many hops away the sender of a packet is, whose time to live was 64, 128 or 255 at first. */
function distanceOf(ttl: number): number {
  if (ttl <= 64) return 65 - ttl;
  return (ttl <= 128 ? 129 : 256) - ttl;
}

function printTime(duration: Duration): string {
  return `${printMilliseconds(Math.floor(duration / 1000)).padStart(7)}ms `;
}
