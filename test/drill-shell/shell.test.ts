/** The shell: quoting, lists, pipes, redirections, and what it refuses. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluateArithmetic } from '../../src/shell/arithmetic.ts';
import { expandToFields } from '../../src/shell/expansion.ts';
import { type CommandRun, runCommand } from '../../src/drill/shell/index.ts';
import { tokenize } from '../../src/shell/lexer.ts';
import { fromUtf8, utf8 } from '../../src/wire/index.ts';

/** A stack with the commands `args`, which prints its words, `stdin` and `fail`; and with files. */
function run(text: string, given: Readonly<Record<string, string>> = {}): CommandRun {
  const files = new Map(Object.entries(given));
  return runCommand(text, {
    now: 0,
    variables: new Map([['PACKETDRILL_PID', '4711']]),
    stack: {
      command: ([name, ...words], input) => {
        if (name === 'fail') return { status: 3, output: 'it failed\n' };
        if (name === 'stdin') return { status: 0, output: input };
        return name === 'args' ? { status: 0, output: `${JSON.stringify(words)}\n` } : undefined;
      },
      readFile: (path) => {
        const file = files.get(path);
        return file === undefined ? undefined : utf8(file);
      },
      writeFile: (path, bytes) => {
        if (path.startsWith('/readonly')) return false;
        files.set(path, fromUtf8(bytes));
        return true;
      },
    },
  });
}

const fieldsOf = (text: string): string[] =>
  tokenize(text).flatMap((token) =>
    token.kind === 'word' ? expandToFields(token.word, () => undefined, 1) : [token.text],
  );

const TEXT = fc.string({ unit: 'grapheme-ascii', maxLength: 30 });

describe('quoting', () => {
  test('law: a word in single quotes is itself', () => {
    fc.assert(
      fc.property(fc.array(TEXT), (words) => {
        const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
        expect(fieldsOf(quoted.join(' '))).toEqual(words);
      }),
    );
  });

  test('law: a word in double quotes with backslashes is itself', () => {
    fc.assert(
      fc.property(fc.array(TEXT), (words) => {
        const quoted = words.map((word) => `"${word.replaceAll(/[$`"\\]/g, '\\$&')}"`);
        expect(fieldsOf(quoted.join(' '))).toEqual(words);
      }),
    );
  });

  test('law: a word with a backslash before each character is itself', () => {
    const word = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(fc.array(word), (words) => {
        const quoted = words.map((text) => text.replaceAll(/[^]/g, '\\$&'));
        expect(fieldsOf(quoted.join(' '))).toEqual(words);
      }),
    );
  });

  test('law: no text makes the shell throw, and the same text gives the same result', () => {
    // prettier-ignore
    const piece = fc.constantFrom(
      'args', 'echo', ' ', ' ', '\n', ';', '&&', '||', '|', '"', "'", '\\', '$', '${', '}', '$((',
      '))', '>', '<', '2>&1', '&>', '/dev/null', 'x', '1', '#', '!', '(', ')', '=', 'a=', '`', '&',
    );
    let understood = 0;
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, TEXT), { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        const result = run(text);
        expect(run(text)).toEqual(result);
        if (result.error === undefined) understood += 1;
        else expect(result.error).toMatch(/^line \d+: ./);
      }),
      { numRuns: 500 },
    );
    expect(understood).toBeGreaterThan(20);
  });

  // prettier-ignore
  test.each([
    [`args a  b`, ['a', 'b']],
    [`args 'a  b' "c  d"`, ['a  b', 'c  d']],
    [`args a'b'"c"\\ d`, ['abc d']],
    [`args "" ''`, ['', '']],
    [`args "$X" $X`, ['']],
    [`X="1  2"; args $X "$X" a$X`, ['1', '2', '1  2', 'a1', '2']],
    [`args \${PPID} $PPID "$PPID"`, ['4711', '4711', '4711']],
    [`args $((15*1024*1024)) "4096 $((256*1024)) x"`, ['15728640', '4096 262144 x']],
    [`N=5; args $((N + $N))`, ['10']],
    [`args a\\\nb c \\\n d`, ['ab', 'c', 'd']],
    [`args a # comment 'with a quote\n`, ['a']],
    [`args a#b`, ['a#b']],
    [`args x=1 'y=2'`, ['x=1', 'y=2']],
    [`args $ "$" a$`, ['$', '$', 'a$']],
  ])('%s', (text, words) => {
    expect(run(text)).toEqual({ status: 0, output: `${JSON.stringify(words)}\n` });
  });
});

describe('arithmetic', () => {
  const truth = (value: boolean): bigint => (value ? 1n : 0n);
  const operations: readonly (readonly [string, (a: bigint, b: bigint) => bigint])[] = [
    ['+', (a, b) => a + b],
    ['-', (a, b) => a - b],
    ['*', (a, b) => a * b],
    ['/', (a, b) => a / b],
    ['%', (a, b) => a % b],
    ['&', (a, b) => a & b],
    ['|', (a, b) => a | b],
    ['^', (a, b) => a ^ b],
    ['<<', (a, b) => a << (b & 63n)],
    ['>>', (a, b) => a >> (b & 63n)],
    ['<', (a, b) => truth(a < b)],
    ['>=', (a, b) => truth(a >= b)],
    ['==', (a, b) => truth(a === b)],
    ['!=', (a, b) => truth(a !== b)],
    ['&&', (a, b) => truth(a !== 0n && b !== 0n)],
    ['||', (a, b) => truth(a !== 0n || b !== 0n)],
  ];

  test('law: an operation is that of 64-bit integers', () => {
    const number = fc.oneof(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.bigInt(-9n, 9n),
    );
    fc.assert(
      fc.property(number, number, fc.constantFrom(...operations), (a, b, [sign, operation]) => {
        fc.pre(b !== 0n || (sign !== '/' && sign !== '%'));
        expect(evaluateArithmetic(`(${a}) ${sign} (${b})`, () => undefined)).toBe(
          BigInt.asIntN(64, operation(a, b)),
        );
      }),
    );
  });

  // prettier-ignore
  test.each([
    ['', 0n], ['1 + 2 * 3', 7n], ['(1 + 2) * 3', 9n], ['10 - 4 - 3', 3n], ['0x10 + 010', 24n],
    ['1 ? 2 : 3', 2n], ['0 ? 1 : 0 ? 2 : 3', 3n], ['!0 + ~0', 0n], ['- - 5', 5n],
    ['0 && 1 / 0', 0n], ['1 || 1 / 0', 1n], ['1 ? 2 : 1 / 0', 2n], ['X * 2', 14n], ['unset', 0n],
  ])('%j = %s', (text, value) => {
    expect(evaluateArithmetic(text, (name) => (name === 'X' ? '7' : undefined))).toBe(value);
  });

  test.each(['1 +', '1 2', '(1', '1 / 0', '08', '1.5', '+', '?', 'Y', '('.repeat(200)])(
    'refuses %j',
    (text) => expect(() => evaluateArithmetic(text, () => 'no number')).toThrow(/./),
  );
});

describe('lists and exit statuses', () => {
  // prettier-ignore
  test.each([
    ['', 0, ''], ['\n\n# nothing\n', 0, ''], ['true', 0, ''], ['false', 1, ''], ['! false', 0, ''],
    ['fail', 3, 'it failed\n'], ['false; true', 0, ''], ['true\nfalse\n', 1, ''],
    ['false && echo a; echo b', 0, 'b\n'], ['false || echo a && echo b', 0, 'a\nb\n'],
    ['true || echo a && echo b', 0, 'b\n'], ['false ||\\\n echo c', 0, 'c\n'],
    ['false ||\n echo c', 0, 'c\n'], ['echo a | grep b', 1, ''], ['false | true', 0, ''],
    ['exit 4; echo no', 4, ''], ['false; exit', 1, ''], ['false; echo $?', 0, '1\n'],
    ['echo in | stdin', 0, 'in\n'], ['fail 2>/dev/null ; echo on', 0, 'on\n'],
    ['/bin/echo hi; /usr/bin/printf "%s-%d\\n" a 1 b 2', 0, 'hi\na-1\nb-2\n'],
    ['export A=1 B; echo $A$B', 0, '1\n'], ['A=1 true; echo "[$A]"', 0, '[]\n'],
    ['[ 1 -eq 1 ] && [ a != b ] && test -n x && ! test -z x', 0, ''], ['[ 1 -gt 2 ]', 1, ''],
    ['[ 1 -eq', 2, '[: missing ]\n'], ['test a -eq 1', 2, 'test: a: integer expression expected\n'],
  ])('%j: status %d', (text, status, output) => {
    expect(run(text)).toEqual({ status, output });
  });
});

describe('redirections', () => {
  // prettier-ignore
  test.each([
    ['echo a > /f; cat /f', 'a\n'], ['echo a > /f; echo b >> /f; cat < /f', 'a\nb\n'],
    ['fail > /f; cat /f', 'it failed\n'], ['fail > /f 2>&1; cat /f', 'it failed\n'],
    ['fail 2>&1 > /f; wc -l < /f', 'it failed\n0\n'], ['fail &> /f; wc -l /f', '1 /f\n'],
    ['fail 2>&1 | grep -c failed', '1\n'], ['echo a &> /dev/null', ''],
    ['echo a >/dev/null 2>&1', ''], ['echo a 1>&2 | wc -l', 'a\n0\n'],
  ])('%s', (text, output) => {
    expect(run(text).output).toBe(output);
  });

  test('of what cannot be read or written', () => {
    expect(run('cat < /none')).toEqual({ status: 2, output: '/none: No such file or directory\n' });
    const refused = { status: 1, output: '/readonly: cannot be written\n' };
    expect(run('echo a > /readonly')).toEqual(refused);
  });
});

describe('tools of text', () => {
  const files = { '/a': 'one\ntwo\nthree\n', '/b': 'Two\n' };
  // prettier-ignore
  test.each([
    ['grep two /a /b', 0, '/a:two\n'], ['grep -i two /a /b', 0, '/a:two\n/b:Two\n'],
    ['grep -c t /a', 0, '2\n'], ['grep -vc t /a', 0, '1\n'], ['grep -q none /a', 1, ''],
    ['grep x /none', 2, 'grep: /none: No such file or directory\n'], ['grep -sq x /none', 2, ''],
    ['grep -e two -e one /a | wc -l', 0, '2\n'], ['grep "[" /a', 2, 'grep: unmatched [\n'],
    ['head -n 1 /a; tail -1 /a', 0, 'one\nthree\n'], ['cat /a | head -n2 | tail -n 1', 0, 'two\n'],
    ['wc -l < /a', 0, '3\n'], ['cat /a | wc -l', 0, '3\n'], ['rm -f /a && echo gone', 0, 'gone\n'],
    ['sleep 1', 1, 'sleep: time belongs to the script here: write +N before the next event\n'],
    ['dd bs=2 count=3 if=/dev/zero of=/z status=none; dd if=/z of=/y; wc -l /y', 0, '6 bytes copied\n0 /y\n'],
    ['dd bs=1G count=9 if=/dev/zero of=/z', 1, 'dd: invalid number\n'],
    ['dd bs=1M count=999 if=/dev/zero of=/z', 1, 'dd: more than 16777216 octets\n'],
  ])('%s', (text, status, output) => {
    expect(run(text, files)).toEqual({ status, output });
  });

  test('sleep lets time pass where that can be', () => {
    const slept: number[] = [];
    const stack = { command: () => undefined, readFile: () => undefined, writeFile: () => false };
    const sleep = (duration: number): void => void slept.push(duration);
    expect(runCommand('sleep 0.25', { now: 0, variables: new Map(), stack, sleep }).status).toBe(0);
    expect(slept).toEqual([250_000_000]);
  });
});

describe('what is refused', () => {
  // prettier-ignore
  test.each([
    ['true\n\npython3 x.py', 'line 3: cannot run "python3": tcpetri interprets only sysctl, nstat, ip, tc, ethtool, ss, sockstat, tcpdrop and small tools of text'],
    ['/bin/sh -c ls', 'line 1: cannot run "/bin/sh": '], ['./run.sh', 'line 1: cannot run "./run.sh": '],
    ['args & args', 'line 1: nothing runs in the background here: "&"'],
    ['(args)', 'line 1: subshells and functions are not interpreted here'],
    ['f() { true; }', 'line 1: '], ['args)', 'line 1: unexpected ")"'],
    ['args\nif true; then args; fi', 'line 2: "if" is not interpreted here, only simple commands are'],
    ['while true; do :; done', 'line 1: "while" is not interpreted here, only simple commands are'],
    ['args $(ls)', 'line 1: command substitution is not interpreted here'],
    ['args `ls`', 'line 1: backticks are not interpreted here, $(…) is'],
    ['args ${X:-1}', 'line 1: only ${NAME} is interpreted in braces'],
    ['args << END', 'line 1: here-documents are not interpreted here'],
    [`args 'a`, "line 1: a ' is not closed"], ['\nargs "a', 'line 2: a " is not closed'],
    ['args $((1', 'line 1: a $(( is not closed'], ['args $((1 / 0))', 'line 1: $((1 / 0)): division by 0'],
    ['| args', 'line 1: unexpected "|"'], ['args ;; args', 'line 1: unexpected ";"'],
    ['args &&', 'line 1: a command is missing at the end'],
    ['args >', 'line 1: > wants a file'], ['args 2>&7', 'line 1: no file descriptor 7'],
    ['a'.repeat(100_001), 'line 1: more than 100000 characters of commands'],
    [`A=${'x'.repeat(1000)}\n${'A=$A$A\n'.repeat(40)}`, 'line 8: a word grows too long'],
    [`A=${'x'.repeat(1000)}; ${'A=$A$A; '.repeat(6)}echo ${'$A '.repeat(20)}`, 'line 1: a command grows too long'],
    [`echo ${'x'.repeat(1000)} > f\n${'cat f f > g; cat g g > f\n'.repeat(20)}`, 'line 9: more than 67108864 octets of files are read'],
    [`A=${'x'.repeat(90_000)}\n${'echo $A\n'.repeat(20)}`, 'line 13: more than 1000000 characters of output'],
  ])('%.40s', (text, error) => {
    const result = run(text);
    expect(result.error?.slice(0, error.length)).toBe(error);
    expect(result.status).toBe(2);
  });
});
