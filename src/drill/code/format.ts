/** Python's `%` between a string and what it shows: `'cwnd=%d' % tcpi_snd_cwnd`. */
import type { Value } from './tree.ts';

/** `%`, flags, width, precision, conversion. */
const DIRECTIVE = /%([-+ #0]*)(\d*)(?:\.(\d+))?(.?)/gs;
const WIDEST = 200;

/** The text, or what is wrong with it. */
export function format(
  template: string,
  values: readonly Value[],
): { readonly text: string } | { readonly problem: string } {
  let used = 0;
  let problem: string | undefined;
  const text = template.replaceAll(
    DIRECTIVE,
    (
      directive,
      flags: string,
      width: string,
      precision: string | undefined,
      conversion: string,
    ) => {
      if (conversion === '%') return '%';
      if (used >= values.length) problem ??= 'there are not enough values for the string';
      const value = values[used++] ?? null;
      if (Number(width) > WIDEST || Number(precision ?? 0) > WIDEST) {
        problem ??= `${directive} is too wide`;
        return '';
      }
      const shown = convert(conversion, flags, precision, value);
      if (shown !== undefined) return pad(shown, flags, Number(width), conversion);
      problem ??= `${directive} does not show ${show(value)}`;
      return '';
    },
  );
  if (used < values.length) problem ??= 'there are more values than the string shows';
  return problem === undefined ? { text } : { problem };
}

function convert(
  conversion: string,
  flags: string,
  precision: string | undefined,
  value: Value,
): string | undefined {
  if (conversion === 's' || conversion === 'r') {
    const text = conversion === 's' && typeof value === 'string' ? value : show(value);
    return precision === undefined ? text : text.slice(0, Number(precision));
  }
  if (typeof value === 'string' || value === null) return undefined;
  const number = BigInt(value);
  const digits = digitsOf(number < 0n ? -number : number, conversion);
  if (digits === undefined) return undefined;
  const prefix = flags.includes('#') ? (PREFIXES.get(conversion) ?? '') : '';
  const positive = flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  return (number < 0n ? '-' : positive) + prefix + digits.padStart(Number(precision ?? 0), '0');
}

const PREFIXES: ReadonlyMap<string, string> = new Map([
  ['x', '0x'],
  ['X', '0X'],
  ['o', '0o'],
]);

function digitsOf(number: bigint, conversion: string): string | undefined {
  switch (conversion) {
    case 'd':
    case 'i':
    case 'u':
      return number.toString();
    case 'x':
      return number.toString(16);
    case 'X':
      return number.toString(16).toUpperCase();
    case 'o':
      return number.toString(8);
    default:
      return undefined;
  }
}

/** To the width: behind for `-`, zeros behind the sign for `0`, before otherwise. */
function pad(text: string, flags: string, width: number, conversion: string): string {
  if (flags.includes('-')) return text.padEnd(width);
  if (!flags.includes('0') || conversion === 's' || conversion === 'r') return text.padStart(width);
  const [, head = '', digits = ''] = /^([-+ ]?(?:0[xXo](?=.))?)(.*)$/s.exec(text) ?? [];
  return head + digits.padStart(width - head.length, '0');
}

/** A value as Python's `repr` shows it. */
export function show(value: Value): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'bigint') return value.toString();
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
  const escaped = value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}
