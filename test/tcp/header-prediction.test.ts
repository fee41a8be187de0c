/**
 * Header prediction is a short way to what the eight steps do: with and without it a network sends
 * the same bytes at the same instants for the same reasons.
 */
import * as fc from 'fast-check';
import { expect, vi } from 'vitest';
import { linux6, ms, us } from '../../src/stack/index.ts';
import type * as FastPath from '../../src/stack/tcp/segment-arrives/fast-path.ts';
import { FAMILIES, type FamilyName } from '../help/families.ts';
import { test } from '../help/family-test.ts';
import { anyOf, pairOf, play, serverOf } from '../sim/lab.ts';

/** Whether what is predicted goes the short way, and how many segments were. */
const prediction = vi.hoisted(() => ({ isOn: true, hits: 0 }));

vi.mock('../../src/stack/tcp/segment-arrives/fast-path.ts', async (original) => {
  const real = await original<typeof FastPath>();
  const isPredicted: typeof real.isPredicted = (tcb, packet, seg) => {
    const is = real.isPredicted(tcb, packet, seg);
    if (is) prediction.hits += 1;
    return is && prediction.isOn;
  };
  return { ...real, isPredicted };
});

/** A world: both ends send, over a link that loses, delays and doubles. */
const world = fc.record({
  seed: fc.nat(0xffff),
  lengths: fc.tuple(fc.integer({ min: 0, max: 90_000 }), fc.integer({ min: 30_000, max: 90_000 })),
  writes: fc.constantFrom(100, 1448, 20_000),
  netem: fc
    .tuple(
      fc.constantFrom('', '', 'loss 2%'),
      fc.constantFrom('', '', 'delay 700us reorder 95%'),
      fc.constantFrom('', 'duplicate 2%'),
    )
    .map((words) => words.join(' ')),
  buffer: fc.constantFrom(4096, 65_536, 500_000),
  timestamps: fc.constantFrom(0, 1),
  sack: fc.boolean(),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

/** Runs the world; gives each frame with its instant and cause. */
async function run(name: FamilyName, w: World, isOn: boolean): Promise<string[]> {
  const family = FAMILIES[name];
  prediction.isOn = isOn;
  const { tcp } = linux6;
  const profile = { ...linux6, tcp: { ...tcp, timestamps: w.timestamps, sack: w.sack } };
  const { frames } = await play(
    ({ network }) => {
      const link = { latency: ms(2), rate: 50_000_000, netem: w.netem };
      const hosts = { client: { profile }, server: { profile } };
      const [client, server] = pairOf(network, link, hosts, family);
      network.capture(client, { name: 'client' });
      const ends = [
        { host: client, length: w.lengths[0], listens: false },
        { host: server, length: w.lengths[1], listens: true },
      ];
      for (const { host, length, listens } of ends) {
        host.run('end', async (process) => {
          let socket = process.socket('stream');
          socket.setsockopt('SO_RCVBUF', w.buffer);
          socket.setsockopt('SO_SNDBUF', 10_000); // so that the FIN comes late
          if (listens) {
            socket.bind(80, anyOf(family));
            socket.listen();
            socket = await socket.accept();
          } else await socket.connect(serverOf(family));
          const reading = (async (): Promise<void> => {
            while ((await socket.recv(7000)).length > 0) if (listens) await process.sleep(us(300));
          })();
          for (let sent = 0; sent < length; sent += w.writes) {
            await socket.send(new Uint8Array(Math.min(w.writes, length - sent)).fill(sent & 255));
          }
          socket.shutdown('write');
          await reading;
        });
      }
    },
    { seed: w.seed },
  );
  return frames.map(
    ({ at, cause, bytes }) => `${at} ${cause} ${Buffer.from(bytes).toString('base64')}`,
  );
}

test.law('the same frames at the same instants for the same reasons', async (families) => {
  prediction.hits = 0;
  let frames = 0;
  await fc.assert(
    fc.asyncProperty(families, world, async (family, w) => {
      const short = await run(family, w, true);
      expect(await run(family, w, false)).toEqual(short);
      frames += short.length;
    }),
    { numRuns: 30, seed: 20_261_121 },
  );
  expect(prediction.hits).toBeGreaterThan(frames / 4); // of twice as many, the short way is taken
});
