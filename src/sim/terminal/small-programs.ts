/** The small programs that every system has, on virtual time and the host's own files. */
import { type Duration, seconds } from '../../stack/index.ts';
import { EMPTY } from '../../wire/index.ts';
import { FileError, type HostFiles } from '../host-files.ts';
import type { Program, ProgramContext, StandardStreams } from '../program.ts';
import { printDate, printListDate } from './date.ts';

/** `cat`: files, or what comes in, octet by octet as they are. */
export const cat: Program = async ({ streams, files }, words) => {
  let status = 0;
  for (const path of words.length === 0 ? ['-'] : words) {
    if (path === '-') await copyInput(streams, (chunk) => streams.write(chunk));
    else status ||= withFile('cat', streams, () => streams.write(files.read(path)));
  }
  return status;
};

/** `tee [-a] FILE…`: what comes in goes out, and into files. */
export const tee: Program = async ({ streams, files }, words) => {
  const isAppended = words[0] === '-a';
  const paths = isAppended ? words.slice(1) : words;
  let status = 0;
  const append = (path: string, chunk: Uint8Array): void => {
    status ||= withFile('tee', streams, () => files.append(path, chunk));
  };
  for (const path of paths) {
    if (!isAppended) status ||= withFile('tee', streams, () => files.truncate(path));
  }
  await copyInput(streams, (chunk) => {
    streams.write(chunk);
    for (const path of paths) append(path, chunk);
  });
  return status;
};

async function copyInput(
  streams: StandardStreams,
  take: (chunk: Uint8Array) => void,
): Promise<void> {
  for (let chunk = await streams.read(); chunk !== undefined; chunk = await streams.read()) {
    take(chunk);
  }
}

/** Does something with a file, or says why not; gives the status. */
function withFile(name: string, streams: StandardStreams, action: () => void): number {
  try {
    action();
    return 0;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    streams.writeError(`${name}: ${error.message}\n`);
    return 1;
  }
}

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };

/** The time that `sleep` and `timeout` are told: `0.5`, `3s`, `2m`; nothing for other texts. */
export function durationOf(text: string): Duration | undefined {
  const [, amount, unit = ''] = /^(\d{1,7}(?:\.\d{1,9})?)([smhd]?)$/.exec(text) ?? [];
  if (amount === undefined) return undefined;
  const duration = Math.round(seconds(Number(amount)) * UNITS[unit]!);
  return duration <= LONGEST ? duration : undefined;
}

/** A hundred days, which is about all that virtual time has. */
const LONGEST: Duration = seconds(100 * 86_400);

/** `sleep`: of several times their sum. */
export const sleep: Program = async ({ process, streams }, words) => {
  if (words.length === 0) return usage(streams, 'sleep', 'missing operand');
  let sum = 0;
  for (const word of words) {
    const duration = durationOf(word);
    if (duration === undefined) return usage(streams, 'sleep', `invalid time interval '${word}'`);
    sum += duration;
  }
  if (sum > LONGEST) return usage(streams, 'sleep', 'more than a hundred days');
  await process.sleep(sum);
  return 0;
};

function usage(streams: StandardStreams, name: string, what: string): number {
  streams.writeError(`${name}: ${what}\n`);
  return 1;
}

/** `date [+FORMAT]`: what the calendar of the scenario says. */
export const date: Program = async ({ host, process, streams }, words) => {
  const operands = words.filter((word) => word !== '-u');
  const [format = '+%a %b %e %H:%M:%S UTC %Y'] = operands;
  const extra = operands[1] ?? (format.startsWith('+') ? undefined : format);
  if (extra !== undefined) return usage(streams, 'date', `invalid date '${extra}'`);
  streams.write(`${printDate(format.slice(1), host.calendar.timeOf(process.now))}\n`);
  return 0;
};

/** `ls [-l] [PATH…]`: the host's files, a name a line. */
export const ls: Program = async (context, words) => {
  const paths = words.filter((word) => !word.startsWith('-'));
  const isLong = words.some((word) => /^-\w*l/.test(word));
  let status = 0;
  for (const path of paths.length === 0 ? ['.'] : paths) {
    const entries = listed(context.files, path);
    if (entries === undefined) {
      context.streams.writeError(`ls: cannot access '${path}': No such file or directory\n`);
      status = 2;
    } else context.streams.write(isLong ? longList(context, entries) : shortList(entries));
  }
  return status;
};

/** A file of the list, by the name that it is shown by. */
interface Listed {
  readonly name: string;
  readonly length: number;
  readonly modifiedAt: number;
}

/** The files of a folder, which is there as long as files are in it; or one file. */
function listed(files: HostFiles, path: string): Listed[] | undefined {
  const folder = path === '.' ? '' : `${path.replace(/\/+$/, '')}/`;
  const inside = files
    .list()
    .filter((file) => file.path.startsWith(folder) && !file.path.slice(folder.length).includes('/'))
    .map(({ path: full, ...file }) => ({ ...file, name: full.slice(folder.length) }));
  if (path === '.' || inside.length > 0) return inside;
  const alone = files.list().find((file) => file.path === path);
  return alone && [{ ...alone, name: path }];
}

function shortList(entries: readonly Listed[]): string {
  return entries.map(({ name }) => `${name}\n`).join('');
}

function longList({ host, user }: ProgramContext, entries: readonly Listed[]): string {
  const blocks = entries.reduce((sum, { length }) => sum + 4 * Math.ceil(length / 4096), 0);
  const width = Math.max(0, ...entries.map(({ length }) => String(length).length));
  const rows = entries.map(({ name, length, modifiedAt }) => {
    const size = String(length).padStart(width);
    const day = printListDate(host.calendar.timeOf(modifiedAt));
    return `-rw-r--r-- 1 ${user} ${user} ${size} ${day} ${name}\n`;
  });
  return `total ${blocks}\n${rows.join('')}`;
}

/** `rm [-f] FILE…` */
export const rm: Program = async ({ streams, files }, words) => {
  const isForced = words.some((word) => /^-\w*f/.test(word));
  let status = 0;
  for (const path of words.filter((word) => !word.startsWith('-'))) {
    if (files.remove(path) || isForced) continue;
    streams.writeError(`rm: cannot remove '${path}': No such file or directory\n`);
    status = 1;
  }
  return status;
};

/** `touch FILE…`: makes files that are not there. */
export const touch: Program = async ({ streams, files }, words) =>
  withFile('touch', streams, () => {
    for (const path of words) files.append(path, EMPTY);
  });

export const whoami: Program = async ({ streams, user }) => {
  streams.write(`${user}\n`);
  return 0;
};

export const hostname: Program = async ({ host, streams }) => {
  streams.write(`${host.name}\n`);
  return 0;
};
