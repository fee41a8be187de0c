/** What ends a command early, with its exit status, and where in whose code it came about. */
import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The command was called wrongly: exit status 2. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}

/** A scenario failed, or its expectations did not come about: exit status 1. */
export class ScenarioFailure extends Error {
  override readonly name: string = 'ScenarioFailure';
}

/** A file could not be read to its end, or is not what it should be: exit status 1. */
export class InputError extends Error {
  override readonly name: string = 'InputError';
}

/** What was made could not be written: exit status 1. */
export class OutputError extends Error {
  override readonly name: string = 'OutputError';
}

/** Code of this package lies here; errors that come about in it are reported at their callers. */
const OURS = fileURLToPath(new URL('..', import.meta.url));

/** A place in a stack: `at f (/a/b.ts:3:7)`, `at file:///a/b.ts:3:7`; or `/a/b.ts:3` alone. */
const PLACE = /(?:^|[\s(])((?:file:\/\/|[A-Za-z]:)?[\\/][^\s()]*\.[cm]?[jt]sx?):(\d+)(?::\d+)?\b/;

/**
 * Where in `file`, or in other code that is not this package's, an error came about:
 * `./mine.ts:10`, or `shownAs` alone where that cannot be told. That is what the user calls `file`.
 */
export function placeOf(error: unknown, file: string, shownAs: string): string {
  const place = findPlace(error, file);
  if (place === undefined) return shownAs;
  const shown = place.file === file ? shownAs : relative(process.cwd(), place.file);
  return `${shown}:${place.line}`;
}

function findPlace(
  error: unknown,
  own: string,
): { readonly file: string; readonly line: string } | undefined {
  if (!(error instanceof Error)) return undefined;
  for (const text of (error.stack ?? '').split('\n')) {
    const [, where = '', line = ''] = PLACE.exec(text) ?? [];
    if (where === '') continue;
    const file = where.startsWith('file:') ? fileURLToPath(where) : where;
    const isForeign = file.startsWith(OURS) || file.includes(`${sep}node_modules${sep}`);
    if (file === own || !isForeign) return { file, line };
  }
  return findPlace(error.cause, own);
}
