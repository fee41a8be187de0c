/** The shell of a host, as its users type at it. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { outcomeOf } from './terminals.ts';

describe('a line', () => {
  // prettier-ignore
  test.each([
    ['echo hello', 'hello\n'],
    [`echo 'a  b' "c  $USER" d`, 'a  b c  root d\n'],
    ['x=5; echo $x $((x + 1)) ${x}', '5 6 5\n'],
    ['echo $(echo a; echo b) "$(echo a; echo b)"', 'a b a\nb\n'],
    ['echo "$(echo "$(echo deep)")"', 'deep\n'],
    ["echo $(echo ')')", ')\n'],
    ['true && echo yes || echo no', 'yes\n'],
    ['false && echo yes || echo no', 'no\n'],
    ['! false && echo $?', '0\n'],
    ['echo one; echo two', 'one\ntwo\n'],
    ['cat poem | grep -n two | wc -l', '1\n'],
    ['grep -c e < poem', '2\n'],
    ['cat poem poem | wc', '      6       6      28\n'],
    ['wc poem', ' 3  3 14 poem\n'],
    ['head -n 1 poem; tail -1 poem', 'one\nthree\n'],
    ['echo hello > f; echo world >> f; cat f; ls', 'hello\nworld\nf\npoem\n'],
    ['cat none 2>&1 | wc -l', '1\n'],
    ['cat none 2> errors || cat errors', 'cat: none: No such file or directory\n'],
    ['echo a | tee copy | cat; cat copy', 'a\na\n'],
    ['dd if=/dev/zero of=big bs=1k count=100 status=none; ls -l big',
      'total 100\n-rw-r--r-- 1 root root 102400 Jan  1 12:00 big\n'],
    ['rm poem && ls', ''],
    ['cat /proc/sys/net/ipv4/tcp_sack; echo 0 > /proc/sys/net/ipv4/tcp_sack; sysctl -n net.ipv4.tcp_sack', '1\n0\n'],
    ['sysctl net.ipv4.tcp_fin_timeout | grep -o x || echo "$?"', '2\n'],
    ['date; sleep 1.5; date +%T.%N', 'Thu Jan  1 12:00:00 UTC 2026\n12:00:01.500000000\n'],
    ['sudo whoami; whoami; hostname', 'root\nroot\nlab\n'],
    ['timeout 2 sleep 5; echo $?; date +%S', '124\n02\n'],
    ['timeout 1 exit 2>&1; echo $?', "timeout: failed to run command 'exit': No such file or directory\n127\n"],
    ['timeout 5 sleep 2; echo $?; date +%S', '0\n02\n'],
    ['sleep 3 & echo $!; wait; date +%S', '20001\n03\n'],
    ['sleep 9 & kill $!; wait $!; echo $?; date +%S', '143\n00\n'],
    ['sleep 9 & kill -INT %1; wait; date +%S', '00\n'],
    ['echo a | (echo b)', undefined],
    ['exit 0; echo no', ''],
    ['echo a # and a comment', 'a\n'],
    ['/usr/bin/printf "%s-%s\\n" a b', 'a-b\n'],
    ['', ''],
  ])('%s', async (line, expected) => {
    const { output, errors, status } = await outcomeOf(line, { poem: 'one\ntwo\nthree\n' });
    if (expected === undefined) expect(errors).toMatch(/^bash: line 1: /);
    else expect({ output, errors, status }).toEqual({ output: expected, errors: '', status: 0 });
  });

  // prettier-ignore
  test.each([
    ['frobnicate', 127, 'bash: frobnicate: command not found\n'],
    ['cat < none', 1, 'bash: none: No such file or directory\n'],
    ['echo "open', 2, 'bash: line 1: a " is not closed\n'],
    ['for x in 1', 2, 'bash: line 1: "for" is not interpreted here, only simple commands are\n'],
    ['exit 3', 3, ''],
    ['sudo exit 3', 1, 'sudo: exit: command not found\n'],
    ['timeout 1 sudo exit', 1, 'sudo: exit: command not found\n'],
    ['kill 1', 1, 'bash: kill: (1) - No such process\n'],
    ['kill -NOPE 1', 1, 'bash: kill: NOPE: invalid signal specification\n'],
    ['sysctl net.none', 1, 'sysctl: cannot stat /proc/sys/net/none: No such file or directory\n'],
    ['sleep soon', 1, "sleep: invalid time interval 'soon'\n"],
    ['echo 9 > /proc/none', 1, 'bash: /proc/none: No such file or directory\n'],
    ['echo x > /proc/sys/net/ipv4/tcp_sack', 1, 'bash: echo: write error: Invalid argument\n'],
    ['echo x | cat > /proc/sys/net/ipv4/tcp_sack', 1, 'cat: write error: Invalid argument\n'],
    ['sysctl -a > /proc/sys/net/ipv4/tcp_sack', 1, 'bash: sysctl: write error: Invalid argument\n'],
    ['ls none', 2, "ls: cannot access 'none': No such file or directory\n"],
    ['echo $((1 / 0))', 2, 'bash: line 1: $((1 / 0)): division by 0\n'],
  ])('%s fails with %i', async (line, status, errors) => {
    expect(await outcomeOf(line)).toEqual({ output: '', errors, status });
  });
});

test('law: any line has an outcome', async () => {
  // prettier-ignore
  const piece = fc.constantFrom('echo', 'cat', 'f', 'g', ' ', '|', '&&', '||', ';', '&', '!', '>', '<', '>>', '2>&1',
    '$(', ')', '"', "'", '$x', 'x=', '$((', '))', 'wait', 'sleep 1', 'sudo', 'kill %1', 'exit', 'wc', 'tee', 'timeout 1', '\n', '\\');
  const line = fc.array(piece, { maxLength: 12, size: 'max' }).map((pieces) => pieces.join(' '));
  let succeeded = 0;
  await fc.assert(
    fc.asyncProperty(line, async (text) => {
      const outcome = await outcomeOf(text, { f: 'a file\n' });
      expect(await outcomeOf(text, { f: 'a file\n' })).toEqual(outcome);
      if (outcome.status === 0) succeeded += 1;
      else expect(outcome.errors + outcome.output).toMatch(/^$|\n$/);
    }),
    { numRuns: 150 },
  );
  expect(succeeded).toBeGreaterThan(5);
});
