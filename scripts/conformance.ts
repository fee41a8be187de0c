/**
 * `npm run conformance`: runs what shows each requirement of RFC 9293, over both versions of IP,
 * writes docs/rfc9293.md and a capture of each script that was run, and fails when the stack breaks a
 * MUST or a SHOULD.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writePackets } from '../src/cli/drill/capture-packets.ts';
import { optionsByName } from '../src/cli/drill/run-script.ts';
import { isForIpv6 } from '../src/cli/drill/script-files.ts';
import {
  definitionsOf,
  parseScript,
  runScript,
  ScriptError,
  simulatedStack,
} from '../src/drill/index.ts';
import { ONLY_IPV4 } from '../test/drill/only-ipv4.ts';
import type { FamilyName } from '../test/help/families.ts';
import { EVIDENCE, type Evidence } from '../test/rfc9293/evidence.ts';
import { mentions, type Requirement, REQUIREMENTS } from '../test/rfc9293/requirements.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CAPTURES = 'captures/rfc9293';

/** The versions of IP over which it is shown. */
const VERSIONS = ['ipv4', 'ipv6'] as const;
type Version = (typeof VERSIONS)[number];
const NAMES: Readonly<Record<Version, string>> = { ipv4: 'IPv4', ipv6: 'IPv6' };

export interface Finding {
  readonly requirement: Requirement;
  readonly verdict: 'holds' | 'does not apply' | 'not implemented' | 'BROKEN' | 'no evidence';
  /** Why it does not apply or is not there; what broke; what else to know. */
  readonly said?: string;
  /** Over which versions of IP, and why not over both; nothing where there are no packets. */
  readonly over: string;
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
  readonly families: readonly FamilyName[];
  /** Why it has to fail over that family. */
  readonly failsBecause: string | undefined;
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
  const finding = { requirement, shownBy, over: '', witnesses: [] };
  if (evidence === undefined) return { ...finding, verdict: 'no evidence' };
  if ('because' in evidence) return { ...finding, verdict: evidence.kind, said: evidence.because };
  const judgement =
    evidence.kind === 'scripts' ? judgeScripts(id, shownBy) : judgeTests(id, shownBy, results);
  const note = evidence.note === undefined ? {} : { said: evidence.note };
  return { ...finding, ...note, ...judgement };
}

type Judgement = Pick<Finding, 'verdict'> & Partial<Finding>;

function judgeScripts(id: string, files: readonly string[]): Judgement {
  const runs = files.flatMap((file, at) =>
    VERSIONS.filter((version) => reasonAgainst(file, version) === undefined).map((version) => {
      const number = at === 0 ? '' : `-${at + 1}`;
      return { file, version, capture: `${CAPTURES}/${id}${number}-${version}.pcapng` };
    }),
  );
  const failures = runs.flatMap(({ file, version, capture }) => {
    const failure = runToCapture(file, version, capture);
    return failure === undefined ? [] : [`${file} over ${version}:${failure}`];
  });
  const shown = new Set(runs.map(({ version }) => version));
  const reasons = files.flatMap((file) => reasonAgainst(file, 'ipv6') ?? []);
  const found = { over: overText(shown, reasons), witnesses: runs.map(({ capture }) => capture) };
  if (failures.length === 0) return { verdict: 'holds', ...found };
  return { verdict: 'BROKEN', said: failures.join('; '), ...found };
}

/** Why a script is not for that version of IP. */
function reasonAgainst(file: string, version: Version): string | undefined {
  if (isForIpv6(file)) return version === 'ipv6' ? undefined : 'a script for IPv6';
  const name = file.slice('test/drill/'.length, -'.pkt'.length);
  return version === 'ipv6' ? ONLY_IPV4.get(name) : undefined;
}

function overText(shown: ReadonlySet<Version>, reasons: readonly string[]): string {
  if (shown.size === VERSIONS.length) return 'both';
  return [...shown].map((version) => [NAMES[version], ...reasons].join(': ')).join();
}

/** Runs a script and keeps its packets; says where and why it failed. */
function runToCapture(file: string, version: Version, capture: string): string | undefined {
  const text = readFileSync(path.join(ROOT, file), 'utf8');
  const script = parseScript(text, definitionsOf(version));
  if (script instanceof ScriptError) return `${script.place.line}: ${script.message}`;
  const ownOptions = optionsByName(file, version);
  const commandLine = [...ownOptions, { name: 'ip_version', value: version }];
  const result = runScript(script, simulatedStack, { commandLine, keepsCapture: true });
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
  const shown = new Set(
    named
      .filter(({ failsBecause }) => failsBecause === undefined)
      .flatMap(({ families }) => families)
      .map((family) => (family === 'ipv6' ? 'ipv6' : 'ipv4')),
  );
  const reasons = new Set(named.flatMap(({ failsBecause }) => failsBecause ?? []));
  const over = overText(shown, [...reasons]);
  const failed = named.filter(({ passed }) => !passed).map(({ title }) => title);
  return failed.length === 0
    ? { verdict: 'holds', over }
    : { verdict: 'BROKEN', said: failed.join('; '), over };
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

interface ReportedTest {
  readonly fullName: string;
  readonly status: string;
  readonly meta: { readonly families?: readonly FamilyName[]; readonly failsBecause?: string };
}

function readResults(output: string): readonly TestResult[] {
  const report = JSON.parse(readFileSync(output, 'utf8')) as {
    testResults: { name: string; assertionResults: ReportedTest[] }[];
  };
  return report.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'passed' || status === 'failed')
      .map(({ fullName, status, meta }) => ({
        file: path.relative(ROOT, name).replaceAll(path.sep, '/'),
        title: fullName,
        passed: status === 'passed',
        families: meta.families ?? [],
        failsBecause: meta.failsBecause,
      })),
  );
}

/** The document that shows the findings. */
export function conformanceDocument(found: readonly Finding[]): string {
  return [
    '# RFC 9293, requirement by requirement',
    '',
    'Each requirement of RFC 9293 by the number of its appendix B, and those without a number as U-1',
    'and so on. `npm run conformance` runs what is named here over IPv4 and over IPv6, and writes this',
    'page from what came out; it also leaves the packets of each script in `captures/rfc9293`, with',
    'their causes as comments.',
    '',
    ...countsOf(found).map(([verdict, count]) => `- ${verdict}: ${count}`),
    '',
    '| id | level | section | what it asks | verdict | over | shown by | witness |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...found.map(row),
    '',
  ].join('\n');
}

function row({ requirement, verdict, said, over, shownBy, witnesses }: Finding): string {
  const { id, level, section, asks } = requirement;
  const evidence = shownBy.map((file) => `[${file.slice('test/'.length)}](../${file})`).join(', ');
  const captures = witnesses.map((file) => `\`${file}\``).join(', ');
  const verdictCell = said === undefined ? verdict : `${verdict}: ${said}`;
  const cells = [id, level, section, asks, verdictCell, over, evidence, captures];
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
