/**
 * Words of a command line as traceroute reads them: options short and long, `-m 5`, `-m5` and
 * `--max-hops=5`, and what it says of those that it does not take, with their places.
 */

/** An option: its letter, its long name, and what its value is called, where it has one. */
export interface TraceOption {
  readonly letter?: string;
  readonly name?: string;
  readonly value?: string;
}

export interface TraceLine<Key extends string> {
  /** Of each option that was given, its value; of one without values, an empty text. */
  readonly options: ReadonlyMap<Key, string>;
  readonly operands: readonly string[];
  /** Fails at the option's value. @throws RangeError */
  readonly refuse: (key: Key) => never;
}

/** Reads the words behind the tool's name. @throws RangeError for an option that is not known */
export function readTraceLine<Key extends string>(
  words: readonly string[],
  known: Readonly<Record<Key, TraceOption>>,
): TraceLine<Key> {
  const options = new Map<Key, string>();
  /** Of each option, how it was written and where its value is. */
  const places = new Map<Key, { readonly written: string; readonly at: number }>();
  const operands: string[] = [];
  const find = (of: 'letter' | 'name', text: string): Key | undefined =>
    (Object.keys(known) as Key[]).find((key) => known[key][of] === text);
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (!word.startsWith('-') || word === '-') {
      operands.push(word);
      continue;
    }
    const isLong = word.startsWith('--');
    const [written, joined] = isLong ? splitLong(word) : splitShort(word, find, known);
    const key = isLong ? find('name', written.slice(2)) : find('letter', written.slice(1));
    const { value } = key === undefined ? {} : known[key];
    const isExtra = isLong && joined !== undefined && value === undefined;
    if (key === undefined || isExtra) {
      const extra = joined === undefined ? '' : ` (with arg \`${joined}')`;
      throw new RangeError(`Bad option \`${word}'${extra} (argc ${i + 1})`);
    }
    if (value === undefined) {
      options.set(key, '');
      if (joined !== undefined) words = words.with(i--, `-${joined}`); // `-nI` is `-n -I`
      continue;
    }
    const given = joined ?? (isLong ? undefined : words[++i]);
    if (given === undefined) {
      const form = isLong ? `${written}=${value}` : `${written} ${value}`;
      const place = isLong ? i + 1 : i;
      throw new RangeError(`Option \`${written}' (argc ${place}) requires an argument: \`${form}'`);
    }
    options.set(key, given);
    places.set(key, { written, at: i + 1 });
  }
  const refuse = (key: Key): never => {
    const { written, at } = places.get(key) ?? { written: key, at: 0 };
    const text = options.get(key);
    throw new RangeError(`Cannot handle \`${written}' option with arg \`${text}' (argc ${at})`);
  };
  return { options, operands, refuse };
}

/** `--first=2` as `--first` and `2`. */
function splitLong(word: string): [string, string | undefined] {
  const at = word.indexOf('=');
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

/** `-m5` as `-m` and `5`; `-nI` as `-n` and `I`, where the two letters are options. */
function splitShort<Key extends string>(
  word: string,
  find: (of: 'letter', text: string) => Key | undefined,
  known: Readonly<Record<Key, TraceOption>>,
): [string, string | undefined] {
  const key = find('letter', word[1] ?? '');
  if (word.length === 2 || key === undefined) return [word, undefined];
  const isFlag = known[key].value === undefined;
  const isNextKnown = find('letter', word[2] ?? '') !== undefined;
  if (isFlag && !isNextKnown) return [word, undefined];
  return [word.slice(0, 2), word.slice(2)];
}
