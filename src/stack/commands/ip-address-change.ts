/**
 * `ip address add`, `replace`, `change`, `del` and `flush`, of either family, in the words of
 * iproute2 6.1 and of the kernel (ip-address(8)).
 *
 *     ip address add ADDRESS/LENGTH [brd +] [scope WORD] [label NAME:WORD] [nodad] dev NAME
 *         [valid_lft SECONDS] [preferred_lft SECONDS]
 */
import {
  broadcastOf,
  INFINITE_LIFETIME,
  type IpPrefix,
  type Ipv4Address,
  type Ipv4Prefix,
  IPV6_ANY,
  IPV6_LOOPBACK,
  isIpv4Prefix,
  isIpv6,
  isIpv6Prefix,
  isMulticast,
  parseIpPrefix,
  printIp,
} from '../../wire/index.ts';
import {
  type AddressLifetimes,
  lendAddress,
  takeAddress,
} from '../interfaces/address-lifetimes.ts';
import type { Host } from '../host.ts';
import { InterfaceAddress } from '../ip/interface-address.ts';
import type { Port } from '../ip/routing.ts';
import { type Duration, type Instant, NEVER, seconds } from '../time.ts';
import {
  type CommandContext,
  type CommandOutcome,
  done,
  failed,
  NOT_PERMITTED,
} from './command.ts';
import { ROOT } from './holders.ts';
import { addressOf, type IpStyle, isShort, parseScope } from './ip-words.ts';

/** The verbs that change one address. */
export const ADDRESS_CHANGES = ['add', 'replace', 'change', 'delete'] as const;
type AddressChange = (typeof ADDRESS_CHANGES)[number];

/** What the words say. */
interface AskedAddress {
  readonly port: Port;
  readonly prefix: IpPrefix;
  /** Whether the length was left out. */
  readonly isBare: boolean;
  /** `brd +` or `brd ADDRESS`; nothing goes by it. */
  readonly broadcast: Ipv4Address | undefined;
  readonly label: string | undefined;
  /** Of IPv4; that of one of IPv6 shows by itself. */
  readonly scope: number | undefined;
  readonly asks: boolean;
  readonly lifetimes: AddressLifetimes;
}

/** Does something to one address of a device. */
export function changeAddress(
  { host, now, user }: CommandContext,
  style: IpStyle,
  change: AddressChange,
  operands: readonly string[],
): CommandOutcome {
  const asked = readAddress(host, style, operands);
  if ('status' in asked) return asked;
  if (user !== ROOT) return NOT_PERMITTED;
  if (change === 'delete') return remove(host, asked, now);
  const { port, prefix, lifetimes } = asked;
  const known = find(port, prefix);
  if (known === undefined) return add(host, asked, now);
  if (change !== 'add') {
    known.skipsDetection = isIpv6(prefix.address) && !asked.asks;
    lendAddress(host, port, known, lifetimes, now);
    return done();
  }
  return failed(
    2,
    isIpv6(prefix.address)
      ? 'Error: ipv6: address already assigned.'
      : 'Error: ipv4: Address already assigned.',
  );
}

/** Reads the words, in whatever order. */
function readAddress(
  host: Host,
  { family }: IpStyle,
  operands: readonly string[],
): AskedAddress | CommandOutcome {
  const words = [...operands];
  const valueOf = (...names: string[]): string | undefined => {
    const at = words.findIndex((word) => names.includes(word));
    return at < 0 ? undefined : words.splice(at, 2)[1];
  };
  const name = valueOf('dev');
  const broadcast = valueOf('brd', 'broadcast');
  const label = valueOf('label');
  const scopeText = valueOf('scope');
  const scope = scopeText === undefined ? undefined : parseScope(scopeText);
  if (scopeText !== undefined && scope === undefined) {
    return failed(255, `Error: argument "${scopeText}" is wrong: invalid scope value.`);
  }
  const lifetimes = readLifetimes(valueOf('valid_lft'), valueOf('preferred_lft'));
  if ('status' in lifetimes) return lifetimes;
  const nodadAt = words.indexOf('nodad');
  if (nodadAt >= 0) words.splice(nodadAt, 1);
  const [text, more] = words;
  if (more !== undefined) {
    return failed(255, `Error: either "local" is duplicate, or "${more}" is a garbage.`);
  }
  const prefix = text === undefined ? undefined : prefixOf(text, family);
  if (text !== undefined && prefix === undefined) {
    const what = family === 6 ? 'inet6' : family === 4 ? 'inet' : 'any valid';
    return failed(1, `Error: ${what} prefix is expected rather than "${text}".`);
  }
  if (name === undefined) return failed(1, 'Not enough information: "dev" argument is required.');
  const port = host.portNamed(name);
  if (port === undefined) return failed(1, `Cannot find device "${name}"`);
  if (prefix === undefined) return failed(2, 'RTNETLINK answers: Operation not supported');
  return {
    port,
    prefix,
    isBare: text?.includes('/') === false,
    broadcast: isIpv4Prefix(prefix) ? broadcastFor(prefix, broadcast) : undefined,
    label: isIpv4Prefix(prefix) ? label : undefined,
    scope,
    asks: nodadAt < 0,
    lifetimes,
  };
}

function readLifetimes(
  valid = 'forever',
  preferred = 'forever',
): AddressLifetimes | CommandOutcome {
  const words = Object.entries({ valid_lft: valid, preferred_lft: preferred });
  for (const [name, text] of words) {
    if (lifetimeOf(text) === undefined) {
      return failed(255, `Error: argument "${text}" is wrong: ${name} value`);
    }
  }
  const lifetimes = {
    valid: lifetimeOf(valid) ?? NEVER,
    preferred: lifetimeOf(preferred) ?? NEVER,
  };
  if (lifetimes.valid === 0) return failed(1, 'valid_lft is zero');
  if (lifetimes.preferred > lifetimes.valid) {
    return failed(1, 'preferred_lft is greater than valid_lft');
  }
  return lifetimes;
}

/** Seconds in 32 bits, the most of which are for ever (INFINITY_LIFE_TIME). */
function lifetimeOf(text: string): Duration | undefined {
  if (text === 'forever' || Number(text) === INFINITE_LIFETIME) return NEVER;
  const isNumber = /^\d{1,10}$/.test(text) && Number(text) < INFINITE_LIFETIME;
  return isNumber ? seconds(Number(text)) : undefined;
}

function broadcastFor(prefix: Ipv4Prefix, word: string | undefined): Ipv4Address | undefined {
  if (word === '+') return broadcastOf(prefix);
  const address = addressOf(word ?? '');
  return address === undefined || isIpv6(address) ? undefined : address;
}

function prefixOf(text: string, family: IpStyle['family']): IpPrefix | undefined {
  try {
    const prefix = parseIpPrefix(
      text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`,
    );
    const isMeant = family === undefined || isIpv6(prefix.address) === (family === 6);
    return isMeant ? prefix : undefined;
  } catch {
    return undefined;
  }
}

function find(
  { interface: link }: Port,
  { address, length }: IpPrefix,
): InterfaceAddress | undefined {
  return link.addresses.find((own) => own.address === address && own.length === length);
}

function add(host: Host, asked: AskedAddress, now: Instant): CommandOutcome {
  const { port, prefix, broadcast, label, lifetimes } = asked;
  const problem = isIpv4Prefix(prefix) ? addIpv4(host, asked) : addIpv6(host, asked, now);
  if (problem !== undefined) return problem;
  const added = find(port, prefix);
  if (added === undefined) return done();
  added.broadcast = broadcast;
  added.label = label;
  if (lifetimes.preferred < NEVER) lendAddress(host, port, added, lifetimes, now);
  return done();
}

/** All addresses of a network reach as far as the first. */
function addIpv4(host: Host, { port, prefix, scope }: AskedAddress): CommandOutcome | undefined {
  if (!isIpv4Prefix(prefix)) return undefined;
  const wanted = new InterfaceAddress(prefix, 'preferred');
  const first = port.interface.addresses.find((own) => wanted.isSecondaryTo(own));
  if (first !== undefined && first.scope !== (scope ?? wanted.scope)) {
    return failed(2, 'Error: ipv4: Invalid scope value.');
  }
  host.addAddress(port.interface.name, prefix, scope);
  return undefined;
}

/** What the kernel has against an address of IPv6, if it does not add it. */
function addIpv6(
  host: Host,
  { port, prefix, asks }: AskedAddress,
  now: Instant,
): CommandOutcome | undefined {
  const { address } = prefix;
  if (address === IPV6_ANY) return failed(2, 'Error: ipv6: Invalid address.');
  if (isMulticast(address)) {
    const what = 'Cannot assign multicast address without "IFA_F_MCAUTOJOIN" flag.';
    return failed(2, `Error: ipv6: ${what}`);
  }
  if (address === IPV6_LOOPBACK && !port.interface.loopback) {
    return failed(2, 'Error: ipv6: Cannot assign loopback address on this device.');
  }
  if (!isIpv6Prefix(prefix) || host.addIpv6Address(port, prefix, asks, now)) return undefined;
  if (port.interface.settings.ipv6.isOn) return failed(2, 'RTNETLINK answers: Invalid argument');
  return failed(2, 'Error: ipv6: IPv6 is disabled on this device.');
}

/** An address of IPv4 without a length is any of these (iproute2 says that this may end). */
function remove(host: Host, { port, prefix, isBare }: AskedAddress, now: Instant): CommandOutcome {
  const { address } = prefix;
  const isWild = isBare && !isIpv6(address);
  const own = isWild
    ? port.interface.addresses.find((each) => each.address === address)
    : find(port, prefix);
  if (own === undefined) {
    return failed(
      2,
      isIpv6(address) ? 'Error: ipv6: address not found.' : 'Error: ipv4: Address not found.',
    );
  }
  takeAddress(host, port, own, now);
  return done('', isWild ? wildcardWarning(prefix) : undefined);
}

function wildcardWarning({ address }: IpPrefix): string {
  return `Warning: Executing wildcard deletion to stay compatible with old scripts.
         Explicitly specify the prefix length (${printIp(address)}/32) to avoid this warning.
         This special behaviour is likely to disappear in further releases,
         fix your scripts!
`;
}

/** `ip address flush dev NAME`: all of one family, or of both. */
export function flushAddresses(
  { host, now, user }: CommandContext,
  { family }: IpStyle,
  operands: readonly string[],
): CommandOutcome {
  const [first = '', second] = operands;
  const name = isShort(first, 'dev') ? second : first;
  if (name === undefined || name === '') return failed(1, 'Flush requires arguments.');
  const port = host.portNamed(name);
  if (port === undefined) return failed(1, `Device "${name}" does not exist.`);
  if (user !== ROOT) return failed(255, 'Failed to send flush request: Operation not permitted');
  const isMeant = ({ address }: InterfaceAddress): boolean =>
    family === undefined || isIpv6(address) === (family === 6);
  const { addresses } = port.interface;
  for (let own = addresses.find(isMeant); own !== undefined; own = addresses.find(isMeant)) {
    takeAddress(host, port, own, now);
  }
  return done();
}
