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

test.each(SCENARIO_NAMES)('%s: twice, one after the other', async (name) => {
  const scenario = await loadScenario(name);
  expect(scenario.name).toBe(name);
  const first = digest(await record(scenario));
  expect(digest(await record(scenario))).toBe(first);
});

test('all of them twice at once, interleaved in one process', async () => {
  const scenarios = await Promise.all(SCENARIO_NAMES.map(loadScenario));
  const alone: string[] = [];
  for (const scenario of scenarios) alone.push(digest(await record(scenario)));
  const together = await Promise.all([...scenarios, ...scenarios].map((each) => record(each)));
  expect(together.map(digest)).toEqual([...alone, ...alone]);
});

test('another seed gives other bytes', async () => {
  const scenario = await loadScenario('handshake');
  const one = digest(await record(scenario, { seed: 1 }));
  expect(digest(await record(scenario, { seed: 2 }))).not.toBe(one);
});
