/** What a campaign makes of a judge's words; the judges here are functions. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Draft } from '../../src/drill/index.ts';
import { Campaign, type Scripts } from './campaign.ts';
import { JudgeError, PacketdrillJudge, type Judge } from './judge.ts';
import { gistOf } from './reduce.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'tcpetri-campaign-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Stands for a draft of twenty steps, of which the connection needs four. */
const draft: Draft = {
  category: 'mix',
  seed: 1,
  settings: [],
  happenings: Array.from({ length: 20 }, (_, at) => ({
    at,
    text: `step ${at}.`,
    isNeeded: at < 4,
  })),
};
const scripts: Scripts = {
  draft: (category, seed) => ({ ...draft, category, seed }),
  scriptOf: ({ happenings }) => happenings.map(({ text }) => text).join(' '),
};

/** A campaign of one script before a judge. */
async function campaign(judge: Judge | undefined): Promise<Campaign> {
  const made = new Campaign(['close'], scripts, judge, folder, () => {});
  await made.run([{ category: 'close', seed: 20 }], 1, () => false);
  return made;
}

test('a script that fails at first and not again counts for nothing', async () => {
  const failed = new Set<string>();
  const { tally } = await campaign((script) => {
    const isFirst = !failed.has(script);
    failed.add(script);
    return Promise.resolve(isFirst ? 'x.pkt:3: error: too late' : undefined);
  });
  expect(tally.summary).toBe('1 now and then');
  expect(readdirSync(folder)).toEqual([]);
});

test('one that fails each time is made smaller and kept, with what was said', async () => {
  const said = 'x.pkt:9: error: live packet field tcp_window: expected: 5 vs actual: 6';
  const { tally } = await campaign((script) =>
    Promise.resolve(/step 7\..*step 18\./.test(script) ? said : undefined),
  );
  expect(readFileSync(path.join(folder, 'close-20.pkt'), 'utf8')).toBe(
    `// Category close, seed 20.\n// ${said}\n` +
      'step 0. step 1. step 2. step 3. step 7. step 18.',
  );
  expect(tally.table()).toMatch(/ differs\nclose +1\nall +1\n$/);
});

test('without a judge every script is kept', async () => {
  const { tally } = await campaign(undefined);
  expect(tally.summary).toBe('1 written');
  expect(readdirSync(folder)).toEqual(['close-20.pkt']);
});

test('what is said is the same where only numbers, places and times differ', () => {
  const window = (value: number): string =>
    `7.pkt:${value}: error handling packet: live packet field tcp_window: expected: 5 vs ${value}`;
  expect(gistOf(window(6))).toBe(gistOf(window(70)));
  expect(gistOf(window(6))).not.toBe(gistOf('7.pkt:6: error handling packet: timing error'));
});

test('a tool that is not there is told of in a line', async () => {
  const judge = new PacketdrillJudge('/nowhere/packetdrill', 'ipv4');
  const proof = judge.prove();
  await expect(proof).rejects.toThrow(JudgeError);
  await expect(proof).rejects.toThrow(/^\/nowhere\/packetdrill can judge nothing here: [^\n]+$/);
  judge.end();
});
