/** `tcpetri shell`: a terminal of one of a scenario's hosts, on virtual time. */
import { createInterface, type Interface } from 'node:readline';
import type { Command } from 'commander';
import { type RunObserver, runSession, type Scenario, type Typist } from '../sim/index.ts';
import { SERVICE_PROGRAMS } from '../services/index.ts';
import type { Instant } from '../stack/index.ts';
import { failureOf } from './run-failure.ts';
import { hasColor } from './color.ts';
import { RunText } from './run-text.ts';
import { findScenario } from './scenario-files.ts';
import { parseSeed } from './seed.ts';
import { instantOf, printInstant } from './visits.ts';

interface ShellCommandOptions {
  readonly at: string;
  readonly on?: string;
  readonly seed?: number;
  readonly packets?: true;
}

const EXAMPLES = `
Examples:
  tcpetri shell handshake                          a terminal of the client at the beginning
  tcpetri shell handshake --at +0.1s --on server   of the server, when so much time has passed
  echo 'netstat -antp' | tcpetri shell handshake --at 12:00:00.1
  printf 'sleep 0.02\\nip neigh\\n' | tcpetri shell handshake --packets

Virtual time stands still between lines, and passes as long as a line runs. \`ssh HOST\` goes to
another host of the scenario, \`exit\` back. A line for which nothing is left to happen gets a Ctrl-C.`;

/** Adds the command to the program. */
export function addShellCommand(program: Command): void {
  program
    .command('shell')
    .summary("sit down at a host's terminal")
    .description('Runs a scenario up to an instant, and then lines of a shell on one of its hosts.')
    .argument('<scenario>', 'a name that `tcpetri list` shows, or a file')
    .option('--at <time>', 'when: 12:00:01.5 or +1.5s', '+0s')
    .option('--on <host>', "where (default: the scenario's first host)")
    .option('--packets', 'print the packets that are captured meanwhile')
    .option('--seed <number>', "where chance starts from (default: the scenario's own)", parseSeed)
    .addHelpText('after', EXAMPLES)
    .action(async (nameOrFile: string, options: ShellCommandOptions) => {
      const found = await findScenario(nameOrFile);
      const { scenario } = found;
      const at = instantOf(options.at, scenario, '12:00:01.5 or +1.5s');
      const keyboard = new Keyboard(scenario);
      const { seed, on: host } = options;
      const observer = options.packets === true ? { observer: packetsOf(scenario) } : {};
      const seeded = seed === undefined ? {} : { seed };
      try {
        await runSession(
          scenario,
          { at, host, programs: SERVICE_PROGRAMS, ...observer, ...seeded },
          keyboard,
        );
      } catch (error) {
        throw failureOf(found, error);
      } finally {
        keyboard.close();
      }
    });
}

function packetsOf(scenario: Scenario): RunObserver {
  const { stdout } = process;
  const shown = { flags: undefined, why: false, color: hasColor(stdout), columns: stdout.columns };
  return new RunText(scenario, shown, (text) => stdout.write(`${text}\n`));
}

/** Lines from standard input; on a terminal behind a prompt. */
class Keyboard implements Typist {
  readonly #scenario: Scenario;
  readonly #lines: Interface;
  readonly #next: AsyncIterator<string>;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    const { stdin: input, stdout: output } = process;
    this.#lines = createInterface(input.isTTY ? { input, output } : { input });
    this.#next = this.#lines[Symbol.asyncIterator]();
  }

  async next(host: string, at: Instant): Promise<string | undefined> {
    if (process.stdin.isTTY) {
      this.#lines.setPrompt(`${printInstant(at, this.#scenario)} ${host}# `);
      this.#lines.prompt();
    }
    const { value, done } = await this.#next.next();
    return done === true ? undefined : value;
  }

  print(text: string): void {
    process.stdout.write(text);
  }

  close(): void {
    this.#lines.close();
  }
}
