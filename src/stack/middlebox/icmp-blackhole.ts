/**
 * A box that lets no ICMP errors pass, often out of caution. Path MTU discovery waits for one of
 * them in vain: small packets get through and long ones do not (RFC 2923 §2.1).
 */
import { ICMPV4_HEADER_LENGTH, IpProtocol, isIcmpv6Error } from '../../wire/index.ts';
import { cause } from '../cause.ts';
import { isIcmpQuery } from '../icmp/icmp-error-rules.ts';
import type { Middlebox } from './middlebox.ts';
import { HookPriority } from './packet-hooks.ts';
import type { PassingPacket } from './passing-packet.ts';

const SWALLOWED = cause(
  'icmp-blackhole',
  'a box on the way lets no ICMP errors pass',
  'RFC 2923 §2.1',
);

/** Swallows ICMP errors that pass, and those that the host itself would send. */
export function icmpBlackhole(): Middlebox {
  return {
    install({ hooks }): void {
      const swallow = (passing: PassingPacket): typeof SWALLOWED | undefined =>
        isError(passing) ? SWALLOWED : undefined;
      hooks.add('forward', HookPriority.filter, swallow);
      hooks.add('output', HookPriority.filter, swallow);
    },
  };
}

function isError({ packet: { protocol, bytes, payloadAt, end } }: PassingPacket): boolean {
  if (payloadAt + ICMPV4_HEADER_LENGTH > end) return false;
  const type = bytes[payloadAt]!;
  if (protocol === IpProtocol.icmp) return !isIcmpQuery(type);
  return protocol === IpProtocol.icmpv6 && isIcmpv6Error(type);
}
