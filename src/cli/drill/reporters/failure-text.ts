/**
 * A failure as text that reads like a diff: the script's line, what it expects over what came, the
 * difference marked, and the packets that led there.
 *
 *     14 │ +.04 > . 1:1(0) ack 1001
 *     expected: > . 1:1(0) ack 1001
 *       actual: > . 1:1(0) ack 1
 *                              ^
 *     the last events:
 *       < 0.010000 IP 192.0.2.1.8080 > 192.168.0.1.8080: Flags [P.], seq …
 */
import type { Style } from '../style.ts';
import type { Failure } from '../verdict.ts';
import { differences, emphasise, type Span, underline } from './marks.ts';

/** The lines that follow `path:line: message`. */
export function failureLines(failure: Failure, style: Style): readonly string[] {
  return [
    ...sourceLines(failure, style),
    ...comparedLines(failure, style),
    ...eventLines(failure, style),
  ];
}

/** Where in words: `a.pkt:14`, with the column where that helps. */
export function placeOf(file: string, { place, kind }: Failure): string {
  if (place === undefined || place.line === 0) return file;
  return hasColumn(kind) ? `${file}:${place.line}:${place.column}` : `${file}:${place.line}`;
}

/** Whether the script itself is wrong, at one place in a line. */
function hasColumn(kind: Failure['kind']): boolean {
  return kind === 'syntax error' || kind === 'script error';
}

/** How much of a long line is shown, and how much of that before a caret. */
const SHOWN = 160;
const SHOWN_BEFORE = 80;

function sourceLines({ source, place, kind }: Failure, style: Style): string[] {
  const width = Math.max(...source.map(({ number }) => String(number).length));
  const lines: string[] = [];
  for (const { number, text } of source) {
    const hasCaret = hasColumn(kind) && place?.line === number;
    const at = hasCaret ? Math.min(place.column - 1, text.length) : 0;
    const from = Math.max(0, at - SHOWN_BEFORE);
    const shown = printable(text.slice(from, from + SHOWN));
    lines.push(`${style.faint(`${String(number).padStart(width)} │`)} ${shown}`.trimEnd());
    if (!hasCaret) continue;
    const margin = style.faint(`${' '.repeat(width)} │`);
    lines.push(`${margin} ${' '.repeat(at - from)}${style.bad('^')}`);
  }
  return lines;
}

const EXPECTED = 'expected: ';
const ACTUAL = '  actual: ';

function comparedLines({ expected, actual, mismatches }: Failure, style: Style): string[] {
  if (expected === undefined) return [];
  // What the line does not show, such as a value that was stored, is said in words.
  if (actual === undefined || actual === expected)
    return [EXPECTED + printable(expected), ...fieldLines(mismatches)];
  const found = differences(expected, actual);
  const marks = {
    left: found.left.filter(isOneOf(expected, mismatches, 'expected')),
    right: found.right.filter(isOneOf(actual, mismatches, 'actual')),
  };
  const lines: string[] = [];
  const add = (label: string, text: string, spans: readonly Span[], color: Style['good']): void => {
    lines.push(label + emphasise(printable(text), spans, (piece) => style.strong(color(piece))));
    if (!style.isColored && spans.length > 0) {
      lines.push(' '.repeat(label.length) + underline(spans));
    }
  };
  add(EXPECTED, expected, marks.left, style.good);
  add(ACTUAL, actual, marks.right, style.bad);
  // What both lines show alike, such as when it happened, is said in words.
  const isShown = marks.left.length + marks.right.length > 0;
  return isShown ? lines : [...lines, ...fieldLines(mismatches)];
}

/**
 * Whether a piece of a line is the value of a field that differs. Lines also differ in what is not
 * compared: a window that the script leaves out, time stamps.
 */
function isOneOf(
  line: string,
  mismatches: Failure['mismatches'],
  side: 'expected' | 'actual',
): (span: Span) => boolean {
  const values = new Set(mismatches.flatMap((each) => [each[side], ...wordsIn(each[side])]));
  return ({ start, end }) => {
    const piece = line.slice(start, end);
    return values.has(piece) || piece.split(':').some((part) => values.has(part));
  };
}

function wordsIn(text: string): string[] {
  return text.split(/[\s,<>()]+/);
}

function fieldLines(mismatches: Failure['mismatches']): string[] {
  return mismatches.map(({ field, expected, actual }) =>
    printable(`  ${field}: expected ${expected}, not ${actual}`),
  );
}

function eventLines({ events }: Failure, style: Style): string[] {
  if (events.length === 0) return [];
  const lines = events.flatMap(({ sign, text, cause }) => [
    `  ${sign} ${printable(text)}`,
    ...(cause === undefined ? [] : [style.faint(`      ↑ ${cause}`)]),
  ]);
  return ['the last events:', ...lines, style.faint(HINT)];
}

const HINT = 'the whole capture, with all causes: -w FILE.pcapng';

/** Each control character, which would upset terminals and parsers, as a blank. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ');
}
