/** `tcpetri drill`: its options. What it does is loaded when it is called. */
import { availableParallelism } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../errors.ts';
import type { GivenOption } from '../../drill/index.ts';
import { ORIGINAL_OPTIONS } from './original-options.ts';
import type { ReporterName } from './reporters/make-reporter.ts';
import type { ModeName } from './script-files.ts';

/** What was asked for on the command line. */
export interface DrillCommandOptions {
  readonly mode?: ModeName;
  readonly define: readonly (readonly [string, string])[];
  readonly profile?: string;
  readonly reporter: ReporterName;
  readonly jobs: number;
  readonly bail?: true;
  readonly write?: string;
  readonly print?: true;
  readonly verbose?: true;
  readonly record?: string;
  readonly output?: string;
  readonly host?: string;
  readonly local?: string;
  readonly connection?: number;
}

const EXAMPLES = `
Examples:
  tcpetri drill test/drill                           run every script (*.pkt) below a directory
  tcpetri drill open.pkt --verbose                   show each event as it runs
  tcpetri drill open.pkt -w open.pcapng              keep the packets, with why each was sent
  tcpetri drill test/drill --reporter dots           a character for each script; or json, junit
  tcpetri drill test/drill --profile linux-6 -j 1    as another system; one script after the other
  tcpetri drill --record handshake -o handshake.pkt  a script from a scenario
  tcpetri drill --record x.pcap | tcpetri drill -    a script from a capture, run at once

The original's options have their names, with underscores or dashes; they win over a script's own.
Exit status: 0 every script passed or was skipped, 1 one failed, 2 wrong usage.`;

/** Adds the command to the program. */
export function addDrillCommand(program: Command): void {
  const command = program
    .command('drill')
    .summary('run packetdrill scripts')
    .description(
      'Runs packetdrill scripts in virtual time, each against a simulated host of its own.',
    )
    .argument('[path...]', 'scripts, directories of them, or - for standard input')
    .addOption(
      new Option(
        '--mode <mode>',
        'the IP on the wire and the sockets, instead of what each script says',
      ).choices(['ipv4', 'ipv6', 'ipv4-mapped']),
    )
    .option('-D, --define <name=value>', 'what a word of the scripts stands for', addDefinition, [])
    .option('--profile <name>', 'the system that the host is: linux-6 (default), linux-3 …')
    .addOption(
      new Option('--reporter <name>', 'how verdicts are printed')
        .choices(['tap', 'dots', 'json', 'junit'])
        .default('tap'),
    )
    .option('-j, --jobs <number>', 'how many run at a time', parseNumber, availableParallelism())
    .option('-n, --bail', 'end at the first failure')
    .option('-w, --write <file>', "write one script's packets: .pcap, or .pcapng with causes")
    .option('--print', 'print the scripts in their canonical form instead of running them')
    .option('--verbose', 'print each event as it runs')
    .addOption(group(new Option('--record <from>', 'write a script of a scenario or a capture')))
    .addOption(group(new Option('-o, --output <file>', 'where to; standard output by default')))
    .addOption(
      group(
        new Option('--connection <number>', 'the connection, from 1 on').argParser(parseNumber),
      ),
    )
    .addOption(group(new Option('--host <name>', "the scenario's host to be under test")))
    .addOption(group(new Option('--local <address[:port]>', 'the end to be under test')));
  const given = addOriginalOptions(command);
  command
    .addHelpText('after', EXAMPLES)
    .action(async (paths: readonly string[], options: DrillCommandOptions) => {
      if (options.record === undefined) {
        refuseRecordingOptions(options);
        const { drill } = await import('./drill.ts');
        await drill(paths, options, given);
      } else {
        const { record } = await import('./record.ts');
        await record(options.record, paths, options);
      }
    });
}

function refuseRecordingOptions(options: DrillCommandOptions): void {
  for (const name of ['output', 'connection', 'host', 'local'] as const) {
    if (options[name] !== undefined) throw new UsageError(`--${name} is for --record`);
  }
}

function group(option: Option): Option {
  return option.helpGroup('Recording:');
}

/** The original's options, in the order given; each is spelled with underscores or with dashes. */
function addOriginalOptions(command: Command): readonly GivenOption[] {
  const given: GivenOption[] = [];
  for (const { name, argument, help } of ORIGINAL_OPTIONS) {
    const value = argument === undefined ? '' : ` <${argument}>`;
    for (const spelling of new Set([name, name.replaceAll('_', '-')])) {
      const option = new Option(`--${spelling}${value}`, help);
      const isShown = spelling === name && help !== '';
      command.addOption(option.helpGroup("The original's options:").hideHelp(!isShown));
      command.on(`option:${spelling}`, (text: string | null) => {
        given.push({ name, value: argument === undefined ? undefined : (text ?? '') });
      });
    }
  }
  return given;
}

function addDefinition(
  text: string,
  previous: readonly (readonly [string, string])[],
): readonly (readonly [string, string])[] {
  const [, name, value] = /^(\w+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError('expected NAME=VALUE.');
  }
  return [...previous, [name, value]];
}

function parseNumber(text: string): number {
  const number = Number(text);
  if (!/^\d{1,4}$/.test(text) || number < 1) {
    throw new InvalidArgumentError('expected a whole number, 1 to 9999.');
  }
  return number;
}
