/** What `netstat` is asked for (netstat(8) of net-tools). */

/** Which table is to be shown. */
export type NetstatTable = 'sockets' | 'routes' | 'interfaces' | 'statistics';

export interface NetstatRequest {
  readonly table: NetstatTable;
  /** -t, -u or -w was said. */
  readonly isProtocolChosen: boolean;
  readonly withTcp: boolean;
  readonly withUdp: boolean;
  /** UNIX domain sockets, of which a simulated host has none: their header is shown. */
  readonly withUnix: boolean;
  readonly withRaw: boolean;
  readonly withIpv4: boolean;
  readonly withIpv6: boolean;
  /** -4 or -6 was said. */
  readonly isFamilyChosen: boolean;
  readonly isAll: boolean; // -a
  readonly isListening: boolean; // -l
  readonly isNumeric: boolean; // -n
  readonly isWide: boolean; // -W
  readonly isExtended: boolean; // -e
  readonly withPrograms: boolean; // -p
  readonly withTimers: boolean; // -o
}

const LONG_OPTIONS: ReadonlyMap<string, string> = new Map([
  ['--all', 'a'],
  ['--listening', 'l'],
  ['--tcp', 't'],
  ['--udp', 'u'],
  ['--raw', 'w'],
  ['--unix', 'x'],
  ['--inet', '4'],
  ['--inet6', '6'],
  ['--numeric', 'n'],
  ['--numeric-hosts', 'n'],
  ['--numeric-ports', 'n'],
  ['--numeric-users', 'n'],
  ['--wide', 'W'],
  ['--extend', 'e'],
  ['--programs', 'p'],
  ['--timers', 'o'],
  ['--route', 'r'],
  ['--interfaces', 'i'],
  ['--statistics', 's'],
  ['--verbose', 'v'],
  ['--fib', 'F'],
]);

const NO_LETTER = /[^altuwx46nWepoNrisvF]/;

const TABLES: readonly (readonly [letter: string, table: NetstatTable])[] = [
  ['r', 'routes'],
  ['i', 'interfaces'],
  ['s', 'statistics'],
];

/** Reads the words behind `netstat`, or says what is wrong with them. */
export function readNetstatRequest(words: readonly string[]): NetstatRequest | string {
  let letters = '';
  for (const word of words) {
    const long = LONG_OPTIONS.get(word);
    if (word.startsWith('--') && long === undefined) return `unrecognized option '${word}'`;
    if (word.startsWith('-')) letters += long ?? word.slice(1);
  }
  const unknown = NO_LETTER.exec(letters)?.[0];
  if (unknown === 'c') return '-c: no command here goes on; ask again later';
  if (unknown !== undefined) return `invalid option -- '${unknown}'`;
  const has = (letter: string): boolean => letters.includes(letter);
  const tables = TABLES.filter(([letter]) => has(letter));
  if (tables.length > 1) return 'only one of -r, -i and -s can be shown at a time';
  const isFamilyChosen = has('4') || has('6');
  const isInternet = has('t') || has('u') || has('w');
  const isAnyProtocol = !isInternet && (isFamilyChosen || !has('x'));
  return {
    table: tables[0]?.[1] ?? 'sockets',
    isProtocolChosen: isInternet,
    withTcp: isAnyProtocol || has('t'),
    withUdp: isAnyProtocol || has('u'),
    withRaw: isAnyProtocol || has('w'),
    withUnix: has('x') || (!isInternet && !isFamilyChosen),
    withIpv4: has('4') || !has('6'),
    withIpv6: has('6') || !has('4'),
    isFamilyChosen,
    isAll: has('a'),
    isListening: has('l'),
    isNumeric: has('n'),
    isWide: has('W'),
    isExtended: has('e'),
    withPrograms: has('p'),
    withTimers: has('o'),
  };
}
