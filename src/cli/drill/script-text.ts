/** The text of a script, and what words in it stand for. */
import { readFileSync } from 'node:fs';
import { definitionsOf } from '../../drill/index.ts';
import { describeSystemError } from '../capture-words.ts';
import { InputError } from '../errors.ts';
import { STANDARD_INPUT } from './script-files.ts';
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

/** The user's definitions over those of the mode. */
export function definitionsFor({ mode, definitions }: DrillSettings): Map<string, string> {
  const original = mode === 'ipv4-mapped' ? 'ipv4-mapped-ipv6' : mode;
  return new Map([...definitionsOf(original), ...definitions]);
}
