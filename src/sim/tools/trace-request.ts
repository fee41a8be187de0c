/** What `traceroute` is asked for by its words (traceroute(8)). */
import { type Duration, SocketError } from '../../stack/index.ts';
import { type IpAddress, isIpv6 } from '../../wire/index.ts';
import type { Process } from '../process.ts';
import { type Destination, findDestination } from './destination.ts';
import { icmpFor } from './icmp-answers.ts';
import type { ProbeTarget } from './trace-probes.ts';
import { readTraceLine, type TraceLine } from './trace-words.ts';

const OPTIONS = {
  version4: { letter: '4' },
  version6: { letter: '6' },
  numeric: { letter: 'n' },
  dontFragment: { letter: 'F', name: 'dont-fragment' },
  icmp: { letter: 'I', name: 'icmp' },
  tcp: { letter: 'T', name: 'tcp' },
  udp: { letter: 'U', name: 'udp' },
  mtu: { name: 'mtu' },
  first: { letter: 'f', name: 'first', value: 'first_ttl' },
  hops: { letter: 'm', name: 'max-hops', value: 'max_ttl' },
  atOnce: { letter: 'N', name: 'sim-queries', value: 'squeries' },
  port: { letter: 'p', name: 'port', value: 'port' },
  tos: { letter: 't', name: 'tos', value: 'tos' },
  wait: { letter: 'w', name: 'wait', value: 'MAX,HERE,NEAR' },
  queries: { letter: 'q', name: 'queries', value: 'nqueries' },
  device: { letter: 'i', name: 'interface', value: 'device' },
  source: { letter: 's', name: 'source', value: 'src_addr' },
  module: { letter: 'O', name: 'options', value: 'OPTS,...' },
} as const;

type Key = keyof typeof OPTIONS;

export type TraceMethod = 'default' | 'udp' | 'icmp' | 'tcp';

export interface TraceRequest extends ProbeTarget, Destination {
  readonly method: TraceMethod;
  /** The time to live of the first probes, and of the last. */
  readonly firstHop: number;
  readonly hops: number;
  readonly queries: number;
  /** How many probes are under way at once. */
  readonly atOnce: number;
  /** How long a probe is waited for, and how many times longer than others it may take. */
  readonly wait: Duration;
  readonly here: number;
  readonly near: number;
  readonly isNumeric: boolean;
  /** Whether the longest packet that each hop takes is found out. */
  readonly findsMtu: boolean;
  /** Whether the flags of what answers a SYN are shown. */
  readonly showsFlags: boolean;
}

const LONGEST = 65_000;
const FIRST_PORT = 33_434;
const PORTS: Readonly<Record<TraceMethod, number>> = {
  default: FIRST_PORT,
  udp: 53,
  icmp: 1, // its first sequence number
  tcp: 80,
};

/** @throws RangeError for what traceroute would refuse */
export async function readTrace(process: Process, words: readonly string[]): Promise<TraceRequest> {
  const line = readTraceLine<Key>(words, OPTIONS);
  const { options, operands } = line;
  const [host, length, extra] = operands;
  if (host === undefined) throw new RangeError('Specify "host" missing argument.');
  if (extra !== undefined) {
    const argument = words.lastIndexOf(extra) + 1;
    throw new RangeError(`Extra arg \`${extra}' (position 3, argc ${argument})`);
  }
  const has = (key: Key): boolean => options.has(key);
  const method = has('icmp') ? 'icmp' : has('tcp') ? 'tcp' : has('udp') ? 'udp' : 'default';
  const findsMtu = has('mtu');
  const isInfo = options.get('module') === 'info';
  if (has('module') && !(isInfo && method === 'tcp')) {
    throw new RangeError(`\`${options.get('module')}' (argc 1): arguments are not allowed`);
  }
  const asked = {
    ...readHops(line),
    ...readPatience(line),
    method,
    first: numberOf(line, 'port', PORTS[method]) & 0xffff,
    tos: numberOf(line, 'tos', 0) & 0xff,
    atOnce: findsMtu ? 1 : numberOf(line, 'atOnce', 16) || 1,
    dontFragment: has('dontFragment') || findsMtu,
    isNumeric: has('numeric'),
    findsMtu,
    showsFlags: isInfo,
    device: options.get('device'),
    source: await sourceOf(process, line),
  } as const;
  const version = has('version6') ? 6 : has('version4') ? 4 : undefined;
  const place = `on position 1 (argc ${words.indexOf(host) + 1})`;
  const refusal = `Cannot handle "host" cmdline arg \`${host}' ${place}`;
  const destination = await findHost(process, host, version, refusal);
  const { source } = asked;
  if (source !== undefined && isIpv6(source) !== isIpv6(destination.address)) {
    throw new RangeError('IP version mismatch in addresses specified');
  }
  const { headers } = icmpFor(destination.address);
  const usual = findsMtu && method !== 'tcp' ? LONGEST : isIpv6(destination.address) ? 80 : 60;
  const octets = Math.max(readLength(words, length) ?? usual, headers);
  return { ...asked, ...destination, length: octets };
}

/** A host, or what getaddrinfo says of it, with a line about where that stands. */
async function findHost(
  process: Process,
  text: string,
  version: 4 | 6 | undefined,
  refusal: string,
): Promise<Destination> {
  try {
    return await findDestination(process, text, version);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(`${error.message}\n${refusal}`);
  }
}

/** `-s`: an address to send from. */
async function sourceOf(process: Process, line: TraceLine<Key>): Promise<IpAddress | undefined> {
  const text = line.options.get('source');
  if (text === undefined) return undefined;
  return (await findHost(process, text, undefined, line.refusal('source'))).address;
}

function readLength(words: readonly string[], text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) {
    const place = `on position 2 (argc ${words.lastIndexOf(text) + 1})`;
    throw new RangeError(`Cannot handle "packetlen" cmdline arg \`${text}' ${place}`);
  }
  if (Number(text) > LONGEST) throw new RangeError(`too big packetlen ${text} specified`);
  return Number(text);
}

function readHops(line: TraceLine<Key>): Pick<TraceRequest, 'firstHop' | 'hops' | 'queries'> {
  const firstHop = numberOf(line, 'first', 1);
  const hops = numberOf(line, 'hops', 30);
  const queries = numberOf(line, 'queries', 3);
  if (firstHop < 1 || firstHop > hops) throw new RangeError('first hop out of range');
  if (hops > 255) throw new RangeError('max hops cannot be more than 255');
  if (queries < 1 || queries > 10) throw new RangeError('no more than 10 probes per hop');
  return { firstHop, hops, queries };
}

/** `-w 5.0,3,10` */
function readPatience(line: TraceLine<Key>): Pick<TraceRequest, 'wait' | 'here' | 'near'> {
  const text = line.options.get('wait') ?? '5,3,10';
  const numbers = /^(\d{1,5}(?:\.\d{1,6})?)(?:,(\d{1,3})(?:,(\d{1,3}))?)?$/.exec(text);
  if (numbers === null) throw new RangeError(line.refusal('wait'));
  const [, wait, here = '3', near = '10'] = numbers;
  const nanoseconds = Math.round(Number(wait) * 1e6) * 1000;
  return { wait: nanoseconds, here: Number(here), near: Number(near) };
}

function numberOf(line: TraceLine<Key>, key: Key, otherwise: number): number {
  const text = line.options.get(key);
  if (text === undefined) return otherwise;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new RangeError(line.refusal(key));
}

/** Which call failed, as traceroute names it. */
export function callOf({ code }: SocketError): string {
  if (code === 'ENODEV') return 'setsockopt SO_BINDTODEVICE';
  return code === 'EADDRNOTAVAIL' ? 'bind' : 'connect';
}
