/**
 * A line at the end of a terminal that says how far a run is, when it has been silent for a while.
 */

/** How long a run may be silent, and how often the line is renewed, in milliseconds. */
const SILENCE = 2_000;
const INTERVAL = 250;

const ERASE_LINE = '\r\u001B[2K';

/** Shows what `describe` says, on standard error and only where that is a terminal. */
export class Progress {
  readonly #describe: () => string;
  #timer: NodeJS.Timeout | undefined = undefined;
  #lastPrinted: number = performance.now();
  #isShown = false;

  constructor(describe: () => string) {
    this.#describe = describe;
    if (!process.stderr.isTTY) return;
    this.#timer = setInterval(() => this.#show(), INTERVAL);
    this.#timer.unref();
  }

  /** Something else is about to be printed. */
  clear(): void {
    if (this.#timer === undefined) return;
    this.#lastPrinted = performance.now();
    if (!this.#isShown) return;
    this.#isShown = false;
    process.stderr.write(ERASE_LINE);
  }

  /** Ends it. */
  end(): void {
    this.clear();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #show(): void {
    if (performance.now() - this.#lastPrinted < SILENCE) return;
    this.#isShown = true;
    const text = this.#describe().slice(0, (process.stderr.columns ?? 80) - 1);
    process.stderr.write(`${ERASE_LINE}${text}`);
  }
}
