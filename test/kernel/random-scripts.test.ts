/** Random scripts: one seed gives one script, which this stack passes, and which hits its aim. */
import { expect, test } from 'vitest';
import {
  SCRIPT_CATEGORIES,
  type Draft,
  parseScript,
  runScript,
  type Script,
  ScriptError,
} from '../../src/drill/index.ts';
import { RandomScripts } from './random-scripts.ts';

const NAMES = Object.keys(SCRIPT_CATEGORIES);
const SEEDS = [10, 20];
const scripts = new RandomScripts(4, 'ipv4');
const drafts = new Map(
  NAMES.map((name) => [name, SEEDS.flatMap((seed) => scripts.draft(name, seed) ?? [])]),
);

function parsed(text: string): Script {
  const script = parseScript(text);
  if (script instanceof ScriptError) throw script;
  return script;
}

/** What must come in, or be called, in a few drafts of a category, if it is about what it says. */
const AIMS: readonly (readonly [category: string, aim: RegExp])[] = [
  ['open', /< S 0:0\(0\) win 1000/],
  ['receive', /read\(/],
  ['ack', /< P?\. \d+:\d+\([1-9]/],
  ['loss', /sack \d+:\d+/],
  ['nosack', /< \. \d+:\d+\(0\) ack 1 .*\n.*< \. \d+:\d+\(0\) ack 1 /],
  ['rto', /write\(/],
  ['window', / win 0\b/],
  ['rwnd', /\((?:1000|1460|1448|100|1)\) ack 1 .*\n.*\(\d+\) ack 1 /],
  ['ecn', /< \[ce\] P\./],
  ['keepalive', /TCP_KEEPIDLE/],
  ['options', /getsockopt\(/],
  ['close', /< F\. /],
  ['reset', /< R\.? /],
  ['mix', /write\([^]*read\(/],
];

test('every category has an aim', () => {
  expect(AIMS.map(([name]) => name)).toEqual(NAMES);
});

test.each(AIMS)('%s comes to what it is about', (name, aim) => {
  const happenings = drafts.get(name)?.flatMap((draft) => draft.happenings) ?? [];
  expect(happenings.map(({ text }) => `${text}\n`).join('')).toMatch(aim);
});

test.each(['open', 'receive', 'loss', 'close'])('%s: what is filled in is passed', (name) => {
  const [draft] = drafts.get(name) ?? [];
  const text = (draft && scripts.scriptOf(draft)) ?? '';
  expect(text).toMatch(/^.* > S/m);
  const commandLine = [{ name: 'strict_segments', value: undefined }];
  const { failure } = runScript(parsed(text), scripts.stack, { commandLine });
  expect(failure, text).toBeUndefined();
});

test('the same seed gives the same draft, another one another', () => {
  const [first, second] = drafts.get('mix') ?? [];
  expect(scripts.draft('mix', SEEDS[0] ?? 0)).toEqual(first);
  expect(second?.happenings).not.toEqual(first?.happenings);
});

test('where a tick decides what happens, nothing is filled in', () => {
  // The timer that delays the ACK may go off before the octets that come 41 ms later, or after.
  const handshake = [
    [0, 'socket(..., SOCK_STREAM, IPPROTO_TCP) = 3'],
    [0, 'bind(3, ..., ...) = 0'],
    [0, 'listen(3, 1) = 0'],
    [100_000, '< S 0:0(0) win 65535 <mss 1000>'],
    [100_000, '> S. 0:0(0) ack 1 <...>'],
    [110_000, '< . 1:1(0) ack 1 win 65535'],
    [110_000, 'accept(3, ..., ...) = 4'],
    [110_000, 'setsockopt(4, SOL_TCP, TCP_QUICKACK, [0], 4) = 0'],
    [120_000, '< P. 1:101(100) ack 1 win 65535'],
  ] as const;
  const happenings = (later: number): Draft['happenings'] =>
    [...handshake, [120_000 + later, '< P. 101:201(100) ack 1 win 65535'] as const].map(
      ([at, text]) => ({ at, text, isNeeded: true }),
    );
  const fill = (later: number): string | undefined =>
    scripts.scriptOf({ category: 'ack', seed: 0, settings: [], happenings: happenings(later) });
  expect(fill(41_000)).toBeUndefined();
  expect(fill(20_000)).toMatch(/< P\. 101:201/);
});
