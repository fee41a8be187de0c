/**
 * Which of several addresses to try first (RFC 6724 §6): those that can be reached, then those
 * whose source address fits, by a table of what is preferred.
 */
import {
  type IpAddress,
  type IpPrefix,
  isInIpPrefix,
  isIpv6,
  isLoopback,
  parseIpPrefix,
} from '../wire/index.ts';

/** A line of the policy table: networks, how much they are liked, and what goes together. */
interface Policy {
  readonly network: IpPrefix;
  readonly precedence: number;
  readonly label: number;
}

/** The default table, RFC 6724 §2.1, with IPv4 in its own words; the longest prefix first. */
const POLICIES: readonly Policy[] = (
  [
    ['::1/128', 50, 0],
    ['2001::/32', 5, 5],
    ['2002::/16', 30, 2],
    ['3ffe::/16', 1, 12],
    ['fec0::/10', 1, 11],
    ['fc00::/7', 3, 13],
    ['0.0.0.0/0', 35, 4],
    ['::/0', 40, 1],
  ] as const
).map(([network, precedence, label]) => ({ network: parseIpPrefix(network), precedence, label }));

function policyOf(address: IpAddress): Policy {
  return POLICIES.find(({ network }) => isInIpPrefix(address, network)) ?? POLICIES.at(-1)!;
}

/** RFC 6724 §3.1–3.2: of the scopes of multicast, link-local is 2 and global 14. */
function scopeOf(address: IpAddress): number {
  const isLocal =
    isLoopback(address) || LINK_LOCAL.some((network) => isInIpPrefix(address, network));
  return isLocal ? 2 : 14;
}

const LINK_LOCAL = ['169.254.0.0/16', 'fe80::/10'].map(parseIpPrefix);

/** How many leading bits two IPv6 addresses share, of the 64 that name a network. */
function commonPrefix(a: IpAddress, b: IpAddress): number {
  if (!isIpv6(a) || !isIpv6(b)) return 0; // rule 9 says nothing of IPv4 in practice (glibc)
  const differing = ((a ^ b) >> 64n).toString(2);
  return differing === '0' ? 64 : 64 - differing.length;
}

/** What the rules look at. */
interface Candidate {
  readonly address: IpAddress;
  /** What packets there would carry; nothing where there is no way. */
  readonly source: IpAddress | undefined;
}

/** The addresses in the order in which to try them; of equals the first given stays first. */
export function orderAddresses(
  addresses: readonly IpAddress[],
  sourceFor: (address: IpAddress) => IpAddress | undefined,
): IpAddress[] {
  const candidates = addresses.map((address) => ({ address, source: sourceFor(address) }));
  return candidates.toSorted(compare).map(({ address }) => address);
}

/** Below 0 when `a` comes first. */
function compare(a: Candidate, b: Candidate): number {
  return (
    score(a, isUsable) - score(b, isUsable) || // rule 1
    score(a, hasMatchingScope) - score(b, hasMatchingScope) || // rule 2
    score(a, hasMatchingLabel) - score(b, hasMatchingLabel) || // rule 5
    policyOf(b.address).precedence - policyOf(a.address).precedence || // rule 6
    scopeOf(a.address) - scopeOf(b.address) || // rule 8
    commonPrefix(b.address, b.source ?? 0) - commonPrefix(a.address, a.source ?? 0) // rule 9
  );
}

function score(candidate: Candidate, rule: (candidate: Candidate) => boolean): number {
  return rule(candidate) ? 0 : 1;
}

function isUsable({ source }: Candidate): boolean {
  return source !== undefined;
}

function hasMatchingScope({ address, source }: Candidate): boolean {
  return source !== undefined && scopeOf(address) === scopeOf(source);
}

function hasMatchingLabel({ address, source }: Candidate): boolean {
  return source !== undefined && policyOf(address).label === policyOf(source).label;
}
