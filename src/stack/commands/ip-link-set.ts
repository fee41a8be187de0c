/**
 * `ip link set`: turns an interface on or off, gives it another hardware address or MTU, has it do
 * without ARP (ip-link(8) of iproute2 6.1).
 *
 *     ip link set [dev] eth0 [up | down] [address 02:00:00:00:99:99] [mtu 1400] [arp on | off]
 */
import { type MacAddress, parseMac } from '../../wire/index.ts';
import { wordsOf } from '../errno.ts';
import { LOOPBACK_MTU } from '../interfaces/interface.ts';
import type { InterfaceControl } from '../interfaces/interface-control.ts';
import type { Instant } from '../time.ts';
import {
  type CommandContext,
  type CommandOutcome,
  done,
  failed,
  NOT_PERMITTED,
} from './command.ts';
import { ROOT } from './holders.ts';

/** Ethernet's MTUs (Linux min_mtu, max_mtu). */
const LEAST_MTU = 68;
const MOST_MTU = 65_535;

/** What is to be changed. */
interface AskedLink {
  readonly device: string;
  readonly isUp: boolean | undefined;
  readonly address: MacAddress | undefined;
  readonly mtu: number | undefined;
  readonly usesArp: boolean | undefined;
}

export function setLink(
  { host, now, user }: CommandContext,
  words: readonly string[],
): CommandOutcome {
  const asked = readLink(words);
  if ('status' in asked) return asked;
  const port = host.portNamed(asked.device);
  if (port === undefined) return failed(1, `Cannot find device "${asked.device}"`);
  if (user !== ROOT) return NOT_PERMITTED;
  const { address, mtu } = asked;
  const { loopback } = port.interface;
  if (address !== undefined && !loopback && isGroup(address)) {
    return failed(2, `RTNETLINK answers: ${wordsOf('EADDRNOTAVAIL')}`);
  }
  if (mtu !== undefined && mtu < LEAST_MTU)
    return failed(2, 'Error: mtu less than device minimum.');
  if (mtu !== undefined && mtu > (loopback ? LOOPBACK_MTU : MOST_MTU)) {
    return failed(2, 'Error: mtu greater than device maximum.');
  }
  change(host.control(port), asked, now);
  return done();
}

/** In the order of the kernel's do_setlink(): whether it is up comes last. */
function change(
  control: InterfaceControl,
  { address, mtu, isUp, usesArp }: AskedLink,
  now: Instant,
): void {
  if (address !== undefined) control.changeAddress(address, now);
  if (mtu !== undefined) control.changeMtu(mtu, now);
  if (usesArp !== undefined) control.changeArp(usesArp, now);
  if (isUp === true) control.up(now);
  if (isUp === false) control.down(now);
}

/** Words that a value stands behind. */
const VALUED = ['dev', 'mtu', 'arp', 'address'];

/** Reads the words, or says what is wrong with them; what is said twice is as said last. */
function readLink(words: readonly string[]): AskedLink | CommandOutcome {
  const values = new Map<string, string>();
  let isUp: boolean | undefined;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === 'up' || word === 'down') {
      isUp = word === 'up';
      continue;
    }
    const isNamed = VALUED.includes(word);
    const name = isNamed ? word : 'dev';
    const value = isNamed ? words[++i] : word;
    if (value === undefined) return failed(255, 'Command line is not complete. Try option "help"');
    if (name === 'dev' && values.has(name)) {
      return failed(255, `Error: either "dev" is duplicate, or "${value}" is a garbage.`);
    }
    values.set(name, value);
  }
  const mtu = values.get('mtu');
  if (mtu !== undefined && !/^\d{1,9}$/.test(mtu)) {
    return failed(255, `Error: argument "${mtu}" is wrong: Invalid "mtu" value\n`);
  }
  const arp = values.get('arp');
  if (arp !== undefined && arp !== 'on' && arp !== 'off') {
    return failed(1, `Error: argument of "arp" must be "on" or "off", not "${arp}"`);
  }
  const text = values.get('address');
  const address = text === undefined ? undefined : hardwareAddress(text);
  if (typeof address === 'string') return failed(1, address);
  const device = values.get('dev');
  if (device === undefined) {
    return failed(255, 'Not enough information: "dev" argument is required.');
  }
  return {
    device,
    isUp,
    address,
    mtu: mtu === undefined ? undefined : Number(mtu),
    usesArp: arp === undefined ? undefined : arp === 'on',
  };
}

/** The hardware address, or what is wrong with it. */
function hardwareAddress(text: string): MacAddress | string {
  try {
    return parseMac(text);
  } catch {
    const octets = text.split(':');
    const isShort = octets.length !== 6 && octets.every((each) => /^[\da-f]{1,2}$/i.test(each));
    return isShort
      ? `Invalid address length ${octets.length} - must be 6 bytes`
      : `"${text}" is invalid lladdr.`;
  }
}

/** Whether the I/G bit is set, or there is no address at all (Linux is_valid_ether_addr()). */
function isGroup(mac: MacAddress): boolean {
  return mac === 0 || Math.floor(mac / 2 ** 40) % 2 === 1;
}
