/** One script from its file to its verdict. */
import {
  type Failure as RunFailure,
  type GivenOption,
  type JournalEntry,
  runScript,
  type RunResult,
  type Script,
  ScriptError,
  simulatedStack,
} from '../../drill/index.ts';
import { InputError } from '../errors.ts';
import { writePackets } from './capture-packets.ts';
import { EventText, lastEvents } from './event-text.ts';
import { isForIpv6, type ModeName } from './script-files.ts';
import { parseText, readScriptText, VERSIONS, versionOption } from './script-text.ts';
import type { DrillSettings } from './settings.ts';
import { type Failure, plainFailure, type SourceLine, type Verdict, verdictOf } from './verdict.ts';

/** Runs the script in the file. What is wrong with it, or with the file, is in the verdict. */
export function runScriptFile(file: string, settings: DrillSettings): Verdict {
  let text: string;
  try {
    text = readScriptText(file);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const message = error.message.slice(`${file}: `.length);
    return verdictOf(file, 'failed', { failure: plainFailure('broken off', message) });
  }
  return runScriptText(file, text, settings);
}

/** Runs the script that the text spells. */
export function runScriptText(file: string, text: string, settings: DrillSettings): Verdict {
  const startedAt = performance.now();
  const { script, mode } = parseText(file, text, settings);
  if (script instanceof ScriptError) {
    const { place, message } = script;
    const source = sourceOf(text, lastWritten(text, place.line), place.line);
    const failure = plainFailure('syntax error', message, { place, source });
    return verdictOf(file, 'failed', { failure, wallTime: performance.now() - startedAt });
  }
  const reason = reasonToSkip(script, settings.mode);
  if (reason !== undefined) return verdictOf(file, 'skipped', { reason });
  const log: string[] = [];
  let result: RunResult;
  try {
    const options = [...optionsByName(file, mode), ...settings.options, versionOption(mode)];
    result = run(script, { ...settings, options }, log);
  } catch (error) {
    const thrown = error instanceof Error ? error.message : String(error);
    const message = `a defect of tcpetri: ${thrown}`;
    const failure = plainFailure('broken off', message);
    return verdictOf(file, 'failed', { failure, wallTime: performance.now() - startedAt, log });
  }
  if (settings.capture !== undefined) {
    writePackets(settings.capture, file, result.capture);
    const { length } = result.capture;
    process.stderr.write(`wrote ${settings.capture}: ${length} packet${length === 1 ? '' : 's'}\n`);
  }
  const { failure, warnings, duration } = result;
  return verdictOf(file, failure === undefined ? 'passed' : 'failed', {
    failure: failure && failureOf(failure, text, script, result.journal),
    warnings: warnings.map(({ place, message }) => `line ${place.line}: ${message}`),
    virtualTime: Math.round(duration / 1000),
    wallTime: performance.now() - startedAt,
    log,
  });
}

function run(script: Script, settings: DrillSettings, log: string[]): RunResult {
  const text = new EventText();
  const record = (entry: JournalEntry): void => {
    const { sign, text: line, cause } = text.print(entry);
    log.push(`${sign} ${line}${cause === undefined ? '' : `  ↑ ${cause}`}`);
  };
  return runScript(script, simulatedStack, {
    commandLine: settings.options,
    keepsCapture: settings.capture !== undefined,
    ...(settings.profile === undefined ? {} : { profile: settings.profile }),
    ...(settings.isVerbose ? { onEntry: record } : {}),
  });
}

/** Who writes a script for IPv6 alone counts on Ethernet's MTU, not on the larger one. */
export function optionsByName(file: string, mode: ModeName): readonly GivenOption[] {
  return mode === 'ipv6' && isForIpv6(file) ? [{ name: 'mtu', value: '1500' }] : [];
}

/** A script may be made for one version of IP, and another one was asked for. */
function reasonToSkip({ options }: Script, mode: ModeName | undefined): string | undefined {
  const wanted = options.findLast(({ name }) => name === 'ip_version')?.value;
  if (mode === undefined || wanted === undefined || wanted === VERSIONS[mode]) return undefined;
  return `a script for --ip_version=${wanted}`;
}

function failureOf(
  { kind, place, message, expected, actual, mismatches, eventIndex }: RunFailure,
  text: string,
  script: Script,
  journal: readonly JournalEntry[],
): Failure {
  const next = eventIndex === undefined ? undefined : script.events[eventIndex + 1];
  const last = Math.max(place.line, (next?.place.line ?? place.line + 1) - 1);
  const source = place.line > 0 ? withoutRest(sourceOf(text, place.line, last)) : [];
  const events = lastEvents(journal);
  return { kind, place, message, expected, actual, mismatches, source, events };
}

/** The line, or the last one before it that has something on it: a script may end too early. */
function lastWritten(text: string, line: number): number {
  const lines = text.split('\n', line);
  while (lines.length > 1 && lines.at(-1)?.trim() === '') lines.pop();
  return lines.length;
}

/** An event of many lines shows its first ones. */
const SOURCE_LINES = 6;

function sourceOf(text: string, first: number, last: number): readonly SourceLine[] {
  const lines = text.split('\n').slice(first - 1, Math.min(last, first - 1 + SOURCE_LINES));
  return lines.map((line, at) => ({ number: first + at, text: line.trimEnd() }));
}

/** The lines of an event without the comments and blank lines after it. */
function withoutRest(lines: readonly SourceLine[]): readonly SourceLine[] {
  const last = lines.findLastIndex((line) => !/^\s*(?:\/\/.*)?$/.test(line.text));
  return lines.slice(0, Math.max(last, 0) + 1);
}
