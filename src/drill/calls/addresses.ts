/**
 * Socket addresses as scripts write them: `...` for the one that the tool supplies, AF_UNSPEC,
 * NULL, or all of `{sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("192.0.2.1")}`;
 * with AF_INET6 the text is an address of IPv6.
 */
import type { SocketAddress } from '../../stack/index.ts';
import { type IpAddress, parseIpv4, parseIpv6 } from '../../wire/index.ts';
import type { Expression } from '../syntax/script.ts';
import type { ArgumentReader } from './arguments.ts';
import { isNull } from './arguments.ts';

const FIELDS = ['sa_family', 'sin_family', 'sin_port', 'sin_addr'];

/** What a script may write where a call takes a `struct sockaddr *`. */
const WANTED = 'an address: ... or {sa_family=AF_INET or AF_INET6, sin_port=…, sin_addr=…}';

/** The address at `index`; `supplied` is what `...` means. */
export function readAddress(
  args: ArgumentReader,
  index: number,
  supplied: SocketAddress,
): SocketAddress | 'unspecified' | 'invalid-pointer' {
  return addressOf(args, args.at(index), args.what(index), supplied);
}

/** The address that an expression is. */
export function addressOf(
  args: ArgumentReader,
  expression: Expression,
  what: string,
  supplied: SocketAddress,
): SocketAddress | 'unspecified' | 'invalid-pointer' {
  if (expression.kind === 'ellipsis') return supplied;
  if (expression.kind === 'struct') return readSockaddr(args, expression, what, supplied);
  if (expression.kind === 'word' && expression.word === 'AF_UNSPEC') return 'unspecified';
  if (!isNull(expression)) args.refuse(expression, what, WANTED);
  return 'invalid-pointer';
}

function readSockaddr(
  args: ArgumentReader,
  expression: Expression,
  what: string,
  supplied: SocketAddress,
): SocketAddress | 'unspecified' {
  const fields = args.fields(expression, what, WANTED, FIELDS);
  const familyName = fields.has('sin_family') ? 'sin_family' : 'sa_family';
  const family = args.required(fields, familyName, expression, what);
  if (family.kind === 'word' && family.word === 'AF_UNSPEC') return 'unspecified';
  const isVersion6 = family.kind === 'word' && family.word === 'AF_INET6';
  if (!isVersion6 && (family.kind !== 'word' || family.word !== 'AF_INET')) {
    args.refuse(family, `${familyName} of ${what}`, 'AF_INET or AF_INET6');
  }
  const port = readPort(args, args.required(fields, 'sin_port', expression, what), what);
  const inet = args.required(fields, 'sin_addr', expression, what);
  return { address: readInetAddress(args, inet, isVersion6, what) ?? supplied.address, port };
}

/** `htons(8080)`, or the number alone. */
function readPort(args: ArgumentReader, expression: Expression, what: string): number {
  const name = `sin_port of ${what}`;
  let number: Expression | undefined = expression;
  if (expression.kind === 'call' && expression.name === 'htons') {
    number = expression.arguments.length === 1 ? expression.arguments[0] : undefined;
  }
  const port = number === undefined ? -1 : args.integerOf(number, name, 'htons(PORT)');
  if (port >= 0 && port <= 0xffff) return port;
  args.fail(expression.place, `${name} is htons(PORT), with a port of 0 to 65535`);
  return 0;
}

/** `inet_addr("192.0.2.1")`; undefined for `...`. */
function readInetAddress(
  args: ArgumentReader,
  expression: Expression,
  isVersion6: boolean,
  what: string,
): IpAddress | undefined {
  if (expression.kind === 'ellipsis') return undefined;
  if (expression.kind === 'call' && expression.name === 'inet_addr') {
    const [text, ...more] = expression.arguments;
    if (text?.kind === 'string' && more.length === 0) {
      const written = String.fromCharCode(...text.bytes.subarray(0, LONGEST));
      const address = addressIn(written, isVersion6);
      if (address !== undefined) return address;
    }
  }
  const wanted = isVersion6 ? 'X:X::X' : 'A.B.C.D';
  args.fail(expression.place, `sin_addr of ${what} is inet_addr("${wanted}")`);
  return 0;
}

/** More octets than these are no address. */
const LONGEST = 64;

function addressIn(text: string, isVersion6: boolean): IpAddress | undefined {
  try {
    return isVersion6 ? parseIpv6(text) : parseIpv4(text);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
