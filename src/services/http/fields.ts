/**
 * Header fields (RFC 9110 §5): names without regard to case, values of visible characters, in the
 * order in which they came.
 */
import { MessageError } from './message-error.ts';

/** A name and its value. */
export type FieldLine = readonly [name: string, value: string];

/** RFC 9110 §5.6.2: what methods and names of fields are made of. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** RFC 9110 §5.5: visible ASCII and octets above it, with blanks and tabs between. */
const FIELD_VALUE = /^(?:[\x21-\x7e\x80-\xff](?:[\t \x21-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/;

/** Whether it may be the name of a field, or a method (RFC 9110 §5.6.2). */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** Header fields in order; names are compared without regard to case. */
export class HttpFields implements Iterable<FieldLine> {
  readonly #lines: FieldLine[] = [];

  /** @throws RangeError for a name or a value that no message can carry */
  constructor(lines: Iterable<FieldLine> = []) {
    for (const [name, value] of lines) this.add(name, value);
  }

  /** Adds a line behind the others. @throws RangeError as the constructor */
  add(name: string, value: string): void {
    if (!isToken(name)) throw new RangeError(`not the name of a field: "${name.slice(0, 40)}"`);
    if (!FIELD_VALUE.test(value)) throw new RangeError(`not a value for the field ${name}`);
    this.#lines.push([name, value]);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** The value; where a name comes more than once, all with commas between (RFC 9110 §5.3). */
  get(name: string): string | undefined {
    const wanted = name.toLowerCase();
    const values = this.#lines.filter(([each]) => each.toLowerCase() === wanted);
    return values.length === 0 ? undefined : values.map(([, value]) => value).join(', ');
  }

  /** The members of a list, such as Connection's, in lower case and without empty ones. */
  list(name: string): string[] {
    const members = (this.get(name) ?? '').toLowerCase().split(',');
    return members.map((member) => member.trim()).filter((member) => member !== '');
  }

  [Symbol.iterator](): IterableIterator<FieldLine> {
    return this.#lines.values();
  }
}

/**
 * Takes a line such as `Host: example.com` in. Blanks before the colon and lines that go on from
 * the one before are refused: they have been used to smuggle requests (RFC 9112 §5.1, §5.2).
 *
 * @throws MessageError
 */
export function readFieldLine(line: string, fields: HttpFields): void {
  const colon = line.indexOf(':');
  if (colon < 0) throw new MessageError(400, 'a header field without a colon');
  const name = line.slice(0, colon);
  const value = line.slice(colon + 1).replaceAll(/^[\t ]+|[\t ]+$/g, '');
  if (!isToken(name)) throw new MessageError(400, 'the name of a header field is no token');
  if (!FIELD_VALUE.test(value)) throw new MessageError(400, `a control character in ${name}`);
  fields.add(name, value);
}
