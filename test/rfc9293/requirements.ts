/** The requirements of RFC 9293: those that its appendix B numbers, and those without a number. */
import { readFileSync } from 'node:fs';

export interface Requirement {
  /** As appendix B has it, such as `MUST-13`; `U-1` for one without a number. */
  readonly id: string;
  /** MUST, MUST NOT, SHOULD, SHOULD NOT, MAY or RECOMMENDED. */
  readonly level: string;
  readonly section: string;
  /** What it asks, in a line. */
  readonly asks: string;
}

const TABLES = ['requirements.tsv', 'unnumbered.tsv'];

/** All of them, in the order of the tables. */
export const REQUIREMENTS: readonly Requirement[] = TABLES.flatMap((table) => {
  const text = readFileSync(new URL(`../fixtures/rfc9293/${table}`, import.meta.url), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [id = '', level = '', section = '', asks = ''] = line.split('\t');
      return { id, level, section, asks };
    });
});

/** Finds the id of a requirement in a text: MUST-6 is not in MUST-66. */
export function mentions(text: string, id: string): boolean {
  return new RegExp(String.raw`\b${id}\b`).test(text);
}
