/** Runs the snippets of a script over snapshots. */
import { checkCode, CodeProgram } from '../../src/drill/code/index.ts';
import type { OptionValue } from '../../src/stack/index.ts';

/** What is wrong with the text alone. */
export function complaint(text: string): string | undefined {
  return checkCode({ kind: 'code', place: { line: 5, column: 3 }, text })?.toString();
}

/** The first failure of snippets that stand on the lines 10, 20 … of a script. */
export function failure(
  snippets: readonly (readonly [text: string, tcpInfo?: OptionValue])[],
  memoryInfo?: OptionValue,
): string | undefined {
  const program = new CodeProgram();
  for (const [at, [text, tcpInfo]] of snippets.entries()) {
    const place = { line: (at + 1) * 10, column: 5 };
    const socket = { tcpInfo, congestionControlInfo: undefined, memoryInfo };
    program.snapshot({ kind: 'code', place, text }, socket);
  }
  return program.finish()[0]?.toString();
}
