/** Whatever two systems meet, over whatever link: all octets arrive, and both ends close in order. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { PROFILES } from '../../src/stack/index.ts';
import { worlds } from '../tcp/random-worlds.ts';
import type { Program, Tally } from '../tcp/world-options.ts';
import { connectionsLeft, expectNothingToDo, run } from '../tcp/world.ts';

const RUNS = 60;

const names = fc.constantFrom(...PROFILES.keys());

/** The same program on a host of the system of that name. */
function onHost(program: Program, name: string): Program {
  return { ...program, profile: PROFILES.get(name) ?? program.profile };
}

test('law: two systems understand each other', () => {
  const tally: Tally = new Map();
  const met = new Set<string>();
  fc.assert(
    fc.property(worlds(fc.constant(undefined)), names, names, (world, one, other) => {
      const outcome = run(
        { ...world, client: onHost(world.client, one), server: onHost(world.server, other) },
        tally,
      );
      const { client, server } = outcome;
      expect([client.error, server.error]).toEqual([undefined, undefined]);
      expect(server.read, 'octets that the server read').toBe(client.toWrite.length);
      expect(client.read, 'octets that the client read').toBe(server.toWrite.length);
      expect([client.closed, server.closed]).toEqual([true, true]);
      expectNothingToDo(outcome);
      expect(connectionsLeft(outcome)).toEqual([]);
      met.add(one).add(other);
    }),
    { numRuns: RUNS, seed: 20250207 },
  );
  expect(met, 'every system took part').toEqual(new Set(PROFILES.keys()));
  expect(tally.get('rto') ?? 0, 'segments were lost').toBeGreaterThan(RUNS / 4);
});
