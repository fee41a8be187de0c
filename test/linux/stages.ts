/**
 * The tables of the experiments' hosts at named stages: what `netstat -antop` and `ss -tanoim`
 * printed of a real kernel's sockets, beside what they print of the simulated hosts'. What is free
 * or measured is replaced; which lines there are, and their order, is not the kernel's to promise.
 */
import { readFileSync } from 'node:fs';
import { runScenario, type ScenarioContext, type SimulatedHost } from '../../src/sim/index.ts';
import { ms } from '../../src/stack/index.ts';
import { loadScenario } from '../help/run.ts';

/** A table at a stage: what was asked of which host, and what it answered. */
export interface StageTable {
  readonly stage: string;
  /** The time of day. */
  readonly time: string;
  readonly host: string;
  readonly command: string;
  readonly lines: readonly string[];
}

/** The tables of a `stages.txt`; counters at its end are not among them. */
export function readStages(file: URL): StageTable[] {
  const stages = readFileSync(file, 'utf8')
    .split(/^##### /m)
    .slice(1);
  return stages.flatMap((text) => {
    const [title = '', ...rest] = text.split('\n');
    const [, time = '', stage = ''] = /^(\d\d:\d\d:\d\d\.\d+) {2}(.*)$/.exec(title) ?? [];
    const tables = rest.join('\n').split(/^--- /m).slice(1);
    return tables.map((table) => {
      const [asked = '', ...lines] = table.trimEnd().split('\n');
      const [host = '', command = ''] = asked.split('$ ');
      return { stage, time, host, command, lines };
    });
  });
}

/** A simulated run: the tables, in the kernel's order, and the hosts when all is over. */
export interface SimulatedStages {
  readonly tables: readonly StageTable[];
  readonly hosts: readonly SimulatedHost[];
}

/** The same tables of the simulated hosts, at the same instants. */
export async function simulatedStages(
  name: string,
  kernel: readonly StageTable[],
): Promise<SimulatedStages> {
  const tables: StageTable[] = [];
  let hosts: readonly SimulatedHost[] = [];
  const original = await loadScenario(name);
  const build = (context: ScenarioContext): void => {
    original.build(context);
    const { network, at } = context;
    ({ hosts } = network);
    for (const table of kernel) {
      const host = network.hosts.find((each) => each.name === table.host)!;
      host.run(
        'watcher',
        async (process) => {
          await process.sleepUntil(at(table.time) + ms(5) * placeInStage(kernel, table));
          tables.push({ ...table, lines: printed(host, table.command) });
        },
        { pid: 1 },
      );
    }
  };
  await runScenario({ ...original, build });
  const inOrder = kernel.map((one) =>
    tables.find(
      (each) => each.time === one.time && each.host === one.host && each.command === one.command,
    )!,
  );
  return { tables: inOrder, hosts };
}

/** How many tables were made before at the same stage: each took its time. */
function placeInStage(tables: readonly StageTable[], table: StageTable): number {
  return tables.indexOf(table) - tables.findIndex(({ time }) => time === table.time);
}

function printed(host: SimulatedHost, command: string): string[] {
  return host.command(command).trimEnd().split('\n');
}

/** What is replaced, and by what: free, measured, or of the kernel's build. */
const FREE: readonly (readonly [RegExp, string])[] = [
  [/ +/g, ' '],
  [/(ESTABLISHED|CLOSE_WAIT) -/g, '$1 PID/program'], // a server may accept later
  [/(\d):(?:3[2-9]|[45]\d|60)\d{3}\b/g, '$1:ephemeral'],
  [/ \d+\/\S+/g, ' PID/program'],
  [/skmem:\(r\d+,(rb\d+),t\d+,tb\d+,f\d+,w\d+,o0,bl0,d\d+\)/g, 'skmem:($1)'],
  [/ (?:rtt|minrtt):\S+/g, ''],
  [/ (?:send|pacing_rate|delivery_rate) \d+bps/g, ''],
  [/bbr:\([^)]*\)/g, 'bbr:()'],
  [/\(\d+\.\d%\)/g, '(share)'],
];

/** A socket's line without its times, and these in seconds. */
export interface ComparedSocket {
  readonly text: string;
  readonly times: readonly number[];
}

/**
 * The sockets of a table without order, a second line joined to the one before. Who listens is left
 * out: the scenarios' servers accept at once, and end when their work is done.
 */
export function socketsOf({ lines }: StageTable): ComparedSocket[] {
  const joined = lines.slice(1).join('\n').replaceAll('\n\t', ' ').split('\n');
  return joined
    .filter((line) => line !== '' && !line.startsWith('Proto') && !line.includes('LISTEN'))
    .map((line) => withoutTimes(withoutFree(line)))
    .toSorted((a, b) => (a.text < b.text ? -1 : 1));
}

function withoutFree(line: string): string {
  return FREE.reduce((text, [pattern, by]) => text.replaceAll(pattern, by), line).trimEnd();
}

/** Ages and times in ms of `ss`, what `netstat` has in seconds, and `1min2sec`, `4.652ms`, `200ms`. */
const TIMES =
  /(?:last\w+|busy|rwnd_limited|rcv_rtt|rto|ato):([\d.]+)(?:ms)?|\((\d+\.\d\d)\/|timer:\(\w+,([\w.]*)/g;

function withoutTimes(line: string): ComparedSocket {
  const times = [...line.matchAll(TIMES)].map(([, age, left, words]) => {
    if (age !== undefined) return Number(age) / 1000;
    return left === undefined ? secondsOf(words ?? '') : Number(left);
  });
  return { text: line.replaceAll(TIMES, (time) => time.replace(/[\d.]+\w*/, 'T')), times };
}

function secondsOf(text: string): number {
  const [, minutes = '0', whole = '0'] = /^(?:(\d+)min)?(?:(\d+)(?:sec|\.))?/.exec(text) ?? [];
  const [, thousandths = '0'] = /(\d{3})ms$/.exec(text) ?? [];
  return Number(minutes) * 60 + Number(whole) + Number(thousandths) / 1000;
}

/** Tools take their time; and from 10 s on `ss` tells no more than whole seconds. */
const TOLERANCE = 0.4;
const TOLERANCE_OF_SECONDS = 1.4;

/** What two tables differ in: the lines of one that the other has not, `-` the kernel's. */
export function differences(kernel: StageTable, ours: StageTable): string[] {
  const [theirs, own] = [socketsOf(kernel), socketsOf(ours)];
  const missing = theirs.filter((one) => !own.some((other) => isSame(one, other)));
  const more = own.filter((one) => !theirs.some((other) => isSame(one, other)));
  const shown = ({ text, times }: ComparedSocket): string => `${text} [${times.join(' ')}]`;
  return [...missing.map((one) => `-${shown(one)}`), ...more.map((one) => `+${shown(one)}`)];
}

function isSame(one: ComparedSocket, other: ComparedSocket): boolean {
  return (
    one.text === other.text &&
    one.times.every((time, i) => {
      const apart = Math.abs(time - other.times[i]!);
      return apart <= (Number.isInteger(time) ? TOLERANCE_OF_SECONDS : TOLERANCE);
    })
  );
}
