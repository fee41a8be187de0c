/** `tcpetri run`: runs a scenario, prints it as it happens, writes its capture. */
import type { Command } from 'commander';
import { runScenario, seedOf } from '../sim/index.ts';
import { SERVICE_PROGRAMS } from '../services/index.ts';
import type { Instant } from '../stack/index.ts';
import { type Filter, parsePrintFlags, type PrintFlags } from '../tcpdump/index.ts';
import { CaptureWriter } from './capture-writer.ts';
import { hasColor } from './color.ts';
import { ScenarioFailure } from './errors.ts';
import { parseFilter } from './filter.ts';
import { addPrintFlags } from './print-flags.ts';
import { Progress } from './progress.ts';
import { failureOf } from './run-failure.ts';
import { count, ENOUGH, Interruption, onlyPassing, Position, toAll } from './run-observers.ts';
import { RunJson } from './run-json.ts';
import { type LineSink, RunText } from './run-text.ts';
import { findScenario, type ScenarioFile } from './scenario-files.ts';
import { parseSeed } from './seed.ts';
import { addVisits, planVisits, type Show } from './visits.ts';

interface RunCommandOptions {
  readonly write?: string;
  readonly seed?: number;
  readonly filter?: Filter;
  readonly json?: true;
  readonly packets: boolean;
  readonly why?: true;
}

const EXAMPLES = `
Examples:
  tcpetri run handshake                            the three-way handshake, printed as it happens
  tcpetri run handshake -nn -v --why               in detail, and why each packet was sent
  tcpetri run published/nc-loopback -w nc.pcapng   into a capture, causes as packet comments
  tcpetri run ./mine.ts -w - | wireshark -k -i -   a scenario of your own, straight into Wireshark
  tcpetri run handshake --filter 'tcp[tcpflags] & (tcp-syn|tcp-fin) != 0'
  tcpetri run handshake --json | jq .type          for programs
  tcpetri run handshake --at +1s --show 'ss -tan'  what a shell on each host prints at that instant

Times are UTC. Packets are printed with the scenario's own flags unless you give some.`;

/** Adds the command to the program. */
export function addRunCommand(program: Command): void {
  const command = program
    .command('run')
    .summary('run a scenario')
    .description(
      'Runs a scenario: one of the package by its name, or a TypeScript file that exports one.',
    )
    .argument('<scenario>', 'a name that `tcpetri list` shows, or a file')
    .option('-w, --write <file>', 'write the capture: .pcap or .pcapng, or - for pcapng on stdout')
    .option('--seed <number>', "where chance starts from (default: the scenario's own)", parseSeed)
    .option('--filter <text>', "print and write only what passes: 'tcp port 80'", parseFilter)
    .option('--why', 'print the cause of each packet below it, and who overheard it')
    .option('--json', 'print one JSON object a line for everything that happens')
    .option('--no-packets', 'print only what the scenario says, and what --show shows');
  const givenShows = addVisits(command);
  const givenFlags = addPrintFlags(command);
  command
    .addHelpText('after', EXAMPLES)
    .action(async (nameOrFile: string, options: RunCommandOptions) => {
      await run(await findScenario(nameOrFile), options, givenFlags(), givenShows());
    });
}

async function run(
  found: ScenarioFile,
  options: RunCommandOptions,
  flags: PrintFlags | undefined,
  shows: readonly Show[],
): Promise<void> {
  const { scenario } = found;
  const target = options.write;
  const stream = target === '-' ? process.stderr : process.stdout;
  const seed = options.seed ?? seedOf(scenario);
  const position = new Position(scenario);
  const progress = new Progress(() => position.describe());
  const sink: LineSink = (text) => {
    progress.clear();
    stream.write(`${text}\n`);
  };
  checkPrint(found);
  const { packets: hasPackets } = options;
  const shown =
    options.json === true
      ? new RunJson(scenario, sink, hasPackets)
      : new RunText(
          scenario,
          {
            flags,
            why: options.why === true,
            color: hasColor(stream),
            columns: stream.columns,
            hasPackets,
          },
          sink,
        );
  const { visits, check } = planVisits(shows, scenario, (view) => shown.viewed(view));
  const writer = target === undefined ? undefined : new CaptureWriter(target, scenario, seed);
  const interruption = new Interruption();
  // With nobody left to read and nothing to write, there is nothing to run for.
  if (writer === undefined) process.stdout.on('error', () => interruption.come(ENOUGH));
  const packets = [shown, writer ?? {}];
  const { filter } = options;
  const passing = filter === undefined ? toAll(packets) : onlyPassing(filter, packets);
  const observer = toAll([interruption, position, passing]);
  let endedAt: Instant | undefined;
  try {
    const running = runScenario(scenario, { seed, observer, visits, programs: SERVICE_PROGRAMS });
    endedAt = (await Promise.race([running, interruption.promise])).endedAt;
  } catch (error) {
    if (error !== ENOUGH) throw failureOf(found, error);
  } finally {
    interruption.end((error) => {
      process.stderr.write(`tcpetri: ${failureOf(found, error).message}\n`);
      process.exit(1);
    });
    progress.end();
    writer?.end();
    if (writer !== undefined && target !== '-') {
      process.stderr.write(`wrote ${writer.target}: ${count(writer.packets, 'packet')}\n`);
    }
  }
  if (endedAt !== undefined) check(endedAt);
}

/** The scenario's own print flags, before anything happens. */
function checkPrint({ scenario, shownAs }: ScenarioFile): void {
  try {
    parsePrintFlags(scenario.options.print ?? '');
  } catch (error) {
    const { message } = error as Error;
    throw new ScenarioFailure(`${shownAs}: its print flags: ${message}`, { cause: error });
  }
}
