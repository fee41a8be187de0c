/**
 * What a decoder returns for bytes that are not what it decodes.
 *
 * Malformed input is ordinary input, so it is a value and not an exception; a value is also some
 * hundred times cheaper, because no stack is captured.
 */

/** Why bytes do not decode. */
export type DecodeReason =
  /** The bytes end before the header or the length it announces does. */
  | 'truncated'
  /** A length field contradicts the structure around it. */
  | 'bad-length'
  /** A version field names another version than this decoder's. */
  | 'bad-version'
  /** A fixed number that identifies the format is another one. */
  | 'bad-magic'
  /** A field holds a value that the format does not allow. */
  | 'bad-value'
  /** Right by its form, and larger than any sensible input: refused to bound memory. */
  | 'too-large'
  /** A protocol that this decoder knows by number only. */
  | 'unsupported';

/** The refusal of some bytes: which layer, why, and where. */
export class DecodeError {
  /** The layer that refused, in lower case: `ethernet`, `ipv4`, `tcp`, `pcapng` … */
  readonly layer: string;
  readonly reason: DecodeReason;
  /** The octet at fault, counted from the start of the bytes that the decoder was given. */
  readonly offset: number;
  /** More about the fault, for people; never needed to tell faults apart. */
  readonly detail: string;

  constructor(layer: string, reason: DecodeReason, offset: number, detail = '') {
    this.layer = layer;
    this.reason = reason;
    this.offset = offset;
    this.detail = detail;
  }

  /** One line for people: `tcp: bad-length at offset 12 (data offset 3)`. */
  toString(): string {
    const detail = this.detail === '' ? '' : ` (${this.detail})`;
    return `${this.layer}: ${this.reason} at offset ${this.offset}${detail}`;
  }
}

/** The value, where a refusal would be a mistake of the caller's: for tests and scenarios. */
export function must<T>(value: T | DecodeError): T {
  if (value instanceof DecodeError) throw new Error(value.toString());
  return value;
}
