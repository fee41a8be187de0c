/**
 * The filter of `ss` (ss(8), "EXPRESSION"): which sockets to list by their ends.
 *
 *     expression = term { 'or' term }        or is '|', '||'
 *     term       = factor { ['and'] factor } and is '&', '&&', or nothing
 *     factor     = 'not' factor | '(' expression ')' | condition
 *     condition  = ('src' | 'dst') ['=' | '!='] [ADDRESS['/'LENGTH]][':'PORT]
 *                | ('sport' | 'dport') [COMPARISON] [':']PORT
 *
 * Names of hosts and services are not known: a simulated host has no /etc/hosts and no
 * /etc/services.
 */
import { type IpAddress, isInIpPrefix, parseIpPrefix } from '../../wire/index.ts';

/** The two ends of a socket. */
export interface SocketEnds {
  readonly localAddress: IpAddress;
  readonly localPort: number;
  readonly remoteAddress: IpAddress;
  readonly remotePort: number;
}

export type SocketFilter = (ends: SocketEnds) => boolean;

/** Parentheses and negations one in another. */
const DEPTH_MOST = 100;
const TOKEN = /\s*(\(|\)|[!<>=]=|&&|\|\||[&|!<>=]|[^\s()&|!<>=]+)/y;

type Comparison = '==' | '!=' | '<' | '>' | '<=' | '>=';

// prettier-ignore
const COMPARISONS: ReadonlyMap<string, Comparison> = new Map([
  ['=', '=='], ['==', '=='], ['eq', '=='], ['!=', '!='], ['ne', '!='], ['neq', '!='],
  ['<', '<'], ['lt', '<'], ['>', '>'], ['gt', '>'],
  ['<=', '<='], ['le', '<='], ['leq', '<='], ['>=', '>='], ['ge', '>='], ['geq', '>='],
]);

/** The filter, or what is wrong with it. */
export function parseSocketFilter(text: string): SocketFilter | string {
  const tokens = [...tokensOf(text)];
  const parser = new FilterParser(tokens);
  try {
    return tokens.length === 0 ? (): boolean => true : parser.all();
  } catch (error) {
    if (error instanceof FilterError) return error.message;
    throw error;
  }
}

class FilterError extends Error {}

function* tokensOf(text: string): IterableIterator<string> {
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) yield match[1]!;
}

class FilterParser {
  readonly #tokens: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  all(): SocketFilter {
    const filter = this.#expression();
    if (this.#at < this.#tokens.length) this.#fail('unexpected');
    return filter;
  }

  #expression(): SocketFilter {
    const terms = [this.#term()];
    while (this.#take('or', '|', '||')) terms.push(this.#term());
    return (ends) => terms.some((term) => term(ends));
  }

  #term(): SocketFilter {
    const factors = [this.#factor()];
    while (!['or', '|', '||', ')', undefined].includes(this.#next)) {
      this.#take('and', '&', '&&');
      factors.push(this.#factor());
    }
    return (ends) => factors.every((factor) => factor(ends));
  }

  #factor(): SocketFilter {
    if (this.#depth === DEPTH_MOST) this.#fail('nested too deep');
    this.#depth += 1;
    const filter = this.#factorWithin();
    this.#depth -= 1;
    return filter;
  }

  #factorWithin(): SocketFilter {
    if (this.#take('not', '!')) {
      const factor = this.#factor();
      return (ends) => !factor(ends);
    }
    if (this.#take('(')) {
      const inner = this.#expression();
      if (!this.#take(')')) this.#fail('")" is missing');
      return inner;
    }
    const name = this.#next;
    this.#at += 1;
    switch (name) {
      case 'src':
      case 'dst':
        return this.#end(name === 'src');
      case 'sport':
      case 'dport':
        return this.#port(name === 'sport');
      default:
        this.#at -= 1;
        return this.#fail('unexpected');
    }
  }

  #end(isLocal: boolean): SocketFilter {
    const wanted = !this.#take('!=', 'ne', 'neq');
    if (wanted) this.#take('=', '==', 'eq');
    const [, host = '', port] = /^([^:]*)(?::(.*))?$/.exec(this.#word()) ?? [];
    const prefix = host === '' || host === '*' ? undefined : this.#prefix(host);
    const number = port === undefined || port === '*' ? undefined : this.#number(port);
    return (ends) => {
      const address = isLocal ? ends.localAddress : ends.remoteAddress;
      const endPort = isLocal ? ends.localPort : ends.remotePort;
      const isPort = number === undefined || endPort === number;
      return (isPort && (prefix === undefined || prefix(address))) === wanted;
    };
  }

  #prefix(host: string): (address: IpAddress) => boolean {
    try {
      const whole = host.includes(':') ? 128 : 32;
      const prefix = parseIpPrefix(host.includes('/') ? host : `${host}/${whole}`);
      return (address) => isInIpPrefix(address, prefix);
    } catch {
      this.#at -= 1;
      return this.#fail('an address is expected instead of');
    }
  }

  #port(isLocal: boolean): SocketFilter {
    const comparison = COMPARISONS.get(this.#next ?? '');
    if (comparison !== undefined) this.#at += 1;
    const number = this.#number(this.#word().replace(/^:/, ''));
    return ({ localPort, remotePort }) =>
      holds(isLocal ? localPort : remotePort, comparison ?? '==', number);
  }

  #number(text: string): number {
    if (/^\d{1,5}$/.test(text) && Number(text) <= 0xffff) return Number(text);
    this.#at -= 1;
    return this.#fail('a port number is expected instead of');
  }

  get #next(): string | undefined {
    return this.#tokens[this.#at];
  }

  #take(...words: readonly string[]): boolean {
    const isOne = this.#next !== undefined && words.includes(this.#next);
    if (isOne) this.#at += 1;
    return isOne;
  }

  #word(): string {
    const word = this.#next ?? this.#fail('something is missing');
    this.#at += 1;
    return word;
  }

  #fail(what: string): never {
    const place = this.#next === undefined ? 'at the end' : `"${this.#next}"`;
    throw new FilterError(`${what} ${place}`);
  }
}

function holds(port: number, comparison: Comparison, number: number): boolean {
  switch (comparison) {
    case '==':
      return port === number;
    case '!=':
      return port !== number;
    case '<':
      return port < number;
    case '>':
      return port > number;
    case '<=':
      return port <= number;
    case '>=':
      return port >= number;
  }
}
