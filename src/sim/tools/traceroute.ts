/**
 * `traceroute` (traceroute(8), Dmitry Butskoy's): packets that live one hop longer each time, and
 * the routers that say where they died. Sixteen are under way at once; a hop's line is printed when
 * its last probe is answered, or was waited for long enough.
 */
import {
  type Duration,
  type Instant,
  NEVER,
  type RawPacket,
  ROOT,
  SocketError,
  wordsOf,
} from '../../stack/index.ts';
import { type IpAddress, IpProtocol, printIp } from '../../wire/index.ts';
import type { Process } from '../process.ts';
import type { RawPacketSocket } from '../sockets/raw-packet-socket.ts';
import { icmpFor, type IcmpMessage, type IcmpVersion } from './icmp-answers.ts';
import { printMilliseconds } from './print-time.ts';
import { PortProbes, ServiceProbes } from './trace-datagrams.ts';
import { EchoProbes } from './trace-echoes.ts';
import { markOf, mtuIn } from './trace-marks.ts';
import { discoveryOf, type ProbeMethod } from './trace-probes.ts';
import { callOf, readTrace, type TraceRequest } from './trace-request.ts';
import { SynProbes } from './trace-syns.ts';

const MILLISECOND = 1_000_000;

/**
 * Runs the tool; each line goes to `print`, what is an error to `complain`. Gives the exit status.
 */
export async function traceroute(
  process: Process,
  words: readonly string[],
  print: (line: string) => void,
  complain: (line: string) => void = print,
): Promise<number> {
  let request: TraceRequest;
  try {
    request = await readTrace(process, words);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    for (const line of error.message.split('\n')) complain(line);
    return 2;
  }
  const { host, address, hops, length, method } = request;
  if (method === 'tcp' && process.user !== ROOT) {
    complain('You do not have enough privileges to use this traceroute method.');
    complain(`socket: ${wordsOf('EPERM')}`);
    return 1;
  }
  const who = `traceroute to ${host} (${printIp(address)})`;
  print(`${who}, ${hops} hops max, ${length} byte packets`);
  const also = { default: [], icmp: [], udp: [IpProtocol.udp], tcp: [IpProtocol.tcp] }[method];
  const socket = process.rawSocket(icmpFor(address).protocol, ...also);
  const probes = methodOf(process, socket, request);
  try {
    const { device, source } = request;
    if (device !== undefined) socket.stackSocket.bindToDevice(device);
    if (source !== undefined) socket.stackSocket.bind(source);
    await new Trace(process, request, socket, probes, print).run();
    return 0;
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    complain(`${callOf(error)}: ${wordsOf(error.code)}`);
    return 1;
  } finally {
    socket.close();
    await probes.close();
  }
}

function methodOf(process: Process, socket: RawPacketSocket, request: TraceRequest): ProbeMethod {
  switch (request.method) {
    case 'default':
      return new PortProbes(process, request);
    case 'udp':
      return new ServiceProbes(process, request);
    case 'icmp':
      return new EchoProbes(process, socket, request);
    case 'tcp':
      return new SynProbes(process, socket, request);
  }
}

/** One packet, and what became of it. */
class Probe {
  sentAt: Instant | undefined = undefined;
  /** From its answer: the time it took, who gave it, and what marks stand around it. */
  took: Duration | undefined = undefined;
  from: IpAddress | undefined = undefined;
  flags: string | undefined = undefined;
  mark = '';
  /** Whether nothing can come from further away. */
  isFinal = false;
  isDone = false;
}

class Trace {
  readonly #process: Process;
  readonly #request: TraceRequest;
  readonly #version: IcmpVersion;
  readonly #socket: RawPacketSocket;
  readonly #print: (line: string) => void;
  readonly #method: ProbeMethod;
  /** Of all hops from the first on, those before the first that is asked included. */
  readonly #probes: readonly Probe[];
  /** Octets of a packet: less and less where the way's MTU is being found out. */
  #length: number;
  #line = '';

  constructor(
    process: Process,
    request: TraceRequest,
    socket: RawPacketSocket,
    method: ProbeMethod,
    print: (line: string) => void,
  ) {
    const { address, hops, queries, length, tos } = request;
    this.#process = process;
    this.#request = request;
    this.#version = icmpFor(address);
    this.#socket = socket;
    this.#method = method;
    this.#print = print;
    this.#length = length;
    this.#probes = Array.from({ length: hops * queries }, () => new Probe());
    socket.stackSocket.tos = tos;
    socket.stackSocket.mtuDiscovery = discoveryOf(request);
  }

  async run(): Promise<void> {
    const { address, firstHop, queries, atOnce } = this.#request;
    let begin = (firstHop - 1) * queries;
    let end = this.#probes.length;
    this.#socket.stackSocket.sourceFor(address);
    while (begin < end) {
      let next = NEVER;
      let underWay = 0;
      for (let number = begin; number < end && underWay < atOnce; number++) {
        const probe = this.#probes[number]!;
        if (probe.sentAt === undefined) this.#send(probe, number);
        const until = (probe.sentAt ?? 0) + this.#patience(number);
        if (this.#process.now >= until) probe.isDone = true;
        if (!probe.isDone) {
          underWay += 1;
          next = Math.min(next, until);
          continue;
        }
        if (number === begin) this.#show(probe, begin++);
        if (probe.isFinal) end = (Math.floor(number / queries) + 1) * queries;
      }
      if (next !== NEVER) await this.#listen(next);
    }
  }

  #send(probe: Probe, number: number): void {
    const { address, queries, findsMtu } = this.#request;
    const { stackSocket } = this.#socket;
    probe.sentAt = this.#process.now;
    const mtu = findsMtu ? stackSocket.longestWhole(address, probe.sentAt) : Infinity;
    if (mtu < this.#length) this.#shorten(probe, mtu);
    this.#method.send(number, Math.floor(number / queries) + 1, this.#length);
  }

  /** The way takes no packets so long: from here on they are shorter. */
  #shorten(probe: Probe, mtu: number): void {
    this.#length = mtu;
    probe.mark = `F=${mtu}`;
  }

  /** How long a probe is waited for: less where others of its hop, or of later ones, were fast. */
  #patience(number: number): Duration {
    const { queries, wait, here, near } = this.#request;
    const hop = number - (number % queries);
    const same = this.#probes.slice(hop, hop + queries);
    const later = this.#probes.slice(number + 1).filter(({ sentAt }) => sentAt !== undefined);
    for (const [probes, factor] of [
      [same, here],
      [later, near],
    ] as const) {
      const took = probes.find((probe) => probe.took !== undefined)?.took;
      if (took !== undefined) return Math.min(factor * (took + MILLISECOND), wait);
    }
    return wait;
  }

  /** Takes what has come until then, and everything that has come at the same instant. */
  async #listen(until: Instant): Promise<void> {
    for (let at = until; ; at = this.#process.now) {
      const packet = await this.#socket.recv(at);
      if (packet === undefined) return;
      const reply = this.#method.replied(packet);
      if (reply !== undefined) {
        const probe = this.#answered(reply.number, packet);
        if (probe === undefined) continue;
        probe.isFinal = true;
        if (this.#request.showsFlags) probe.flags = reply.flags;
      } else if (packet.protocol === this.#version.protocol) {
        const message = this.#version.messageOf(packet.payload);
        if (message !== undefined) this.#takeError(message, packet);
      }
    }
  }

  #takeError(message: IcmpMessage, packet: RawPacket): void {
    const quote = this.#version.quoteIn(message);
    const number = quote === undefined ? undefined : this.#method.quoted(quote);
    if (number === undefined || message.type === this.#version.redirect) return;
    const mtu = mtuIn(this.#version, message);
    const isLess = mtu !== undefined && mtu > this.#version.headers && mtu < this.#length;
    const probe = this.#probes[number];
    if (this.#request.findsMtu && isLess && probe?.isDone === false) {
      this.#shorten(probe, mtu);
      this.#send(probe, number);
      return;
    }
    const answered = this.#answered(number, packet);
    if (answered === undefined || message.type === this.#version.timeExceeded) return;
    answered.isFinal = true;
    answered.mark = markOf(this.#version, message) || answered.mark;
  }

  /** The probe of that number, answered now; nothing where it is none that is waited for. */
  #answered(number: number, { source, at }: RawPacket): Probe | undefined {
    const probe = this.#probes[number];
    if (probe?.sentAt === undefined || probe.isDone) return undefined;
    probe.took = at - probe.sentAt;
    probe.from = source;
    probe.isDone = true;
    return probe;
  }

  /** Adds the probe to its hop's line, which is printed with its last one. */
  #show({ took, from, flags, mark }: Probe, number: number): void {
    const { queries, isNumeric } = this.#request;
    const place = number % queries;
    if (place === 0) this.#line = `${String(number / queries + 1).padStart(2)} `;
    const before = this.#probes
      .slice(number - place, number)
      .findLast((probe) => probe.from !== undefined);
    if (from === undefined) this.#line += ' *';
    else if (before?.from !== from) {
      const address = printIp(from);
      this.#line += ` ${address}${isNumeric ? '' : ` (${address})`}`;
      if (flags !== undefined) this.#line += ` <${flags}>`;
    }
    if (took !== undefined)
      this.#line += `  ${printMilliseconds(Math.floor((took + 500) / 1000))} ms`;
    if (mark !== '') this.#line += ` ${mark}`;
    if (place === queries - 1) this.#print(this.#line);
  }
}
