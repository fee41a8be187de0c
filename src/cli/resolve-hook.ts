/**
 * A module resolution hook for scenario files. Whatever they import from `tcpetri` comes from this
 * very package, wherever they lie; and a `.ts` file is a module even where no `package.json` around
 * it says so, since scenarios import and export. So is a `.js` file of theirs that does.
 */
import { readFileSync } from 'node:fs';
import type { ResolveHook } from 'node:module';
import { fileURLToPath } from 'node:url';

export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  const isOurs = specifier === 'tcpetri' || specifier.startsWith('tcpetri/');
  const where = isOurs ? { ...context, parentURL: import.meta.url } : context;
  const resolved = await nextResolve(specifier, where);
  const isTypeScript = /\.ts(?:\?|$)/.test(resolved.url);
  return isTypeScript || isModuleAllTheSame(resolved)
    ? { ...resolved, format: 'module' }
    : resolved;
};

/**
 * Whether what is taken for CommonJS, for want of a `package.json` that says otherwise, imports or
 * exports. Installed packages say what they are.
 */
function isModuleAllTheSame(resolved: {
  readonly url: string;
  readonly format?: unknown;
}): boolean {
  if (resolved.format !== 'commonjs' || resolved.url.includes('/node_modules/')) return false;
  if (!/^file:.*\.js(?:\?|$)/.test(resolved.url)) return false;
  return /^(?:import|export)\b/m.test(readFileSync(fileURLToPath(resolved.url), 'utf8'));
}
