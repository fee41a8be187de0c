/** `tcpetri run`: runs a scenario, prints it as it happens, writes its capture. */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import {
  captureFile,
  type CaptureFile,
  type RunObserver,
  runScenario,
  type Scenario,
  TaskError,
} from '../sim/index.ts';
import type { PrintFlags } from '../tcpdump/index.ts';
import { ScenarioFailure, UsageError } from './errors.ts';
import { addPrintFlags } from './print-flags.ts';
import { RunJson } from './run-json.ts';
import { type LineSink, RunText } from './run-text.ts';
import { findScenario } from './scenario-files.ts';

interface RunCommandOptions {
  readonly write?: string;
  readonly seed?: number;
  readonly json?: true;
  readonly why?: true;
}

const EXAMPLES = `
Examples:
  tcpetri run handshake                            the three-way handshake, printed as it happens
  tcpetri run handshake -nn -v --why               in detail, and why each packet was sent
  tcpetri run published/nc-loopback -w nc.pcapng   into a capture, causes as packet comments
  tcpetri run ./mine.ts -w - | wireshark -k -i -   a scenario of your own, straight into Wireshark
  tcpetri run handshake --json | jq .type          for programs

Times are UTC. Packets are printed with the scenario's own flags unless flags of tcpdump's are given.`;

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
    .option('--why', 'print the cause of each packet below it')
    .option('--json', 'print one JSON object a line for everything that happens');
  const givenFlags = addPrintFlags(command);
  command
    .addHelpText('after', EXAMPLES)
    .action(async (nameOrFile: string, options: RunCommandOptions) => {
      await run(await findScenario(nameOrFile), options, givenFlags());
    });
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(seed)) {
    throw new InvalidArgumentError('a seed is a whole number from 0 to 2^53 - 1.');
  }
  return seed;
}

async function run(
  what: Scenario,
  options: RunCommandOptions,
  flags: PrintFlags | undefined,
): Promise<void> {
  const target = options.write;
  const stream = target === '-' ? process.stderr : process.stdout;
  const sink: LineSink = (text) => {
    stream.write(`${text}\n`);
  };
  const { NO_COLOR } = process.env;
  const color = stream.isTTY && (NO_COLOR === undefined || NO_COLOR === '');
  const shown =
    options.json === true
      ? new RunJson(what, sink)
      : new RunText(what, { flags, why: options.why === true, color }, sink);
  const seed = options.seed ?? what.options.seed ?? 1;
  const writer = target === undefined ? undefined : new CaptureWriter(target, what, seed);
  try {
    await runScenario(what, { seed, observer: both(shown, writer) });
  } catch (error) {
    throw failureOf(what, error);
  } finally {
    writer?.end();
  }
  if (writer !== undefined && target !== '-') {
    process.stderr.write(`wrote ${String(target)}: ${shown.packets} packets\n`);
  }
}

/** One line for what stopped the run. */
function failureOf({ name }: Scenario, error: unknown): Error {
  if (!(error instanceof Error)) return new ScenarioFailure(`${name}: ${String(error)}`);
  const prefix = error instanceof TaskError ? `${name}: ` : `${name}: ${error.name}: `;
  return new ScenarioFailure(`${prefix}${error.message}`, { cause: error });
}

function both(shown: RunObserver, writer: CaptureWriter | undefined): RunObserver {
  if (writer === undefined) return shown;
  return {
    captureOpened: (capture) => {
      shown.captureOpened(capture);
      writer.captureOpened(capture);
    },
    frame: (capture, bytes, cause, now) => {
      shown.frame(capture, bytes, cause, now);
      writer.frame(capture, bytes, cause, now);
    },
    dropped: (where, frame, cause, now) => shown.dropped(where, frame, cause, now),
    stateEntered: (host, connection, from, to, cause, now) =>
      shown.stateEntered(host, connection, from, to, cause, now),
    reported: (text, now) => shown.reported(text, now),
  };
}

/** Frames between two writes to the file. */
const FLUSH_EVERY = 64;

/** The capture on its way to a file or to standard output. */
class CaptureWriter {
  readonly #file: CaptureFile;
  readonly #descriptor: number | undefined;
  #frames = 0;

  constructor(target: string, what: Scenario, seed: number) {
    const format = formatOf(target);
    this.#file = captureFile(format, what, seed);
    this.#descriptor = target === '-' ? undefined : openForWriting(target);
  }

  captureOpened(...opened: Parameters<CaptureFile['captureOpened']>): void {
    this.#file.captureOpened(...opened);
  }

  frame(...frame: Parameters<CaptureFile['frame']>): void {
    this.#file.frame(...frame);
    this.#frames += 1;
    if (this.#frames % FLUSH_EVERY === 0) this.#flush();
  }

  end(): void {
    this.#flush();
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
  }

  #flush(): void {
    for (const chunk of this.#file.take()) {
      if (this.#descriptor === undefined) process.stdout.write(chunk);
      else writeSync(this.#descriptor, chunk);
    }
  }
}

function formatOf(target: string): 'pcap' | 'pcapng' {
  if (target === '-' || target.endsWith('.pcapng')) return 'pcapng';
  if (target.endsWith('.pcap')) return 'pcap';
  throw new UsageError(`${target}: a capture's name ends in .pcap or .pcapng`);
}

function openForWriting(file: string): number {
  try {
    mkdirSync(dirname(file), { recursive: true });
    return openSync(file, 'w');
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new UsageError(`${file}: cannot be written (${code})`, { cause: error });
  }
}
