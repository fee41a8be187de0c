/** The files that commands read and write: the stack's own, and the devices of every system. */
import { fromUtf8, utf8 } from '../../wire/index.ts';
import type { ShellEnvironment } from './environment.ts';

/** The text of a file, or nothing where there is none. */
export function readText(path: string, { stack, now }: ShellEnvironment): string | undefined {
  if (path === '/dev/null') return '';
  const bytes = stack.readFile(path, now);
  return bytes === undefined ? undefined : fromUtf8(bytes);
}

/** Writes a file whole; false where that cannot be. */
export function writeText(path: string, text: string, environment: ShellEnvironment): boolean {
  if (path === '/dev/null') return true;
  // The kernel's files are there or not; nobody makes one.
  if (/^\/(?:proc|sys)\//.test(path) && readText(path, environment) === undefined) return false;
  return environment.stack.writeFile(path, utf8(text), environment.now);
}

/** The lines of a text; what stands behind the last line feed is one too. */
export function linesOf(text: string): string[] {
  if (text === '') return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}
