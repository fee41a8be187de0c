/** What `tcpetri drill` says of scripts: four formats for the same verdicts, and the diff in them. */
import { array, assert, constantFrom, integer, option, property, record, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failureLines, placeOf } from '../../src/cli/drill/reporters/failure-text.ts';
import { differences, underline } from '../../src/cli/drill/reporters/marks.ts';
import { makeReporter, type ReporterName } from '../../src/cli/drill/reporters/make-reporter.ts';
import { duration, Summary } from '../../src/cli/drill/reporters/summary.ts';
import { PLAIN } from '../../src/cli/drill/style.ts';
import {
  type Failure,
  plainFailure,
  type Verdict,
  verdictOf,
} from '../../src/cli/drill/verdict.ts';

function report(name: ReporterName, verdicts: readonly Verdict[], isWhole = true): string {
  let text = '';
  const reporter = makeReporter(name, (more) => (text += more), PLAIN);
  const summary = new Summary();
  reporter.begin(verdicts.length);
  for (const verdict of verdicts) {
    summary.add(verdict);
    reporter.verdict(verdict);
  }
  reporter.end(summary, 1234, isWhole);
  return text;
}

const FAILURE: Failure = {
  kind: 'packet mismatch',
  message: 'ack is 1, expected 1001',
  place: { line: 14, column: 1 },
  source: [{ number: 14, text: '+.04 > . 1:1(0) ack 1001' }],
  expected: '> . 1:1(0) ack 1001',
  actual: '> . 1:1(0) ack 1',
  mismatches: [{ field: 'ack', expected: '1001', actual: '1' }],
  events: [
    { sign: '<', text: '0.010000 IP 192.0.2.1.8080 > 192.168.0.1.8080', cause: undefined },
    { sign: '>', text: '0.050000 IP 192.168.0.1.8080 > 192.0.2.1.8080', cause: 'a delayed ACK' },
  ],
};

const VERDICTS: readonly Verdict[] = [
  verdictOf('a/open.pkt', 'passed', { virtualTime: 2_500_000, wallTime: 12 }),
  verdictOf('a/ack#1.pkt', 'failed', { failure: FAILURE, wallTime: 3 }),
  verdictOf('b/open-v6.pkt', 'skipped', { reason: 'a script for IPv6' }),
];

describe('a failure', () => {
  test('reads like a diff', () => {
    expect(failureLines(FAILURE, PLAIN)).toEqual([
      '14 │ +.04 > . 1:1(0) ack 1001',
      'expected: > . 1:1(0) ack 1001',
      '                         ^^^^',
      '  actual: > . 1:1(0) ack 1',
      '                         ^',
      'the last events:',
      '  < 0.010000 IP 192.0.2.1.8080 > 192.168.0.1.8080',
      '  > 0.050000 IP 192.168.0.1.8080 > 192.0.2.1.8080',
      '      ↑ a delayed ACK',
      'the whole capture, with all causes: -w FILE.pcapng',
    ]);
  });

  test('marks what differs and is compared, not what the script leaves out', () => {
    const failure: Failure = {
      ...FAILURE,
      expected: '> P. 1:101(100) ack 1 <...>',
      actual: '> P. 2:102(100) ack 1 win 502 <nop,nop,TS val 100 ecr 1>',
      mismatches: [{ field: 'seq', expected: '1', actual: '2' }],
    };
    expect(failureLines(failure, PLAIN).slice(1, 5)).toEqual([
      'expected: > P. 1:101(100) ack 1 <...>',
      '               ^^^^^',
      '  actual: > P. 2:102(100) ack 1 win 502 <nop,nop,TS val 100 ecr 1>',
      '               ^^^^^',
    ]);
  });

  test('in time only is said in words', () => {
    const mismatches = [{ field: 'time', expected: '0.04', actual: '0.2' }];
    const { expected } = FAILURE;
    const failure: Failure = { ...FAILURE, kind: 'timing', actual: expected, mismatches };
    expect(failureLines(failure, PLAIN)).toContain('  time: expected 0.04, not 0.2');
  });

  test('in a value that the line does not show is said in words, without the same line again', () => {
    const mismatches = [{ field: 'value', expected: '[5]', actual: '[6]' }];
    const call = 'getsockopt(3, SOL_TCP, TCP_MAXSEG, [5], [4]) = 0';
    const failure: Failure = { ...FAILURE, expected: call, actual: call, mismatches };
    const lines = failureLines(failure, PLAIN).filter((line) => !line.startsWith('  actual: '));
    expect(lines).toEqual(failureLines(failure, PLAIN));
    expect(lines).toContain('  value: expected [5], not [6]');
  });

  test('of a script that cannot be meant so points at the place', () => {
    const failure = plainFailure('script error', 'no such call', {
      place: { line: 3, column: 4 },
      source: [{ number: 3, text: '+0 frobnicate() = 0' }],
    });
    expect(placeOf('a.pkt', failure)).toBe('a.pkt:3:4');
    expect(failureLines(failure, PLAIN)).toEqual(['3 │ +0 frobnicate() = 0', '  │    ^']);
  });

  test('of syntax points at the place', () => {
    const failure = plainFailure('syntax error', 'expected a time', {
      place: { line: 3, column: 4 },
      source: [{ number: 3, text: '0\t> . 1:1(0)' }],
    });
    expect(failureLines(failure, PLAIN)).toEqual(['3 │ 0 > . 1:1(0)', '  │    ^']);
  });

  test('of syntax in a line of a million characters shows what is around the place', () => {
    const failure = plainFailure('syntax error', 'expected a time', {
      place: { line: 1, column: 500_001 },
      source: [{ number: 1, text: `${'x'.repeat(500_000)}!${'y'.repeat(500_000)}` }],
    });
    const [line = '', caret = ''] = failureLines(failure, PLAIN);
    expect(line.length).toBeLessThan(200);
    expect(line[caret.indexOf('^')]).toBe('!');
  });

  test('law: without what is marked, both lines have the same words', () => {
    const words = array(constantFrom('ack', '1', '7', 'win', '<', 'nop', ',', '>'), {
      maxLength: 12,
    });
    assert(
      property(words, words, (a, b) => {
        const [left, right] = [a.join(' '), b.join(' ')];
        const marks = differences(left, right);
        const rest = (text: string, spans: typeof marks.left): string => {
          const hidden = underline(spans);
          const kept = Array.from(text, (char, at) => (hidden[at] === '^' ? ' ' : char)).join('');
          return kept
            .split(/[\s,]+/)
            .filter(Boolean)
            .join(' ');
        };
        expect(rest(left, marks.left)).toBe(rest(right, marks.right));
      }),
    );
  });
});

describe('TAP', () => {
  test('a line for each script, diagnostics as YAML, the summary as comments', () => {
    expect(report('tap', VERDICTS)).toMatchInlineSnapshot(`
      "TAP version 14
      1..3
      ok 1 - a/open.pkt (2.5 s in 12 ms)
      not ok 2 - a/ack\\#1.pkt
        ---
        message: "ack is 1, expected 1001"
        at: "a/ack#1.pkt:14"
        report: |2
          14 │ +.04 > . 1:1(0) ack 1001
          expected: > . 1:1(0) ack 1001
                                   ^^^^
            actual: > . 1:1(0) ack 1
                                   ^
          the last events:
            < 0.010000 IP 192.0.2.1.8080 > 192.168.0.1.8080
            > 0.050000 IP 192.168.0.1.8080 > 192.0.2.1.8080
                ↑ a delayed ACK
          the whole capture, with all causes: -w FILE.pcapng
        ...
      ok 3 - b/open-v6.pkt # SKIP a script for IPv6
      # a      1 passed     1 failed     0 skipped     15 ms for 2.5 s of virtual time
      # b      0 passed     0 failed     1 skipped      0 ms for 0 ms of virtual time
      # all    1 passed     1 failed     1 skipped     1.2 s for 2.5 s of virtual time
      "
    `);
  });

  test('says so when the run ended early', () => {
    expect(report('tap', VERDICTS, false)).toContain('\nBail out! the run ended early\n');
  });

  test('law: every line is one that TAP 14 knows, whatever the texts', () => {
    assert(
      property(anyVerdicts(), (verdicts) => {
        const text = report('tap', verdicts);
        expect(text.endsWith('\n')).toBe(true);
        let inYaml = false;
        let points = 0;
        for (const line of text.trimEnd().split('\n')) {
          if (/^ {2}(?:---|\.\.\.)$/.test(line)) inYaml = line.endsWith('---');
          else if (inYaml) expect(line).toMatch(/^$|^ {2}/);
          else expect(line).toMatch(/^(?:TAP version 14|1\.\.\d+|(?:not )?ok \d+ - .*|# .*|#)$/);
          if (/^(?:not )?ok /.test(line)) points += 1;
        }
        expect(points).toBe(verdicts.length);
      }),
      { numRuns: 300 },
    );
  });
});

test('dots: a character a script, failures after them', () => {
  const text = report('dots', VERDICTS);
  expect(text).toMatch(/^\.Fs\n\na\/ack#1\.pkt:14: ack is 1, expected 1001\n {4}14 │/);
  expect(text).toContain('1 passed');
});

test('json: an object a line, the summary last', () => {
  const lines = report('json', VERDICTS).trimEnd().split('\n');
  const objects = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(objects.map((each) => each['type'])).toEqual(['script', 'script', 'script', 'summary']);
  expect(objects[0]).toMatchObject({ file: 'a/open.pkt', status: 'passed', virtual: 2.5 });
  expect(objects[1]).toMatchObject({ failure: { message: 'ack is 1, expected 1001' } });
  expect(objects[3]).toMatchObject({ passed: 1, failed: 1, skipped: 1, wall: 1.234 });
});

describe('JUnit', () => {
  test('a suite for each folder, a case for each script', () => {
    const text = report('junit', VERDICTS);
    expect(text).toContain('<testsuites name="tcpetri drill" tests="3" failures="1"');
    expect(text).toContain('<testsuite name="b" tests="1" failures="0" errors="0" skipped="1"');
    expect(text).toContain('<failure type="packet mismatch" message="ack is 1, expected 1001">');
    expect(text).toContain('expected: &gt; . 1:1(0) ack 1001');
  });

  test('law: tags balance, and nothing is left unescaped', () => {
    assert(
      property(anyVerdicts(), (verdicts) => {
        const text = report('junit', verdicts);
        const open: string[] = [];
        const rest = text.replaceAll(
          /<\?xml [^>]*\?>|<(\/?)(\w+)((?: \w+="[^"<]*")*)(\/?)>/g,
          (_tag, isEnd: string, name: string | undefined, _attributes, isEmpty: string) => {
            if (name === undefined || isEmpty === '/') return '';
            if (isEnd === '/') expect(open.pop()).toBe(name);
            else open.push(name);
            return '';
          },
        );
        expect(open).toEqual([]);
        expect(rest).not.toMatch(/[<>]|&(?!(?:amp|lt|gt|quot);)/);
      }),
    );
  });
});

test.each([
  [0.0123, '12 ms'],
  [0.9996, '1.0 s'],
  [99.94, '99.9 s'],
  [1800, '30 min'],
  [7200, '2.0 h'],
])('%d seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

function anyVerdicts(): ReturnType<typeof array<Verdict>> {
  const text = string({ unit: 'binary', maxLength: 20 });
  const failure = record({
    kind: constantFrom<Failure['kind']>('packet mismatch', 'syntax error', 'limit'),
    message: text,
    place: option(record({ line: integer({ min: 0, max: 99 }), column: integer({ min: 1 }) }), {
      nil: undefined,
    }),
    source: array(record({ number: integer({ min: 1, max: 99 }), text }), { maxLength: 2 }),
    expected: option(text, { nil: undefined }),
    actual: option(text, { nil: undefined }),
    mismatches: array(record({ field: text, expected: text, actual: text }), { maxLength: 2 }),
    events: array(
      record({
        sign: constantFrom('<', '>', '×', '·', '$'),
        text,
        cause: option(text, { nil: undefined }),
      }),
      { maxLength: 2 },
    ),
  }) as ReturnType<typeof record<Failure>>;
  const verdict = record({
    file: text,
    status: constantFrom('passed', 'failed', 'skipped'),
    failure,
  });
  return array(
    verdict.map(({ file, status, failure: why }) =>
      verdictOf(file, status, {
        ...(status === 'failed' ? { failure: why } : {}),
        ...(status === 'skipped' ? { reason: why.message } : {}),
      }),
    ),
    { minLength: 1, maxLength: 4 },
  );
}
