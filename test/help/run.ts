/** Running scenarios in tests: every one there is, with what it prints and the captures it makes. */
import { fileURLToPath } from 'node:url';
import { RunText } from '../../src/cli/run-text.ts';
import { scenarioNames } from '../../src/cli/scenario-files.ts';
import {
  captureFile,
  type RunResult,
  runScenario,
  type Scenario,
  type ScenarioContext,
  seedOf,
} from '../../src/sim/index.ts';
import { parsePrintFlags } from '../../src/tcpdump/index.ts';
import { concat } from '../../src/wire/index.ts';

const FOLDER = fileURLToPath(new URL('../../scenarios', import.meta.url));

/** The names of all scenarios. */
export const SCENARIO_NAMES: readonly string[] = scenarioNames();

/** A scenario by name. */
export async function loadScenario(name: string): Promise<Scenario> {
  const module = (await import(`${FOLDER}/${name}.ts`)) as { default: Scenario };
  return module.default;
}

/** What a run left behind. */
export interface Recording {
  readonly result: RunResult;
  readonly pcap: Uint8Array;
  readonly pcapng: Uint8Array;
  /** As `tcpetri run` prints it. */
  readonly text: readonly string[];
}

/** Runs a scenario; `flags` are tcpdump's, the scenario's own by default. */
export async function record(
  scenario: Scenario,
  options: { readonly seed?: number; readonly flags?: string; readonly why?: boolean } = {},
): Promise<Recording> {
  const seed = options.seed ?? seedOf(scenario);
  const files = [captureFile('pcap', scenario, seed), captureFile('pcapng', scenario, seed)];
  const text: string[] = [];
  const flags = options.flags === undefined ? undefined : parsePrintFlags(options.flags);
  const shown = new RunText(
    scenario,
    { flags, why: options.why ?? false, color: false },
    (lines) => {
      text.push(...lines.split('\n'));
    },
  );
  const result = await runScenario(scenario, {
    seed,
    observer: {
      captureOpened: (capture) => {
        for (const each of [...files, shown]) each.captureOpened(capture);
      },
      frame: (...frame) => {
        for (const each of [...files, shown]) each.frame(...frame);
      },
      dropped: (where, frame, cause) => shown.dropped(where, frame, cause),
      stateEntered: (host, connection, from, to, cause) =>
        shown.stateEntered(host, connection, from, to, cause),
      reported: (said) => shown.reported(said),
    },
  });
  const [pcap, pcapng] = files.map((file) => concat(...file.take())) as [Uint8Array, Uint8Array];
  return { result, pcap, pcapng, text };
}

/** The scenario with other options for its hosts: what a changed input does to its output. */
export function withHosts(
  scenario: Scenario,
  change: (
    options: NonNullable<Parameters<ScenarioContext['network']['host']>[1]>,
  ) => Parameters<ScenarioContext['network']['host']>[1],
): Scenario {
  const build = (context: ScenarioContext): void => {
    const network = new Proxy(context.network, {
      get: (target, key): unknown => {
        if (key === 'host') {
          return (...[name, options = {}]: Parameters<typeof target.host>) =>
            target.host(name, change(options));
        }
        const value: unknown = Reflect.get(target, key);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    scenario.build({ ...context, network });
  };
  return { ...scenario, build };
}
