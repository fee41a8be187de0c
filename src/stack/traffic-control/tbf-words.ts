/**
 * tbf's settings as `tc qdisc add … tbf` takes and shows them (tc-tbf(8)):
 *
 *     tbf rate 1mbit burst 32kbit latency 400ms peakrate 2mbit minburst 1540
 */
import type { TbfOptions } from './tbf.ts';
import { printMicroseconds, printRate, printSize, type Words } from './words.ts';

/** The kernel's unit of tokens, in nanoseconds (PSCHED_SHIFT). */
const TICK = 64;

/** @throws WordError for what tbf does not know */
export function readTbf(words: Words): TbfOptions {
  const asked = { rate: 0, burst: 0, limit: 0, latency: 0, peakrate: 0, mtu: 0 };
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (word === 'rate' || word === 'peakrate') asked[word] = words.rate(word);
    else if (word === 'limit') asked.limit = words.size(word);
    else if (word === 'latency') asked.latency = words.time(word);
    else if (word === 'burst' || word === 'buffer' || word === 'maxburst') {
      asked.burst = words.size(word);
    } else if (word === 'mtu' || word === 'minburst') asked.mtu = words.size(word);
    else words.fail(`"${word}" is no option of tbf`);
  }
  const { rate, burst, limit, latency, peakrate, mtu } = asked;
  if (rate === 0 || burst === 0) words.fail('"rate" and "burst" are needed');
  if ((limit === 0) === (latency === 0)) words.fail('either "limit" or "latency" is needed');
  if (peakrate > 0 && mtu === 0) words.fail('"peakrate" wants an "mtu"');
  if (peakrate > 0 && peakrate <= rate) words.fail('"peakrate" is more than "rate"');
  const octetsIn = (perSecond: number): number => Math.floor((perSecond * latency) / 1e9);
  const byPeak = peakrate > 0 ? octetsIn(peakrate) + mtu : Infinity;
  return {
    octetsPerSecond: rate,
    burst,
    limit: limit || Math.min(octetsIn(rate) + burst, byPeak),
    peak: peakrate > 0 ? { octetsPerSecond: peakrate, burst: mtu } : undefined,
  };
}

/** The settings as `tc qdisc show` has them: a limit as the time that so much takes. */
export function printTbf({ octetsPerSecond, burst, limit, peak }: TbfOptions): string {
  const waits = [
    1e6 * (limit / octetsPerSecond) - microsecondsOf(burst, octetsPerSecond),
    ...(peak === undefined
      ? []
      : [1e6 * (limit / peak.octetsPerSecond) - microsecondsOf(peak.burst, peak.octetsPerSecond)]),
  ];
  const latency = Math.max(...waits);
  const words = [
    `rate ${printRate(octetsPerSecond)} burst ${printBurst(burst, octetsPerSecond)}`,
    ...(peak === undefined
      ? []
      : [
          `peakrate ${printRate(peak.octetsPerSecond)}`,
          `minburst ${printBurst(peak.burst, peak.octetsPerSecond)}`,
        ]),
    latency >= 0 ? `lat ${printMicroseconds(1000 * latency)}` : `limit ${printSize(limit)}`,
  ];
  return `${words.join(' ')} `;
}

/** What tc reads back: the bucket's time in ticks, in whole microseconds. */
function microsecondsOf(octets: number, octetsPerSecond: number): number {
  const ticks = Math.floor((1e9 * (octets / octetsPerSecond)) / TICK);
  return Math.floor((ticks * TICK) / 1000);
}

function printBurst(octets: number, octetsPerSecond: number): string {
  return printSize(Math.floor((octetsPerSecond * microsecondsOf(octets, octetsPerSecond)) / 1e6));
}
