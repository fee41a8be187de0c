/** A host, and lines that are run on it, for tests. */
import {
  CommandError,
  type Program,
  type RunResult,
  runScenario,
  scenario,
  type SimulatedHost,
} from '../../src/sim/index.ts';

/** What became of a line: what it printed, where it failed also what it said, and its status. */
export interface Outcome {
  readonly output: string;
  readonly errors: string;
  readonly status: number;
}

/** Runs a program against a host on its own. */
export async function onHost(
  body: (host: SimulatedHost) => Promise<void>,
  programs: Readonly<Record<string, Program>> = {},
): Promise<RunResult> {
  const what = scenario('terminal', { summary: 'a test' }, ({ network }) => {
    const host = network.host('lab', { address: '10.0.0.1/24' });
    host.run('test', () => body(host));
  });
  return runScenario(what, { programs: new Map(Object.entries(programs)) });
}

/** Runs a line on a host whose files are given. */
export async function outcomeOf(
  line: string,
  files: Readonly<Record<string, string | Uint8Array>> = {},
  programs: Readonly<Record<string, Program>> = {},
): Promise<Outcome> {
  let outcome: Outcome | undefined = undefined;
  await onHost(async (host) => {
    for (const [path, data] of Object.entries(files)) host.files.write(path, data);
    try {
      outcome = { output: await host.sh(line), errors: '', status: 0 };
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const { output, errors, status } = error;
      outcome = { output, errors, status };
    }
  }, programs);
  return outcome!;
}
