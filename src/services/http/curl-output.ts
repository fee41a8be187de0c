/**
 * Standard output and errors of `curl` on one terminal: what is said at once, and what is printed
 * line by line, so that a last line without its end comes last of all.
 */
import { concat, EMPTY } from '../../wire/index.ts';

const LINE_FEED = 0x0a;

export class CurlOutput {
  readonly #write: (octets: Uint8Array) => void;
  readonly #writeError: (text: string) => void;
  #unfinished: Uint8Array = EMPTY;

  constructor(write: (octets: Uint8Array) => void, writeError: (text: string) => void) {
    this.#write = write;
    this.#writeError = writeError;
  }

  complain(text: string): void {
    this.#writeError(text);
  }

  print(octets: Uint8Array): void {
    const all = concat(this.#unfinished, octets);
    const end = all.lastIndexOf(LINE_FEED) + 1;
    if (end > 0) this.#write(all.subarray(0, end));
    this.#unfinished = all.subarray(end);
  }

  /** Nothing more is printed. */
  finish(): void {
    if (this.#unfinished.length > 0) this.#write(this.#unfinished);
    this.#unfinished = EMPTY;
  }
}
