/** Words of a command line as getopt(3) reads them: options of one letter, and operands. */

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

/** The whole number of an option, or `otherwise`. @throws RangeError for any other text */
export function numberOption(
  { options }: CommandLine,
  letter: string,
  otherwise: number,
  least: number,
  most: number,
): number {
  const text = options.get(letter);
  if (text === undefined) return otherwise;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new RangeError(`invalid argument: '${text}': out of range: ${least} <= value <= ${most}`);
}

/** The nanoseconds of an option in seconds, which may have a fraction. @throws RangeError */
export function secondsOption({ options }: CommandLine, letter: string, otherwise: number): number {
  const text = options.get(letter);
  if (text === undefined) return otherwise;
  const [, whole, fraction = ''] = /^(\d{1,6})(?:\.(\d{1,9}))?$/.exec(text) ?? [];
  if (whole === undefined) throw new RangeError(`invalid argument: '${text}'`);
  return Number(whole) * 1_000_000_000 + Number(fraction.padEnd(9, '0'));
}
