/**
 * Words of a command line as getopt(3) reads them: options of one letter, and operands; and numbers
 * as the tools of iputils read them.
 */

/** An argument that is missing, or not taken: such a tool ends with status 1. */
export class ArgumentError extends RangeError {
  override readonly name: string = 'ArgumentError';
}

export interface CommandLine {
  /** Of each option that was given, its value; of one without values, an empty text. */
  readonly options: ReadonlyMap<string, string>;
  readonly operands: readonly string[];
}

/**
 * Reads the words behind a tool's name.
 *
 * @param known the letters, those with a value followed by a colon: `c:i:nq`.
 * @throws RangeError for an option that is not known, and one without its value.
 */
export function readCommandLine(words: readonly string[], known: string): CommandLine {
  const options = new Map<string, string>();
  const operands: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (!word.startsWith('-') || word === '-') {
      operands.push(word);
      continue;
    }
    for (let at = 1; at < word.length; at++) {
      const letter = word[at]!;
      const place = letter === ':' ? -1 : known.indexOf(letter);
      if (place < 0) throw new RangeError(`invalid option -- '${letter}'`);
      if (known[place + 1] !== ':') {
        options.set(letter, '');
        continue;
      }
      const value = at + 1 < word.length ? word.slice(at + 1) : words[++i];
      if (value === undefined) throw new RangeError(`option requires an argument -- '${letter}'`);
      options.set(letter, value);
      break;
    }
  }
  return { options, operands };
}

/** The most that a C `long` holds, as near as a number comes. */
export const LONG_MOST: number = 2 ** 63;

/** The whole number of an option, or `otherwise`. @throws ArgumentError for any other text */
export function numberOption(
  { options }: CommandLine,
  letter: string,
  otherwise: number,
  least: number,
  most: number,
): number {
  const text = options.get(letter);
  if (text === undefined) return otherwise;
  if (!/^-?\d{1,15}$/.test(text)) throw new ArgumentError(`invalid argument: '${text}'`);
  const value = Number(text);
  if (value >= least && value <= most) return value;
  const end = most === LONG_MOST ? '9223372036854775807' : most;
  throw new ArgumentError(`invalid argument: '${text}': out of range: ${least} <= value <= ${end}`);
}

/** The nanoseconds of an option in seconds, which may have a fraction. @throws ArgumentError */
export function secondsOption({ options }: CommandLine, letter: string, otherwise: number): number {
  const text = options.get(letter);
  return text === undefined ? otherwise : nanosecondsOf(text);
}

function nanosecondsOf(text: string): number {
  const [, whole, fraction = ''] = /^(\d{1,6})(?:\.(\d{1,9}))?$/.exec(text) ?? [];
  if (whole === undefined) throw new ArgumentError(`option argument contains garbage: ${text}`);
  return Number(whole) * 1_000_000_000 + Number(fraction.padEnd(9, '0'));
}
