/**
 * The keys that a program gives a socket for its peers (TCP_MD5SIG, TCP_MD5SIG_EXT): one for an
 * address, or for all addresses that begin alike. Lists are never changed but replaced, so that a
 * connection may keep what its listener had.
 */
import { type IpAddress, isIpv6, readIpv6, u32, unmapIpv4 } from '../../../wire/index.ts';
import type { Errno } from '../../errno.ts';
import { ADDRESS_FAMILY } from '../../posix/constants.ts';

/** A key, and whose segments it signs. */
export interface SignatureKey {
  readonly address: IpAddress;
  readonly prefixLength: number;
  readonly key: Uint8Array;
}

/*
 * struct tcp_md5sig: a sockaddr_storage, then octets for flags and prefix length, the key's length,
 * an interface's index, and the key.
 */
const FLAGS_AT = 128;
const PREFIX_AT = 129;
const KEY_LENGTH_AT = 130;
const KEY_AT = 136;
const KEY_MOST = 80; // TCP_MD5SIG_MAXKEYLEN
/** Octets of the structure. */
export const SIGNATURE_KEY_LENGTH: number = KEY_AT + KEY_MOST;

/** TCP_MD5SIG_FLAG_PREFIX: the prefix length counts. */
const HAS_PREFIX = 1;
const BITS_OF_IPV4 = 32;
const BITS_OF_IPV6 = 128;

/**
 * The list after setsockopt; an empty key takes one away. The integers of the structure are in the
 * order of the host, which is little endian.
 */
export function keysAfter(
  keys: readonly SignatureKey[],
  value: Uint8Array,
  takesPrefix: boolean,
): readonly SignatureKey[] | Errno {
  const word = (at: number): number => value[at]! | (value[at + 1]! << 8);
  const address = addressIn(value, word(0));
  if (address === undefined) return 'EINVAL';
  const bits = isIpv6(address) ? BITS_OF_IPV6 : BITS_OF_IPV4;
  const keyLength = word(KEY_LENGTH_AT);
  const hasPrefix = takesPrefix && (value[FLAGS_AT]! & HAS_PREFIX) !== 0;
  const prefixLength = hasPrefix ? value[PREFIX_AT]! : bits;
  if (prefixLength > bits || keyLength > KEY_MOST) return 'EINVAL';
  const others = keys.filter(
    (known) => known.address !== address || known.prefixLength !== prefixLength,
  );
  if (keyLength === 0) return others.length === keys.length ? 'ENOENT' : others;
  return [...others, { address, prefixLength, key: value.slice(KEY_AT, KEY_AT + keyLength) }];
}

/** The key for segments of the peer: of those that fit, the one for the fewest addresses. */
export function keyFor(keys: readonly SignatureKey[], peer: IpAddress): Uint8Array | undefined {
  let best: SignatureKey | undefined;
  for (const known of keys) {
    const isFor = beginAlike(known.address, peer, known.prefixLength);
    if (isFor && known.prefixLength > (best?.prefixLength ?? -1)) best = known;
  }
  return best?.key;
}

function beginAlike(a: IpAddress, b: IpAddress, bits: number): boolean {
  if (isIpv6(a) || isIpv6(b)) {
    return isIpv6(a) && isIpv6(b) && (a ^ b) >> BigInt(BITS_OF_IPV6 - bits) === 0n;
  }
  return bits === 0 || (a ^ b) >>> (BITS_OF_IPV4 - bits) === 0;
}

/** The address of the `sockaddr_in` or `sockaddr_in6`. */
function addressIn(value: Uint8Array, family: number): IpAddress | undefined {
  if (family === ADDRESS_FAMILY.AF_INET) return u32(value, 4);
  if (family !== ADDRESS_FAMILY.AF_INET6) return undefined;
  const address = readIpv6(value, 8);
  return unmapIpv4(address) ?? address;
}
