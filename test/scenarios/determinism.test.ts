/** The same scenario and seed give the same bytes: again, and in the midst of other runs. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { loadScenario, record, type Recording, SCENARIO_NAMES } from '../help/run.ts';

function digest({ pcap, pcapng, text, result }: Recording): string {
  const hash = createHash('sha256').update(pcap).update(pcapng).update(text.join('\n'));
  return hash.update(JSON.stringify(result)).digest('hex');
}

test('there are scenarios', () => {
  expect(SCENARIO_NAMES).toContain('handshake');
  expect(SCENARIO_NAMES.filter((name) => name.startsWith('published/'))).toHaveLength(4);
});

const digests = new Map<string, string>();

/** The digest of a scenario that runs by itself. */
async function alone(name: string): Promise<string> {
  const known = digests.get(name);
  if (known !== undefined) return known;
  const made = digest(await record(await loadScenario(name)));
  digests.set(name, made);
  return made;
}

test.each(SCENARIO_NAMES)('%s: twice, one after the other', async (name) => {
  const scenario = await loadScenario(name);
  expect(scenario.name).toBe(name);
  const first = await alone(name);
  expect(digest(await record(scenario))).toBe(first);
});

async function expectTheSameAtOnce(names: readonly string[]): Promise<void> {
  const expected: string[] = [];
  for (const name of names) expected.push(await alone(name));
  const scenarios = await Promise.all(names.map(loadScenario));
  const together = await Promise.all(scenarios.map((each) => record(each)));
  expect(together.map(digest)).toEqual(expected);
}

test('all of them at once, interleaved in one process', () => expectTheSameAtOnce(SCENARIO_NAMES));

test.each([0, 1, 2, 3])('each twice at once, beside others: quarter %i', async (quarter) => {
  const names = SCENARIO_NAMES.filter((_, at) => at % 4 === quarter);
  await expectTheSameAtOnce([...names, ...names]);
});

test('another seed gives other bytes', async () => {
  const scenario = await loadScenario('handshake');
  const one = digest(await record(scenario, { seed: 1 }));
  expect(digest(await record(scenario, { seed: 2 }))).not.toBe(one);
});
