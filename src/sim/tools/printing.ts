/** Tools that print lines, as programs that a shell starts. */
import type { Process } from '../process.ts';
import type { Program } from '../program.ts';

/** A tool as scenario code runs it: what it prints, and errors, go line by line to functions. */
export type PrintingTool = (
  process: Process,
  words: readonly string[],
  print: (line: string) => void,
  complain?: (line: string) => void,
) => Promise<number>;

/** The tool as a program, which prints to standard output, and errors to standard error. */
export function printing(tool: PrintingTool): Program {
  return ({ process, streams }, words) =>
    tool(
      process,
      words,
      (line) => streams.write(`${line}\n`),
      (line) => streams.writeError(`${line}\n`),
    );
}
