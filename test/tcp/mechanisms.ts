/**
 * Worlds whose hosts differ in their mechanisms, on any system: congestion control, ECN, Fast Open,
 * bursts, options of the SYN, loss recovery. Each is drawn by itself, so that any two of them meet.
 */
import * as fc from 'fast-check';
import {
  CONGESTION_ALGORITHMS,
  freebsd,
  type HostProfile,
  linux26,
  linux3,
  linux4,
  linux6,
  markCongestion,
  ms,
  rfc,
  windows7,
} from '../../src/stack/index.ts';
import type { Fault } from '../../src/sim/index.ts';
import { worlds } from './random-worlds.ts';
import type { Program, WorldOptions } from './world-options.ts';

/** What a host has and how it is used. */
interface Mechanisms {
  readonly system: HostProfile;
  readonly algorithm: (typeof CONGESTION_ALGORITHMS)[number];
  readonly ecnMode: number;
  readonly ecnOption: number;
  readonly timestamps: number;
  readonly sack: boolean;
  readonly windowScaling: boolean;
  readonly duplicateSack: boolean;
  readonly bursts: boolean;
  readonly frto: number;
  readonly earlyRetransmit: number;
  readonly initialWindow: number;
  readonly slowStartAfterIdle: boolean;
  readonly autotunes: boolean;
  readonly unsentMost: number;
}

/** Bits of tcp_fastopen: client, server and every listener; and those that need no cookie. */
const FAST_OPEN = 0x403;
const FAST_OPEN_WITHOUT_COOKIE = 0x607;

const mechanisms: fc.Arbitrary<Mechanisms> = fc.record({
  system: fc.constantFrom(linux6, linux6, linux6, linux4, linux3, linux26, freebsd, windows7, rfc),
  algorithm: fc.constantFrom(...CONGESTION_ALGORITHMS),
  ecnMode: fc.constantFrom(0, 1, 1, 2, 3, 3, 4, 5),
  ecnOption: fc.constantFrom(0, 1, 2),
  timestamps: fc.constantFrom(0, 1, 1, 2),
  sack: fc.nat({ max: 3 }).map((n) => n > 0),
  windowScaling: fc.nat({ max: 3 }).map((n) => n > 0),
  duplicateSack: fc.boolean(),
  bursts: fc.boolean(),
  frto: fc.constantFrom(0, 2),
  earlyRetransmit: fc.constantFrom(0, 3, 3),
  initialWindow: fc.constantFrom(1, 2, 10, 10, 40),
  slowStartAfterIdle: fc.boolean(),
  autotunes: fc.boolean(),
  unsentMost: fc.constantFrom(500, 20_000, 2 ** 32 - 1),
});

function hostWith(m: Mechanisms, fastOpenFlags: number): HostProfile {
  const { tcp } = m.system;
  return {
    ...m.system,
    tcp: {
      ...tcp,
      timestamps: m.timestamps,
      sack: m.sack,
      windowScaling: m.windowScaling,
      duplicateSack: m.duplicateSack,
      unsentMost: m.unsentMost,
      bursts: m.bursts ? (tcp.bursts ?? linux6.tcp.bursts) : undefined,
      receiveTuning: m.autotunes ? tcp.receiveTuning : undefined,
      lossRecovery: { ...tcp.lossRecovery, frto: m.frto, earlyRetransmit: m.earlyRetransmit },
      congestion: {
        ...tcp.congestion,
        algorithm: m.algorithm,
        initialWindow: m.initialWindow,
        slowStartAfterIdle: m.slowStartAfterIdle,
      },
      ecn: { ...tcp.ecn, mode: m.ecnMode, option: m.ecnOption },
      fastOpen: { ...tcp.fastOpen, flags: fastOpenFlags },
    },
  };
}

/**
 * A router that marks instead of dropping (RFC 3168 §5): CE on what is ECN-capable, with a
 * probability of 0 to 1. The header's checksum follows, and stays wrong if it was (RFC 1624).
 */
export function congestionMarks(probability: number): Fault {
  return {
    name: 'congestion-marks',
    bind: (random) => (passage) => {
      if (random.chance(probability))
        passage.frame = markCongestion(passage.frame) ?? passage.frame;
    },
  };
}

/** Long enough for the congestion window to matter. */
const longWrites: fc.Arbitrary<Program['writes']> = fc.array(
  fc.record({
    length: fc.integer({ min: 20_000, max: 150_000 }),
    pause: fc.constantFrom(0, 0, ms(50), ms(2000)),
  }),
  { minLength: 1, maxLength: 2, size: 'max' },
);

/** Worlds of any two hosts. */
export const mixedWorlds: fc.Arbitrary<WorldOptions> = fc
  .record({
    world: worlds(fc.constant(undefined)),
    client: mechanisms,
    server: mechanisms,
    fastOpen: fc.constantFrom(0, 0, FAST_OPEN, FAST_OPEN_WITHOUT_COOKIE),
    marks: fc.constantFrom(0, 0.05, 0.3),
    upload: fc.option(longWrites),
    ownBuffers: fc.boolean(),
  })
  .map(({ world, client, server, fastOpen, marks, upload, ownBuffers }) => {
    const part = (program: Program, of: Mechanisms): Program => ({
      ...program,
      profile: hostWith(of, fastOpen),
      socket: ownBuffers ? program.socket : {},
      opensFast: fastOpen !== 0,
    });
    const uploading = upload === null ? {} : { writes: upload };
    const slow = upload !== null && world.server.readLimit < 1000 ? { readLimit: 5000 } : {};
    return {
      ...world,
      faults: marks === 0 ? world.faults : [...world.faults, congestionMarks(marks)],
      client: { ...part(world.client, client), ...uploading },
      server: { ...part(world.server, server), ...slow },
    };
  });
