/** What words ask of `curl` (curl(1)), and what it says of those that it does not understand. */
import { type Duration, seconds } from '../../stack/index.ts';
import { type HttpUrl, parseUrl } from './url.ts';

export interface CurlRequest {
  readonly url: HttpUrl;
  /** `-v` */
  readonly isVerbose: boolean;
  /** `-I`: HEAD, and the head of the response is what is printed. */
  readonly isHead: boolean;
  /** `-i`: the head of the response is printed before the body. */
  readonly includesHead: boolean;
  /** Whether errors are told; `-s` keeps them back, `-S` does not. */
  readonly tellsErrors: boolean;
  /** `-f`: an answer that is an error is one. */
  readonly failsOnError: boolean;
  /** `-X` */
  readonly method: string | undefined;
  /** Of each `-d` its text, or `@` and the name of a file. */
  readonly data: readonly string[];
  /** Of each `-H` its name and value; without a value curl's own is left out. */
  readonly headers: readonly (readonly [name: string, value: string | undefined])[];
  /** `-A` */
  readonly agent: string;
  /** `-r 0-99` */
  readonly range: string | undefined;
  /** `-o` */
  readonly outputFile: string | undefined;
  readonly version: 4 | 6 | undefined;
  /** `--local-port`: the first and the last one that is tried. */
  readonly localPorts: readonly [number, number] | undefined;
  readonly connectTimeout: Duration | undefined;
}

/** Words that are no request: the status is 2. */
export class CurlUsageError extends RangeError {
  override readonly name: string = 'CurlUsageError';
}

/** Options with a value by their letters, and long names of all. */
const VALUED = 'XdHAro';
const FLAGS = 'vIisSf46';
const LONG_NAMES: ReadonlyMap<string, string> = new Map([
  ['verbose', 'v'],
  ['head', 'I'],
  ['include', 'i'],
  ['silent', 's'],
  ['show-error', 'S'],
  ['fail', 'f'],
  ['ipv4', '4'],
  ['ipv6', '6'],
  ['request', 'X'],
  ['data', 'd'],
  ['header', 'H'],
  ['user-agent', 'A'],
  ['range', 'r'],
  ['output', 'o'],
  ['local-port', 'local-port'],
  ['connect-timeout', 'connect-timeout'],
  ['url', 'url'],
]);

/** @throws CurlUsageError in curl's words; RangeError for an address that is none */
export function readCurl(words: readonly string[]): CurlRequest {
  const options = optionsOf(words);
  const last = (name: string): string | undefined => options.get(name)?.at(-1);
  const has = (name: string): boolean => options.has(name);
  const [url, another] = options.get('url') ?? [];
  if (url === undefined) throw new CurlUsageError('no URL specified!');
  if (another !== undefined) throw new CurlUsageError('one address at a time');
  return {
    url: parseUrl(url),
    isVerbose: has('v'),
    isHead: has('I'),
    includesHead: has('i') || has('I'),
    tellsErrors: !has('s') || has('S'),
    failsOnError: has('f'),
    method: last('X'),
    data: options.get('d') ?? [],
    headers: (options.get('H') ?? []).flatMap(headerOf),
    agent: last('A') ?? 'curl/7.88.1',
    range: last('r'),
    outputFile: last('o') === '-' ? undefined : last('o'),
    version: has('6') ? 6 : has('4') ? 4 : undefined,
    localPorts: portsOf(last('local-port')),
    connectTimeout: timeoutOf(last('connect-timeout')),
  };
}

/** Of each option its values, of flags empty ones; addresses are those of `url`. */
function optionsOf(words: readonly string[]): Map<string, string[]> {
  const options = new Map<string, string[]>();
  const add = (name: string, value: string): void => {
    options.set(name, [...(options.get(name) ?? []), value]);
  };
  const left = [...words];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word.startsWith('--')) {
      const name = LONG_NAMES.get(word.slice(2));
      if (name === undefined) throw new CurlUsageError(`option ${word}: is unknown`);
      add(name, FLAGS.includes(name) ? '' : valueOf(word, left.shift()));
    } else if (/^-./.test(word)) takeLetters(word, left, add);
    else add('url', word);
  }
  return options;
}

function takeLetters(
  word: string,
  left: string[],
  add: (name: string, value: string) => void,
): void {
  for (let at = 1; at < word.length; at++) {
    const letter = word[at]!;
    if (FLAGS.includes(letter)) add(letter, '');
    else if (VALUED.includes(letter)) {
      add(letter, at + 1 < word.length ? word.slice(at + 1) : valueOf(word, left.shift()));
      return;
    } else throw new CurlUsageError(`option ${word}: is unknown`);
  }
}

function valueOf(option: string, value: string | undefined): string {
  if (value === undefined) throw new CurlUsageError(`option ${option}: requires parameter`);
  return value;
}

/** `Name: value`; `Name:` is without the header, `Name;` has one without a value. */
function headerOf(text: string): [string, string | undefined][] {
  const [, name, sign, value = ''] = /^([^\s:;]+)([:;])\s*([\x20-\x7e]*)$/.exec(text) ?? [];
  if (name === undefined) return [];
  if (value !== '') return [[name, value.trimEnd()]];
  return [[name, sign === ';' ? '' : undefined]];
}

function portsOf(text: string | undefined): [number, number] | undefined {
  if (text === undefined) return undefined;
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const ports: [number, number] = [Number(first), Number(last)];
  if (first === undefined || ports[1] < ports[0] || ports[1] > 0xffff) {
    throw new CurlUsageError('option --local-port: is badly used here');
  }
  return ports;
}

function timeoutOf(text: string | undefined): Duration | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,6}(?:\.\d{1,9})?$/.test(text)) {
    throw new CurlUsageError('option --connect-timeout: expected a proper numerical parameter');
  }
  return Math.round(seconds(Number(text))) || undefined;
}
