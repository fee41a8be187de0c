/**
 * `traceroute` (traceroute(8), Dmitry Butskoy's): packets that live one hop longer each time, and
 * the routers that say where they died. Sixteen are under way at once; a hop's line is printed when
 * its last probe is answered, or was waited for long enough.
 */
import { type Duration, type Instant, NEVER, SocketError, wordsOf } from '../../stack/index.ts';
import {
  type Icmpv4Message,
  Icmpv4Type,
  type IpAddress,
  IpProtocol,
  parseIpv4,
  printIp,
  UnreachableCode,
} from '../../wire/index.ts';
import type { Process } from '../process.ts';
import type { RawPacketSocket } from '../raw-packet-socket.ts';
import { messageOf, quoteIn } from './icmp-answers.ts';
import { numberOption, readCommandLine, secondsOption } from './options.ts';
import { datagramProbes, echoProbes, type ProbeMethod, type ProbeTarget } from './trace-probes.ts';

const MILLISECOND = 1_000_000;
const AT_ONCE = 16;
/** How many times longer than a probe of the same hop, or of a later one, another may take. */
const HERE = 3;
const NEAR = 10;
const FIRST_PORT = 33_434;

interface Request extends ProbeTarget {
  readonly hops: number;
  readonly queries: number;
  readonly wait: Duration;
  readonly isNumeric: boolean;
  readonly isEcho: boolean;
}

/** @throws RangeError for what traceroute would refuse */
function read(words: readonly string[]): Request {
  const line = readCommandLine(words, '4FIUnm:q:w:p:');
  const [destination, length = '60'] = line.operands;
  if (destination === undefined) throw new RangeError('Specify "host" missing argument.');
  const octets = /^\d{1,5}$/.test(length) ? Number(length) : Number.NaN;
  if (!(octets >= 28 && octets <= 65_000)) throw new RangeError(`no packet length: ${length}`);
  const isEcho = line.options.has('I');
  return {
    destination: parseIpv4(destination),
    length: octets,
    dontFragment: line.options.has('F'),
    first: numberOption(line, 'p', isEcho ? 1 : FIRST_PORT, 1, 0xffff - 2550),
    hops: numberOption(line, 'm', 30, 1, 255),
    queries: numberOption(line, 'q', 3, 1, 10),
    wait: secondsOption(line, 'w', 5000 * MILLISECOND),
    isNumeric: line.options.has('n'),
    isEcho,
  };
}

/** Runs the tool; each line goes to `print`. Gives the exit status. */
export async function traceroute(
  process: Process,
  words: readonly string[],
  print: (line: string) => void,
): Promise<number> {
  let request: Request;
  try {
    request = read(words);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    print(error.message);
    return 2;
  }
  const { destination, hops, length } = request;
  const address = printIp(destination);
  print(`traceroute to ${address} (${address}), ${hops} hops max, ${length} byte packets`);
  const socket = process.rawSocket(IpProtocol.icmp);
  try {
    await new Trace(process, request, socket, print).run();
    return 0;
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    print(`connect: ${wordsOf(error.code)}`);
    return 1;
  } finally {
    socket.close();
  }
}

/** One packet, and what became of it. */
class Probe {
  sentAt: Instant | undefined = undefined;
  /** From its answer: the time it took, who gave it, and what mark stands behind it. */
  took: Duration | undefined = undefined;
  from: IpAddress | undefined = undefined;
  mark = '';
  /** Whether nothing can come from further away. */
  isFinal = false;
  isDone = false;
}

class Trace {
  readonly #process: Process;
  readonly #request: Request;
  readonly #socket: RawPacketSocket;
  readonly #print: (line: string) => void;
  readonly #method: ProbeMethod;
  readonly #probes: readonly Probe[];
  #line = '';

  constructor(
    process: Process,
    request: Request,
    socket: RawPacketSocket,
    print: (line: string) => void,
  ) {
    const { hops, queries, isEcho } = request;
    this.#process = process;
    this.#request = request;
    this.#socket = socket;
    this.#print = print;
    this.#method = isEcho ? echoProbes(process, socket, request) : datagramProbes(process, request);
    this.#probes = Array.from({ length: hops * queries }, () => new Probe());
  }

  async run(): Promise<void> {
    const { queries } = this.#request;
    let begin = 0;
    let end = this.#probes.length;
    this.#socket.stackSocket.sourceFor(this.#request.destination);
    while (begin < end) {
      let next = NEVER;
      let underWay = 0;
      for (let number = begin; number < end && underWay < AT_ONCE; number++) {
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
    probe.sentAt = this.#process.now;
    this.#method.send(number, Math.floor(number / this.#request.queries) + 1);
  }

  /** How long a probe is waited for: less where others of its hop, or of later ones, were fast. */
  #patience(number: number): Duration {
    const { queries, wait } = this.#request;
    const hop = number - (number % queries);
    const here = this.#probes.slice(hop, hop + queries);
    const later = this.#probes.slice(number + 1).filter(({ sentAt }) => sentAt !== undefined);
    for (const [probes, factor] of [
      [here, HERE],
      [later, NEAR],
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
      const message = messageOf(packet.payload);
      if (message !== undefined) this.#take(message, packet.payload, packet.source, packet.at);
    }
  }

  #take(message: Icmpv4Message, payload: Uint8Array, from: IpAddress, at: Instant): void {
    const quote = quoteIn(message);
    const isReply = message.type === Icmpv4Type.echoReply;
    const number = quote === undefined ? undefined : this.#method.quoted(quote);
    const probe = this.#probes[(isReply ? this.#method.replied(payload) : number) ?? -1];
    if (probe?.sentAt === undefined || probe.isDone) return;
    if (message.type === Icmpv4Type.redirect) return;
    probe.took = at - probe.sentAt;
    probe.from = from;
    probe.isDone = true;
    probe.isFinal = message.type !== Icmpv4Type.timeExceeded;
    if (message.type === Icmpv4Type.destinationUnreachable) probe.mark = markOf(message);
  }

  /** Adds the probe to its hop's line, which is printed with its last one. */
  #show({ took, from, mark }: Probe, number: number): void {
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
    }
    if (took !== undefined) this.#line += `  ${printMilliseconds(took)} ms`;
    if (mark !== '') this.#line += ` ${mark}`;
    if (place === queries - 1) this.#print(this.#line);
  }
}

/** By the code of destination unreachable; nothing for the port, which is what was asked for. */
const MARKS: ReadonlyMap<number, string> = new Map([
  [UnreachableCode.net, '!N'],
  [UnreachableCode.host, '!H'],
  [UnreachableCode.protocol, '!P'],
  [UnreachableCode.port, ''],
  [UnreachableCode.sourceRouteFailed, '!S'],
  [6, '!N'], // network unknown
  [7, '!H'], // host unknown
  [8, '!N'], // isolated
  [9, '!X'], // network prohibited
  [10, '!X'], // host prohibited
  [11, '!N'], // for this type of service
  [12, '!H'],
  [UnreachableCode.prohibited, '!X'],
  [14, '!V'], // precedence violation
  [15, '!C'], // precedence cutoff
]);

function markOf({ code, rest }: Icmpv4Message): string {
  if (code === UnreachableCode.fragmentationNeeded) return `!F-${rest & 0xffff}`;
  return MARKS.get(code) ?? `!<${code}>`;
}

function printMilliseconds(duration: Duration): string {
  const microseconds = Math.floor((duration + 500) / 1000);
  const fraction = String(microseconds % 1000).padStart(3, '0');
  return `${Math.floor(microseconds / 1000)}.${fraction}`;
}
