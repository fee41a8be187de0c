/**
 * What `ss` is asked for (ss(8)): options, states (`state established`, `exclude time-wait`), and
 * the filter behind them.
 */
import type { TcpState } from '../tcp/states.ts';
import { parseSocketFilter, type SocketFilter } from './ss-filter.ts';

export interface SsRequest {
  readonly withTcp: boolean;
  readonly withUdp: boolean;
  /** Sockets of AF_INET, of AF_INET6. */
  readonly withIpv4: boolean;
  readonly withIpv6: boolean;
  /** The states to list. An unconnected UDP socket is CLOSED, a connected one ESTABLISHED. */
  readonly states: ReadonlySet<TcpState>;
  readonly filter: SocketFilter;
  /** -s: numbers instead of sockets. */
  readonly isSummary: boolean;
  readonly hasHeader: boolean; // not -H
  readonly hasQueues: boolean; // not -Q
  readonly isOneLine: boolean; // -O
  readonly isNumeric: boolean; // -n
  readonly withProcesses: boolean; // -p
  readonly withTimers: boolean; // -o
  readonly withDetails: boolean; // -e
  readonly withMemory: boolean; // -m
  readonly withInfo: boolean; // -i
}

const LONG_OPTIONS: ReadonlyMap<string, string> = new Map([
  ['--all', 'a'],
  ['--listening', 'l'],
  ['--tcp', 't'],
  ['--udp', 'u'],
  ['--raw', 'w'],
  ['--unix', 'x'],
  ['--packet', '0'],
  ['--ipv4', '4'],
  ['--ipv6', '6'],
  ['--numeric', 'n'],
  ['--resolve', 'r'],
  ['--options', 'o'],
  ['--extended', 'e'],
  ['--memory', 'm'],
  ['--info', 'i'],
  ['--processes', 'p'],
  ['--no-header', 'H'],
  ['--no-queues', 'Q'],
  ['--oneline', 'O'],
  ['--summary', 's'],
]);

/** -r is taken: no name is known. */
const LETTERS = /^[altuwx046nroemipHQOs]*$/;

const STATES: readonly (readonly [name: string, state: TcpState])[] = [
  ['established', 'ESTABLISHED'],
  ['syn-sent', 'SYN-SENT'],
  ['syn-recv', 'SYN-RECEIVED'],
  ['fin-wait-1', 'FIN-WAIT-1'],
  ['fin-wait-2', 'FIN-WAIT-2'],
  ['time-wait', 'TIME-WAIT'],
  ['unconnected', 'CLOSED'],
  ['close-wait', 'CLOSE-WAIT'],
  ['last-ack', 'LAST-ACK'],
  ['listening', 'LISTEN'],
  ['closing', 'CLOSING'],
];
const ALL: readonly TcpState[] = STATES.map(([, state]) => state);

const GROUPS: ReadonlyMap<string, readonly TcpState[]> = new Map([
  ...STATES.map(([name, state]) => [name, [state]] as const),
  ['all', ALL],
  ['connected', without('CLOSED', 'LISTEN')],
  ['synchronized', without('CLOSED', 'LISTEN', 'SYN-SENT')],
  ['bucket', ['SYN-RECEIVED', 'TIME-WAIT']],
  ['big', without('SYN-RECEIVED', 'TIME-WAIT')],
  ['syn-rcv', ['SYN-RECEIVED']],
  ['close', ['CLOSED']],
  ['closed', ['CLOSED']],
]);

/** What is listed when nothing is said. */
const USUAL = without('CLOSED', 'LISTEN', 'SYN-RECEIVED', 'TIME-WAIT');

function without(...states: readonly TcpState[]): TcpState[] {
  return ALL.filter((state) => !states.includes(state));
}

/** Reads the words behind `ss`, or says what is wrong with them. */
export function readSsRequest(words: readonly string[]): SsRequest | string {
  let letters = '';
  let states: ReadonlySet<TcpState> | undefined;
  const expression: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word.startsWith('-')) {
      const these = LONG_OPTIONS.get(word) ?? word.slice(1);
      if (!LETTERS.test(these)) return `ss: invalid option -- '${word.replace(/^-+/, '')}'`;
      letters += these;
    } else if (expression.length === 0 && ['state', 'exclude', 'excl'].includes(word)) {
      const name = words[++i] ?? '';
      const those = GROUPS.get(name.toLowerCase());
      if (those === undefined) return `ss: wrong state name: ${name}`;
      if (word === 'state') states = new Set([...(states ?? []), ...those]);
      else states = new Set([...(states ?? ALL)].filter((state) => !those.includes(state)));
    } else {
      expression.push(word);
    }
  }
  const filter = parseSocketFilter(expression.join(' '));
  if (typeof filter === 'string') return `ss: in the filter: ${filter}`;
  const has = (letter: string): boolean => letters.includes(letter);
  const isAnyProtocol = !/[tuwx0]/.test(letters); // of the others no socket is shown
  return {
    withTcp: isAnyProtocol || has('t'),
    withUdp: isAnyProtocol || has('u'),
    withIpv4: has('4') || !has('6'),
    withIpv6: has('6') || !has('4'),
    states: states ?? usualStates(letters),
    filter,
    isSummary: has('s'),
    hasHeader: !has('H'),
    hasQueues: !has('Q'),
    isOneLine: has('O'),
    isNumeric: has('n'),
    withProcesses: has('p'),
    withTimers: has('o') || has('e'),
    withDetails: has('e'),
    withMemory: has('m'),
    withInfo: has('i'),
  };
}

/** By -a, -l or neither; the later of the two counts. */
function usualStates(letters: string): ReadonlySet<TcpState> {
  const last = Math.max(letters.lastIndexOf('a'), letters.lastIndexOf('l'));
  if (last < 0) return new Set(USUAL);
  return new Set(letters[last] === 'a' ? ALL : ['LISTEN', 'CLOSED']);
}
