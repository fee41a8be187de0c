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
  /** What is said of a value that an option does not take. */
  readonly refusal: (key: Key) => string;
}

/** An option as it was written. */
interface Written<Key extends string> {
  readonly key: Key;
  readonly written: string;
  /** The value in the same word. */
  readonly joined: string | undefined;
  /** Whether the next word may be its value. */
  readonly takesNext: boolean;
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
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const place = i + 1;
    const isOperand = !word.startsWith('-') || word === '-';
    if (isOperand) operands.push(word);
    for (const each of isOperand ? [] : optionsIn(word, place, known)) {
      const { key, written, joined, takesNext } = each;
      const { value } = known[key];
      const given = value === undefined ? '' : (joined ?? (takesNext ? words[++i] : undefined));
      if (given === undefined) {
        const form = `${written}${written.startsWith('--') ? '=' : ' '}${value}`;
        throw new RangeError(
          `Option \`${written}' (argc ${place}) requires an argument: \`${form}'`,
        );
      }
      options.set(key, given);
      places.set(key, { written, at: i + 1 });
    }
  }
  const refusal = (key: Key): string => {
    const { written, at } = places.get(key) ?? { written: key, at: 0 };
    const text = options.get(key);
    return `Cannot handle \`${written}' option with arg \`${text}' (argc ${at})`;
  };
  return { options, operands, refusal };
}

/** `--first=2`; `-m5`; `-nI`, which is `-n` and `-I`, of which the last may have a value. */
function* optionsIn<Key extends string>(
  word: string,
  place: number,
  known: Readonly<Record<Key, TraceOption>>,
): Generator<Written<Key>> {
  const find = (of: 'letter' | 'name', text: string): Key | undefined =>
    (Object.keys(known) as Key[]).find((key) => known[key][of] === text);
  const isBad = (text: string, extra = ''): never => {
    throw new RangeError(`Bad option \`${text}'${extra} (argc ${place})`);
  };
  if (word.startsWith('--')) {
    const [, name = '', joined] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    const key = find('name', name);
    const extra = joined === undefined ? '' : ` (with arg \`${joined}')`;
    if (key === undefined) return isBad(word, extra);
    if (joined !== undefined && known[key].value === undefined) return isBad(word, extra);
    yield { key, written: `--${name}`, joined, takesNext: false };
    return;
  }
  const letters = word.slice(1);
  const first = find('letter', letters[0] ?? '');
  if (letters.length > 1 && first !== undefined && known[first].value !== undefined) {
    const written = word.slice(0, 2);
    yield { key: first, written, joined: word.slice(2), takesNext: false };
    return;
  }
  for (let i = 0; i < letters.length; i++) {
    const letter = letters[i]!;
    const written = `-${letter}`;
    const key = find('letter', letter) ?? isBad(written);
    yield { key, written, joined: undefined, takesNext: i === letters.length - 1 };
  }
}
