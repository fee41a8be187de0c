/** What `tc -s qdisc show` says of each discipline, beside what the real one says of the same. */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  Administrator,
  type Cause,
  cause,
  type Device,
  type Egress,
  EmulatedEgress,
  type Instant,
  ms,
  Netem,
  parseQueue,
  QueuedEgress,
  readNetem,
  us,
} from '../../src/stack/index.ts';
import { chanceOf } from '../../src/stack/traffic-control/chance.ts';
import { listening } from '../help/peer.ts';

const TEST = cause('test', 'a test sends it', 'none');
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

test('law: what was given is sent, dropped or waits, also when the settings change', () => {
  const disciplines = [
    'pfifo limit 5',
    'bfifo limit 3kb',
    'red limit 20kb avpkt 1000',
    'codel limit 9 target 1ms interval 5ms',
    'fq_codel limit 9 target 1ms interval 5ms',
    'tbf rate 2mbit burst 2kb limit 5kb',
    'netem delay 3ms 2ms loss 10% limit 9',
    'netem slot 2ms packets 2 duplicate 20%',
  ];
  const totals = { sent: 0, dropped: 0, waiting: 0 };
  fc.assert(
    fc.property(
      fc.constantFrom(...disciplines),
      fc.array(fc.nat({ max: us(1500) }), { minLength: 10, maxLength: 60, size: 'max' }),
      (words, gaps) => {
        const line = new SlowLine();
        const egress = line.egressBy(words);
        for (const [i, gap] of gaps.entries()) {
          line.advance(egress, gap);
          egress.transmit(new Uint8Array(500 + i), TEST, line.now);
          if (i === 7 && egress instanceof QueuedEgress) {
            egress.change((onDrop) => parseQueue(words).make(line.chance, onDrop), line.now);
          }
        }
        const counted = egress.statistics(line.now);
        expect(counted.sentPackets).toBe(line.sent.length);
        expect(counted.sentOctets).toBe(line.sent.reduce((sum, octets) => sum + octets, 0));
        expect(counted.dropped).toBe(line.dropped);
        const accounted = counted.sentPackets + counted.dropped + counted.waitingPackets;
        if (!words.includes('duplicate')) expect(accounted).toBe(gaps.length);
        else expect(accounted).toBeGreaterThanOrEqual(gaps.length);
        totals.sent += counted.sentPackets;
        totals.dropped += counted.dropped;
        totals.waiting += counted.waitingPackets;
      },
    ),
  );
  expect(Math.min(totals.sent, totals.dropped, totals.waiting)).toBeGreaterThan(100);
});

/** A device that takes a millisecond for each packet. */
class SlowLine implements Device {
  now: Instant = 0;
  busyUntil: Instant = 0;
  dropped = 0;
  readonly sent: number[] = [];
  readonly chance = chanceOf(1n);

  egressBy(words: string): Egress {
    const [kind, ...settings] = words.split(' ');
    return kind === 'netem'
      ? new EmulatedEgress(new Netem(readNetem(settings), this.chance), this)
      : new QueuedEgress((onDrop) => parseQueue(words).make(this.chance, onDrop), this);
  }

  /** Time passes, and what is due happens. */
  advance(egress: Egress, time: Instant): void {
    const until = this.now + time;
    while (egress.deadline <= until) {
      this.now = Math.max(this.now, egress.deadline);
      egress.wake(this.now);
    }
    this.now = until;
  }

  send(frame: Uint8Array, _cause: Cause, now: Instant): void {
    this.sent.push(frame.length);
    this.busyUntil = now + ms(1);
  }

  drop(): void {
    this.dropped += 1;
  }

  wakeAt(): void {
    // it is asked for its deadline
  }
}
