/**
 * Replaying a capture: the numbers that a host chose and the delays that frames had become inputs
 * of a scenario, in the order in which they are needed.
 */
import {
  type Choices,
  type Duration,
  type FourTuple,
  type InitialNumberRule,
  type PortChoice,
  type PortParity,
  RandomChoices,
  type TimestampClockProfile,
} from '../stack/index.ts';
import { type Seq, toSeq } from '../wire/index.ts';
import type { Latency } from './links/pipe-options.ts';

/** Numbers for a host to choose, each list used up in order; after it, and without one, chance. */
export interface ChosenNumbers {
  /** ISS of one connection after the other. */
  readonly initialSequenceNumbers?: readonly number[];
  /** Ephemeral ports. */
  readonly ports?: readonly number[];
  /**
   * The first IPv4 identification of one connection or datagram socket after the other; of the host
   * where it counts them all, and of each packet where chance does.
   */
  readonly identifications?: readonly number[];
  /**
   * What is added to the host's timestamp clock to make TSval, for one connection after the
   * other; after the last of the list the last again.
   */
  readonly timestampOffsets?: readonly number[];
}

/** The choices of a host that follows a script as far as it goes. */
export class ChosenByScript implements Choices {
  readonly #chance: RandomChoices;
  readonly #sequenceNumbers: number[];
  readonly #ports: number[];
  readonly #identifications: number[];
  readonly #timestampOffsets: readonly number[];
  #connections = 0;

  /**
   * @param random whole numbers from 0 to 2³² − 1, for what the script leaves open.
   * @throws RangeError for a number that does not fit its field.
   */
  constructor(script: ChosenNumbers, random: () => number) {
    check('initial sequence number', script.initialSequenceNumbers, 0, 0xffff_ffff);
    check('port', script.ports, 1, 0xffff);
    check('identification', script.identifications, 0, 0xffff);
    check('timestamp offset', script.timestampOffsets, -0x8000_0000, 0xffff_ffff);
    this.#chance = new RandomChoices(random);
    this.#sequenceNumbers = [...(script.initialSequenceNumbers ?? [])];
    this.#ports = [...(script.ports ?? [])];
    this.#identifications = [...(script.identifications ?? [])];
    this.#timestampOffsets = script.timestampOffsets ?? [];
  }

  initialSequenceNumber(connection: FourTuple, uptime: Duration, rule: InitialNumberRule): Seq {
    const chosen = this.#sequenceNumbers.shift();
    if (chosen !== undefined) return toSeq(chosen);
    return this.#chance.initialSequenceNumber(connection, uptime, rule);
  }

  timestampOffset(connection: FourTuple, clock: TimestampClockProfile): number {
    const offset = this.#timestampOffsets[this.#connections++] ?? this.#timestampOffsets.at(-1);
    return offset === undefined ? this.#chance.timestampOffset(connection, clock) : offset >>> 0;
  }

  ipIdentification(): number {
    return this.#identifications.shift() ?? this.#chance.ipIdentification();
  }

  chance(): number {
    return this.#chance.chance();
  }

  ephemeralPort(first: number, last: number, choice: PortChoice, parity: PortParity): number {
    return this.#ports.shift() ?? this.#chance.ephemeralPort(first, last, choice, parity);
  }
}

function check(what: string, list: readonly number[] = [], least: number, most: number): void {
  for (const n of list) {
    if (Number.isInteger(n) && n >= least && n <= most) continue;
    throw new RangeError(`not a chosen ${what}, which is ${least} to ${most}: ${n}`);
  }
}

/** A latency for each frame in order, and after the last of the list the last again. */
export function latencies(list: readonly Duration[]): Latency {
  const last = list.at(-1) ?? 0;
  return (index) => list[index] ?? last;
}
