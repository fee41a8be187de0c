/** What `tcpetri` does: its commands, its exit status, and errors as one clear line. */
import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import { UsageError } from './errors.ts';

const EXAMPLES = `
Examples:
  tcpetri list                                 what there is to run
  tcpetri run handshake                        run it and watch
  tcpetri run handshake --show 'ss -tan'       and see what its hosts' tools print
  tcpetri run handshake -w handshake.pcapng    and keep the capture
  tcpetri read handshake.pcapng -nn -v         print a capture as tcpdump would
  tcpetri drill open.pkt                       run a packetdrill script

Exit status: 0 success, 1 a scenario, a script or its input failed, 2 wrong usage.`;

export const FAILED = 1;
const WRONG_USAGE = 2;

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

/**
 * The commands in the order of the help, each with what adds it. Of a command that is named only
 * its own code is loaded: `read` needs neither hosts nor networks, and is there in half the time.
 */
const COMMANDS: ReadonlyMap<string, () => Promise<(program: Command) => void>> = new Map([
  ['run', async () => (await import('./run.ts')).addRunCommand],
  ['list', async () => (await import('./list.ts')).addListCommand],
  ['read', async () => (await import('./read.ts')).addReadCommand],
  ['drill', async () => (await import('./drill/command.ts')).addDrillCommand],
  ['shell', async () => (await import('./shell.ts')).addShellCommand],
  ['bridge', async () => (await import('./bridge/command.ts')).addBridgeCommand],
]);

async function makeProgram(named: string | undefined): Promise<Command> {
  const program = new Command('tcpetri')
    .description('TCP in a petri dish: scenarios of simulated hosts, and the captures they make.')
    .version(version)
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(oneLine(text)),
    });
  const chosen = COMMANDS.get(named ?? '');
  for (const load of chosen === undefined ? COMMANDS.values() : [chosen]) (await load())(program);
  for (const command of program.commands) command.copyInheritedSettings(program);
  return program;
}

/** What Commander says of an option's value that is none: the option, the value, the reason. */
const INVALID = /^option '(?:-\w, )?(--\w+)[^']*' argument '(.*)' is invalid\. (.)(.*?)\.?$/;

/**
 * Commander's errors as ours: `tcpetri: unknown option '--jsn' (Did you mean --json?)`, `tcpetri:
 * --seed 1e3: a seed is a whole number from 0 to 2^53 - 1`.
 */
function oneLine(text: string): string {
  const message = text
    .replace(/^error: /, '')
    .trimEnd()
    .replaceAll('\n', ' ')
    .replace(INVALID, (_, option, value, first, rest) => {
      return `${option} ${value}: ${first.toLowerCase()}${rest}`;
    });
  return `tcpetri: ${message}\n`;
}

/** Does what the words of a command line ask for; gives the exit status. */
export async function main(words: readonly string[]): Promise<number> {
  try {
    const [named, subject = 'help'] = words;
    if (named === 'help' && subject !== 'help' && !COMMANDS.has(subject)) {
      throw new UsageError(`unknown command '${subject}'`);
    }
    await (await makeProgram(named)).parseAsync(words, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE;
    if (!(error instanceof Error)) throw error;
    process.stderr.write(`tcpetri: ${error.message}\n`);
    return error instanceof UsageError ? WRONG_USAGE : FAILED;
  }
}
