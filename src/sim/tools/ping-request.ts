/** What `ping` is asked for by its words (ping(8)). */
import { type Duration, PATH_MTU_DISCOVERY } from '../../stack/index.ts';
import { type IpAddress, parseIp } from '../../wire/index.ts';
import type { Process } from '../process.ts';
import { type Destination, findDestination } from './destination.ts';
import {
  ArgumentError,
  type CommandLine,
  LONG_MOST,
  numberOption,
  readCommandLine,
  secondsOption,
} from './options.ts';

const SECOND = 1_000_000_000;
/** No interval is less, but where answers set the pace. */
const LEAST_INTERVAL = 2_000_000;
/** A flood waits so long for an answer before it sends again. */
const FLOOD_INTERVAL = 10_000_000;

const DISCOVERY: ReadonlyMap<string, number> = new Map([
  ['do', PATH_MTU_DISCOVERY.IP_PMTUDISC_DO],
  ['want', PATH_MTU_DISCOVERY.IP_PMTUDISC_WANT],
  ['dont', PATH_MTU_DISCOVERY.IP_PMTUDISC_DONT],
]);

export interface PingRequest extends Destination {
  readonly count: number;
  readonly interval: Duration;
  /** Whether that is less than anybody may wait who is not root. */
  readonly isTooFast: boolean;
  /** Of the data behind the echo's header. */
  readonly length: number;
  /** How long the last answer is waited for where none has come. */
  readonly linger: Duration;
  readonly deadline: Duration;
  /** So many requests are sent at once, to begin with. */
  readonly preload: number;
  readonly ttl: number | undefined;
  readonly tos: number;
  readonly discovery: number;
  /** Octets that the data repeats; counting ones where there are none. */
  readonly pattern: readonly number[];
  /** An address to send from, or an interface to send by. */
  readonly source: IpAddress | undefined;
  readonly device: string | undefined;
  readonly mayBroadcast: boolean;
  readonly isQuiet: boolean;
  readonly isFlood: boolean;
  /** Whether lines begin with the time. */
  readonly hasTimes: boolean;
  /** Whether it says so when a request is sent before the last one is answered. */
  readonly tellsOutstanding: boolean;
}

/** @throws RangeError for what ping would refuse */
export async function readPing(process: Process, words: readonly string[]): Promise<PingRequest> {
  const line = readCommandLine(words, '46bnqDOfc:i:s:t:M:W:w:I:l:p:Q:');
  const { options, operands } = line;
  const discovery = DISCOVERY.get(options.get('M') ?? 'want');
  if (discovery === undefined) throw new RangeError(`invalid -M argument: ${options.get('M')}`);
  const ttl = options.has('t') ? numberOption(line, 't', 64, 0, 255) : undefined;
  const isFlood = options.has('f');
  const interval = secondsOption(line, 'i', isFlood ? FLOOD_INTERVAL : SECOND);
  const asked = {
    ...readTimes(line),
    interval: Math.max(interval, LEAST_INTERVAL),
    isTooFast: interval < LEAST_INTERVAL || (isFlood && !options.has('i')),
    length: numberOption(line, 's', 56, 0, 65_507),
    preload: numberOption(line, 'l', 1, 1, 65_536),
    ttl,
    tos: options.has('Q') ? readTos(options.get('Q') ?? '') : 0,
    discovery,
    pattern: readPattern(options.get('p') ?? ''),
    ...readSource(options.get('I')),
    mayBroadcast: options.has('b'),
    isQuiet: options.has('q'),
    isFlood,
    hasTimes: options.has('D'),
    tellsOutstanding: options.has('O'),
  };
  const host = operands.at(-1);
  if (host === undefined) throw new ArgumentError('usage error: Destination address required');
  if (ttl === 0) throw new RangeError('cannot set unicast time-to-live: Invalid argument');
  const version = options.has('6') ? 6 : options.has('4') ? 4 : undefined;
  return { ...asked, ...(await findDestination(process, host, version)) };
}

/** How often it asks, and how long it waits. */
function readTimes(line: CommandLine): Pick<PingRequest, 'count' | 'linger' | 'deadline'> {
  const count = numberOption(line, 'c', Infinity, 1, LONG_MOST);
  const deadline = secondsOption(line, 'w', 0) || Infinity;
  return { count, linger: secondsOption(line, 'W', 10 * SECOND), deadline };
}

/** `-I`: an address, or what is taken for the name of an interface. */
function readSource(text: string | undefined): Pick<PingRequest, 'source' | 'device'> {
  if (text === undefined) return { source: undefined, device: undefined };
  try {
    return { source: parseIp(text), device: undefined };
  } catch {
    if (text.includes(':')) throw new RangeError(`invalid source address: ${text}`);
    return { source: undefined, device: text };
  }
}

/** `-Q`: a number of eight bits, decimal or, with `0x`, hexadecimal. */
function readTos(text: string): number {
  if (!/^(?:\d{1,9}|0x[\da-f]{1,8})$/i.test(text)) throw new RangeError(`bad TOS value: ${text}`);
  if (Number(text) <= 255) return Number(text);
  throw new RangeError(`the decimal value of TOS bits must be in range 0-255: ${text}`);
}

/** Two digits an octet, sixteen octets at most; a digit alone is an octet. */
function readPattern(text: string): number[] {
  if (!/^[\da-f]*$/i.test(text)) {
    throw new RangeError(`patterns must be specified as hex digits: ${text}`);
  }
  return (text.match(/..?/g) ?? []).slice(0, 16).map((digits) => Number.parseInt(digits, 16));
}
