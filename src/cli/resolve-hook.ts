/**
 * A module resolution hook: whatever a scenario file imports from `tcpetri` comes from this very
 * package, wherever the file lies.
 */
import type { ResolveHook } from 'node:module';

export const resolve: ResolveHook = (specifier, context, nextResolve) => {
  const isOurs = specifier === 'tcpetri' || specifier.startsWith('tcpetri/');
  return nextResolve(specifier, isOurs ? { ...context, parentURL: import.meta.url } : context);
};
