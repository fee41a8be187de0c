/**
 * Finding scenarios by name or file, and loading them: TypeScript runs as it is. The package's own
 * are compiled with it, since to make Node.js understand TypeScript takes half of the time that
 * most of them take.
 */
import { readdirSync, statSync } from 'node:fs';
import { register } from 'node:module';
import { join, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isScenario, type Scenario } from '../sim/index.ts';
import { placeOf, ScenarioFailure, UsageError } from './errors.ts';

/** Where the scenarios of the package lie; the command is two folders below the package's root. */
const FOLDER = fileURLToPath(new URL('../../scenarios', import.meta.url));

/** Where they lie compiled, beside the command. */
const COMPILED = join(fileURLToPath(new URL('..', import.meta.url)), 'scenarios');

/**
 * The names of the package's scenarios, sorted: paths below the folder, without `.ts`. What several
 * scenarios share lies in folders named `shared`.
 */
export function scenarioNames(): string[] {
  return readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.split(sep).includes('shared'))
    .map((file) => file.slice(0, -'.ts'.length).replaceAll(sep, '/'))
    .toSorted();
}

/** A scenario, and where it was found. */
export interface ScenarioFile {
  readonly scenario: Scenario;
  readonly file: string;
  /** What the user calls it. */
  readonly shownAs: string;
}

/** A scenario of the package: as it was compiled, unless it was changed since. */
export function loadNamed(name: string): Promise<ScenarioFile> {
  const file = join(FOLDER, `${name}.ts`);
  const compiled = join(COMPILED, `${name}.js`);
  if (changedAt(compiled) < changedAt(file)) return load(file, name);
  process.setSourceMapsEnabled(true); // so that what fails is told of by its line in the source
  return load(file, name, compiled);
}

/** When a file was written; before all others where there is none. */
function changedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Number.NEGATIVE_INFINITY;
}

/**
 * A scenario by name, or one that a file exports by default; what ends in a TypeScript or
 * JavaScript ending is a file.
 *
 * @throws UsageError when there is none, ScenarioFailure when it cannot be loaded.
 */
export async function findScenario(nameOrFile: string): Promise<ScenarioFile> {
  if (/\.[cm]?[jt]s$/.test(nameOrFile)) {
    const file = resolve(nameOrFile);
    if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) {
      throw new UsageError(`${nameOrFile}: no such file`);
    }
    return load(file, nameOrFile);
  }
  const names = scenarioNames();
  if (names.includes(nameOrFile)) return loadNamed(nameOrFile);
  if (statSync(nameOrFile, { throwIfNoEntry: false })?.isFile() === true) {
    throw new UsageError(`${nameOrFile}: the name of a scenario's file ends in .ts or .js`);
  }
  const close = names.filter((name) => name.includes(nameOrFile)).slice(0, 3);
  const hint = close.length > 0 ? `did you mean ${close.join(', ')}?` : 'see `tcpetri list`';
  throw new UsageError(`no scenario "${nameOrFile}": ${hint}`);
}

/** How deep below a line of a scenario its mistakes are found out at most, as in words of netem. */
const STACK_DEPTH = 50;

let areHooksRegistered = false;

/** Makes TypeScript what Node.js can load. */
async function registerHooks(): Promise<void> {
  if (areHooksRegistered) return;
  areHooksRegistered = true;
  const { register: registerTsx } = await import('tsx/esm/api');
  registerTsx();
  register(new URL('resolve-hook.js', import.meta.url));
}

/** Loads what lies in a file, which may be `compiled` in another. */
async function load(file: string, shownAs: string, compiled?: string): Promise<ScenarioFile> {
  Error.stackTraceLimit = STACK_DEPTH;
  if (compiled === undefined) await registerHooks();
  let module: { readonly default?: unknown };
  try {
    module = (await import(pathToFileURL(compiled ?? file).href)) as typeof module;
  } catch (error) {
    const place = placeOf(error, file, shownAs);
    throw new ScenarioFailure(`${place}: ${describeLoadError(error)}`, { cause: error });
  }
  if (!isScenario(module.default)) {
    throw new ScenarioFailure(
      `${shownAs}: its default export is no scenario: export default scenario(…)`,
    );
  }
  return { scenario: module.default, file, shownAs };
}

/**
 * In a line what is wrong with a file; esbuild's errors of syntax come as `file:3:58: ERROR: …`.
 */
function describeLoadError(error: unknown): string {
  if (!(error instanceof Error)) return `failed while it was loaded: ${String(error)}`;
  const [, syntax] = / ERROR: (.*)$/m.exec(error.message) ?? [];
  if (syntax !== undefined) return `does not parse: ${syntax}`;
  const [text = ''] = error.message.split('\n');
  return `failed while it was loaded: ${error.name === 'Error' ? '' : `${error.name}: `}${text}`;
}
