/** What a shell has itself, because it is about the shell, or so small. */
import { failedWith, type Tool, TOOLS, type ToolResult } from '../../shell/index.ts';
import { textToOctets } from '../../wire/index.ts';
import type { Program } from '../program.ts';
import { type Signal, SIGNALS, signalOf, statusOf } from '../signal.ts';
import { execute } from './execute.ts';
import { Foreground, INTERRUPTED, type Signalled } from './setting.ts';
import type { BackgroundJob, Shell } from './shell.ts';
import { ShellExit } from './shell-exit.ts';
import { durationOf } from './small-programs.ts';
import type { Streams } from './streams.ts';
import { toolFiles } from './tool-programs.ts';

/** Gives the exit status. */
export type Builtin = (
  shell: Shell,
  operands: readonly string[],
  streams: Streams,
) => Promise<number> | number;

const SMALL_TOOLS = [':', 'true', 'false', 'echo', 'printf', 'test', '['];

export const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ...SMALL_TOOLS.map((name): [string, Builtin] => [name, small(TOOLS.get(name)!)]),
  ['cd', () => 0], // there are no folders
  ['exit', exit],
  ['export', assign],
  ['kill', kill],
  ['sudo', sudo],
  ['timeout', timeout],
  ['unset', unset],
  ['wait', wait],
]);

/** Those that no program can be: they are about the shell that runs them. */
const SHELLS_OWN = ['cd', 'exit', 'export', 'unset', 'wait'];

function small(tool: Tool): Builtin {
  return ({ setting }, operands, streams) =>
    deliver(
      tool(operands, () => '', toolFiles(setting.host.files)),
      streams,
    );
}

function deliver({ status, output, errors }: ToolResult, streams: Streams): number {
  if (errors !== '') streams.errors.write(textToOctets(errors));
  if (output !== '') streams.output.write(textToOctets(output));
  return status;
}

function exit(shell: Shell, [status]: readonly string[]): never {
  if (status !== undefined) shell.status = Number.parseInt(status, 10) & 255;
  throw new ShellExit();
}

/** `export NAME=value`: programs see no variables, so it only sets them. */
function assign(shell: Shell, operands: readonly string[], streams: Streams): number {
  for (const operand of operands) {
    const [, name, value] = /^([A-Za-z_]\w*)(?:=(.*))?$/s.exec(operand) ?? [];
    if (name === undefined) {
      shell.complain(streams.errors, `export: \`${operand}': not a valid identifier`);
      return 1;
    }
    if (value !== undefined) shell.variables.set(name, value);
  }
  return 0;
}

function unset(shell: Shell, operands: readonly string[]): number {
  for (const name of operands) shell.variables.delete(name);
  return 0;
}

/** `kill [-SIGNAL] PID|%JOB…` */
function kill(shell: Shell, operands: readonly string[], streams: Streams): number {
  let signal: Signal | undefined = 'SIGTERM';
  let targets = operands;
  const [first = ''] = operands;
  if (first === '-l') {
    const names = Object.keys(SIGNALS).map((name) => name.slice('SIG'.length));
    return deliver({ status: 0, output: `${names.join(' ')}\n`, errors: '' }, streams);
  }
  if (/^-[^-]/.test(first)) {
    const isApart = first === '-s' || first === '-n';
    const name = isApart ? (operands[1] ?? '') : first.slice(1);
    signal = signalOf(name);
    targets = operands.slice(isApart ? 2 : 1);
    if (signal === undefined) {
      shell.complain(streams.errors, `kill: ${name}: invalid signal specification`);
      return 1;
    }
  }
  if (targets.length === 0)
    return deliver(failedWith(2, 'kill: usage: kill [-s sigspec] pid ...'), streams);
  let status = 0;
  for (const target of targets) {
    if (send(shell, target, signal)) continue;
    shell.complain(streams.errors, `kill: (${target}) - No such process`);
    status = 1;
  }
  return status;
}

/** Sends a signal to a process by its id, or to a job by its number; false where there is none. */
function send({ setting, background }: Shell, target: string, signal: Signal): boolean {
  if (target.startsWith('%')) {
    const job = [...background.values()][Number(target.slice(1)) - 1];
    job?.foreground.signal(signal);
    return job !== undefined;
  }
  const process = setting.host.processes.find(({ pid }) => String(pid) === target);
  if (process === undefined || process.hasEnded) return false;
  process.signal(signal);
  return true;
}

/** `sudo [-u USER] COMMAND…`: everybody may. */
function sudo(
  shell: Shell,
  operands: readonly string[],
  streams: Streams,
): Promise<number> | number {
  const isNamed = operands[0] === '-u';
  const [name, ...words] = operands.slice(isNamed ? 2 : 0);
  if (name === undefined || name.startsWith('-')) {
    return deliver(failedWith(1, 'usage: sudo [-u user] command'), streams);
  }
  if (SHELLS_OWN.includes(name)) {
    return deliver(failedWith(1, `sudo: ${name}: command not found`), streams);
  }
  const user = isNamed ? operands[1]! : 'root';
  return shell.runWords(name, words, streams, { ...shell.setting, user });
}

/** `timeout DURATION COMMAND…`: 124 where the command was ended (timeout(1)). */
function timeout(
  shell: Shell,
  operands: readonly string[],
  streams: Streams,
): Promise<number> | number {
  const [text = '', name, ...words] = operands;
  const duration = durationOf(text);
  if (duration === undefined || name === undefined) {
    const what = name === undefined ? 'missing operand' : `invalid time interval '${text}'`;
    return deliver(failedWith(125, `timeout: ${what}`), streams);
  }
  if (SHELLS_OWN.includes(name)) {
    const what = `failed to run command '${name}': No such file or directory`;
    return deliver(failedWith(127, `timeout: ${what}`), streams);
  }
  const foreground = new Foreground();
  const program: Program = async ({ process }) => {
    process.onSignal('SIGINT', () => foreground.interrupt());
    const command = shell.runWords(name, words, streams, { ...shell.setting, foreground });
    const early = await Promise.race([command, process.sleep(duration)]);
    if (early !== undefined) return early;
    foreground.signal('SIGTERM');
    await command;
    return 124;
  };
  return execute('timeout', program, operands, streams, shell.setting);
}

/** The exit status of what runs in the background, once it has ended, or Ctrl-C's. */
async function ended(job: BackgroundJob, { setting }: Shell): Promise<number> {
  const { tasks, foreground } = setting;
  let end: (status: number) => void = () => {};
  const shell: Signalled = { signal: (signal) => end(statusOf(signal)) };
  foreground.enter(shell);
  const status = await tasks.waitForDaemon<number>('wait', (resolve) => {
    end = (value) => {
      end = () => {};
      tasks.wake(resolve, value);
    };
    job.ended.then(
      (value) => end(value),
      () => undefined, // which has failed the run
    );
  });
  foreground.leave(shell);
  return status;
}

/** `wait [PID…]`: until what was started with `&` has ended, all of it or some. */
async function wait(shell: Shell, operands: readonly string[]): Promise<number> {
  if (operands.length === 0) {
    for (const job of shell.background.values()) {
      await ended(job, shell);
      if (shell.setting.foreground.wasInterrupted) return INTERRUPTED;
    }
    shell.background.clear();
    return 0;
  }
  let status = 127;
  for (const operand of operands) {
    const pid = Number(operand.replace(/^%/, ''));
    const job = operand.startsWith('%')
      ? [...shell.background.values()][pid - 1]
      : shell.background.get(pid);
    if (job === undefined) {
      status = 127;
      continue;
    }
    status = await ended(job, shell);
    if (shell.setting.foreground.wasInterrupted) return INTERRUPTED;
    shell.background.delete(pid);
  }
  return status;
}
