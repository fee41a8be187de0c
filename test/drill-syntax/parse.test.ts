/** What a text means: one row for each way to write something that its tree does not show. */
import { expect, test } from 'vitest';
import { parseScript } from '../../src/drill/syntax/parse-script.ts';
import { printEvent } from '../../src/drill/syntax/print-script.ts';
import { ScriptError } from '../../src/drill/syntax/script-error.ts';
import type { Expression, Script } from '../../src/drill/syntax/script.ts';

function parsed(text: string, defines: Readonly<Record<string, string>> = {}): Script {
  const tree = parseScript(text, new Map(Object.entries(defines)));
  if (tree instanceof ScriptError) throw new Error(tree.toString());
  return tree;
}

/** The events as they are printed, without the blanks before their times. */
function printed(text: string, defines: Readonly<Record<string, string>> = {}): string[] {
  return parsed(text, defines).events.map((event) => printEvent(event).trimStart());
}

test.each<[string, string]>([
  // Times.
  ['0.0000009 `x`', '0 `x`'],
  ['+.000 `x`', '+0 `x`'],
  ['*>. 1:1(0)', '* > . 1:1(0)'],
  ['0~1.50 > . 1:1(0)', '0~1.5 > . 1:1(0)'],
  ['+0....5 close(3) = 0', '+0...0.5 close(3) = 0'],
  // Flags, which the lexer cuts at the dot.
  ['0 > P.5 1:1(0)', '0 > P.5 1:1(0)'],
  ['0 > P5. 1:1(0)', '0 > P.5 1:1(0)'],
  ['0 > .5 1:1(0)', '0 > .5 1:1(0)'],
  ['0 > 5. 1:1(0)', '0 > .5 1:1(0)'],
  ['0 > 1 > 2 S 0:0(0)', '0 > 1 > 2 S 0:0(0)'],
  ['0 > SEWA. 0:0(0)', '0 > SEWA. 0:0(0)'],
  ['0 > - 0:0(0)', '0 > - 0:0(0)'],
  // The headers of IP, in either bracket and in either dialect.
  ['0 < (ce) . 1:1(0) win 5', '0 < [ce] . 1:1(0) win 5'],
  ['0 > [tos 0x3] . 1:1(0)', '0 > (tos 0x3) . 1:1(0)'],
  ['0 > (class 3) . 1:1(0)', '0 > (tos 0x3) . 1:1(0)'],
  ['0 > (hlim 5) . 1:1(0)', '0 > (ttl 5) . 1:1(0)'],
  ['0 > (ect01, flowlabel 0x1) . 1:1(0)', '0 > (ect01, flowlabel 0x1) . 1:1(0)'],
  [
    '0 > ipv4 1.2.3.4 > 5.6.7.8: gre: ipv6 ::1>fd::2: . 1:1(0)',
    '0 > ipv4 1.2.3.4 > 5.6.7.8: gre: ipv6 ::1 > fd::2: . 1:1(0)',
  ],
  [
    '0 > gre flags [checksum present, key present], sum 1, off 2, key=3, seq 4: . 1:1(0)',
    '0 > gre flags 0xa000, sum 1, off 2, key 3, seq 4: . 1:1(0)',
  ],
  [
    '0 > gre flags [sequence# present] sum 0x1 off 0 key 0 seq 0: . 1:1(0)',
    '0 > gre flags 0x1000, sum 1, off 0, key 0, seq 0: . 1:1(0)',
  ],
  [
    '0 > mpls (label 1, tc 2, [S], ttl 3) (label 4,tc 5,ttl 6): . 1:1(0)',
    '0 > mpls (label 1, tc 2, [S], ttl 3) (label 4, tc 5, ttl 6): . 1:1(0)',
  ],
  ['0 > encap psp spi 16 . 1:1(0)', '0 > encap psp spi 0x10 . 1:1(0)'],
  // TCP's fields and options.
  [
    '0 > . 7:9(2)! ack 3! <TS val ... ecr 9!,nop,nop>',
    '0 > . 7:9(2)! ack 3! <TS val ... ecr 9!,nop,nop>',
  ],
  ['0 > . ...(9) /udp(1>2)', '0 > . ...(9) /udp(1 > 2)'],
  ['0 > . 1:1(0) <FO 12345678,nop,nop>', '0 > . 1:1(0) <FO 12345678,nop,nop>'],
  ['0 > . 1:1(0) <FOEXP>', '0 > . 1:1(0) <FOEXP>'],
  ['0 > . 1:1(0) <EXP-FO ab12cd34>', '0 > . 1:1(0) <exp-FO ab12cd34>'],
  ['0 > . 1:1(0) <exp-tarr 10,nop,nop,nop>', '0 > . 1:1(0) <exp-tarr 10,nop,nop,nop>'],
  ['0 > . 1:1(0) <md5 valid,nop,nop>', '0 > . 1:1(0) <md5 valid,nop,nop>'],
  ['0 > . 1:1(0) <0x1e040102>', '0 > . 1:1(0) <0x1e040102>'],
  ['0 > . 1:1(0) <1e040102>', '0 > . 1:1(0) <0x1e040102>'],
  ['0 > . 1:1(0) <ECN e1b 1 ceb 2 e0b 3,nop>', '0 > . 1:1(0) <ECN e1b 1 ceb 2 e0b 3,nop>'],
  ['0 > . 1:1(0) <AccECN1 ee1b 1 eceb 2>', '0 > . 1:1(0) <AccECN1 ee1b 1 eceb 2>'],
  // What an ICMP error quotes, before or behind.
  ['0 < [1:1(0)] icmp unreachable', '0 < icmp unreachable [1:1(0)]'],
  ['0 < icmp echo_request id 5 [raw (8)]', '0 < icmp echo_request id 5 [raw (8)]'],
  ['0 < udp 1>2(9)', '0 < udp 1 > 2 (9)'],
  // Values, errors and notes.
  ['0 f("a" "\\x41\\n\\"" "é") = 0', '0 f("aA\\n\\"\\xc3\\xa9") = 0'],
  ['0 f("a"...) = 0', '0 f("a"...) = 0'],
  ['0 f(a=b|c, {x(1)=y, 5,...}, []) = 0', '0 f(a=b|c, {x(1)=y, 5, ...}, []) = 0'],
  ['0 f() = O_RDWR (flags are 2) ', '0 f() = O_RDWR (flags are 2)'],
  ['0 f() = -1 EPIPE(Broken) (pipe)', '0 f() = -1 EPIPE (Broken pipe)'],
  // Comments, and a file with the line ends of another system.
  ['0 // a\r\n /* b\n */ `x` //', '0 `x`'],
  ['0 %{ \t x = 1 }%', '0 %{ x = 1 }%'],
])('%s', (text, expected) => {
  expect(printed(text)).toEqual([expected]);
});

test('commands before and behind the events', () => {
  const tree = parsed('`a` 0 `b` +0 `c` `d`');
  expect(tree.init?.text).toBe('a');
  expect(tree.events).toHaveLength(2);
  expect(tree.cleanup?.text).toBe('d');
});

test('the values of options', () => {
  const text = '--a --b=5 --c=x,y --d="x y" --e=::1 --f=1.2.3.4 --g=.5 --h=0x5 --i=N=`ls` 0 `x`';
  const values = parsed(text).options.map(({ value }) => value);
  expect(values).toEqual([undefined, '5', 'x,y', 'x y', '::1', '1.2.3.4', '.5', '0x5', 'N=`ls`']);
});

test('places count from 1, through comments and strings of several lines', () => {
  const [first, second] = parsed('/*\n*/ 0 f("\n\n") = 0\n\t+0 `x`').events;
  expect(first?.place).toEqual({ line: 2, column: 4 });
  expect(first?.action.place).toEqual({ line: 2, column: 6 });
  expect(second?.place).toEqual({ line: 5, column: 2 });
});

test.each<[string, bigint, boolean]>([
  ['-9223372036854775808', -(2n ** 63n), false],
  ['0xffffffffffffffff', 2n ** 64n - 1n, true],
  ['0010', 10n, false],
])('the integer %s', (text, value, isHex) => {
  const [event] = parsed(`0 f(${text}) = 0`).events;
  const call = event?.action;
  const [argument]: readonly (Expression | undefined)[] =
    call?.kind === 'system-call' ? call.arguments : [];
  expect(argument).toMatchObject({ kind: 'integer', value, isHex });
});

test.each<[string, string, string]>([
  ['"x y"', '0 f(N) = 0', '0 f("x y") = 0'],
  ['`ls`', '0 N', '0 `ls`'],
  ['12', '0 > . 1:1(0) win N', '0 > . 1:1(0) win 12'],
  ['0x10', '0 > . 1:1(0) win N', '0 > . 1:1(0) win 16'],
  ['IPPROTO_TCP', '0 f(N) = 0', '0 f(IPPROTO_TCP) = 0'],
  ['3021b9d889017eeb', '0 > . 1:1(0) <FO N,nop,nop>', '0 > . 1:1(0) <FO 3021b9d889017eeb,nop,nop>'],
  ['0000000000000000', '0 > . 1:1(0) <FO N,nop,nop>', '0 > . 1:1(0) <FO 0000000000000000,nop,nop>'],
])('-D N=%s in %s', (value, text, expected) => {
  expect(printed(text, { N: value })).toEqual([expected]);
});

test('the user wins over the script, and a name of a definition is not replaced', () => {
  const text = '--define=N=1 --define=M=N 0 f(N, M, K) = 0';
  expect(printed(text)).toEqual(['0 f(1, 1, K) = 0']);
  expect(printed(text, { N: '2', K: 'M' })).toEqual(['0 f(2, 2, 2) = 0']);
});

test('names that are defined by each other stand for themselves', () => {
  expect(printed('0 f(A, B, C) = 0', { A: 'B', B: 'A', C: 'C' })).toEqual(['0 f(A, B, C) = 0']);
});

test('#ifdef keeps or drops what is up to its #endif', () => {
  const text = '0 `a`\n#ifdef A\n+0 `b`\n#ifdef B\n+0 `c`\n#endif\n#endif\n+0 `d`';
  expect(printed(text)).toEqual(['0 `a`', '+0 `d`']);
  expect(printed(text, { B: '1' })).toEqual(['0 `a`', '+0 `d`']);
  expect(printed(text, { A: '' })).toEqual(['0 `a`', '+0 `b`', '+0 `d`']);
  expect(printed(text, { A: '1', B: '1' })).toEqual(['0 `a`', '+0 `b`', '+0 `c`', '+0 `d`']);
});
