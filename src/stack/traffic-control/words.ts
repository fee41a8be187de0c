/**
 * The words of `tc` and their units (tc(8)), read one after another. What is wrong is an error of
 * one line that names the word: `netem: word 4: "delay" wants a time such as 10ms, not "soon"`.
 */
import type { Duration } from '../time.ts';

/** A text that is no setting of a queueing discipline. */
export class WordError extends Error {
  override readonly name: string = 'WordError';
}

/** No text of a discipline is longer: whoever has more words has something else in mind. */
const MOST_WORDS = 200;

/** Words with a place in them. */
export class Words {
  readonly #of: string;
  readonly #words: readonly string[];
  #at = 0;

  /** @param of whose words they are, for errors: `netem`. */
  constructor(of: string, words: readonly string[]) {
    this.#of = of;
    this.#words = words;
    if (words.length > MOST_WORDS) throw new WordError(`${of}: more than ${MOST_WORDS} words`);
  }

  /** The next word, taken; nothing at the end. */
  next(): string | undefined {
    return this.#words[this.#at++];
  }

  /** Whether the next word is a number, with or without a unit. */
  get isNumberNext(): boolean {
    return /^-?\d/.test(this.#words[this.#at] ?? '');
  }

  /** Takes the next word where it is this one. */
  take(word: string): boolean {
    if (this.#words[this.#at] !== word) return false;
    this.#at += 1;
    return true;
  }

  /** What the next word says, by `read`. @throws WordError where that gives nothing */
  value<T>(read: (word: string) => T | undefined, option: string, kind: string): T {
    const word = this.next();
    const value = word === undefined ? undefined : read(word);
    if (value === undefined) {
      this.fail(
        `"${option}" wants ${kind}, ${word === undefined ? 'nothing follows' : `not "${word}"`}`,
      );
    }
    return value;
  }

  /** What the next word says where it is a number, and `otherwise` where it is not. */
  optional<T>(
    read: (word: string) => T | undefined,
    option: string,
    kind: string,
    otherwise: T,
  ): T {
    return this.isNumberNext ? this.value(read, option, kind) : otherwise;
  }

  time(option: string): Duration {
    return this.value(readTime, option, 'a time such as 10ms');
  }

  /** A probability, of 2³² − 1. */
  percent(option: string): number {
    return this.value(readPercent, option, PERCENTAGE);
  }

  optionalPercent(option: string, otherwise: number): number {
    return this.optional(readPercent, option, PERCENTAGE, otherwise);
  }

  /** A probability as a number of 0 to 1. */
  fraction(option: string): number {
    return this.value(readFraction, option, 'a number of 0 to 1');
  }

  /** A rate in octets per second. */
  rate(option: string): number {
    return this.value(readRate, option, 'a rate such as 1mbit');
  }

  /** A size in octets. */
  size(option: string): number {
    return this.value(readSize, option, 'a size such as 10kb');
  }

  count(option: string): number {
    return this.value(readCount, option, 'a whole number');
  }

  /** Fails at the word that was taken last. */
  fail(reason: string): never {
    throw new WordError(`${this.#of}: word ${Math.min(this.#at, this.#words.length)}: ${reason}`);
  }
}

const PERCENTAGE = 'a percentage of 0% to 100%';

const TIME_UNITS: Readonly<Record<string, number>> = {
  '': 1e3,
  ns: 1, nsec: 1, nsecs: 1,
  us: 1e3, usec: 1e3, usecs: 1e3,
  ms: 1e6, msec: 1e6, msecs: 1e6,
  s: 1e9, sec: 1e9, secs: 1e9,
}; // prettier-ignore

const PREFIXES: Readonly<Record<string, number>> = {
  '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12,
  ki: 2 ** 10, mi: 2 ** 20, gi: 2 ** 30, ti: 2 ** 40,
}; // prettier-ignore

/** The number before a unit, and the unit. */
function numberAndUnit(word: string): [number, string] | undefined {
  const [, number, unit] = /^(\d{1,15}(?:\.\d{1,9})?)([a-z]*)$/i.exec(word) ?? [];
  return number === undefined || unit === undefined ? undefined : [Number(number), unit];
}

/** `10ms`, `1.5s`, `250us`, `40ns`; a bare number is of microseconds. At most about 11 days. */
function readTime(word: string): Duration | undefined {
  const [number, unit] = numberAndUnit(word) ?? [0, '?'];
  const factor = TIME_UNITS[unit];
  if (factor === undefined || number * factor > 1e15) return undefined;
  return Math.round(number * factor);
}

/** `25%`, or the same without the sign. */
function readPercent(word: string): number | undefined {
  const [number] = numberAndUnit(word.endsWith('%') ? word.slice(0, -1) : word) ?? [];
  if (number === undefined || number > 100 || /[a-z]/i.test(word)) return undefined;
  return Math.round((number / 100) * 0xffff_ffff);
}

function readFraction(word: string): number | undefined {
  return /^(?:0?\.\d{1,9}|[01](?:\.0{1,9})?)$/.test(word) ? Number(word) : undefined;
}

/** `1mbit`, `100kibit`, or in octets `10kbps`; a bare number is of bits. */
function readRate(word: string): number | undefined {
  const [number, unit] = numberAndUnit(word.toLowerCase()) ?? [0, '?'];
  const [, prefix, base] = /^([kmgt]?i?)(bit|bps)$/.exec(unit === '' ? 'bit' : unit) ?? [];
  const factor = prefix === undefined ? undefined : PREFIXES[prefix];
  if (factor === undefined) return undefined;
  const rate = Math.floor((number * factor) / (base === 'bit' ? 8 : 1));
  return rate > 0 && Number.isSafeInteger(rate) ? rate : undefined;
}

/** `1500`, `10k` and `10kb` in octets of 1,024, `32kbit` in bits. */
export function readSize(word: string): number | undefined {
  const [number, unit] = numberAndUnit(word.toLowerCase()) ?? [0, '?'];
  const [, prefix, base] = /^([kmg]?)(b|bit)?$/.exec(unit) ?? [];
  const factor = prefix === undefined ? undefined : PREFIXES[prefix === '' ? '' : `${prefix}i`];
  if (factor === undefined) return undefined;
  const size = Math.floor((number * factor) / (base === 'bit' ? 8 : 1));
  return size > 0xffff_ffff ? undefined : size;
}

function readCount(word: string): number | undefined {
  return /^\d{1,9}$/.test(word) ? Number(word) : undefined;
}

/** A time in the largest unit that it fills, with three digits: `1.5s`, `10ms`, `40ns`. */
export function printTime(time: Duration): string {
  if (time >= 1e9) return `${threeDigits(time / 1e9)}s`;
  if (time >= 1e6) return `${threeDigits(time / 1e6)}ms`;
  return time >= 1000 ? `${threeDigits(time / 1000)}us` : `${time}ns`;
}

/** The same of times that tc has in microseconds. */
export function printMicroseconds(time: Duration): string {
  return time < 1e6 ? `${Math.floor(time / 1000)}us` : printTime(time);
}

export function printPercent(probability: number): string {
  return `${significant((100 * probability) / 0xffff_ffff)}%`;
}

/** A rate of octets in bits, in the largest unit that leaves three digits: `1500Kbit`. */
export function printRate(octetsPerSecond: number): string {
  let rate = 8 * octetsPerSecond;
  const prefixes = ['', 'K', 'M', 'G', 'T'];
  let place = 0;
  while (place < prefixes.length - 1 && rate >= 1000) {
    if (rate % 1000 !== 0 && rate < 1_000_000) break;
    rate = Math.floor(rate / 1000);
    place += 1;
  }
  return `${rate}${prefixes[place]}bit`;
}

/** Octets, in units of 1,024 where that is nearly what they are. */
export function printSize(octets: number): string {
  for (const [unit, size, tolerance] of [
    ['Mb', 2 ** 20, 1024],
    ['Kb', 2 ** 10, 16],
  ] as const) {
    const units = Math.round(octets / size);
    if (octets >= size && Math.abs(units * size - octets) < tolerance) {
      return `${significant(units)}${unit}`;
    }
  }
  return `${octets}b`;
}

/** Three digits, as C's `%.3g`. */
function threeDigits(n: number): string {
  return n < 999.5
    ? String(Number(n.toPrecision(3)))
    : n.toPrecision(3).replace(/e\+(\d)$/, 'e+0$1');
}

/** Six digits, as C's `%g`. */
function significant(n: number): string {
  return String(Number(n.toPrecision(6)));
}
