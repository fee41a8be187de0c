/**
 * The words of a filter expression (pcap-filter(7)). As in libpcap's scanner the longest word wins:
 * `80` is a number, `80-90` a name, `1.2.3.4` an address, and `tcp-syn` a number with a name.
 */
import { parseIpv6 } from '../../wire/index.ts';
import { NAMED_NUMBERS } from './named-numbers.ts';

/** One word of an expression, and where it stands there. */
export type Token = Word & { readonly at: number; readonly length: number };

type Word =
  | { readonly type: 'keyword'; readonly text: string }
  | { readonly type: 'symbol'; readonly text: string }
  | { readonly type: 'name'; readonly text: string }
  | { readonly type: 'ipv4'; readonly text: string }
  | { readonly type: 'ipv6'; readonly text: string }
  | { readonly type: 'mac'; readonly text: string }
  | { readonly type: 'number'; readonly value: number };

/** Words with a meaning of their own; those in a second place mean what those in the first do. */
const KEYWORDS: ReadonlyMap<string, string> = new Map(
  `ether link, ether, ip, ip6, arp, rarp, tcp, udp, sctp, icmp, icmp6, igmp, igrp, pim, vrrp, carp,
   ah, esp, src, dst, host, net, mask, port, portrange, proto, less, greater, broadcast, multicast,
   and, or, not, len, len length, inbound, outbound, ifindex, vlan`
    .split(',')
    .map((entry) => entry.trim().split(' '))
    .map(([meaning = '', word = meaning]) => [word, meaning]),
);

const SYMBOLS: ReadonlyMap<string, string> = new Map([
  ['&&', 'and'],
  ['||', 'or'],
  ['!', 'not'],
]);

const BLANK = /[ \t\r\n]*/y;
const SYMBOL = />=|<=|!=|==|<<|>>|&&|\|\||[-+*/%:[\]!<>()&|^=]/y;
const NUMBER = /0[xX][0-9A-Fa-f]+|\d+/y;
const IPV4 = /\d+(?:\.\d+){1,3}/y;
const IPV6 = /[0-9A-Fa-f]*(?::[0-9A-Fa-f]*){2,}(?:\.\d+)*/y;
const HEX_PAIR = '[0-9A-Fa-f]{1,2}';
const MAC = new RegExp(
  [':', '-', '\\.'].map((sign) => `${HEX_PAIR}(?:${sign}${HEX_PAIR}){5}`).join('|') +
    '|[0-9A-Fa-f]{4}\\.[0-9A-Fa-f]{4}\\.[0-9A-Fa-f]{4}|[0-9A-Fa-f]{12}',
  'y',
);
const NAME = /[A-Za-z0-9](?:[-_.A-Za-z0-9]*[.A-Za-z0-9])?/y;
/** A name behind a backslash is no keyword: `ip proto \tcp`. */
const ESCAPED_NAME = /\\[^ !()\n\t]+/y;

/** No expression has more words; longer ones are refused before they cost anything. */
const MAXIMUM_TOKENS = 20_000;

/** The words of an expression. @throws RangeError where there is none that could be one */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = skipBlank(text, 0);
  while (at < text.length) {
    const [word, length] = nextWord(text, at);
    if (tokens.length === MAXIMUM_TOKENS) throw new RangeError('filter expression is too long');
    tokens.push({ ...word, at, length });
    at = skipBlank(text, at + length);
  }
  return tokens;
}

function skipBlank(text: string, at: number): number {
  return at + matchAt(BLANK, text, at).length;
}

function nextWord(text: string, at: number): [Word, length: number] {
  const candidates: [string, (found: string) => Word][] = [
    [matchAt(MAC, text, at), (found) => ({ type: 'mac', text: found })],
    [matchAt(NUMBER, text, at), (found) => ({ type: 'number', value: readNumber(found) })],
    [matchAt(IPV4, text, at), (found) => ({ type: 'ipv4', text: found })],
    [ipv6At(text, at), (found) => ({ type: 'ipv6', text: found })],
    [matchAt(NAME, text, at), wordToken],
    [matchAt(ESCAPED_NAME, text, at), (found) => ({ type: 'name', text: found.slice(1) })],
    [matchAt(SYMBOL, text, at), symbolToken],
  ];
  let [longest, make] = candidates[0]!;
  for (const [found, makeOther] of candidates) {
    if (found.length > longest.length) [longest, make] = [found, makeOther];
  }
  if (longest === '') throw syntaxError(text, { at, length: 1 });
  return [make(longest), longest.length];
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

/** What looks like an address is one or nothing: `16:4` in `ip[16:4]` is none. */
function ipv6At(text: string, at: number): string {
  const found = matchAt(IPV6, text, at);
  if (found === '') return '';
  try {
    parseIpv6(found);
    return found;
  } catch {
    return '';
  }
}

function wordToken(text: string): Word {
  const keyword = KEYWORDS.get(text);
  if (keyword !== undefined) return { type: 'keyword', text: keyword };
  const value = NAMED_NUMBERS.get(text);
  return value === undefined ? { type: 'name', text } : { type: 'number', value };
}

function symbolToken(text: string): Word {
  const keyword = SYMBOLS.get(text);
  if (keyword !== undefined) return { type: 'keyword', text: keyword };
  return { type: 'symbol', text: text === '==' ? '=' : text };
}

/** A number as in C: decimal, `0x` and hexadecimal, `0` and octal. */
function readNumber(text: string): number {
  const isOctal = /^0\d/.test(text);
  if (isOctal && /[89]/.test(text)) throw new RangeError(`number ${text} contains non-octal digit`);
  const value = isOctal ? Number.parseInt(text, 8) : Number(text);
  if (value > 0xffff_ffff) throw new RangeError(`number ${text} overflows 32 bits`);
  return value;
}

const SYNTAX_ERROR = "can't parse filter expression: syntax error";

/** Words that make no expression. The message says where that is. */
export class FilterSyntaxError extends RangeError {
  /** What libpcap says, which does not say where. */
  readonly inLibpcapsWords: string = SYNTAX_ERROR;
}

/** The error that a word is which does not belong there; or its absence, at the end. */
export function syntaxError(
  text: string,
  word: { readonly at: number; readonly length: number } | undefined,
): FilterSyntaxError {
  const place =
    word === undefined
      ? 'at the end'
      : `at ${JSON.stringify(text.slice(word.at, word.at + word.length))}, character ${word.at + 1}`;
  return new FilterSyntaxError(`${SYNTAX_ERROR} ${place}`);
}
