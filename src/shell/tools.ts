/** The small tools that every shell has, by name. */
import { dd } from './dd.ts';
import { grep } from './grep.ts';
import { head, tail } from './head-tail.ts';
import { bracket, test } from './test-tool.ts';
import { cat, echo, printf, wc } from './text-tools.ts';
import { succeeded, type Tool } from './tool.ts';

export const TOOLS: ReadonlyMap<string, Tool> = new Map<string, Tool>([
  [':', () => succeeded()],
  ['true', () => succeeded()],
  ['false', () => ({ status: 1, output: '', errors: '' })],
  ['echo', echo],
  ['printf', printf],
  ['cat', cat],
  ['head', head],
  ['tail', tail],
  ['wc', wc],
  ['grep', grep],
  ['egrep', (operands, input, files) => grep(['-E', ...operands], input, files)],
  ['fgrep', (operands, input, files) => grep(['-F', ...operands], input, files)],
  ['test', test],
  ['[', bracket],
  ['dd', dd],
]);
