/** What `arping` is asked for by its words (arping(8)). */
import type { NetworkInterface } from '../../stack/index.ts';
import { IPV4_ANY, type Ipv4Address, isInPrefix, isIpv6, parseIpv4 } from '../../wire/index.ts';
import type { Process } from '../process.ts';
import { findDestination } from './destination.ts';
import { numberOption, readCommandLine } from './options.ts';

const SECOND = 1_000_000_000;
const INT_MAXIMUM = 0x7fff_ffff;

/** Whether it asks, asks for an address that nobody should have, or tells in one of two ways. */
type Mode = 'ask' | 'detect' | 'announce' | 'answer';

export interface ArpingRequest {
  readonly target: Ipv4Address;
  readonly source: Ipv4Address;
  readonly by: NetworkInterface;
  readonly mode: Mode;
  readonly count: number;
  readonly timeout: number;
  readonly interval: number;
  readonly isQuiet: boolean;
  readonly endsByReply: boolean;
  readonly keepsBroadcasting: boolean;
}

/** @throws RangeError for what arping would refuse */
export async function readArping(
  process: Process,
  words: readonly string[],
): Promise<ArpingRequest> {
  const line = readCommandLine(words, 'fqbDUAc:w:i:I:s:');
  const { options, operands } = line;
  const asked = {
    mode: modeOf(options),
    count: numberOption(line, 'c', Infinity, 1, INT_MAXIMUM),
    timeout: numberOption(line, 'w', Infinity, 0, INT_MAXIMUM) * SECOND,
    interval: numberOption(line, 'i', 1, 1, INT_MAXIMUM) * SECOND,
    isQuiet: options.has('q'),
    endsByReply: options.has('f') || options.has('D'),
    keepsBroadcasting: options.has('b'),
  };
  const [host, extra] = operands;
  if (host === undefined || extra !== undefined) {
    throw new RangeError('usage: arping [options] <destination>');
  }
  const by = interfaceOf(process, options.get('I'));
  const { address: target } = await findDestination(process, host, 4);
  if (isIpv6(target)) throw new RangeError(`${host}: not an IPv4 address`);
  const source = sourceFor(asked.mode, target, by, options.get('s'));
  return { ...asked, target, source, by };
}

function modeOf(options: ReadonlyMap<string, string>): Mode {
  if (options.has('D')) return 'detect';
  if (options.has('A')) return 'answer';
  return options.has('U') ? 'announce' : 'ask';
}

/** The interface of that name, or the first that has a link with hardware addresses. */
function interfaceOf({ interfaces }: Process, name: string | undefined): NetworkInterface {
  const found = interfaces.find((each) =>
    name === undefined ? !each.loopback : each.name === name,
  );
  if (found !== undefined) return found;
  throw new RangeError(
    name === undefined
      ? 'Suitable device could not be determined. Please, use option -I.'
      : `Device ${name} not available.`,
  );
}

/** Whose address the question carries: who detects has none yet, who tells has the target's. */
function sourceFor(
  mode: Mode,
  target: Ipv4Address,
  { ipv4Addresses }: NetworkInterface,
  wanted: string | undefined,
): Ipv4Address {
  const onLink = ipv4Addresses.find((prefix) => isInPrefix(target, prefix)) ?? ipv4Addresses[0];
  const isOwn = ipv4Addresses.some(({ address }) => address === target);
  let source = wanted === undefined ? target : sourceOf(wanted);
  if (wanted === undefined && mode === 'detect') source = IPV4_ANY;
  else if (wanted === undefined && mode === 'ask' && !isOwn) source = onLink?.address ?? IPV4_ANY;
  const isBindable = source === IPV4_ANY || ipv4Addresses.some(({ address }) => address === source);
  if (!isBindable) throw new RangeError('bind: Cannot assign requested address');
  return source;
}

function sourceOf(text: string): Ipv4Address {
  try {
    return parseIpv4(text);
  } catch {
    throw new RangeError(`invalid source ${text}`);
  }
}
