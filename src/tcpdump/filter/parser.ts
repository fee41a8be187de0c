/**
 * The grammar of filter expressions, pcap-filter(7), with what its text leaves to libpcap's
 * grammar: `and` and `or` bind equally and from the left, `not` binds more; a value without words
 * of its own takes those of the value before it (`tcp dst port 80 or 443`), but not across a
 * protocol or a comparison.
 */
import { isRelationNext, parseRelation } from './arithmetic-parser.ts';
import {
  type ChainStep,
  type Direction,
  type Expression,
  type FilterValue,
  PROTOCOLS,
  type Qualifiers,
  type ValueKind,
} from './expression.ts';
import { Tokens } from './tokens.ts';

const ENDS = ['src', 'dst'] as const;
const KINDS: readonly ValueKind[] = ['host', 'net', 'port', 'portrange', 'proto'];

/** An expression, and the words that hold for values behind it. */
interface Parsed {
  readonly expression: Expression;
  readonly qualifiers: Qualifiers | undefined;
}

/** The tree of an expression; an empty one lets everything through. @throws RangeError */
export function parseFilterExpression(text: string): Expression {
  const tokens = new Tokens(text);
  if (tokens.isAtEnd) return { type: 'everything' };
  const { expression } = parseChain(tokens, undefined);
  if (!tokens.isAtEnd) throw tokens.unexpected();
  return expression;
}

/** Terms and values, joined from left to right. `inherited` holds for values without words. */
function parseChain(tokens: Tokens, inherited: Qualifiers | undefined): Parsed {
  let parsed = parseTerm(tokens, inherited);
  const first = parsed.expression;
  const steps: ChainStep[] = [];
  for (;;) {
    const operator = tokens.takeOneOf(['and', 'or']);
    if (operator === undefined) break;
    const before = parsed.qualifiers;
    parsed = isValueNext(tokens) ? parseValues(tokens, before) : parseTerm(tokens, before);
    steps.push({ operator, operand: parsed.expression });
  }
  const expression: Expression = steps.length === 0 ? first : { type: 'chain', first, steps };
  return { expression, qualifiers: parsed.qualifiers };
}

/** Whether a value without words is next, behind any `not` and `(`. */
function isValueNext(tokens: Tokens): boolean {
  let ahead = 0;
  let groups = 0;
  while (tokens.isKeyword('not', ahead) || tokens.isSymbol('(', ahead)) {
    if (tokens.isSymbol('(', ahead)) groups++;
    ahead++;
  }
  const token = tokens.peek(ahead);
  if (token?.type !== 'number') {
    return token !== undefined && token.type !== 'keyword' && token.type !== 'symbol';
  }
  // A number is a value unless something is computed or compared.
  for (; groups > 0 && tokens.isSymbol(')', ahead + 1); groups--) ahead++;
  const next = tokens.peek(ahead + 1);
  return next === undefined || next.type === 'keyword' || tokens.isSymbol(')', ahead + 1);
}

function parseTerm(tokens: Tokens, inherited: Qualifiers | undefined): Parsed {
  let isNegated = false;
  while (tokens.takeKeyword('not')) isNegated = !isNegated;
  const parsed = tokens.nested(() => parsePlainTerm(tokens, inherited));
  if (!isNegated) return parsed;
  return { ...parsed, expression: { type: 'not', operand: parsed.expression } };
}

function parsePlainTerm(tokens: Tokens, inherited: Qualifiers | undefined): Parsed {
  if (isRelationNext(tokens)) return alone(parseRelation(tokens));
  if (tokens.takeSymbol('(')) {
    const { expression } = parseChain(tokens, inherited);
    tokens.expectSymbol(')');
    return { expression, qualifiers: inherited };
  }
  const special = parseSpecial(tokens);
  if (special !== undefined) return alone(special);
  return parseQualified(tokens);
}

/** What follows such an expression has no words to take. */
function alone(expression: Expression): Parsed {
  return { expression, qualifiers: undefined };
}

/** What is neither a protocol nor about a value. */
function parseSpecial(tokens: Tokens): Expression | undefined {
  const limit = tokens.takeOneOf(['less', 'greater']);
  if (limit !== undefined) {
    const operator = limit === 'less' ? '<=' : '>=';
    const right = { type: 'constant', value: plainNumber(tokens) } as const;
    return { type: 'relation', operator, left: { type: 'length' }, right };
  }
  const way = tokens.takeOneOf(['inbound', 'outbound']);
  if (way !== undefined) return { type: way };
  if (tokens.takeKeyword('ifindex')) return { type: 'interface', index: plainNumber(tokens) };
  if (!tokens.takeKeyword('vlan')) return undefined;
  const hasId = tokens.peek()?.type === 'number' || tokens.isSymbol('(');
  return { type: 'vlan', id: hasId ? tokens.number() : undefined };
}

function plainNumber(tokens: Tokens): number {
  const token = tokens.peek();
  if (token?.type !== 'number') throw tokens.unexpected();
  tokens.skip();
  return token.value;
}

/** `tcp`, `ether broadcast`, or words and the value that they are about: `src net 10`. */
function parseQualified(tokens: Tokens): Parsed {
  const protocol = tokens.takeOneOf(PROTOCOLS);
  const cast = tokens.takeOneOf(['broadcast', 'multicast']);
  if (cast !== undefined) return alone({ type: cast, protocol });
  const direction = takeDirection(tokens);
  const kind = takeKind(tokens, direction);
  if (direction === undefined && kind === undefined) {
    if (protocol === undefined) throw tokens.unexpected();
    return alone({ type: 'protocol', protocol });
  }
  return parseValues(tokens, { protocol, direction, kind });
}

function takeKind(tokens: Tokens, direction: Direction | undefined): ValueKind | undefined {
  if (direction !== undefined && tokens.isKeyword('proto')) throw tokens.unexpected();
  return tokens.takeOneOf(KINDS);
}

/** `src`, `dst`, `src or dst`, `dst and src`. */
function takeDirection(tokens: Tokens): Direction | undefined {
  const first = tokens.takeOneOf(ENDS);
  if (first === undefined) return undefined;
  const other = first === 'src' ? 'dst' : 'src';
  for (const operator of ['or', 'and'] as const) {
    if (!tokens.isKeyword(operator) || !tokens.isKeyword(other, 1)) continue;
    tokens.skip();
    tokens.skip();
    return operator === 'or' ? 'src or dst' : 'src and dst';
  }
  return first;
}

/** A value, or several in parentheses: `port (80 or 443)`. */
function parseValues(tokens: Tokens, qualifiers: Qualifiers | undefined): Parsed {
  let isNegated = false;
  while (tokens.takeKeyword('not')) isNegated = !isNegated;
  const expression = tokens.nested(() =>
    tokens.takeSymbol('(') ? parseGroup(tokens, qualifiers) : parseValue(tokens, qualifiers),
  );
  return { expression: isNegated ? { type: 'not', operand: expression } : expression, qualifiers };
}

function parseGroup(tokens: Tokens, qualifiers: Qualifiers | undefined): Expression {
  const first = parseValues(tokens, qualifiers).expression;
  const steps: ChainStep[] = [];
  for (;;) {
    const operator = tokens.takeOneOf(['and', 'or']);
    if (operator === undefined) break;
    steps.push({ operator, operand: parseValues(tokens, qualifiers).expression });
  }
  tokens.expectSymbol(')');
  return steps.length === 0 ? first : { type: 'chain', first, steps };
}

function parseValue(tokens: Tokens, qualifiers: Qualifiers | undefined): Expression {
  const value = readValue(tokens);
  if (qualifiers === undefined) throw new RangeError('syntax error in filter expression');
  return { type: 'value', qualifiers, value };
}

function readValue(tokens: Tokens): FilterValue {
  const token = tokens.peek();
  if (token === undefined || token.type === 'keyword' || token.type === 'symbol') {
    throw tokens.unexpected();
  }
  tokens.skip();
  if (token.type !== 'ipv4' && token.type !== 'ipv6') return token;
  if (tokens.takeSymbol('/')) {
    return { type: 'prefix', text: token.text, length: plainNumber(tokens) };
  }
  if (token.type !== 'ipv4' || !tokens.takeKeyword('mask')) return token;
  const mask = tokens.peek();
  if (mask?.type !== 'ipv4') throw tokens.unexpected();
  tokens.skip();
  return { type: 'masked', text: token.text, mask: mask.text };
}
