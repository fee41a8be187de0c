/**
 * `npm run kernel`: random scripts, filled in with what this stack does, and judged by a
 * packetdrill on a real kernel. This is its command line.
 */
import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { SCRIPT_CATEGORIES } from '../../src/drill/index.ts';
import type { Mode } from '../../src/drill/run/configuration.ts';
import { Campaign, type Task } from './campaign.ts';
import { JudgeError, PacketdrillJudge } from './judge.ts';
import { RandomScripts } from './random-scripts.ts';

const NAMES = Object.keys(SCRIPT_CATEGORIES);

const USAGE = `usage: npm run kernel -- [options]

Writes random scripts of what this stack does, and has the packetdrill on this machine judge them on
its kernel, as root, each in a network of its own. A script on which the kernel does otherwise every
time is made smaller and kept.

  --packetdrill PATH  the judge; by default packetdrill, as the shell finds it
  --categories LIST   ${NAMES.slice(0, 9).join(',')},
                      ${NAMES.slice(9).join(',')}; by default all
  --seed NUMBER       of the first script of each category; by default 1
  --scripts NUMBER    how many of each category; by default 20
  --tick NUMBER       a tick of the kernel in milliseconds, 1000 / CONFIG_HZ; by default 4
  --ipv6              over IPv6
  --jobs NUMBER       how many are judged at a time; by default two for each core: they wait a lot
  --minutes NUMBER    none is begun after that; by default 30
  --output FOLDER     where scripts are kept; by default captures/kernel
  --only-write        keep every script, and have none judged
  --help              print this

The judge needs root, unshare, ip, sysctl, ethtool and python3, and cubic among the machine's
net.ipv4.tcp_allowed_congestion_control.

Examples:
  npm run kernel -- --packetdrill ./packetdrill --categories loss,rto --scripts 50
  npm run kernel -- --categories ecn --seed 17 --scripts 1
  npm run kernel -- --only-write --categories open --output scripts

Exit status: 0 the kernel does all of it, 1 it does otherwise, 2 wrong usage, or nobody can judge.
`;

/** What was asked for on the command line. */
interface Settings {
  readonly packetdrill: string;
  readonly categories: readonly string[];
  readonly seed: number;
  readonly scripts: number;
  readonly tick: number;
  readonly mode: Mode;
  readonly jobs: number;
  readonly minutes: number;
  readonly output: string;
  readonly onlyWrites: boolean;
}

/** What is wrong with the command line, in a sentence. */
class UsageError extends Error {}

try {
  const settings = settingsOf(process.argv.slice(2));
  if (settings === 'help') process.stdout.write(USAGE);
  else process.exitCode = await run(settings);
} catch (error) {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const isOrdinary = error instanceof UsageError || error instanceof JudgeError || code !== '';
  if (!isOrdinary) throw error;
  process.stderr.write(`kernel: ${(error as Error).message}\n`);
  process.exitCode = 2;
}

async function run(settings: Settings): Promise<number> {
  const { categories, seed, scripts, mode } = settings;
  const tasks = Array.from({ length: scripts }, (_, at) => seed + at).flatMap((each) =>
    categories.map((category): Task => ({ category, seed: each })),
  );
  mkdirSync(settings.output, { recursive: true });
  const judge = new PacketdrillJudge(settings.packetdrill, mode);
  try {
    if (!settings.onlyWrites) await judge.prove();
    const campaign = new Campaign(
      categories,
      new RandomScripts(settings.tick, mode),
      settings.onlyWrites ? undefined : judge.judge,
      settings.output,
      (line) => process.stdout.write(`${line}\n`),
    );
    const end = Date.now() + settings.minutes * 60_000;
    await campaign.run(tasks, settings.jobs, () => Date.now() >= end);
    process.stdout.write(campaign.tally.table());
    return campaign.tally.total('differs') === 0 ? 0 : 1;
  } finally {
    judge.end();
  }
}

function settingsOf(args: readonly string[]): Settings | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      packetdrill: { type: 'string', default: 'packetdrill' },
      categories: { type: 'string', default: NAMES.join(',') },
      seed: { type: 'string', default: '1' },
      scripts: { type: 'string', default: '20' },
      tick: { type: 'string', default: '4' },
      ipv6: { type: 'boolean', default: false },
      jobs: { type: 'string', default: String(2 * availableParallelism()) },
      minutes: { type: 'string', default: '30' },
      output: { type: 'string', default: 'captures/kernel' },
      'only-write': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const categories = values.categories.split(',');
  const unknown = categories.find((name) => !NAMES.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`no category is called ${unknown}: there are ${NAMES.join(', ')}`);
  }
  // What has a slash is a file, wherever the script is run.
  const isFile = values.packetdrill.includes('/');
  return {
    packetdrill: isFile ? path.resolve(values.packetdrill) : values.packetdrill,
    categories,
    seed: numberOf('seed', values.seed, 0, 1_000_000_000),
    scripts: numberOf('scripts', values.scripts, 1, 1_000_000),
    tick: numberOf('tick', values.tick, 1, 10),
    mode: values.ipv6 ? 'ipv6' : 'ipv4',
    jobs: numberOf('jobs', values.jobs, 1, 1000),
    minutes: numberOf('minutes', values.minutes, 1, 100_000),
    output: values.output,
    onlyWrites: values['only-write'],
  };
}

function numberOf(name: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw new UsageError(`--${name} ${text}: expected a whole number, ${least} to ${most}`);
}
