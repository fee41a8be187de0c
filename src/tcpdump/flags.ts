/**
 * The flags of tcpdump that say how packets are printed, as a record, and the parser that makes one
 * from arguments. The command line and scenarios (`print: '-nn -vvv -K'`) share both.
 */

/** How packets are printed. Numbers count how often a flag was given. */
export interface PrintFlags {
  /** `-n`: addresses and ports as numbers. More than one changes nothing. */
  readonly numeric: number;
  /** `-v`: 1 prints the IP header and checksums, 2 more of some protocols, 3 yet more. */
  readonly verbose: number;
  /** `-q`: less of the transport's header; twice, nothing after the first fragment of a packet. */
  readonly quiet: number;
  /** `-e`: the link layer's header too. */
  readonly linkHeader: boolean;
  /** `-S`: sequence numbers as they are on the wire, not relative to the first seen. */
  readonly absoluteSequence: boolean;
  /** `-K`: no verdict on the checksums of IP, TCP and UDP. */
  readonly ignoreChecksums: boolean;
  /** `-N`: host names without their domain. */
  readonly shortNames: boolean;
  /** `-t`: 0 is the time of day; see {@link TimeStyle}. */
  readonly time: TimeStyle;
  /** `--nano`: nine digits of a second instead of six. */
  readonly nanoseconds: boolean;
  /** `-#`: a number before each packet. */
  readonly numbered: boolean;
  /** `-x`: the packet in hexadecimal; twice, with the link layer's header. */
  readonly hex: number;
  /** `-X`: the packet in hexadecimal and ASCII; twice, with the link layer's header. */
  readonly hexAndAscii: number;
  /** `-A`: the packet in ASCII; twice, with the link layer's header. */
  readonly ascii: number;
  /** `-c`: how many packets to print at most. */
  readonly count: number | undefined;
}

/**
 * 0 time of day, 1 none, 2 seconds since 1970, 3 since the packet before, 4 date, 5 since the
 * first.
 */
export type TimeStyle = 0 | 1 | 2 | 3 | 4 | 5;

/** What tcpdump does without flags. */
export const DEFAULT_PRINT_FLAGS: PrintFlags = {
  numeric: 0,
  verbose: 0,
  quiet: 0,
  linkHeader: false,
  absoluteSequence: false,
  ignoreChecksums: false,
  shortNames: false,
  time: 0,
  nanoseconds: false,
  numbered: false,
  hex: 0,
  hexAndAscii: 0,
  ascii: 0,
  count: undefined,
};

/** One flag: its spellings, what it does, and for people a line of help. */
export interface PrintFlagSpec {
  /** The letter after `-`; none for a flag that only has a long name. */
  readonly letter?: string;
  /** The name after `--`. */
  readonly name?: string;
  /** What follows the flag, for those that take an argument. */
  readonly argument?: string;
  readonly help: string;
  /** The flags with this one given once more. */
  readonly apply: (flags: PrintFlags, argument: string) => PrintFlags;
}

/** Every flag there is. */
export const PRINT_FLAG_SPECS: readonly PrintFlagSpec[] = [
  {
    letter: 'n',
    help: 'print addresses and ports as numbers',
    apply: (flags) => ({ ...flags, numeric: flags.numeric + 1 }),
  },
  {
    letter: 'v',
    help: 'print more: -v, -vv, -vvv',
    apply: (flags) => ({ ...flags, verbose: flags.verbose + 1 }),
  },
  {
    letter: 'e',
    help: "print the link layer's header",
    apply: (flags) => ({ ...flags, linkHeader: true }),
  },
  {
    letter: 'S',
    name: 'absolute-tcp-sequence-numbers',
    help: 'print sequence numbers as they are on the wire',
    apply: (flags) => ({ ...flags, absoluteSequence: true }),
  },
  {
    letter: 't',
    help: 'time: -t none, -tt seconds, -ttt since the last, -tttt date, -ttttt since the first',
    apply: (flags) => ({ ...flags, time: nextTimeStyle(flags.time) }),
  },
  {
    name: 'micro',
    help: 'print microseconds',
    apply: (flags) => ({ ...flags, nanoseconds: false }),
  },
  { name: 'nano', help: 'print nanoseconds', apply: (flags) => ({ ...flags, nanoseconds: true }) },
  {
    letter: '#',
    name: 'number',
    help: 'print a number before each packet',
    apply: (flags) => ({ ...flags, numbered: true }),
  },
  {
    letter: 'q',
    help: 'print less',
    apply: (flags) => ({ ...flags, quiet: flags.quiet + 1 }),
  },
  {
    letter: 'x',
    help: 'print each packet in hexadecimal; -xx with its link header',
    apply: (flags) => ({ ...flags, hex: flags.hex + 1 }),
  },
  {
    letter: 'X',
    help: 'print each packet in hexadecimal and ASCII; -XX with its link header',
    apply: (flags) => ({ ...flags, hexAndAscii: flags.hexAndAscii + 1 }),
  },
  {
    letter: 'A',
    help: 'print each packet in ASCII; -AA with its link header',
    apply: (flags) => ({ ...flags, ascii: flags.ascii + 1 }),
  },
  {
    letter: 'K',
    name: 'dont-verify-checksums',
    help: 'do not judge checksums',
    apply: (flags) => ({ ...flags, ignoreChecksums: true }),
  },
  {
    letter: 'N',
    help: 'print host names without their domain',
    apply: (flags) => ({ ...flags, shortNames: true }),
  },
  {
    letter: 'c',
    argument: 'count',
    help: 'stop after that many packets',
    apply: (flags, argument) => ({ ...flags, count: parseCount(argument) }),
  },
];

function nextTimeStyle(time: TimeStyle): TimeStyle {
  if (time === 5) throw new RangeError('only -t, -tt, -ttt, -tttt and -ttttt are supported');
  return (time + 1) as TimeStyle;
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new RangeError(`invalid packet count ${text}`);
  return Number(text);
}

/**
 * The flags that arguments such as `['-nn', '-vvv', '-c', '5']` give, or one text of them.
 *
 * @throws RangeError when one is not a flag of printing, or its argument is not one.
 */
export function parsePrintFlags(
  args: readonly string[] | string,
  from: PrintFlags = DEFAULT_PRINT_FLAGS,
): PrintFlags {
  const words = typeof args === 'string' ? (args.match(/\S+/g) ?? []) : [...args];
  let flags = from;
  while (words.length > 0) {
    const word = words.shift()!;
    if (word.startsWith('--')) flags = parseLong(flags, word);
    else flags = parseCluster(flags, word, words);
  }
  return flags;
}

function parseLong(flags: PrintFlags, word: string): PrintFlags {
  const spec = PRINT_FLAG_SPECS.find(({ name }) => name !== undefined && word === `--${name}`);
  if (spec === undefined) throw new RangeError(`not a flag of printing: ${word}`);
  return spec.apply(flags, '');
}

/** One dash and letters; an argument is the rest of the word, or the next word. */
function parseCluster(flags: PrintFlags, word: string, rest: string[]): PrintFlags {
  if (!/^-./.test(word)) throw new RangeError(`not a flag of printing: ${word}`);
  let result = flags;
  for (let at = 1; at < word.length; at++) {
    const spec = PRINT_FLAG_SPECS.find(({ letter }) => letter === word[at]);
    if (spec === undefined) throw new RangeError(`not a flag of printing: -${word[at]}`);
    if (spec.argument === undefined) {
      result = spec.apply(result, '');
      continue;
    }
    const argument = word.slice(at + 1) || rest.shift();
    if (argument === undefined) throw new RangeError(`-${word[at]} needs a ${spec.argument}`);
    return spec.apply(result, argument);
  }
  return result;
}
