/** Connections of scenarios, as one of their hosts saw them. */
import {
  type CapturedFrame,
  type Connection,
  findConnections,
} from '../../src/drill/record/index.ts';
import { runScenario, type RunObserver } from '../../src/sim/index.ts';
import { loadScenario } from '../help/run.ts';

/** Every connection of a scenario's run, captured at the host. */
export async function connectionsOf(name: string, host: string): Promise<readonly Connection[]> {
  const scenario = await loadScenario(name);
  const frames: CapturedFrame[] = [];
  const observer: RunObserver = {
    captureOpened: () => {},
    frame: ({ name: of, id, linkType }, bytes, _cause, at) => {
      if (of.startsWith('test ')) frames.push({ linkType, interfaceId: id, bytes, at });
    },
    dropped: () => {},
    stateEntered: () => {},
    reported: () => {},
  };
  await runScenario(
    {
      ...scenario,
      build: (context) => {
        scenario.build(context);
        const found = context.network.hosts.find((each) => each.name === host)!;
        for (const each of found.stack.interfaces) {
          context.network.capture(found.interface(each.name), { name: `test ${each.name}` });
        }
      },
    },
    { observer },
  );
  return findConnections(frames);
}
