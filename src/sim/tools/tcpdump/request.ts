/** What words ask of `tcpdump` (tcpdump(8)): options, those of printing too, and a filter. */
import {
  DEFAULT_PRINT_FLAGS,
  parsePrintFlags,
  PRINT_FLAG_SPECS,
  type PrintFlags,
  SNAP_LENGTH_MAXIMUM,
} from '../../../tcpdump/index.ts';
import { LinkType } from '../../../wire/index.ts';
import type { CookedLinkType } from '../../any-interface.ts';

export interface TcpdumpRequest {
  /** `-i`; the first interface that is no loopback otherwise. */
  readonly interface: string | undefined;
  /** `-r`: packets come from this file. */
  readonly readFrom: string | undefined;
  /** `-w`: packets go into this file, `-` for standard output. */
  readonly writeTo: string | undefined;
  readonly snapLength: number;
  /** `-y LINUX_SLL`: which cooked headers packets of `any` have. */
  readonly cooked: CookedLinkType;
  /** `-Q in`, `-Q out`. */
  readonly direction: 'in' | 'out' | 'inout';
  readonly flags: PrintFlags;
  readonly filter: string;
}

/** What it prints for options that it does not know. */
export const TCPDUMP_USAGE = `\
Usage: tcpdump [-AelnNpqStuUvxX#] [ -c count ] [ -i interface ] [ --immediate-mode ]
\t\t[ --number ] [ -Q in|out|inout ] [ -r file ] [ -s snaplen ]
\t\t[ -w file ] [ -y datalinktype ] [ --micro ] [ --nano ]
\t\t[ -Z user ] [ expression ]
`;

/** An option is not known, or has no value: the usage follows. */
export class OptionError extends RangeError {}

/** Options with a value, and the long names of some; those without meaning here change nothing. */
const VALUED = 'iwrsyQBZ';
const WITHOUT_MEANING = 'lUp';
const LONG_NAMES: ReadonlyMap<string, string> = new Map([
  ['interface', 'i'],
  ['snapshot-length', 's'],
  ['linktype', 'y'],
  ['direction', 'Q'],
  ['buffer-size', 'B'],
  ['relinquish-privileges', 'Z'],
  ['packet-buffered', 'U'],
  ['immediate-mode', 'U'],
  ['no-promiscuous-mode', 'p'],
]);

/** @throws RangeError in tcpdump's words, OptionError */
export function readTcpdump(words: readonly string[]): TcpdumpRequest {
  const options = new Map<string, string>();
  const printing: string[] = [];
  const filter: string[] = [];
  const left = [...words];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word === '--') filter.push(...left.splice(0));
    else if (word.startsWith('--')) takeLong(word.slice(2), left, options, printing);
    else if (/^-./.test(word)) takeLetters(word, left, options, printing);
    else filter.push(word);
  }
  return {
    interface: options.get('i'),
    readFrom: options.get('r'),
    writeTo: options.get('w'),
    snapLength: snapLengthOf(options.get('s')),
    cooked: cookedOf(options.get('y'), options.get('i')),
    direction: directionOf(options.get('Q')),
    flags: parsePrintFlags(printing, DEFAULT_PRINT_FLAGS),
    filter: filter.join(' '),
  };
}

function takeLong(
  word: string,
  left: string[],
  options: Map<string, string>,
  printing: string[],
): void {
  const [name = '', value] = word.split('=', 2);
  if (PRINT_FLAG_SPECS.some((spec) => spec.name === name)) {
    printing.push(`--${name}`);
    return;
  }
  const letter = LONG_NAMES.get(name);
  if (letter === undefined) throw new OptionError(`unrecognized option '--${name}'`);
  if (WITHOUT_MEANING.includes(letter)) return;
  const given = value ?? left.shift();
  if (given === undefined) throw new OptionError(`option '--${name}' requires an argument`);
  options.set(letter, given);
}

/** One dash and letters; a value is the rest of the word, or the next word. */
function takeLetters(
  word: string,
  left: string[],
  options: Map<string, string>,
  printing: string[],
): void {
  for (let at = 1; at < word.length; at++) {
    const letter = word[at]!;
    if (WITHOUT_MEANING.includes(letter)) continue;
    const spec = PRINT_FLAG_SPECS.find((each) => each.letter === letter);
    const isValued = VALUED.includes(letter) || spec?.argument !== undefined;
    if (!isValued && spec === undefined) throw new OptionError(`invalid option -- '${letter}'`);
    if (!isValued) {
      printing.push(`-${letter}`);
      continue;
    }
    const value = word.slice(at + 1) || left.shift();
    if (value === undefined) throw new OptionError(`option requires an argument -- '${letter}'`);
    if (spec === undefined) options.set(letter, value);
    else printing.push(`-${letter}`, value);
    return;
  }
}

function snapLengthOf(text = '0'): number {
  const length = /^\d{1,6}$/.test(text) ? Number(text) : -1;
  if (length < 0 || length > SNAP_LENGTH_MAXIMUM) {
    throw new RangeError(`invalid snaplen ${text} (must be >= 0 and <= ${SNAP_LENGTH_MAXIMUM})`);
  }
  return length === 0 ? SNAP_LENGTH_MAXIMUM : length;
}

function cookedOf(name: string | undefined, from: string | undefined): CookedLinkType {
  const isAny = from === 'any';
  if (name === undefined || (isAny && name === 'LINUX_SLL2')) return LinkType.linuxSll2;
  if (isAny && name === 'LINUX_SLL') return LinkType.linuxSll;
  if (!isAny && name === 'EN10MB') return LinkType.linuxSll2;
  const isKnown = ['EN10MB', 'LINUX_SLL', 'LINUX_SLL2'].includes(name);
  if (!isKnown) throw new RangeError(`invalid data link type ${name}`);
  throw new RangeError(
    `${from ?? 'eth0'}: ${name} is not one of the DLTs supported by this device`,
  );
}

function directionOf(text = 'inout'): 'in' | 'out' | 'inout' {
  if (text === 'in' || text === 'out' || text === 'inout') return text;
  throw new RangeError(`unknown capture direction \`${text}'`);
}
