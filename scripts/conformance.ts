/**
 * `npm run conformance`: runs what shows each requirement of RFC 9293, writes docs/rfc9293.md and a
 * capture of each script that was run, and fails when the stack breaks a MUST or a SHOULD.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writePackets } from '../src/cli/drill/capture-packets.ts';
import {
  definitionsOf,
  parseScript,
  runScript,
  ScriptError,
  simulatedStack,
} from '../src/drill/index.ts';
import { EVIDENCE, type Evidence } from '../test/rfc9293/evidence.ts';
import { mentions, type Requirement, REQUIREMENTS } from '../test/rfc9293/requirements.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CAPTURES = 'captures/rfc9293';

export interface Finding {
  readonly requirement: Requirement;
  readonly verdict: 'holds' | 'does not apply' | 'not implemented' | 'BROKEN' | 'no evidence';
  /** Why it does not apply or is not there; what broke; what else to know. */
  readonly said?: string;
  /** Paths of scripts or of a file of tests, from the root. */
  readonly shownBy: readonly string[];
  /** Paths of captures, from the root. */
  readonly witnesses: readonly string[];
}

/** A test as vitest's JSON reporter tells of it. */
interface TestResult {
  readonly file: string;
  readonly title: string;
  readonly passed: boolean;
}

/** Where a script or a file of tests is, from the root. */
export function pathsOf(evidence: Evidence | undefined): readonly string[] {
  if (evidence?.kind === 'scripts') return evidence.names.map((name) => `test/drill/${name}.pkt`);
  return evidence?.kind === 'tests' ? [`test/${evidence.file}.test.ts`] : [];
}

/** Runs all that the table of evidence names. */
export function findings(): readonly Finding[] {
  const results = runTests();
  mkdirSync(path.join(ROOT, CAPTURES), { recursive: true });
  return REQUIREMENTS.map((requirement) => judge(requirement, results));
}

function judge(requirement: Requirement, results: readonly TestResult[]): Finding {
  const { id } = requirement;
  const evidence = EVIDENCE[id];
  const shownBy = pathsOf(evidence);
  const finding = { requirement, shownBy, witnesses: [] };
  if (evidence === undefined) return { ...finding, verdict: 'no evidence' };
  if ('because' in evidence) return { ...finding, verdict: evidence.kind, said: evidence.because };
  const judgement =
    evidence.kind === 'scripts' ? judgeScripts(id, shownBy) : judgeTests(id, shownBy, results);
  const note = evidence.note === undefined ? {} : { said: evidence.note };
  return { ...finding, ...note, ...judgement };
}

type Judgement = Pick<Finding, 'verdict'> & Partial<Finding>;

function judgeScripts(id: string, files: readonly string[]): Judgement {
  const witnesses = files.map((_, at) => `${CAPTURES}/${id}${at === 0 ? '' : `-${at + 1}`}.pcapng`);
  const failures = files.flatMap((file, at) => {
    const failure = runToCapture(file, witnesses[at] ?? '');
    return failure === undefined ? [] : [`${file}:${failure}`];
  });
  if (failures.length === 0) return { verdict: 'holds', witnesses };
  return { verdict: 'BROKEN', said: failures.join('; '), witnesses };
}

/** Runs a script and keeps its packets; says where and why it failed. */
function runToCapture(file: string, capture: string): string | undefined {
  const text = readFileSync(path.join(ROOT, file), 'utf8');
  const script = parseScript(text, definitionsOf('ipv4'));
  if (script instanceof ScriptError) return `${script.place.line}: ${script.message}`;
  const result = runScript(script, simulatedStack, { keepsCapture: true });
  writePackets(path.join(ROOT, capture), file, result.capture);
  return result.failure && `${result.failure.place.line}: ${result.failure.message}`;
}

function judgeTests(
  id: string,
  files: readonly string[],
  results: readonly TestResult[],
): Judgement {
  const named = results.filter(({ file, title }) => files.includes(file) && mentions(title, id));
  if (named.length === 0) return { verdict: 'no evidence' };
  const failed = named.filter(({ passed }) => !passed).map(({ title }) => title);
  return failed.length === 0
    ? { verdict: 'holds' }
    : { verdict: 'BROKEN', said: failed.join('; ') };
}

/** Runs those tests of the files in the table whose titles name a requirement. */
function runTests(): readonly TestResult[] {
  const files = new Set(
    Object.values(EVIDENCE).flatMap((evidence) =>
      evidence.kind === 'tests' ? pathsOf(evidence) : [],
    ),
  );
  const directory = mkdtempSync(path.join(tmpdir(), 'tcpetri-conformance-'));
  const output = path.join(directory, 'tests.json');
  const vitest = path.join(ROOT, 'node_modules/vitest/vitest.mjs');
  const title = String.raw`\b(MUST|SHLD|MAY|REC|U)-\d+\b`;
  const reporter = ['--reporter=json', `--outputFile=${output}`];
  const args = [vitest, 'run', ...files, '-t', title, ...reporter];
  const { stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  try {
    return readResults(output);
  } catch {
    throw new Error(`vitest gave no results: ${stderr}`);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function readResults(output: string): readonly TestResult[] {
  const report = JSON.parse(readFileSync(output, 'utf8')) as {
    testResults: { name: string; assertionResults: { fullName: string; status: string }[] }[];
  };
  return report.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'passed' || status === 'failed')
      .map(({ fullName, status }) => ({
        file: path.relative(ROOT, name).replaceAll(path.sep, '/'),
        title: fullName,
        passed: status === 'passed',
      })),
  );
}

/** The document that shows the findings. */
export function conformanceDocument(found: readonly Finding[]): string {
  return [
    '# RFC 9293, requirement by requirement',
    '',
    'Each requirement of RFC 9293 by the number of its appendix B, and those without a number as U-1',
    'and so on. `npm run conformance` runs what is named here, and writes this page from what came',
    'out; it also leaves the packets of each script in `captures/rfc9293`, with their causes as',
    'comments.',
    '',
    ...countsOf(found).map(([verdict, count]) => `- ${verdict}: ${count}`),
    '',
    '| id | level | section | what it asks | verdict | shown by | witness |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...found.map(row),
    '',
  ].join('\n');
}

function row({ requirement, verdict, said, shownBy, witnesses }: Finding): string {
  const { id, level, section, asks } = requirement;
  const evidence = shownBy.map((file) => `[${file.slice('test/'.length)}](../${file})`).join(', ');
  const captures = witnesses.map((file) => `\`${file}\``).join(', ');
  const verdictCell = said === undefined ? verdict : `${verdict}: ${said}`;
  const cells = [id, level, section, asks, verdictCell, evidence, captures];
  return `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
}

function countsOf(found: readonly Finding[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const { verdict } of found) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  return [...counts];
}

/** What the stack may not leave so: all but MAY has to hold where it applies. */
function isWrong({ requirement, verdict }: Finding): boolean {
  return requirement.level !== 'MAY' && (verdict === 'BROKEN' || verdict === 'no evidence');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = findings();
  writeFileSync(path.join(ROOT, 'docs/rfc9293.md'), conformanceDocument(found));
  const wrong = found.filter(isWrong);
  for (const { requirement, verdict, said } of wrong) {
    console.log(`${requirement.id}: ${verdict}${said === undefined ? '' : `: ${said}`}`);
  }
  console.log(
    countsOf(found)
      .map(([verdict, count]) => `${count} ${verdict}`)
      .join(', '),
  );
  process.exitCode = wrong.length === 0 ? 0 : 1;
}
