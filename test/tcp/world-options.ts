/** A world to be judged: two hosts over an imperfect link, and what their programs do. */
import type { Fault } from '../../src/sim/index.ts';
import type {
  Cause,
  Duration,
  FourTuple,
  HostProfile,
  Instant,
  SocketOption,
  TcpState,
} from '../../src/stack/index.ts';
import type { TcpSegment } from '../../src/wire/index.ts';
import type { FamilyName } from '../help/families.ts';

/** What one side's program does: writes, reads and pauses in turn. */
export interface Program {
  readonly profile: HostProfile;
  /** What its sockets are of; both hosts' packets are of one version. */
  readonly family: FamilyName;
  readonly initial: number;
  readonly socket: Partial<Record<SocketOption, number>>;
  readonly mtu: number;
  /** How much is written at a time, and how long it waits before each. */
  readonly writes: readonly { readonly length: number; readonly pause: Duration }[];
  readonly readLimit: number;
  readonly readPause: Duration;
  /** Ends its side by a half-close when all is written, or by closing when the peer has ended. */
  readonly halfCloses: boolean;
  /** Aborts at that time, whatever is going on. */
  readonly abortsAt: Instant | undefined;
  /** Connects by a SYN with the first octets, or with a request for a cookie (RFC 7413). */
  readonly opensFast?: boolean;
}

/** Looks into a host at each of its connection's segments and states: before it reads one. */
export interface Witness {
  sent(segment: TcpSegment, why: Cause, now: Instant): void;
  arrives(segment: TcpSegment, now: Instant): void;
  stateEntered(connection: FourTuple, from: TcpState, to: TcpState): void;
}

export interface WorldOptions {
  readonly seed: number;
  readonly latency: Duration;
  readonly rate: number | undefined;
  readonly queue: number | undefined;
  readonly faults: readonly Fault[];
  /** What happens by chance, in netem's words. */
  readonly netem: readonly string[];
  readonly faultsEnd: Instant;
  readonly client: Program;
  readonly server: Program;
  /** Both call `connect`, at the same time. */
  readonly simultaneous: boolean;
}

/** How often each cause was given, over all worlds of a test: what the generators have reached. */
export type Tally = Map<string, number>;

/** @throws Error when a law is broken; an `expect` for each frame would take most of the time. */
export function check(isKept: boolean, law: string): asserts isKept {
  if (!isKept) throw new Error(`broken: ${law}`);
}
