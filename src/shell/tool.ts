/**
 * A small tool of the shell's, as a function: what it is told and what becomes of it. None waits,
 * and what one changes are files. Texts are octets, whatever they spell (wire's `octet-text.ts`).
 */

/** The files that a tool sees. */
export interface ToolFiles {
  /** A file's octets; nothing where there is none. */
  readFile(path: string): Uint8Array | undefined;
  /** Writes a file whole; false where that cannot be. */
  writeFile(path: string, bytes: Uint8Array): boolean;
}

/** What became of one command: its status, and what it wrote to either of its outputs. */
export interface ToolResult {
  readonly status: number;
  readonly output: string;
  readonly errors: string;
}

/** `operands` stand behind its name; `input` gives what came in, and is asked only when needed. */
export type Tool = (
  operands: readonly string[],
  input: () => string,
  files: ToolFiles,
) => ToolResult;

export function succeeded(output = ''): ToolResult {
  return { status: 0, output, errors: '' };
}

export function failedWith(status: number, errors: string): ToolResult {
  return { status, output: '', errors: `${errors}\n` };
}
