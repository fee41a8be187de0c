/** `dd`: copies so many blocks from file to file; scripts make files to send with it (dd(1)). */
import { textToOctets } from '../wire/index.ts';
import { failedWith, succeeded, type Tool, type ToolFiles } from './tool.ts';
import { readBytes, writeBytes } from './tool-files.ts';

/** The most octets that it copies. */
const LIMIT = 16 * 1024 * 1024;

const UNITS: Readonly<Record<string, number>> = { '': 1, c: 1, w: 2, k: 1024, K: 1024, M: 1 << 20 };

export const dd: Tool = (operands, input, files) => {
  const settings = new Map<string, string>();
  for (const operand of operands) {
    const [name = '', ...value] = operand.split('=');
    if (!['bs', 'count', 'if', 'of', 'status', 'conv'].includes(name)) {
      return failedWith(1, `dd: unrecognized operand '${operand}'`);
    }
    settings.set(name, value.join('='));
  }
  const blockSize = sizeOf(settings.get('bs') ?? '512');
  const count = sizeOf(settings.get('count') ?? String(Math.floor(LIMIT / (blockSize || 1))));
  if (!(blockSize > 0) || Number.isNaN(count)) return failedWith(1, 'dd: invalid number');
  const from = settings.get('if');
  const most = blockSize * count;
  if (most > LIMIT || (from === '/dev/zero' && !settings.has('count'))) {
    return failedWith(1, `dd: more than ${LIMIT} octets`);
  }
  const bytes = source(from, most, input, files);
  if (bytes === undefined) {
    return failedWith(1, `dd: failed to open '${from ?? ''}': No such file or directory`);
  }
  const to = settings.get('of');
  if (to === undefined) return failedWith(1, 'dd: only files are written here: of= is missing');
  if (!writeBytes(to, bytes, files))
    return failedWith(1, `dd: failed to open '${to}': Permission denied`);
  if (settings.get('status') === 'none') return succeeded();
  return { status: 0, output: '', errors: `${bytes.length} bytes copied\n` };
};

/** `5`, `4k`, `1M`; NaN for what is no size. */
function sizeOf(text: string): number {
  const match = /^(\d{1,9})([cwkKM]?)$/.exec(text);
  return match === null ? Number.NaN : Number(match[1]) * (UNITS[match[2] ?? ''] ?? Number.NaN);
}

function source(
  path: string | undefined,
  most: number,
  input: () => string,
  files: ToolFiles,
): Uint8Array | undefined {
  if (path === '/dev/zero') return new Uint8Array(most);
  const whole = path === undefined ? textToOctets(input()) : readBytes(path, files);
  return whole?.slice(0, most);
}
