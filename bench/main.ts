/**
 * `npm run bench`: measures workloads and prints a line for each figure.
 *
 * Each workload has a process of its own, so that its first run is cold and none has been optimised
 * for another. See docs/performance.md for what the figures mean.
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import type { Figure, Workload } from './figure.ts';
import { WORKLOADS } from './workloads.ts';

const USAGE = `usage: npm run bench -- [--json] [NAME…]

Measures all workloads, or those named, each in a process of its own.

  --json  print the figures as an array of {name, value, unit}
  --help  print this

${WORKLOADS.map(({ name, what }) => `  ${name.padEnd(16)}${what}`).join('\n')}
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
    /** Measures one workload in this process: how this program calls itself. */
    here: { type: 'boolean', default: false },
  },
});

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0); // who reads has read enough
});

if (values.help) process.stdout.write(USAGE);
else await bench(positionals.length === 0 ? WORKLOADS : positionals.map(workloadOf));

function workloadOf(name: string): Workload {
  const workload = WORKLOADS.find((candidate) => candidate.name === name);
  if (workload !== undefined) return workload;
  process.stderr.write(`no workload "${name}"\n\n${USAGE}`);
  process.exit(2);
}

async function bench(workloads: readonly Workload[]): Promise<void> {
  const all: Figure[] = [];
  for (const workload of workloads) {
    const figures = values.here ? await workload.measure(1) : measureApart(workload);
    if (!values.json) for (const figure of figures) process.stdout.write(`${lineOf(figure)}\n`);
    all.push(...figures);
  }
  if (values.json) process.stdout.write(`${JSON.stringify(all, undefined, 2)}\n`);
}

function measureApart({ name }: Workload): Figure[] {
  const args = [...process.execArgv, import.meta.filename, '--here', '--json', name];
  const output = execFileSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(output) as Figure[];
}

function lineOf({ name, value, unit }: Figure): string {
  const digits = value < 100 ? 2 : 0;
  const number = value.toLocaleString('en', { maximumFractionDigits: digits });
  return `${name.padEnd(20)}${number.padStart(14)} ${unit}`;
}
