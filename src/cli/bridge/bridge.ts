/** `tcpetri bridge`: a scenario in real time between a transport's frames and a capture. */
import { randomInt } from 'node:crypto';
import { Bridge, type Framing } from '../../bridge/index.ts';
import { SERVICE_PROGRAMS } from '../../services/index.ts';
import { CaptureWriter } from '../capture-writer.ts';
import { Progress } from '../progress.ts';
import { failureOf } from '../run-failure.ts';
import { count, Interruption, toAll } from '../run-observers.ts';
import type { ScenarioFile } from '../scenario-files.ts';
import type { BridgeCommandOptions } from './command.ts';
import type { Transport } from './transport.ts';
import { wallClock } from './wall-clock.ts';

/** How often a capture that grows is written, in milliseconds. */
const WRITE_EVERY = 200;

/** As much as `randomInt` can be asked for. */
const MAXIMUM_SEED = 2 ** 48 - 1;

export async function bridge(
  found: ScenarioFile,
  transport: Transport,
  options: BridgeCommandOptions & { readonly framing: Framing },
): Promise<void> {
  // Instant 0 is now, and captures are dated so.
  const start = new Date().toISOString();
  const scenario = { ...found.scenario, options: { ...found.scenario.options, start } };
  // Real hosts remember the ports and sequence numbers of an earlier run: this one has others.
  const seed = options.seed ?? randomInt(MAXIMUM_SEED);
  const writer =
    options.write === undefined ? undefined : new CaptureWriter(options.write, scenario, seed);
  const writing = setInterval(() => writer?.flush(), WRITE_EVERY).unref();
  const interruption = new Interruption();
  let running: Bridge | undefined = undefined;
  const progress = new Progress(() => (running === undefined ? '' : summary(running)));
  /** Standard output may be the other side's. */
  const say = (text: string): void => {
    progress.clear();
    process.stderr.write(`${text}\n`);
  };
  const stop = (): void => running?.end();
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    const joined = new Bridge(scenario, {
      framing: options.framing,
      parameters: options.set ?? {},
      programs: SERVICE_PROGRAMS,
      seed,
      clock: wallClock(),
      sink: transport,
      observer: toAll([interruption, { reported: say }, writer ?? {}]),
      ...(options.outside !== undefined && { outside: options.outside }),
      ...(options.mac !== undefined && { firstMac: options.mac }),
      ...(options.netem !== undefined && { impairments: options.netem }),
    });
    running = joined;
    await transport.open({
      frame: (bytes) => joined.receive(bytes),
      ended: (error) => {
        if (error !== undefined) interruption.come(error);
        joined.end();
      },
      noted: say,
    });
    const frames = options.framing === 'ip' ? 'IP packets' : 'Ethernet frames';
    say(`${found.shownAs}: running, seed ${seed}; ${frames}, ${transport.where}`);
    await Promise.race([joined.run(), interruption.promise]);
    say(summary(joined));
  } catch (error) {
    throw failureOf(found, error);
  } finally {
    progress.end();
    process.off('SIGINT', stop).off('SIGTERM', stop);
    interruption.end(() => {});
    clearInterval(writing);
    transport.close();
    writer?.end();
    if (writer !== undefined) say(`wrote ${writer.target}: ${count(writer.packets, 'packet')}`);
  }
}

function summary({ statistics, now }: Bridge): string {
  const { framesIn, octetsIn, framesOut, octetsOut, lost } = statistics;
  const [into, out] = [count(framesIn, 'frame'), count(framesOut, 'frame')];
  const octets = [octetsIn, octetsOut].map((each) => each.toLocaleString('en-US'));
  return (
    `in ${into} (${octets[0]} octets), out ${out} (${octets[1]} octets), ` +
    `lost ${lost.toLocaleString('en-US')}, ${(now / 1e9).toFixed(1)} s`
  );
}
