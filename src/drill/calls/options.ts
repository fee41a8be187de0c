/**
 * setsockopt and getsockopt. A value is `[number]`, octets as a string, or a struct whose fields
 * are numbers, such as `{onoff=1, linger=0}`; a key of TCP_MD5SIG has a struct of its own.
 */
import type { OptionValue } from '../../stack/index.ts';
import type { CallContext, Mismatch } from '../run/live.ts';
import type { Expression } from '../syntax/script.ts';
import type { ArgumentReader } from './arguments.ts';
import { isNull } from './arguments.ts';
import type { CallFamily, CallPlan } from './plan.ts';
import { differing, nothingWritten, plain, writing } from './plan.ts';
import { readSignatureKey } from './signature-key.ts';

export const OPTION_CALLS: CallFamily = {
  setsockopt: { fewest: 5, most: 5, plan: setsockopt },
  getsockopt: { fewest: 5, most: 5, plan: getsockopt },
};

const WANTED = 'a pointer: [value], "bytes" or {…}';
const INT_LENGTH = 4;
/** No option of Linux is longer: tcp_zerocopy_receive, tcp_info and a name are all below this. */
const LONGEST_OPTION = 4096;

function setsockopt(args: ArgumentReader, context: CallContext): CallPlan {
  const fd = args.descriptor(0);
  const level = args.level(1);
  const option = args.optionName(2, level);
  const value = valueToSet(args, option, context);
  const length = args.integer(4, 'a length');
  return plain((fdOf) => ({ name: 'setsockopt', fd: fdOf(fd), level, option, value, length }));
}

function valueToSet(
  args: ArgumentReader,
  option: string,
  { connectAddress }: CallContext,
): OptionValue | 'invalid-pointer' {
  const expression = args.at(3);
  if (expression.kind === 'struct' && /^TCP_MD5SIG(?:_EXT)?$/.test(option)) {
    return readSignatureKey(args, expression, args.what(3), connectAddress);
  }
  const given = readValue(args);
  return given === undefined ? 'invalid-pointer' : optionValue(given);
}

function getsockopt(args: ArgumentReader): CallPlan {
  const fd = args.descriptor(0);
  const level = args.level(1);
  const option = args.optionName(2, level);
  const isCompared = args.at(3).kind !== 'ellipsis';
  const value = isCompared ? readValue(args) : undefined;
  const expectedLength = readRoom(args);
  const length = expectedLength ?? naturalLength(value);
  if (value?.kind === 'bytes' && !value.isOpen && length !== value.bytes.length) {
    const has = value.bytes.length;
    args.fail(args.at(4).place, `${args.what(4)} is ${length}, but the string has ${has} octets`);
  }
  return writing(
    (fdOf) => ({ name: 'getsockopt', fd: fdOf(fd), level, option, length }),
    ({ written }) => {
      const expected = value === undefined ? '...' : printExpected(value);
      if (written?.kind !== 'option') return nothingWritten('value', expected);
      const lengths =
        expectedLength === undefined
          ? []
          : differing('length', `[${expectedLength}]`, `[${written.length}]`);
      if (value === undefined) return lengths;
      return [...lengths, ...compareValue(value, written.value, length)];
    },
  );
}

/** What a script writes for a value. */
type Value =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly isOpen: boolean }
  | { readonly kind: 'struct'; readonly fields: ReadonlyMap<string, number> };

/** The 4th argument; undefined for NULL. */
function readValue(args: ArgumentReader): Value | undefined {
  const expression = args.at(3);
  const what = args.what(3);
  if (expression.kind === 'array') {
    const item = args.pointed(expression, what, WANTED);
    return { kind: 'number', value: item === undefined ? 0 : args.integerOf(item, what) };
  }
  if (expression.kind === 'string') return { ...expression, kind: 'bytes' };
  if (expression.kind === 'struct') {
    const fields = args.fields(expression, what, WANTED, undefined);
    const numbers = [...fields].map(([name, field]) => [name, numberOfField(args, name, field)]);
    return { kind: 'struct', fields: new Map(numbers as [string, number][]) };
  }
  if (!isNull(expression)) args.refuse(expression, what, WANTED);
  return undefined;
}

function numberOfField(args: ArgumentReader, name: string, field: { value: Expression }): number {
  return args.integerOf(field.value, `${name} of ${args.what(3)}`);
}

/** The 5th argument of getsockopt, `[4]`; undefined when it is not compared. */
function readRoom(args: ArgumentReader): number | undefined {
  const expression = args.at(4);
  if (expression.kind === 'ellipsis') return undefined;
  const wanted = "a pointer to the value's length: [length]";
  const item = args.pointed(expression, args.what(4), wanted);
  if (item === undefined || item.kind === 'ellipsis') return undefined;
  return args.lengthOf(item, args.what(4), LONGEST_OPTION);
}

/** How much room there is for a value where the script leaves it open. */
function naturalLength(value: Value | undefined): number {
  if (value?.kind === 'bytes') return value.bytes.length;
  if (value?.kind === 'struct') return value.fields.size * INT_LENGTH;
  return value === undefined ? LONGEST_OPTION : INT_LENGTH;
}

function optionValue(value: Value): OptionValue {
  if (value.kind === 'number') return value.value | 0; // an `int`: 0xffffffff is −1
  if (value.kind === 'bytes') return value.bytes;
  return Object.fromEntries(value.fields);
}

function compareValue(expected: Value, actual: OptionValue, length: number): readonly Mismatch[] {
  const whole = [
    { field: 'value', expected: printExpected(expected), actual: printActual(actual) },
  ];
  switch (expected.kind) {
    case 'number': {
      const found = typeof actual === 'number' ? actual : numberIn(actual);
      if (found === undefined) return whole;
      return isSameNumber(expected.value, found, length) ? [] : whole;
    }
    case 'bytes': {
      const bytes = typeof actual === 'number' ? bytesOf(actual) : actual;
      if (!(bytes instanceof Uint8Array)) return whole;
      const compared = expected.isOpen ? expected.bytes.length : length;
      for (let at = 0; at < compared; at++) {
        if ((expected.bytes[at] ?? 0) !== (bytes[at] ?? 0)) return whole;
      }
      return [];
    }
    case 'struct': {
      if (typeof actual === 'number' || actual instanceof Uint8Array) return whole;
      const found = new Map<string, number>(Object.entries(actual));
      return [...expected.fields].flatMap(([name, value]) => {
        const field = found.get(name);
        if (field !== undefined && isSameNumber(value, field, INT_LENGTH)) return [];
        return [{ field: `value.${name}`, expected: String(value), actual: String(field ?? '') }];
      });
    }
  }
}

/** Equal in the octets that there was room for; 32 bits with a sign or without. */
function isSameNumber(a: number, b: number, length: number): boolean {
  const mask = length >= INT_LENGTH ? -1 : 2 ** (8 * length) - 1;
  return (a & mask) === (b & mask);
}

/** An `int` in memory is little-endian on the machines that scripts run on. */
function bytesOf(value: number): Uint8Array {
  return Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);
}

function numberIn(value: OptionValue): number | undefined {
  if (!(value instanceof Uint8Array) || value.length > INT_LENGTH) return undefined;
  let number = 0;
  for (const [at, octet] of value.entries()) number |= octet << (8 * at);
  return number;
}

function printExpected(value: Value): string {
  switch (value.kind) {
    case 'number':
      return `[${value.value}]`;
    case 'bytes':
      return printBytes(value.bytes) + (value.isOpen ? '...' : '');
    case 'struct':
      return printFields([...value.fields]);
  }
}

function printActual(value: OptionValue): string {
  if (typeof value === 'number') return `[${value}]`;
  if (value instanceof Uint8Array) return printBytes(value);
  return printFields(Object.entries(value));
}

function printFields(fields: readonly (readonly [string, number])[]): string {
  return `{${fields.map(([name, value]) => `${name}=${value}`).join(', ')}}`;
}

/** Octets as a string literal of the language. */
function printBytes(bytes: Uint8Array): string {
  const text = Array.from(bytes, (octet) => {
    const isPrintable = octet >= 0x20 && octet < 0x7f && octet !== 0x22 && octet !== 0x5c;
    return isPrintable ? String.fromCharCode(octet) : `\\x${octet.toString(16).padStart(2, '0')}`;
  });
  return `"${text.join('')}"`;
}
