/** The small tools of text that scripts use between the commands of the stack. */
import {
  failedWith,
  type ShellEnvironment,
  succeeded,
  type Tool,
  type ToolResult,
} from './environment.ts';
import { linesOf, readText } from './files.ts';

export function echo(operands: readonly string[]): ToolResult {
  const isOpen = operands[0] === '-n';
  const words = isOpen ? operands.slice(1) : operands;
  return succeeded(words.join(' ') + (isOpen ? '' : '\n'));
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', '\\': '\\', '"': '"' };

/** The most that printf makes, in characters: it may repeat a long format many times. */
const PRINTED_MOST = 1_000_000;

/** `%s`, `%d` and `%%`; the format is used again as long as there are operands. */
export function printf([format = '', ...operands]: readonly string[]): ToolResult {
  const text = format.replaceAll(/\\(.)/gs, (whole, letter: string) => ESCAPES[letter] ?? whole);
  const unknown = /%(?![sd%])./s.exec(text.replaceAll('%%', ''))?.[0];
  if (unknown !== undefined) return failedWith(1, `printf: ${unknown} is not known here`);
  let output = '';
  let at = 0;
  let taken = 0;
  do {
    taken = at;
    output += text.replaceAll(/%([sd%])/g, (_, letter: string) => {
      if (letter === '%') return '%';
      return operands[at++] ?? (letter === 'd' ? '0' : '');
    });
    if (output.length > PRINTED_MOST) {
      return failedWith(1, `printf: more than ${PRINTED_MOST} characters`);
    }
  } while (at > taken && at < operands.length);
  return succeeded(output);
}

/** The texts of the files, or what came in; the name of one that is not there. */
function readAll(
  files: readonly string[],
  input: string,
  environment: ShellEnvironment,
): string[] | { readonly missing: string } {
  const texts: string[] = [];
  for (const file of files.length === 0 ? ['-'] : files) {
    const text = file === '-' ? input : readText(file, environment);
    if (text === undefined) return { missing: file };
    texts.push(text);
  }
  return texts;
}

export const cat: Tool = (operands, input, environment) => {
  const texts = readAll(operands, input, environment);
  return Array.isArray(texts) ? succeeded(texts.join('')) : notThere('cat', texts.missing);
};

export const wc: Tool = (operands, input, environment) => {
  const options = operands.filter((word) => word.startsWith('-'));
  const unknown = options.find((option) => option !== '-l');
  if (unknown !== undefined || options.length === 0) {
    return failedWith(1, 'wc: only -l is known here');
  }
  const files = operands.filter((word) => !word.startsWith('-'));
  const texts = readAll(files, input, environment);
  if (!Array.isArray(texts)) return notThere('wc', texts.missing);
  const counts = texts.map((text) => text.split('\n').length - 1);
  return succeeded(
    counts
      .map((count, i) => (files.length === 0 ? `${count}\n` : `${count} ${files[i]}\n`))
      .join(''),
  );
};

/** `head` and `tail` differ in the end that they keep. */
function part(name: 'head' | 'tail'): Tool {
  return (operands, input, environment) => {
    let count = 10;
    const files: string[] = [];
    for (let i = 0; i < operands.length; i++) {
      const word = operands[i]!;
      if (!word.startsWith('-') || word === '-') {
        files.push(word);
        continue;
      }
      const written = word === '-n' ? operands[++i] : word.replace(/^-n?/, '');
      if (!/^\d{1,9}$/.test(written ?? '')) {
        return failedWith(1, `${name}: only -n NUMBER is known here`);
      }
      count = Number(written);
    }
    const texts = readAll(files, input, environment);
    if (!Array.isArray(texts)) return notThere(name, texts.missing);
    const lines = texts.flatMap((text) => {
      const all = linesOf(text);
      return name === 'head' ? all.slice(0, count) : all.slice(Math.max(0, all.length - count));
    });
    return succeeded(lines.map((line) => `${line}\n`).join(''));
  };
}

export const head: Tool = part('head');
export const tail: Tool = part('tail');

function notThere(name: string, file: string): ToolResult {
  return failedWith(1, `${name}: ${file}: No such file or directory`);
}
