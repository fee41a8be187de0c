/** The text of a script, and what words in it stand for. */
import { readFileSync } from 'node:fs';
import {
  definitionsOf,
  type GivenOption,
  type Mode,
  parseScript,
  type Script,
  ScriptError,
} from '../../drill/index.ts';
import { describeSystemError } from '../capture-words.ts';
import { InputError } from '../errors.ts';
import { isForIpv6, type ModeName, STANDARD_INPUT } from './script-files.ts';
import type { DrillSettings } from './settings.ts';

/** @throws InputError when the file cannot be read */
export function readScriptText(path: string): string {
  try {
    return readFileSync(path === STANDARD_INPUT ? 0 : path, 'utf8');
  } catch (error) {
    const cause = error as NodeJS.ErrnoException;
    throw new InputError(`${path}: ${describeSystemError(cause)}`, { cause });
  }
}

/** What the original calls each mode (`--ip_version`). */
export const VERSIONS: Readonly<Record<ModeName, Mode>> = {
  ipv4: 'ipv4',
  ipv6: 'ipv6',
  'ipv4-mapped': 'ipv4-mapped-ipv6',
};

const MODES = Object.keys(VERSIONS) as ModeName[];

/** The mode that options ask for, if one does. */
export function modeAmong(options: readonly GivenOption[]): ModeName | undefined {
  const version = options.findLast(({ name }) => name === 'ip_version')?.value;
  return MODES.find((mode) => VERSIONS[mode] === version);
}

/** The mode as one of the original's options. */
export function versionOption(mode: ModeName): GivenOption {
  return { name: 'ip_version', value: VERSIONS[mode] };
}

export interface ParsedScript {
  readonly script: Script | ScriptError;
  readonly mode: ModeName;
}

/** The script, and its mode: what was asked for, or else what it says itself, or its name. */
export function parseText(file: string, text: string, settings: DrillSettings): ParsedScript {
  const { definitions } = settings;
  const mode = settings.mode ?? (isForIpv6(file) ? 'ipv6' : 'ipv4');
  const script = parseScript(text, definitionsFor(mode, definitions));
  if (settings.mode !== undefined || script instanceof ScriptError) return { script, mode };
  const own = modeAmong(script.options) ?? mode;
  if (own === mode) return { script, mode };
  return { script: parseScript(text, definitionsFor(own, definitions)), mode: own };
}

/** The user's definitions over those of the mode. */
function definitionsFor(
  mode: ModeName,
  definitions: DrillSettings['definitions'],
): Map<string, string> {
  return new Map([...definitionsOf(VERSIONS[mode]), ...definitions]);
}
