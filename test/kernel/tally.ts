/** What became of random scripts, by category. */

/** What may become of a script. */
const COLUMNS = ['agrees', 'now and then', 'differs', 'written', 'undecided'] as const;
export type Outcome = (typeof COLUMNS)[number];

const WIDTH = 14;

export class Tally {
  readonly #counts: ReadonlyMap<string, Map<Outcome, number>>;

  constructor(categories: readonly string[]) {
    this.#counts = new Map(categories.map((category) => [category, new Map()]));
  }

  add(category: string, outcome: Outcome): void {
    const counts = this.#counts.get(category);
    counts?.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }

  /** How many came to that; all of them by default. */
  total(outcome?: Outcome): number {
    const outcomes = outcome === undefined ? COLUMNS : [outcome];
    return [...this.#counts.values()]
      .flatMap((counts) => outcomes.map((each) => counts.get(each) ?? 0))
      .reduce((sum, count) => sum + count, 0);
  }

  /** What has come about so far: `12 agrees, 1 differs`. */
  get summary(): string {
    const seen = COLUMNS.filter((outcome) => this.total(outcome) > 0);
    return seen.map((outcome) => `${this.total(outcome)} ${outcome}`).join(', ');
  }

  /** A line for each category, without what has not come about at all. */
  table(): string {
    const columns = COLUMNS.filter((outcome) => this.total(outcome) > 0);
    const line = (name: string, cells: readonly (string | number)[]): string =>
      `${name.padEnd(WIDTH)}${cells.map((cell) => String(cell).padStart(WIDTH)).join('')}\n`;
    const rows = [...this.#counts].map(([category, counts]) => {
      const cells = columns.map((outcome) => counts.get(outcome) ?? 0);
      return line(category, cells);
    });
    const totals = columns.map((outcome) => this.total(outcome));
    return [line('', columns), ...rows, line('all', totals)].join('');
  }
}
