/**
 * `ip address`: shows the interfaces with their addresses (ip-address(8)).
 */
import { isIpv6, isLinkLocalIpv6, isLoopbackIpv6, printIp } from '../../wire/index.ts';
import type { NetworkInterface } from '../interfaces/interface.ts';
import type { InterfaceAddress } from '../ip/interface-address.ts';
import { type Instant, NEVER, seconds } from '../time.ts';
import { type CommandContext, type CommandOutcome, done, failed } from './command.ts';
import { ADDRESS_CHANGES, changeAddress, flushAddresses } from './ip-address-change.ts';
import { briefStart, linkAddress, linkStart } from './ip-link.ts';
import { type IpStyle, isShort, printScope } from './ip-words.ts';

export function ipAddress(
  context: CommandContext,
  style: IpStyle,
  verb: string,
  operands: readonly string[],
): CommandOutcome {
  const { host, now } = context;
  if (isShort(verb, 'flush')) return flushAddresses(context, style, operands);
  const change = ADDRESS_CHANGES.find((known) => isShort(verb, known));
  if (change !== undefined) return changeAddress(context, style, change, operands);
  if (!isShort(verb, 'show') && !isShort(verb, 'list')) {
    return failed(255, `Command "${verb}" is unknown, try "ip address help".`);
  }
  const name = operands[0] === 'dev' ? operands[1] : operands[0];
  const { interfaces } = host;
  if (name !== undefined && host.portNamed(name) === undefined) {
    return failed(1, `Device "${name}" does not exist.`);
  }
  return done(
    interfaces
      .map((each, i) =>
        name === undefined || each.name === name ? print(each, i + 1, style, now) : '',
      )
      .join(''),
  );
}

/** Line by line as `style` has them: in full, one address a line (-o), or one interface (-br). */
function print(one: NetworkInterface, index: number, style: IpStyle, now: Instant): string {
  const { name, addresses } = one;
  const ipv4 = style.family === 6 ? [] : primariesFirst(one);
  const ipv6 = style.family === 4 ? [] : inOrderOfScope(addresses);
  const shown = [...ipv4, ...ipv6];
  if (style.family !== undefined && shown.length === 0) return '';
  if (style.isBrief) {
    const prefixes = shown.map((own) => `${printIp(own.address)}/${own.length} `);
    return `${briefStart(one)}${prefixes.join('')}\n`;
  }
  const lines = shown.map((own) => ({
    what: describe(own, one),
    lifetime: `       valid_lft ${left(own.validUntil, now)} preferred_lft ${left(own.preferredUntil, now)}`,
  }));
  if (style.isOneLine) {
    const start = `${index}: ${name}    `;
    return lines.map(({ what, lifetime }) => `${start}${what}\\${lifetime}\n`).join('');
  }
  const link = style.family === undefined ? `${linkAddress(one)}\n` : '';
  const all = lines.map(({ what, lifetime }) => `    ${what}\n${lifetime}\n`).join('');
  return `${linkStart(one, index, style.family === 6 ? 'ipv6' : 'address')}\n${link}${all}`;
}

/** How long until then: a second that has begun is counted (Linux inet6_fill_ifaddr()). */
function left(until: Instant, now: Instant): string {
  return until === NEVER ? 'forever' : `${Math.max(0, Math.ceil((until - now) / seconds(1)))}sec`;
}

/** The addresses of IPv4, those behind that are in the network of another. */
function primariesFirst(one: NetworkInterface): InterfaceAddress[] {
  const ipv4 = one.addresses.filter(({ address }) => !isIpv6(address));
  return [false, true].flatMap((late) => ipv4.filter((own) => one.isSecondary(own) === late));
}

function describe(own: InterfaceAddress, one: NetworkInterface): string {
  const { address, length, broadcast, label } = own;
  const whole = `${printIp(address)}/${length}`;
  const scope = `scope ${scopeOf(own)}`;
  if (isIpv6(address)) return `inet6 ${whole} ${scope} ${flagsOf(own)}`;
  const brd = broadcast === undefined ? '' : `brd ${printIp(broadcast)} `;
  const secondary = one.isSecondary(own) ? 'secondary ' : '';
  return `inet ${whole} ${brd}${scope} ${secondary}${flagsOf(own)}${label ?? one.name}`;
}

/** Those of IPv6: what reaches further first, of these the newest (Linux ipv6_link_dev_addr()). */
function inOrderOfScope(addresses: readonly InterfaceAddress[]): InterfaceAddress[] {
  const ipv6 = addresses.filter(({ address }) => isIpv6(address)).toReversed();
  const isOfLink = ({ address }: InterfaceAddress): boolean =>
    isIpv6(address) && isLinkLocalIpv6(address);
  return [...ipv6.filter((each) => !isOfLink(each)), ...ipv6.filter(isOfLink)];
}

/** Of IPv6 it is the address that tells. */
function scopeOf({ address, scope }: InterfaceAddress): string {
  if (!isIpv6(address)) return printScope(scope);
  if (isLoopbackIpv6(address)) return 'host';
  return isLinkLocalIpv6(address) ? 'link' : 'global';
}

/** Each with a space behind it, in the order of the tool. */
function flagsOf({ state, isDynamic, skipsDetection, validUntil }: InterfaceAddress): string {
  const isAskedFor = state === 'tentative' || state === 'duplicate';
  return [
    ...(state === 'duplicate' ? ['dadfailed '] : []),
    ...(isAskedFor ? ['tentative '] : []),
    ...(skipsDetection ? ['nodad '] : []),
    ...(state === 'deprecated' ? ['deprecated '] : []),
    ...(isDynamic || validUntil < NEVER ? ['dynamic '] : []),
    ...(isDynamic ? ['mngtmpaddr '] : []),
  ].join('');
}
