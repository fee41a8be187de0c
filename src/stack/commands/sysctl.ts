/**
 * `sysctl`: reads and sets. It speaks as procps does, and of FreeBSD's names as FreeBSD does
 * (sysctl(8) of both).
 */
import type { Host } from '../host.ts';
import { withSlashesAndDotsSwapped } from '../sysctl/link-sysctls.ts';
import { sysctlName } from '../sysctl/sysctls.ts';
import { type CommandContext, type CommandOutcome, done, failed } from './command.ts';
import { ROOT } from './holders.ts';

interface Options {
  readonly isQuiet: boolean;
  readonly ignoresUnknown: boolean;
  readonly valuesOnly: boolean;
  readonly namesOnly: boolean;
  readonly isForAll: boolean;
  readonly isWriting: boolean;
  readonly mayWrite: boolean;
}

/** Longer patterns are nobody's. */
const PATTERN_LONGEST = 200;

const LONG_OPTIONS: ReadonlyMap<string, string> = new Map([
  ['--quiet', 'q'],
  ['--write', 'w'],
  ['--values', 'n'],
  ['--names', 'N'],
  ['--ignore', 'e'],
  ['--all', 'a'],
  ['--pattern', 'r'],
]);

export function sysctl(context: CommandContext, words: readonly string[]): CommandOutcome {
  const { host, user } = context;
  let letters = '';
  let pattern = '';
  const operands: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const these = LONG_OPTIONS.get(word) ?? word.slice(1);
    if (!word.startsWith('-')) operands.push(word);
    else letters += these;
    if (word.startsWith('-') && these.endsWith('r')) pattern = words[++i] ?? '';
  }
  const unknown = /[^qwnNeaAXir]/.exec(letters)?.[0];
  if (unknown !== undefined) return failed(1, `sysctl: invalid option -- '${unknown}'`);
  const wanted = patternOf(pattern);
  if (wanted === undefined) return failed(1, `sysctl: "${pattern}" is no pattern`);
  const options = {
    isQuiet: letters.includes('q'),
    ignoresUnknown: /[ei]/.test(letters),
    valuesOnly: letters.includes('n'),
    namesOnly: letters.includes('N'),
    isForAll: /[aAX]/.test(letters),
    isWriting: letters.includes('w'),
    mayWrite: user === ROOT,
  };
  const all = options.isForAll ? host.sysctl.names().filter(isListed) : operands;
  const names = all.filter((name) => wanted.test(name));
  if (names.length === 0) return failed(1, 'sysctl: no variables specified');
  const outcomes = names.map((name) => one(context, name, options));
  const note = outcomes.map((each) => each.note ?? '').join('');
  return {
    status: outcomes.find(({ status }) => status !== 0)?.status ?? 0,
    output: outcomes.map(({ output }) => output).join(''),
    ...(note !== '' && { note }),
  };
}

/** What -r takes: a regular expression, of POSIX's extended ones that which JavaScript shares. */
function patternOf(text: string): RegExp | undefined {
  try {
    return text.length > PATTERN_LONGEST ? undefined : new RegExp(text);
  } catch {
    return undefined;
  }
}

/** `name` or `name=value`. */
function one({ host, now }: CommandContext, operand: string, options: Options): CommandOutcome {
  const equals = operand.indexOf('=');
  if (options.isWriting && equals < 0) {
    return failed(1, 'sysctl: command line(0): invalid syntax, continuing...');
  }
  const name = sysctlName((equals < 0 ? operand : operand.slice(0, equals)).trim());
  const present = host.sysctl.read(name);
  if (present === undefined || name.startsWith('/')) {
    const below = host.sysctl.names().filter((each) => each.startsWith(`${name}.`));
    if (below.length > 0) return directory(host, name, equals < 0 ? below : [], options);
    if (options.ignoresUnknown) return done();
    return isLinux(name)
      ? failed(1, `sysctl: cannot stat ${fileOf(name)}: No such file or directory`)
      : failed(1, `sysctl: unknown oid '${name}'`);
  }
  if (equals < 0) return done(shown(name, present, options));
  if (!options.mayWrite) return failed(1, `sysctl: permission denied on key "${name}"`);
  const value = operand.slice(equals + 1);
  switch (host.sysctl.write(name, value, now)) {
    case 'read-only':
      return notWritten(name);
    case 'invalid':
      return isLinux(name)
        ? failed(1, `sysctl: setting key "${name}": Invalid argument`)
        : failed(1, `sysctl: ${name}=${value}: Invalid argument`);
    default:
  }
  if (options.isQuiet) return done();
  return done(isLinux(name) ? shown(name, value, options) : `${name}: ${present} -> ${value}\n`);
}

/** What is in a directory; it cannot be written. */
function directory(
  host: Host,
  name: string,
  below: readonly string[],
  options: Options,
): CommandOutcome {
  if (below.length === 0) return notWritten(name);
  return done(below.map((each) => shown(each, host.sysctl.read(each) ?? '', options)).join(''));
}

/** Nobody writes it, root neither: procps 4.0.2 says so, and goes on as if it had been done. */
function notWritten(name: string): CommandOutcome {
  return done('', `sysctl: setting key "${name}": Invalid argument\n`);
}

function shown(name: string, value: string, options: Options): string {
  if (options.namesOnly) return `${name}\n`;
  if (options.valuesOnly) return `${value}\n`;
  return isLinux(name) ? `${name} = ${value}\n` : `${name}: ${value}\n`;
}

function isLinux(name: string): boolean {
  return !name.startsWith('net.inet') && !name.startsWith('kern.ipc.');
}

/** What `-a` lists: not the kernel's modules, and of one system only. */
function isListed(name: string): boolean {
  return isLinux(name) && !name.startsWith('/');
}

function fileOf(name: string): string {
  return `/proc/sys/${withSlashesAndDotsSwapped(name)}`;
}
