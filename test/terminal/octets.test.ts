/** Octets go through shells, programs and files as they are, whether or not they are any text. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runCommand } from '../../src/drill/shell/index.ts';
import { SERVICE_PROGRAMS } from '../../src/services/index.ts';
import { runScenario, scenario } from '../../src/sim/index.ts';
import { ms } from '../../src/stack/index.ts';
import { isEscaped, octetsToText, utf8 } from '../../src/wire/index.ts';
import { outcomeOf } from './terminals.ts';

/** Random octets, and such as look like text here and there. */
const octets = fc.oneof(
  fc.uint8Array({ maxLength: 1000, size: 'max' }),
  fc
    .array(fc.constantFrom('é', 'a\n', '\n', '\0', '\ufeff', '\ufffd').map(utf8), { maxLength: 50 })
    .map((parts) => Uint8Array.from(parts.flatMap((part) => [...part, 0xff].slice(0, 4)))),
);

/** Ways from the file `f` of one host to the file `g`, on it or on another host. */
const WAYS: Readonly<Record<string, string>> = {
  pipe: 'cat f | cat > g',
  redirections: 'cat < f > g',
  'several programs': 'cat f | tee g | wc -c > count',
  'head and tail': 'head -c 100000 f | tail -c 100000 | head -n 100000 > g',
  'lines with a pattern or without': 'tail -n 100000 f > g',
  blocks: 'dd if=f of=g status=none',
  'a connection': 'nc -l 9 > g & sleep 0.1; nc -N 127.0.0.1 9 < f; wait',
  'a request': 'curl -s -o g http://127.0.0.1:8000/f',
  'a request, by a pipe': 'curl -s http://127.0.0.1:8000/f | cat > g',
};

describe('law: octets come through as they are by', () => {
  test.each(Object.entries(WAYS))('%s', async (_, line) => {
    let binary = 0;
    await fc.assert(
      fc.asyncProperty(octets, async (original) => {
        if (isEscaped(octetsToText(original))) binary += 1;
        let copy: Uint8Array | undefined;
        let counted = '';
        const what = scenario('octets', { summary: 'a test' }, ({ network }) => {
          const host = network.host('host');
          host.files.write('f', original);
          host.start('httpd > log', { daemon: true });
          host.run('user', async (process) => {
            await process.sleep(ms(1));
            await host.sh(line);
            copy = host.files.read('g').slice();
            counted = await host.sh('wc -c < g; cat f | wc -c');
          });
        });
        await runScenario(what, { programs: SERVICE_PROGRAMS });
        expect(copy).toEqual(original);
        expect(counted).toBe(`${original.length}\n${original.length}\n`);
      }),
      { numRuns: 12 },
    );
    expect(binary).toBeGreaterThan(2);
  });
});

test('law: in the shell of scripts, too', () => {
  fc.assert(
    fc.property(octets, (original) => {
      const files = new Map<string, Uint8Array>([['f', original]]);
      const stack = {
        command: () => undefined,
        readFile: (path: string) => files.get(path),
        writeFile: (path: string, bytes: Uint8Array) => files.set(path, bytes) === files,
      };
      const { output } = runCommand('cat f | head -n 9999 > g; cat < g >> h; wc -c < h', {
        stack,
        now: 0,
        variables: new Map(),
      });
      expect(files.get('h')).toEqual(original);
      expect(output).toBe(`${original.length}\n`);
    }),
    { numRuns: 50 },
  );
});

// What coreutils 9.1 and grep 3.8 print.
const FILES = { e: 'a\x80x\nbx\n', late: 'bx\na\x80x\ncx\n', zero: 'ab\0x\nbx\n', a: 'a', b: 'b' };
// prettier-ignore
test.each([
  ['grep x e', '', 'grep: e: binary file matches\n'],
  ['grep x late', 'bx\n', 'grep: late: binary file matches\n'],
  ['grep -s x - < zero', '', 'grep: (standard input): binary file matches\n'],
  ['grep -c x e; grep -n b late; grep -a x zero | wc -c', '2\n1:bx\n8\n', ''],
  ['grep -q x zero && grep -v q late > f || true', '', 'grep: late: binary file matches\n'],
  ['wc -w e; wc -c late', '2 e\n10 late\n', ''],
  ['cat a b | head -1; tail -n 1 a', 'aba', ''],
  ['head -n 1 a b; tail -q -c 1 a b', '==> a <==\na\n==> b <==\nbab', ''],
  ['head -n -2 late; tail -n +3 late; head -c 1 late; tail -c 2 late', 'bx\ncx\nbx\n', ''],
  ['head -c 1k /dev/zero | wc -c', '1024\n', ''],
  ['head -c 5x a', '', 'head: invalid number of bytes: ‘5x’\n'],
  ["printf '\\x41\\101\\0101\\x25s\\n' x; printf '\\377\\xc3\\xa9\\0' | wc -c", 'AA\b1%s\n4\n', ''],
  ['x=$(cat e); echo "$x" | wc -c', '7\n', ''],
  ['echo $(cat zero)', 'abx bx\n', 'bash: warning: command substitution: ignored null byte in input\n'],
])('%s', async (line, expected, complaint) => {
  const files = Object.fromEntries(
    Object.entries(FILES).map(([name, text]) => [name, Uint8Array.from(text, (c) => c.charCodeAt(0))]),
  );
  const { output, errors } = await outcomeOf(`${line}; false`, files);
  expect([output, errors]).toEqual([expected, complaint]);
});
