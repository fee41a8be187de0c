/** `head` and `tail`: one end of each text, so many lines or octets of it (head(1), tail(1)). */
import { octetsToText, textToOctets } from '../wire/index.ts';
import { notThere, readAll } from './text-tools.ts';
import { failedWith, succeeded, type Tool, type ToolFiles } from './tool.ts';

/** The most octets that are taken of /dev/zero. */
const LIMIT = 16 * 1024 * 1024;

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 512,
  kB: 1000,
  k: 1024,
  K: 1024,
  MB: 1_000_000,
  M: 1 << 20,
};

/** What the words ask for. */
interface Request {
  readonly unit: 'lines' | 'bytes';
  readonly count: number;
  /** `head -n -2`, all but the last two; `tail -n +2`, all from the second on. */
  readonly isRest: boolean;
  readonly paths: readonly string[];
  /** `-q` and `-v`: whether names stand above the texts; by default where there are several. */
  readonly showsNames: boolean;
}

export const head: Tool = part('head');
export const tail: Tool = part('tail');

function part(name: 'head' | 'tail'): Tool {
  return (operands, input, files) => {
    const request = readRequest(name, operands);
    if (typeof request === 'string') return failedWith(1, `${name}: ${request}`);
    const { unit, count, paths, showsNames } = request;
    const zeros = unit === 'bytes' && name === 'head' && count <= LIMIT ? count : 0;
    const texts = readAll(paths, input, withZeros(files, zeros));
    if (!Array.isArray(texts)) return notThere(name, texts.missing);
    const parts = texts.map((text, i) => {
      const kept = unit === 'lines' ? linesOf(text) : textToOctets(text);
      const [start, end] = boundsOf(name, request, kept.length);
      const cut = Array.isArray(kept)
        ? kept.slice(start, end).join('')
        : octetsToText(kept.subarray(start, end));
      const title = paths[i] === '-' || paths.length === 0 ? 'standard input' : paths[i]!;
      return showsNames ? `${i > 0 ? '\n' : ''}==> ${title} <==\n${cut}` : cut;
    });
    return succeeded(parts.join(''));
  };
}

/** From where to where of so many. */
function boundsOf(
  name: 'head' | 'tail',
  { count, isRest }: Request,
  length: number,
): [number, number] {
  if (name === 'head') return [0, isRest ? Math.max(0, length - count) : count];
  return [isRest ? Math.max(0, count - 1) : Math.max(0, length - count), length];
}

/** The lines, each with its end, which the last one may lack. */
function linesOf(text: string): string[] {
  return text.split(/(?<=\n)/);
}

function withZeros(files: ToolFiles, zeros: number): ToolFiles {
  return {
    ...files,
    readFile: (path) =>
      path === '/dev/zero' && zeros > 0 ? new Uint8Array(zeros) : files.readFile(path),
  };
}

function readRequest(name: 'head' | 'tail', operands: readonly string[]): Request | string {
  let unit: Request['unit'] = 'lines';
  let amount = '10';
  let naming: 'q' | 'v' | undefined;
  const paths: string[] = [];
  for (let i = 0; i < operands.length; i++) {
    const word = operands[i]!;
    const [, letter, behind = ''] = /^-([nc])(.*)$/s.exec(word) ?? [];
    if (letter !== undefined) {
      unit = letter === 'n' ? 'lines' : 'bytes';
      const value = behind === '' ? operands[++i] : behind;
      if (value === undefined) return `option requires an argument -- '${letter}'`;
      amount = value;
    } else if (/^-\d+$/.test(word)) [unit, amount] = ['lines', word.slice(1)];
    else if (word === '-q' || word === '-v') naming = word === '-q' ? 'q' : 'v';
    else if (word.startsWith('-') && word !== '-') return `only -n, -c, -q and -v are known here`;
    else paths.push(word);
  }
  const [, sign = '', digits, suffix = ''] =
    /^([-+]?)(\d{1,9})(b|kB|[kK]|MB?)?$/.exec(amount) ?? [];
  if (digits === undefined) return `invalid number of ${unit}: ‘${amount}’`;
  const count = Number(digits) * UNITS[suffix]!;
  const isRest = sign === (name === 'head' ? '-' : '+');
  const showsNames = naming === 'v' || (naming === undefined && paths.length > 1);
  return { unit, count, isRest, paths, showsNames };
}
