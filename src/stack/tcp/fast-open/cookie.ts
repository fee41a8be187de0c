/**
 * Cookies of TCP Fast Open (RFC 7413 §4.1): what shows that a client has received at its address
 * before. A server makes them from both addresses under a secret key, so that it keeps nothing
 * (§4.1.2); Linux uses SipHash-2-4 since 5.3. A second key is the one before, whose cookies are
 * good for a while after a change.
 */
import { concat, encodeIp, type IpAddress, put32, sameBytes, u32 } from '../../../wire/index.ts';
import { SIPHASH_KEY_LENGTH, sipHash } from '../../siphash.ts';

/** The octets of a key, and of the cookies that a server makes (Linux TCP_FASTOPEN_COOKIE_SIZE). */
export const FAST_OPEN_KEY_LENGTH: number = SIPHASH_KEY_LENGTH;
/** The octets that any server's cookie may have (§4.1.1). */
export const COOKIE_LEAST = 4;
export const COOKIE_MOST = 16;

/** The cookie of a client for a server, by the addresses of the client's SYN. */
export function cookieOf(key: Uint8Array, client: IpAddress, server: IpAddress): Uint8Array {
  return sipHash(key, concat(encodeIp(client), encodeIp(server)));
}

/** Which of the keys has made the cookie; −1 for none. */
export function keyOfCookie(
  keys: readonly Uint8Array[],
  cookie: Uint8Array,
  client: IpAddress,
  server: IpAddress,
): number {
  return keys.findIndex((key) => sameBytes(cookieOf(key, client, server), cookie));
}

/** A key of four numbers that nobody can guess, each from 0 to 2³² − 1. */
export function randomKey(chance: () => number): Uint8Array {
  const key = new Uint8Array(FAST_OPEN_KEY_LENGTH);
  for (let at = 0; at < key.length; at += 4) put32(key, at, chance());
  return key;
}

/** One key after the other, as programs give them (TCP_FASTOPEN_KEY). */
export function keysIn(octets: Uint8Array): Uint8Array[] {
  const keys: Uint8Array[] = [];
  for (let at = 0; at + FAST_OPEN_KEY_LENGTH <= octets.length; at += FAST_OPEN_KEY_LENGTH) {
    keys.push(octets.slice(at, at + FAST_OPEN_KEY_LENGTH));
  }
  return keys;
}

/** A key as `net.ipv4.tcp_fastopen_key` writes it: four words, each little-endian in the key. */
const KEY = /^[\da-f]{1,8}(?:-[\da-f]{1,8}){3}$/i;

/** Reads one key or two with a comma between; nothing for what is none. */
export function parseFastOpenKeys(text: string): Uint8Array[] | undefined {
  const parts = text.trim().split(',');
  if (parts.length > 2 || !parts.every((part) => KEY.test(part))) return undefined;
  return parts.map((part) => {
    const key = new Uint8Array(FAST_OPEN_KEY_LENGTH);
    for (const [i, word] of part.split('-').entries()) put32(key, 4 * i, Number.parseInt(word, 16));
    return reverseWords(key);
  });
}

/** The keys as {@link parseFastOpenKeys} reads them; zeros while there is none, as Linux prints. */
export function printFastOpenKeys(keys: readonly Uint8Array[]): string {
  const shown = keys.length === 0 ? [new Uint8Array(FAST_OPEN_KEY_LENGTH)] : keys;
  return shown.map(printKey).join(',');
}

function printKey(key: Uint8Array): string {
  const words = reverseWords(key);
  return [0, 4, 8, 12].map((at) => u32(words, at).toString(16).padStart(8, '0')).join('-');
}

/** Each four octets the other way round. */
function reverseWords(b: Uint8Array): Uint8Array {
  return Uint8Array.from(b, (_, i) => b[i ^ 3]!);
}
