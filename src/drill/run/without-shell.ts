/** Stands in for the shell and the host's commands until they are there: every command succeeds. */
import type { FileSource, Host } from '../../stack/index.ts';
import type { CommandResult } from '../stack-under-test.ts';
import type { CommandEnvironment } from './live.ts';

export function runCommand(_text: string, _environment: CommandEnvironment): CommandResult {
  return { status: 0, output: '' };
}

export function hostCommand(_host: Host): CommandResult | undefined {
  return undefined;
}

export function hostFiles(_host: Host): FileSource {
  return { readFile: () => undefined, writeFile: () => false };
}
