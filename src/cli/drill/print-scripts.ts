/** `tcpetri drill --print`: scripts in their canonical form. */
import { printScript, ScriptError } from '../../drill/index.ts';
import { InputError } from '../errors.ts';
import { parseText, readScriptText } from './script-text.ts';
import type { ScriptFile } from './script-files.ts';
import type { DrillSettings } from './settings.ts';

/** Prints the scripts one after the other. @throws InputError for the first that does not parse */
export function printScripts(scripts: readonly ScriptFile[], settings: DrillSettings): void {
  for (const { path } of scripts) {
    const { script } = parseText(path, readScriptText(path), settings);
    if (script instanceof ScriptError) {
      const { line, column } = script.place;
      throw new InputError(`${path}:${line}:${column}: ${script.message}`);
    }
    const title = scripts.length > 1 ? `// ${path}\n` : '';
    process.stdout.write(`${title}${printScript(script)}`);
  }
}
