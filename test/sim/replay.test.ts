/** Replaying: numbers of a capture are used up in their order, then chance goes on. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChosenByScript, type ChosenNumbers, latencies, Random } from '../../src/sim/index.ts';
import { linux6, RandomChoices } from '../../src/stack/index.ts';
import { seqToU32 } from '../../src/wire/index.ts';
import { errno, type Observed, play, SERVER } from './lab.ts';

const CONNECTION = { localAddress: 1, localPort: 2, remoteAddress: 3, remotePort: 4 };

function chance(): () => number {
  const random = new Random(7);
  return () => random.u32();
}

const { initialNumbers, timestampClock } = linux6.tcp;

describe('ChosenByScript', () => {
  test('gives each list in order', () => {
    const choices = new ChosenByScript(
      {
        initialSequenceNumbers: [0, 0xffff_ffff],
        ports: [40_000, 50_000],
        identifications: [1, 0],
      },
      chance(),
    );
    const seq = (): number =>
      seqToU32(choices.initialSequenceNumber(CONNECTION, 0, initialNumbers));
    expect([seq(), seq()]).toEqual([0, 0xffff_ffff]);
    const port = (): number => choices.ephemeralPort(32_768, 60_999, 'parity', 'even');
    expect([port(), port()]).toEqual([40_000, 50_000]);
    expect([choices.ipIdentification(), choices.ipIdentification()]).toEqual([1, 0]);
  });

  test('then chance, as it would be without a script', () => {
    const script = new ChosenByScript({ initialSequenceNumbers: [1], ports: [2] }, chance());
    const none = new RandomChoices(chance());
    script.initialSequenceNumber(CONNECTION, 0, initialNumbers);
    script.ephemeralPort(1, 9, 'parity', 'odd');
    expect(script.initialSequenceNumber(CONNECTION, 0, initialNumbers)).toBe(
      none.initialSequenceNumber(CONNECTION, 0, initialNumbers),
    );
    expect(script.ephemeralPort(1, 9, 'parity', 'odd')).toBe(
      none.ephemeralPort(1, 9, 'parity', 'odd'),
    );
    expect(script.ipIdentification()).toBe(none.ipIdentification());
    expect(script.timestampOffset(CONNECTION, timestampClock)).toBe(
      none.timestampOffset(CONNECTION, timestampClock),
    );
  });

  test('of timestamp offsets the last stays; negative ones count modulo 2³²', () => {
    const choices = new ChosenByScript({ timestampOffsets: [0, 5, -2] }, chance());
    const offsets = [1, 2, 3, 4].map(() => choices.timestampOffset(CONNECTION, timestampClock));
    expect(offsets).toEqual([0, 5, 0xffff_fffe, 0xffff_fffe]);
  });

  test('does not use up the lists that it was given', () => {
    const given: ChosenNumbers = { ports: [1, 2] };
    new ChosenByScript(given, chance()).ephemeralPort(1, 9, 'parity', 'odd');
    expect(given.ports).toEqual([1, 2]);
  });
});

test('latencies: one for each frame, and the last again', () => {
  const latency = latencies([5, 3]);
  if (typeof latency === 'number') throw new Error('a latency by index');
  expect([0, 1, 2, 99].map(latency)).toEqual([5, 3, 3, 3]);
  const none = latencies([]);
  expect(typeof none === 'number' ? none : none(0)).toBe(0);
});

describe('a host that follows a script', () => {
  const connects = (chosen: ChosenNumbers, times: number): Promise<Observed> =>
    play(({ network }) => {
      const [client] = network.pair({}, { client: { chosen, uptime: 0 } });
      client.run('client', async (process) => {
        for (let i = 0; i < times; i++) await errno(() => process.socket('stream').connect(SERVER));
      });
    });

  test('law: its SYNs have the script’s numbers as far as it goes', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 0xffff_ffff }), { maxLength: 4 }),
        fc.uniqueArray(fc.integer({ min: 32_768, max: 60_999 }), { maxLength: 4 }),
        async (initialSequenceNumbers, ports) => {
          const { frames } = await connects({ initialSequenceNumbers, ports }, 4);
          const syns = frames.flatMap(({ frame: { tcp } }) =>
            tcp !== undefined && (tcp.flags & 2) !== 0 ? [tcp] : [],
          );
          expect(syns).toHaveLength(4);
          expect(
            syns.slice(0, initialSequenceNumbers.length).map(({ seq }) => seqToU32(seq)),
          ).toEqual(initialSequenceNumbers);
          expect(syns.slice(0, ports.length).map(({ sourcePort }) => sourcePort)).toEqual(ports);
        },
      ),
      { numRuns: 25 },
    ));

  test.each([
    [{ ports: [0] }, 'port'],
    [{ ports: [65_536] }, 'port'],
    [{ initialSequenceNumbers: [-1] }, 'initial sequence number'],
    [{ initialSequenceNumbers: [2 ** 32] }, 'initial sequence number'],
    [{ identifications: [65_536] }, 'identification'],
    [{ timestampOffsets: [0.5] }, 'timestamp offset'],
  ] satisfies [ChosenNumbers, string][])(
    '%j is refused when the host is made',
    async (chosen, what) => {
      await expect(connects(chosen, 0)).rejects.toThrow(RangeError);
      await expect(connects(chosen, 0)).rejects.toThrow(`not a chosen ${what}`);
    },
  );
});
