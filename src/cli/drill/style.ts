/** Emphasis on terminals; elsewhere text stays as it is. */

export interface Style {
  readonly isColored: boolean;
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
}

const ESCAPE = '\u001B[';

function sgr(on: number, off: number): (text: string) => string {
  return (text) => `${ESCAPE}${on}m${text}${ESCAPE}${off}m`;
}

const COLORED: Style = {
  isColored: true,
  strong: sgr(1, 22),
  faint: sgr(2, 22),
  good: sgr(32, 39),
  bad: sgr(31, 39),
};

const same = (text: string): string => text;

/** Text without any emphasis. */
export const PLAIN: Style = {
  isColored: false,
  strong: same,
  faint: same,
  good: same,
  bad: same,
};

/** What the stream can show, by what it is and by NO_COLOR (no-color.org). */
export function styleOf(stream: NodeJS.WriteStream): Style {
  const { NO_COLOR, TERM } = process.env;
  const isColored = stream.isTTY && (NO_COLOR ?? '') === '' && TERM !== 'dumb';
  return isColored ? COLORED : PLAIN;
}
