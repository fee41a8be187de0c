/** Worlds by chance: systems, options, programs, links and what befalls frames on them. */
import * as fc from 'fast-check';
import {
  type HostProfile,
  linux26,
  linux3,
  linux4,
  linux6,
  ms,
  seconds,
  type SynOption,
  windows7,
} from '../../src/stack/index.ts';
import { FAMILIES, type FamilyName } from '../help/families.ts';
import type { Program, WorldOptions } from './world-options.ts';

const systems = fc.constantFrom<HostProfile>(linux6, linux6, linux4, linux3, linux26, windows7);

/** A system, perhaps with fewer options than it has: the layouts follow the order. */
const profiles: fc.Arbitrary<HostProfile> = fc
  .tuple(
    systems,
    fc.subarray<SynOption>(['sack-permitted', 'timestamps', 'window-scale']),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([system, kept, isWhole, ticks]) => ({
    ...system,
    timers: ticks ? { tick: ms(4), wheel: true } : system.timers,
    tcp: isWhole
      ? system.tcp
      : {
          ...system.tcp,
          synOptions: system.tcp.synOptions.filter((name) => name === 'mss' || kept.includes(name)),
        },
  }));

const initials = fc.oneof(
  fc.constantFrom(0, 2 ** 31 - 2, 2 ** 32 - 2),
  fc.integer({ min: 2 ** 32 - 40_000, max: 2 ** 32 - 1 }),
  fc.integer({ min: 2 ** 31 - 40_000, max: 2 ** 31 - 1 }),
  fc.nat({ max: 2 ** 32 - 1 }),
);
export const writes = fc.array(
  fc.record({
    length: fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: 1, max: 200 }) },
      { weight: 2, arbitrary: fc.integer({ min: 1000, max: 6000 }) },
      { weight: 1, arbitrary: fc.integer({ min: 6000, max: 60_000 }) },
    ),
    pause: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300 }).map(ms)),
  }),
  { maxLength: 6, size: 'max' },
);
const programs = (
  aborts: fc.Arbitrary<number | undefined>,
): fc.Arbitrary<Omit<Program, 'family'>> =>
  fc.record({
    profile: profiles,
    initial: initials,
    socket: fc.record(
      {
        SO_RCVBUF: fc.constantFrom(500, 2000, 4096, 10_000, 65_535, 300_000),
        SO_SNDBUF: fc.constantFrom(50, 700, 3000, 20_000, 200_000),
        TCP_MAXSEG: fc.constantFrom(88, 300, 536, 1400),
        TCP_NODELAY: fc.constantFrom(0, 1),
      },
      { requiredKeys: [] },
    ),
    mtu: fc.constantFrom(1500, 1500, 576, 9000),
    writes,
    readLimit: fc.constantFrom(1, 100, 1000, 5000, 100_000, 100_000),
    readPause: fc.constantFrom(0, 0, 0, ms(1), ms(30), ms(700)),
    halfCloses: fc.boolean(),
    abortsAt: aborts,
  });
const impairments: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('loss 2%', 'loss 10%', 'loss 30%'),
  fc.constantFrom('duplicate 5%', 'duplicate 30%'),
  fc.constantFrom('corrupt 5%', 'corrupt 30%'),
  fc
    .tuple(fc.constantFrom(90, 60), fc.constantFrom(1, 30, 400))
    .map(([atOnce, delay]) => `delay ${delay}ms reorder ${atOnce}%`),
  fc.constantFrom('delay 500us 500us', 'delay 30ms 30ms', 'delay 30ms 10ms distribution pareto'),
);

/** The families of client and server that meet. */
export const FAMILIES_THAT_MEET: readonly (readonly [FamilyName, FamilyName])[] = [
  ['ipv4', 'ipv4'],
  ['ipv4-mapped', 'ipv4'],
  ['ipv4', 'ipv4-mapped'],
  ['ipv4-mapped', 'ipv4-mapped'],
  ['ipv6', 'ipv6'],
];

/** Half of the packets are to be of IPv6. */
const familiesThatMeet = fc.oneof(
  fc.constantFrom(...FAMILIES_THAT_MEET.slice(0, -1)),
  fc.constantFrom(...FAMILIES_THAT_MEET.slice(-1)),
);

/** Worlds in which a program aborts at the time that `aborts` gives, if it gives one. */
export const worlds = (aborts: fc.Arbitrary<number | undefined>): fc.Arbitrary<WorldOptions> =>
  fc
    .record({
      seed: fc.nat(),
      latency: fc.constantFrom(0, ms(0.01), ms(1), ms(25), ms(150)),
      rate: fc.constantFrom(undefined, undefined, 1_000_000, 20_000_000),
      queue: fc.constantFrom(undefined, undefined, 3, 10),
      faults: fc.constant([]),
      netem: fc.uniqueArray(impairments, {
        maxLength: 3,
        size: 'max',
        selector: (words) => words.split(' ', 1)[0],
      }),
      faultsEnd: fc.constantFrom(ms(100), seconds(2), seconds(6)),
      client: programs(aborts),
      server: programs(aborts),
      simultaneous: fc.nat({ max: 9 }).map((n) => n === 0),
      families: familiesThatMeet,
    })
    .map(({ families, ...world }) => {
      const [client, server] = families;
      const { client: c, server: s } = world;
      const spoken = { ...world, client: speaking(client, c), server: speaking(server, s) };
      return withoutPointlessWait(limitReads(spoken));
    });

/** The program with sockets of that family, on a link that is long enough for it. */
function speaking(family: FamilyName, program: Omit<Program, 'family'>): Program {
  return { ...program, family, mtu: Math.max(program.mtu, FAMILIES[family].leastMtu) };
}

/** A reader of one octet at a time with pauses would need days: such a one reads at once. */
function limitReads(world: WorldOptions): WorldOptions {
  const limit = (program: Program): Program =>
    program.readLimit < 5000 && program.readPause > 0 ? { ...program, readLimit: 5000 } : program;
  return { ...world, client: limit(world.client), server: limit(world.server) };
}

/** Someone must end its side first. */
function withoutPointlessWait(world: WorldOptions): WorldOptions {
  const { client, server } = world;
  return client.halfCloses || server.halfCloses
    ? world
    : { ...world, client: { ...client, halfCloses: true } };
}
