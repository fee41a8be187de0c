/**
 * Which of a host's IPv6 addresses a packet leaves with, where no program has said: the eight rules
 * of RFC 6724 §5 in their order, without those for mobile nodes and for networks of many prefixes
 * from many routers. It is asked once for each destination, when its route is found.
 */
import {
  commonPrefixLength,
  type Ipv6Address,
  type Ipv6Prefix,
  isInIpv6Prefix,
  isIpv6,
  isLinkLocalIpv6,
  isLoopbackIpv6,
  isMulticastIpv6,
  multicastScope,
  parseIpv6Prefix,
} from '../../wire/index.ts';
import type { NetworkInterface } from '../interfaces/interface.ts';
import type { InterfaceAddress } from './interface-address.ts';

/** A line of the policy table: addresses of one label go together. */
interface Policy {
  readonly prefix: Ipv6Prefix;
  readonly label: number;
}

function policy(prefix: string, label: number): Policy {
  return { prefix: parseIpv6Prefix(prefix), label };
}

/** The table of RFC 6724 §2.1, the longest prefixes first; precedences are for destinations. */
const POLICIES: readonly Policy[] = [
  policy('::1/128', 0),
  policy('::ffff:0:0/96', 4),
  policy('::/96', 3),
  policy('2001::/32', 5),
  policy('2002::/16', 2),
  policy('3ffe::/16', 12),
  policy('fec0::/10', 11),
  policy('fc00::/7', 13),
];

/** Of every other address. */
const COMMON_LABEL = 1;

function labelOf(address: Ipv6Address): number {
  return POLICIES.find(({ prefix }) => isInIpv6Prefix(address, prefix))?.label ?? COMMON_LABEL;
}

const LINK_SCOPE = 2;
const GLOBAL_SCOPE = 14;

/** How far an address reaches, in the numbers of multicast (RFC 6724 §3.1; RFC 4193 §3.3). */
function scopeOf(address: Ipv6Address): number {
  if (isMulticastIpv6(address)) return multicastScope(address);
  return isLinkLocalIpv6(address) || isLoopbackIpv6(address) ? LINK_SCOPE : GLOBAL_SCOPE;
}

/** An address, and the interface that it belongs to. */
interface Candidate {
  readonly address: Ipv6Address;
  readonly own: InterfaceAddress;
  readonly by: NetworkInterface;
}

/**
 * The source address for packets that leave by one of the interfaces; nothing where there is none.
 * To destinations of one link only addresses of that link are candidates (§4).
 */
export function sourceFor(
  destination: Ipv6Address,
  leavesBy: NetworkInterface,
  interfaces: Iterable<NetworkInterface>,
): Ipv6Address | undefined {
  const staysOnLink = scopeOf(destination) <= LINK_SCOPE;
  let best: Candidate | undefined;
  for (const by of staysOnLink ? [leavesBy] : interfaces) {
    for (const own of by.addresses) {
      const { address } = own;
      if (!isIpv6(address) || !own.isUsable) continue;
      const candidate = { address, own, by };
      if (best === undefined || isBetter(candidate, best, destination, leavesBy)) best = candidate;
    }
  }
  return best?.address;
}

/** Whether the one is the better source: the first rule that tells them apart decides. */
function isBetter(
  one: Candidate,
  other: Candidate,
  destination: Ipv6Address,
  leavesBy: NetworkInterface,
): boolean {
  // Rule 1: the same address.
  if (one.address === destination || other.address === destination) {
    return one.address === destination;
  }
  // Rule 2: an appropriate scope: the smallest that reaches there, or else the largest.
  const [scope, otherScope, wanted] = [one.address, other.address, destination].map(scopeOf);
  if (scope! !== otherScope!) {
    return scope! < otherScope! ? scope! >= wanted! : otherScope! < wanted!;
  }
  // Rule 3: none that is deprecated.
  if (one.own.state !== other.own.state) return one.own.state === 'preferred';
  // Rule 5: of the interface that the packet leaves by.
  if (one.by !== other.by && (one.by === leavesBy || other.by === leavesBy)) {
    return one.by === leavesBy;
  }
  // Rule 6: the same label.
  const label = labelOf(destination);
  const hasLabel = labelOf(one.address) === label;
  if (hasLabel !== (labelOf(other.address) === label)) return hasLabel;
  // Rule 8: the longest prefix in common.
  return commonWith(destination, one) > commonWith(destination, other);
}

/** CommonPrefixLen (§2.2): no further than the source's own prefix. */
function commonWith(destination: Ipv6Address, { address, own }: Candidate): number {
  return Math.min(commonPrefixLength(address, destination), own.length);
}
