/**
 * `route add` and `route del`, in the words of net-tools 2.10 (route(8)); what they ask for is what
 * `ip route` does.
 *
 *     route add -net 10.5.0.0 netmask 255.255.0.0 gw 10.0.0.2
 *     route add default gw 10.0.0.2 eth0
 */
import { maskIpv4 } from '../../wire/index.ts';
import { type CommandContext, type CommandOutcome, done, failed } from './command.ts';
import { ipRoute } from './ip-route.ts';
import { addressOf } from './ip-words.ts';

/** Statuses: the kernel refuses (E_SOCK), the words are no route (E_OPTERR), or a wrong one. */
const REFUSED = 7;
const MISUNDERSTOOD = 4;
const MISMATCHED = 3;

const CALLS = { add: 'SIOCADDRT', del: 'SIOCDELRT' } as const;

/** Words that a value stands behind. */
const VALUED = ['netmask', 'gw', 'metric', 'dev'];

export function changeRoute(
  context: CommandContext,
  verb: 'add' | 'del',
  operands: readonly string[],
): CommandOutcome {
  const words = asIpRoute(operands);
  if (typeof words === 'string') return failed(MISUNDERSTOOD, `route: ${words}`);
  const { status, output } = ipRoute(context, false, verb, words);
  if (status === 0) return done();
  if (output.includes('Invalid prefix')) {
    return failed(MISMATCHED, "route: netmask doesn't match route address");
  }
  return failed(REFUSED, `${CALLS[verb]}: ${reasonOf(output)}`);
}

/** The same in the words of `ip route`, or what is wrong with them. */
function asIpRoute(operands: readonly string[]): string[] | string {
  const values = new Map<string, string>();
  const isHost = operands.includes('-host');
  const [target = '', ...rest] = operands.filter((word) => word !== '-net' && word !== '-host');
  for (let i = 0; i < rest.length; i++) {
    const isNamed = VALUED.includes(rest[i]!);
    const value = isNamed ? rest[i + 1] : rest[i];
    if (value === undefined) return `"${rest[i]}" has no value`;
    values.set(isNamed ? rest[i++]! : 'dev', value);
  }
  const network = target === 'default' ? target : networkOf(target, isHost, values.get('netmask'));
  if (network === undefined) return `${target}: Unknown host`;
  const gateway = values.get('gw');
  if (gateway !== undefined && addressOf(gateway) === undefined) return `${gateway}: Unknown host`;
  const named = { via: gateway, metric: values.get('metric'), dev: values.get('dev') };
  return [
    network,
    ...Object.entries(named).flatMap(([name, value]) => (value === undefined ? [] : [name, value])),
  ];
}

/** `10.5.0.0/16`; a mask may tell the length, and a host has none. */
function networkOf(target: string, isHost: boolean, mask: string | undefined): string | undefined {
  const [address = '', length] = target.split('/');
  if (addressOf(address) === undefined) return undefined;
  const masked = mask === undefined ? undefined : lengthOf(mask);
  if (mask !== undefined && masked === undefined) return undefined;
  return `${address}/${isHost ? 32 : (length ?? masked ?? 32)}`;
}

function lengthOf(mask: string): number | undefined {
  const address = addressOf(mask);
  const lengths = Array.from({ length: 33 }, (_, length) => length);
  return lengths.find((length) => maskIpv4(length) === address);
}

/** What the older call says where netlink says it in other words. */
function reasonOf(output: string): string {
  if (output.startsWith('Cannot find device')) return 'No such device';
  if (output.includes('invalid gateway')) return 'Network is unreachable';
  if (output.includes('is not up')) return 'Network is down';
  const [, reason = 'Invalid argument'] = /^RTNETLINK answers: (.*)$/m.exec(output) ?? [];
  return reason;
}
