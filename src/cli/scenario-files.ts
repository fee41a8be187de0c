/** Finding scenarios by name or file, and loading them: TypeScript runs as it is. */
import { readdirSync, statSync } from 'node:fs';
import { register } from 'node:module';
import { join, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isScenario, type Scenario } from '../sim/index.ts';
import { UsageError } from './errors.ts';

/** Where the scenarios of the package lie; the command is two folders below the package's root. */
const FOLDER = fileURLToPath(new URL('../../scenarios', import.meta.url));

/** The names of the package's scenarios, sorted: paths below the folder, without `.ts`. */
export function scenarioNames(): string[] {
  return readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -'.ts'.length).replaceAll(sep, '/'))
    .toSorted();
}

/** A scenario of the package. */
export function loadNamed(name: string): Promise<Scenario> {
  return load(join(FOLDER, `${name}.ts`), name);
}

/**
 * A scenario by name, or one that a file exports by default; what ends in a TypeScript or
 * JavaScript ending is a file.
 *
 * @throws UsageError when there is none.
 */
export async function findScenario(nameOrFile: string): Promise<Scenario> {
  if (/\.[cm]?[jt]s$/.test(nameOrFile)) {
    const file = resolve(nameOrFile);
    if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) {
      throw new UsageError(`${nameOrFile}: no such file`);
    }
    return load(file, nameOrFile);
  }
  const names = scenarioNames();
  if (names.includes(nameOrFile)) return loadNamed(nameOrFile);
  const close = names.filter((name) => name.includes(nameOrFile)).slice(0, 3);
  const hint = close.length > 0 ? `did you mean ${close.join(', ')}?` : 'see `tcpetri list`';
  throw new UsageError(`no scenario "${nameOrFile}": ${hint}`);
}

let areHooksRegistered = false;

async function load(file: string, shownAs: string): Promise<Scenario> {
  if (!areHooksRegistered) {
    areHooksRegistered = true;
    const { register: registerTsx } = await import('tsx/esm/api');
    registerTsx();
    register(new URL('resolve-hook.js', import.meta.url));
  }
  let module: { readonly default?: unknown };
  try {
    module = (await import(pathToFileURL(file).href)) as typeof module;
  } catch (error) {
    const text = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new UsageError(`${shownAs}: cannot be loaded: ${text}`, { cause: error });
  }
  if (!isScenario(module.default)) {
    throw new UsageError(
      `${shownAs}: its default export is no scenario: export default scenario(…)`,
    );
  }
  return module.default;
}
