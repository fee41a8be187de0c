/** What is no script, what is said of it, and that no text does worse than draw such an error. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_SCRIPT_LENGTH, parseScript } from '../../src/drill/syntax/parse-script.ts';
import { printScript } from '../../src/drill/syntax/print-script.ts';
import { ScriptError, showPlace } from '../../src/drill/syntax/script-error.ts';
import { script } from './arbitrary-script.ts';

function errorOf(text: string, defines: Readonly<Record<string, string>> = {}): string {
  const tree = parseScript(text, new Map(Object.entries(defines)));
  return tree instanceof ScriptError ? tree.toString() : 'no error';
}

/** Behind `0 `, so that the direction is in column 3; with the column of the fault. */
const packets: readonly (readonly [string, string])[] = [
  ['> 0:0(0)', '5: expected the flags of a TCP segment, "udp" or "icmp", found "0"'],
  ['> X 0:0(0)', '5: expected TCP flags, letters of FSRP.EWAU or one of 0 to 7, found "X"'],
  ['> P55 0:0(0)', '5: expected TCP flags, letters of FSRP.EWAU or one of 0 to 7, found "P55"'],
  ['> E5 0:0(0)', '5: E, W and A are the bits of the ACE counter: write them or a digit'],
  ['> . 1:5(5)', '7: 1:5 is a range of 4 octets, not of 5'],
  ['> . 4294967295:4294967296(1)', '18: expected a number of 0 to 4294967295'],
  ['> . 0:65536(65536)', '15: expected a number of 0 to 65535 for the length of the payload'],
  ['> . 0:65530(65530)', '5: this segment makes an IP packet of 65570 octets'],
  ['> . 0:0(0) ack foo', '18: expected a number for "ack", found "foo"'],
  ['> . 0:0(0) win 65536', '18: expected a number of 0 to 65535 for "win", found "65536"'],
  ['> . 0:0(0) urg -1', '18: expected a number of 0 to 65535 for "urg", found "-1"'],
  ['> 65536 > 1 . 0:0(0)', '5: expected a number of 0 to 65535 for the source port'],
  ['< . 0:0(0) ack 1', '19: expected "win": a packet to inject needs its window'],
  ['< . 0:0(0) win 1 <...>', '20: <...> can be expected only and not injected'],
  ['< [ect01] . 0:0(0) win 1', '6: ect01, either codepoint, can be expected only'],
  ['< . 0:0(0) win 1 <TS val ... ecr 0,nop,nop>', '28: "val ..." can be expected only'],
  ['> (ce, tos 0x1) . 0:0(0)', '10: "tos" is said of a field already set'],
  ['> (tos 0x100) . 0:0(0)', '10: expected a number of 0 to 0xff for "tos", found "0x100"'],
  ['> (flowlabel 0x100000) . 0:0(0)', '16: expected a number of 0 to 0xfffff'],
  ['> [ect0] udp (5)', '12: an ECN codepoint is for TCP and ICMP'],
  ['> ipv4 1.2.3.400 > 1.2.3.4: . 0:0(0)', '10: "1.2.3.400" is no IPv4 address'],
  ['> mpls (label 1048576, tc 0, ttl 0): . 0:0(0)', '17: expected a number of 0 to 1048575'],
  ['> . 0:0(0) <mss 65536>', '19: expected a number of 0 to 65535 for "mss"'],
  ['> . 0:0(0) <wscale 256,nop>', '22: expected a number of 0 to 255 for "wscale"'],
  ['> . 0:0(0) <nop>', '14: these TCP options are 1 octets, not a multiple of 4: nop is missing'],
  ['> . 0:0(0) <sack 1:2 1:2 1:2 1:2 1:2>', '14: these TCP options need more than 40 octets'],
  ['> . 0:0(0) <bar>', '15: expected a TCP option, found "bar"'],
  ['> . 0:0(0) <>', '15: expected a TCP option, found ">"'],
  ['> . 0:0(0) <mss 5 nop>', '21: expected "," or ">" behind a TCP option, found "nop"'],
  ['> . 0:0(0) <FO abc>', '18: expected a cookie in pairs of hexadecimal digits, found "abc"'],
  ['> . 0:0(0) <ECN e0b 16777216>', '23: expected a number of 0 to 16777215 for "e0b"'],
  ['> . 0:0(0) <ECN ceb 1>', '19: expected e0b or e1b behind "ECN", found "ceb"'],
  ['> . 0:0(0) <md5>', '18: expected a digest in hexadecimal digits behind "md5", found ">"'],
  ['> icmp', '9: expected an ICMP type such as unreachable, found the end of the script'],
  ['> icmp echo_request id 65536', '26: expected a number of 0 to 65535 for the identifier'],
];

test.each(packets)('0 %s', (text, message) => {
  expect(errorOf(`0 ${text}`)).toContain(`line 1, column ${message}`);
});

test.each<[string, string]>([
  ['', 'line 1, column 1: expected an event, which begins with its time, found the end'],
  ['`a`', 'line 1, column 4: expected an event'],
  ['foo', 'line 1, column 1: expected the time of an event, found "foo"'],
  ['0 `a`\n`b` `c`', 'line 2, column 5: expected the end of the script behind its cleanup command'],
  ['1 `a`', 'line 1, column 1: the first event must be at time 0'],
  ['-1 `a`', 'line 1, column 1: a time cannot be negative'],
  ['8640001 `a`', 'line 1, column 1: a time may be up to 8640000 s'],
  ['0 `a` 2 `b` 1 `c`', 'line 1, column 13: this event is earlier than the one before it'],
  ['* `a`', 'line 1, column 1: the time "*" is for packets that are expected'],
  ['0~1 f() = 0', 'line 1, column 1: a range of times is for packets that are expected'],
  ['0~1 < . 1:1(0) win 5', 'line 1, column 1: a range of times is for packets'],
  ['+2~+1 > . 1:1(0)', 'line 1, column 1: this range of times is backwards'],
  ['+0~1 > . 1:1(0)', 'line 1, column 4: expected "+" behind "~", as before it, found "1"'],
  ['0 `a` +2...1 f() = 0', 'line 1, column 12: the call would return before it is made'],
  ['0 --a', 'line 1, column 3: expected a packet, a system call, a command or code'],
  ['--a= 0', 'line 1, column 7: expected an event'],
  ['0 f', 'line 1, column 4: expected "(" behind "f", found the end of the script'],
  ['0 f(1 2) = 0', 'line 1, column 7: expected "," or ")" behind an argument, found "2"'],
  ['0 f(1)', 'line 1, column 7: expected "=" and the result behind a system call'],
  ['0 f({}) = 0', 'line 1, column 6: expected a value, found "}"'],
  ['0 f(99999999999999999999) = 0', 'line 1, column 5: expected an integer of 64 bits'],
  ['0 f("\\q") = 0', 'line 1, column 5: the escape "\\q" in this string is unknown'],
  ['0 f("\\x4") = 0', 'line 1, column 5: the escape "\\x4" in this string is unknown'],
  ['0 f() = -1 EPIPE ()', 'line 1, column 19: expected words or ")", found ")"'],
  ['0 f("abc', 'line 1, column 5: this string has no end'],
  ['0 `abc\n', 'line 1, column 3: this backtick has no end'],
  ['0 %{ abc', 'line 1, column 3: this code has no end'],
  ['\n /* abc', 'line 2, column 2: this comment has no end'],
  ['0 \u0000', 'line 1, column 3: expected a packet, a system call, a command or code'],
  ['#ifdef A 0', 'line 1, column 1: this "#ifdef" has no "#endif"'],
  ['#endif', 'line 1, column 1: "#endif" without an "#ifdef" before it'],
  ['#ifdef 5', 'line 1, column 8: expected a name behind "#ifdef", found "5"'],
])('%j', (text, message) => {
  expect(errorOf(text)).toContain(message);
});

test('a definition that is no single token is refused where it is used', () => {
  const message = 'line 1, column 5: N is defined as "a b": expected one number, word or string';
  expect(errorOf('0 f(N) = 0', { N: 'a b' })).toBe(message);
  expect(errorOf('0 f(M) = 0', { N: 'a b' })).toBe('no error');
});

test.each<[string, string]>([
  ['[', 'values may be nested up to 64 deep'],
  ['{a=', 'values may be nested up to 64 deep'],
  ['a=', 'values may be nested up to 64 deep'],
  ['f(', 'values may be nested up to 64 deep'],
])('deep nesting of %s', (opening, message) => {
  expect(errorOf(`0 f(${opening.repeat(100_000)}`)).toContain(message);
  expect(errorOf(`0 f(${opening.repeat(30)}`)).not.toContain(message);
});

test('a script that is too long is refused unread', () => {
  const message = `line 1, column 1: a script may have up to ${MAX_SCRIPT_LENGTH} characters`;
  expect(errorOf('\n'.repeat(MAX_SCRIPT_LENGTH + 1))).toContain(message);
  expect(errorOf('\n'.repeat(MAX_SCRIPT_LENGTH))).toContain('expected an event');
});

test('a place is shown as its line with a caret below', () => {
  const text = '0 `a`\n\t+0 > X 1:1(0)\n';
  expect(showPlace(text, { line: 2, column: 7 })).toBe(' +0 > X 1:1(0)\n      ^');
  const long = `${'a'.repeat(200)}X${'b'.repeat(200)}`;
  const caret = `${'a'.repeat(60)}X${'b'.repeat(59)}\n${' '.repeat(60)}^`;
  expect(showPlace(long, { line: 1, column: 201 })).toBe(caret);
  expect(showPlace('a', { line: 5, column: 1 })).toBe('');
});

/** A tree or an error whose place is in the text; anything thrown fails. */
function check(text: string): boolean {
  const tree = parseScript(text, new Map([['N', '5']]));
  if (!(tree instanceof ScriptError)) return true;
  expect(tree.place.line).toBeLessThanOrEqual(text.split('\n').length);
  expect(tree.place.column).toBeGreaterThan(0);
  expect(tree.message).not.toMatch(/\p{Cc}/u);
  return false;
}

const pieces = fc.constantFrom(
  ...'0 + . ... ~ * < > ( ) [ ] { } | = , : ! / - # `a` "b" %{c}% // /* \n \\ " ` %{'.split(' '),
  ...'S ack win 5 0x5 .5 1:1(0) mss nop sack TS val ecr FO icmp udp gre: mpls #ifdef #endif'.split(
    ' ',
  ),
  ...'N --a --define=N=1 1.2.3.4 ::1 f( \u0000 tos ce md5 ECN e0b exp- encap psp'.split(' '),
);

test('any text gives a tree or an error', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(pieces).map((all) => all.join(' ')),
      ),
      (text) => {
        check(text);
      },
    ),
    { numRuns: 2000 },
  );
});

test('a script with a few of its characters changed gives a tree or an error', () => {
  let trees = 0;
  const change = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(5), pieces);
  fc.assert(
    fc.property(script, fc.array(change, { maxLength: 2 }), (tree, changes) => {
      let text = printScript(tree);
      for (const [where, length, piece] of changes) {
        const at = Math.floor(where * text.length);
        text = text.slice(0, at) + piece + text.slice(at + length);
      }
      if (check(text)) trees++;
    }),
    { numRuns: 500 },
  );
  expect(trees).toBeGreaterThan(50);
});
