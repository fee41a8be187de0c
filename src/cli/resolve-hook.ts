/**
 * A module resolution hook for scenario files. Whatever they import from `tcpetri` comes from this
 * very package, wherever they lie; and a `.ts` file is a module even where no `package.json` around
 * it says so, since scenarios import and export.
 */
import type { ResolveHook } from 'node:module';

export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  const isOurs = specifier === 'tcpetri' || specifier.startsWith('tcpetri/');
  const where = isOurs ? { ...context, parentURL: import.meta.url } : context;
  const resolved = await nextResolve(specifier, where);
  const isTypeScript = /\.ts(?:\?|$)/.test(resolved.url);
  return isTypeScript ? { ...resolved, format: 'module' } : resolved;
};
