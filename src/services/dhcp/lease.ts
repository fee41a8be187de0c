/** A lease (RFC 2131 §3.1): what an ACK of the server lends, and for how long. */
import { type Instant, seconds } from '../../stack/index.ts';
import type { Ipv4Address } from '../../wire/index.ts';
import { addressList, type DhcpMessage, DhcpOption, DhcpType, typeOf, word32 } from './message.ts';

/** What a server lent. */
export interface Lease {
  readonly address: Ipv4Address;
  readonly prefixLength: number;
  readonly routers: readonly Ipv4Address[];
  readonly nameservers: readonly Ipv4Address[];
  readonly server: Ipv4Address;
  /** When to ask the server again (T1), when any (T2), and when it lapses. */
  readonly renewAt: Instant;
  readonly rebindAt: Instant;
  readonly endsAt: Instant;
}

/** A lease that never lapses (RFC 2131 §3.3). */
const INFINITE = 0xffff_ffff;

/** The longest time that is kept exactly: what is longer counts as this, 50 days. */
const LEASE_MAXIMUM = 50 * 86_400;

/**
 * What an ACK lends to who asked at `since`; nothing for a NAK, or for one that does not say
 * enough.
 */
export function leaseOf(message: DhcpMessage, since: Instant): Lease | undefined {
  const length = prefixLengthOf(word32(message, DhcpOption.subnetMask));
  const server = word32(message, DhcpOption.serverIdentifier);
  const lease = word32(message, DhcpOption.leaseTime) ?? 0;
  const isAck = typeOf(message) === DhcpType.ack && message.yiaddr !== 0;
  if (!isAck || length === undefined || server === undefined || lease === 0) return undefined;
  const time = lease === INFINITE ? LEASE_MAXIMUM : Math.min(lease, LEASE_MAXIMUM);
  // §4.4.5: T1 and T2 unless the server says otherwise, in order and before the end.
  const second = Math.min(word32(message, DhcpOption.rebindingTime) ?? (time * 7) / 8, time);
  const first = Math.min(word32(message, DhcpOption.renewalTime) ?? time / 2, second);
  return {
    address: message.yiaddr,
    prefixLength: length,
    routers: addressList(message, DhcpOption.router),
    nameservers: addressList(message, DhcpOption.domainNameServer),
    server,
    renewAt: since + seconds(first),
    rebindAt: since + seconds(second),
    endsAt: since + seconds(time),
  };
}

/** How many ones a mask begins with; nothing for a mask with holes, or none. */
function prefixLengthOf(mask: number | undefined): number | undefined {
  if (mask === undefined || mask === 0) return undefined;
  const length = Math.clz32(~mask);
  return length === 32 || mask << length === 0 ? length : undefined;
}
