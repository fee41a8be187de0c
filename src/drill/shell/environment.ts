/** What the shell is given from outside, and what its commands give back. */
import type { Duration, Instant } from '../../stack/index.ts';
import type { StackUnderTest } from '../stack-under-test.ts';

export interface ShellEnvironment {
  readonly stack: Pick<StackUnderTest, 'command' | 'readFile' | 'writeFile'>;
  readonly now: Instant;
  /** PACKETDRILL_PID and what else a shell would find in its environment. */
  readonly variables: ReadonlyMap<string, string>;
  /** Lets virtual time pass; where it is missing, `sleep` is refused. */
  readonly sleep?: ((duration: Duration) => void) | undefined;
}

/** What became of one command: its status, and what it wrote to either of its outputs. */
export interface ToolResult {
  readonly status: number;
  readonly output: string;
  readonly errors: string;
}

/** A command that the shell has itself. `operands` stand behind its name. */
export type Tool = (
  operands: readonly string[],
  input: string,
  environment: ShellEnvironment,
) => ToolResult;

export function succeeded(output = ''): ToolResult {
  return { status: 0, output, errors: '' };
}

export function failedWith(status: number, errors: string): ToolResult {
  return { status, output: '', errors: `${errors}\n` };
}
