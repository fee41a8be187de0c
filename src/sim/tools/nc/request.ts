/** What words ask of `nc` (nc(1), OpenBSD's, as Debian has it). */
import { DEBIAN_SERVICES, type ServiceTable } from '../../../tcpdump/index.ts';
import { type Duration, seconds } from '../../../stack/index.ts';
import { readCommandLine } from '../options.ts';

export interface NcRequest {
  /** Nothing for a listener on every address. */
  readonly host: string | undefined;
  /** As they were written, one after the other; a listener's is one. */
  readonly ports: readonly number[];
  readonly isListening: boolean;
  /** `-k`: one connection after the other. */
  readonly keepsListening: boolean;
  readonly isUdp: boolean;
  readonly isVerbose: boolean;
  /** `-z`: only tries to connect. */
  readonly isScan: boolean;
  /** `-n`: addresses and ports as numbers. */
  readonly isNumeric: boolean;
  /** `-d`: reads nothing from standard input. */
  readonly isDetached: boolean;
  readonly version: 4 | 6 | undefined;
  /** `-N`: the end of input ends the sending side. */
  readonly shutsDown: boolean;
  /** `-q`: how long it stays when all is over. */
  readonly quitDelay: Duration;
  /** `-w`: how long to wait for a connection, and for anything to happen on it. */
  readonly patience: Duration | undefined;
  readonly sourcePort: number | undefined;
  readonly sourceAddress: string | undefined;
}

/** What it says of words that it does not understand, behind its name. */
export const NC_USAGE = `\
usage: nc [-46CDdFhklNnrStUuvZz] [-I length] [-i interval] [-M ttl]
\t  [-m minttl] [-O length] [-P proxy_username] [-p source_port]
\t  [-q seconds] [-s sourceaddr] [-T keyword] [-V rtable] [-W recvlimit]
\t  [-w timeout] [-X proxy_protocol] [-x proxy_address[:port]]
\t  [destination] [port]
`;

/** The words do not fit together: only the usage is printed. */
export class UsageOnly extends RangeError {}

/** The options that are here; a colon stands behind those with a value. */
const OPTIONS = '46dklNnp:q:s:uvw:z';

/**
 * @param services names of ports beside those that everybody knows
 * @throws RangeError in nc's words, UsageOnly
 */
export function readNc(words: readonly string[], services: ServiceTable): NcRequest {
  const line = readCommandLine(words, OPTIONS);
  const { options } = line;
  const has = (letter: string): boolean => options.has(letter);
  const isListening = has('l');
  const { host, port } = endOf(line.operands, isListening, options.get('p'));
  if (isListening && has('z')) throw new RangeError('cannot use -z and -l');
  if (!isListening && has('k')) throw new RangeError('must use -l with -k');
  const named = has('n') ? undefined : services;
  const quit = options.get('q');
  const delay = quit === undefined ? -1 : secondsOf(quit, 'quit timer');
  const wait = options.get('w');
  const source = options.get('p');
  return {
    host,
    ports: isListening ? [listenerPort(port, services)] : portsOf(port, named),
    isListening,
    keepsListening: has('k'),
    isUdp: has('u'),
    isVerbose: has('v'),
    isScan: has('z'),
    isNumeric: has('n'),
    isDetached: has('d'),
    version: has('6') ? 6 : has('4') ? 4 : undefined,
    shutsDown: has('N') || delay >= 0,
    quitDelay: seconds(Math.max(delay, 0)),
    patience: wait === undefined ? undefined : seconds(secondsOf(wait, 'timeout')),
    sourcePort: isListening || source === undefined ? undefined : portOf(source, named),
    sourceAddress: options.get('s'),
  };
}

/** The host and the port; a listener's host may be missing, and its port stand behind `-p`. */
function endOf(
  operands: readonly string[],
  isListening: boolean,
  portOption: string | undefined,
): { readonly host: string | undefined; readonly port: string } {
  const [first, second, ...more] = operands;
  if (more.length > 0) throw new UsageOnly();
  if (!isListening) {
    if (first === undefined) throw new UsageOnly();
    if (second === undefined) throw new RangeError('missing port number');
    return { host: first, port: second };
  }
  if (portOption !== undefined) {
    if (second !== undefined) throw new UsageOnly();
    return { host: first, port: portOption };
  }
  if (first === undefined) throw new RangeError('missing port number');
  return second === undefined ? { host: undefined, port: first } : { host: first, port: second };
}

function secondsOf(text: string, what: string): number {
  const isNumber = /^-?\d{1,9}$/.test(text);
  if (!isNumber) throw new RangeError(`${what} invalid: ${text}`);
  const value = Number(text);
  if (value < 0 && what === 'timeout') throw new RangeError(`${what} too small: ${text}`);
  return value;
}

/** What getaddrinfo(3) makes of it. */
function listenerPort(text: string, services: ServiceTable): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : servicePort(text, services);
  if (port === undefined || port > 65_535) {
    throw new RangeError('getaddrinfo: Servname not supported for ai_socktype');
  }
  return port;
}

/** A port, or a range of them: `20-25`. */
function portsOf(text: string, services: ServiceTable | undefined): number[] {
  const [, first, last] = /^(\d.*)-(.+)$/.exec(text) ?? [];
  if (first === undefined || last === undefined) return [portOf(text, services)];
  const ends = [portOf(first, services), portOf(last, services)];
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  return Array.from({ length: high - low + 1 }, (_, i) => low + i);
}

/** @param services names that may be written; none with -n */
function portOf(text: string, services: ServiceTable | undefined): number {
  const known = services && servicePort(text, services);
  if (known !== undefined) return known;
  if (!/^-?\d+$/.test(text)) throw new RangeError(`port number invalid: ${text}`);
  const port = Number(text);
  if (port > 65_535) throw new RangeError(`port number too large: ${text}`);
  if (port < 1) throw new RangeError(`port number too small: ${text}`);
  return port;
}

function servicePort(name: string, services: ServiceTable): number | undefined {
  for (const { tcp = [], udp = [] } of [services, DEBIAN_SERVICES]) {
    for (const [port, each] of [...tcp, ...udp]) if (each === name) return port;
  }
  return undefined;
}

/** What a port is called, as `-v` says it: `tcp/http`, `udp/*`. */
export function portTitle(
  port: number,
  { isUdp, isNumeric }: NcRequest,
  services: ServiceTable,
): string {
  const transport = isUdp ? 'udp' : 'tcp';
  const name = services[transport]?.get(port) ?? DEBIAN_SERVICES[transport].get(port);
  return `${transport}/${isNumeric ? '*' : (name ?? '*')}`;
}
