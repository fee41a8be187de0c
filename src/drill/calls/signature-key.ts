/**
 * The value of TCP_MD5SIG as a script writes it: `{tcpm_addr=..., tcpm_key="secret"}`, where `...`
 * is the remote end, and `tcpm_prefixlen` makes it the key of all addresses that begin alike.
 */
import type { SocketAddress } from '../../stack/index.ts';
import { ADDRESS_FAMILY } from '../../stack/index.ts';
import { isIpv6, put16, put32, putIpv6 } from '../../wire/index.ts';
import type { Expression } from '../syntax/script.ts';
import { addressOf } from './addresses.ts';
import type { ArgumentReader } from './arguments.ts';

const FIELDS = ['tcpm_addr', 'tcpm_key', 'tcpm_prefixlen'];
const WANTED = 'a key: {tcpm_addr=..., tcpm_key="secret"}';

// struct tcp_md5sig: an address of 128 octets, flags, prefix length, length of the key, an index.
const FLAGS_AT = 128;
const PREFIX_AT = 129;
const KEY_LENGTH_AT = 130;
const KEY_AT = 136;
const KEY_MOST = 80;
const HAS_PREFIX = 1; // TCP_MD5SIG_FLAG_PREFIX

/** The octets of the structure; `remote` is what `...` means. */
export function readSignatureKey(
  args: ArgumentReader,
  expression: Expression,
  what: string,
  remote: SocketAddress,
): Uint8Array {
  const value = new Uint8Array(KEY_AT + KEY_MOST);
  const fields = args.fields(expression, what, WANTED, FIELDS);
  const written = args.required(fields, 'tcpm_addr', expression, what);
  const address = addressOf(args, written, `tcpm_addr of ${what}`, remote);
  if (typeof address !== 'string') putAddress(value, address);
  const key = args.required(fields, 'tcpm_key', expression, what);
  if (key.kind !== 'string' || key.bytes.length > KEY_MOST) {
    args.fail(key.place, `tcpm_key of ${what} is a string of up to ${KEY_MOST} octets`);
  } else {
    value[KEY_LENGTH_AT] = key.bytes.length;
    value.set(key.bytes, KEY_AT);
  }
  const prefix = fields.get('tcpm_prefixlen');
  if (prefix !== undefined) {
    value[FLAGS_AT] = HAS_PREFIX;
    value[PREFIX_AT] = args.integerOf(prefix.value, `tcpm_prefixlen of ${what}`);
  }
  return value;
}

/** A `sockaddr_in` or `sockaddr_in6`; the family is in the order of the host, little-endian. */
function putAddress(value: Uint8Array, { address, port }: SocketAddress): void {
  const isVersion6 = isIpv6(address);
  value[0] = isVersion6 ? ADDRESS_FAMILY.AF_INET6 : ADDRESS_FAMILY.AF_INET;
  put16(value, 2, port);
  if (isVersion6) putIpv6(value, 8, address);
  else put32(value, 4, address);
}
