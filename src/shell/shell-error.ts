/** What the shell cannot do: the script that asks for it fails. */
export class ShellError extends Error {
  readonly line: number;

  /** @param line of the command text, from 1. */
  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}
