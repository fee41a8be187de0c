/**
 * `npm run laws -- --runs 20000 --seed 7`: the laws of TCP on random networks, for as long as one
 * likes. It tells how far it is, stops at the first world that breaks a law, and prints it shrunk,
 * with the seed and path that bring it back (`--path`).
 */
import { parseArgs } from 'node:util';
import * as fc from 'fast-check';
import { noSightings } from './connection-laws.ts';
import { mixedWorlds } from './mechanisms.ts';
import { judgeWorld } from './mixed-laws.ts';
import type { HostProfile } from '../../src/stack/index.ts';
import type { Tally, WorldOptions } from './world-options.ts';

const BATCH = 50;

const { values } = parseArgs({
  options: {
    runs: { type: 'string' },
    seed: { type: 'string', default: '1' },
    path: { type: 'string' },
  },
});
// A path leads to one world.
const runs = Number(values.runs ?? (values.path === undefined ? 20_000 : 1));
const tally: Tally = new Map();
const seen = noSightings();
const law = fc.property(mixedWorlds, (world) => judgeWorld(world, tally, seen));

/** A world in short: of its hosts' profiles no more than differs between the worlds. */
function describe(world: WorldOptions): string {
  const name = (key: string, value: unknown): unknown => {
    if (key !== 'profile') return value;
    const { name: system, timers, tcp } = value as HostProfile;
    const { timestamps, sack, windowScaling, duplicateSack, unsentMost, synOptions } = tcp;
    const options = { timestamps, sack, windowScaling, duplicateSack, synOptions };
    const { congestion, ecn, lossRecovery, fastOpen } = tcp;
    const mechanisms = { congestion, ecn, lossRecovery, fastOpen: fastOpen.flags, unsentMost };
    const bursts = tcp.bursts !== undefined;
    return { system, timers, options, mechanisms, bursts, tunes: tcp.receiveTuning !== undefined };
  };
  return JSON.stringify(world, name, 1).replaceAll(/\n */g, ' ');
}

for (let done = 0; done < runs; done += BATCH) {
  const seed = Number(values.seed) + done;
  const path = values.path === undefined ? {} : { path: values.path };
  const details = fc.check(law, { seed, numRuns: Math.min(BATCH, runs - done), ...path });
  if (details.failed) {
    const [world] = details.counterexample ?? [];
    console.error(String(details.errorInstance));
    if (world !== undefined) console.error(describe(world));
    console.error(`again: npm run laws -- --seed ${seed} --path ${details.counterexamplePath}`);
    process.exit(1);
  }
  console.log(`${Math.min(done + BATCH, runs)} of ${runs} worlds keep the laws`);
}
console.log([...Object.entries(seen), ...tally].map(([name, n]) => `${name} ${n}`).join('\n'));
