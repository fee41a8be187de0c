/** What `tc -s qdisc show` says of each discipline, beside what the real one says of the same. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Administrator } from '../../src/stack/index.ts';
import { listening } from '../help/peer.ts';

const FIXTURE = `${import.meta.dirname}/../fixtures/tools/tc-settings.txt`;
const cases = readFileSync(FIXTURE, 'utf8')
  .split(/^\$ /mu)
  .slice(1)
  .map((block): [string, string] => {
    const end = block.indexOf('\n');
    return [block.slice(0, end), block.slice(end + 1)];
  });

/** The counts of a kernel that was made up differ from ours, and so do states and times. */
function withoutCounts(text: string): string {
  const [settings = '', ...counts] = text.split('\n');
  const shown = counts.map((line) =>
    line.replaceAll(/-?\d[\d.]*/gu, 'N').replaceAll(/Nm?s|Nus/gu, 'T'),
  );
  return [settings, ...shown].join('\n').replace(' dropping', '');
}

test.each(cases)('%s', (words, expected) => {
  const { host, now } = listening();
  const administrator = new Administrator(host);
  const run = (line: string): string => administrator.run(line.split(' '), '', now)!.output;
  expect(run(`tc qdisc add dev eth0 root ${words}`)).toBe('');
  expect(withoutCounts(run('tc -s qdisc show dev eth0'))).toBe(withoutCounts(expected));
});
