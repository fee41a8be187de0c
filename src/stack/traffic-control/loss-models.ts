/**
 * Which packets are lost: netem's models (tc-netem(8), `loss`), and a list of packets.
 * Probabilities are of 32 bits, 2³² − 1 for 1, and are compared with a number drawn evenly.
 */
import { type Chance, CorrelatedChance } from './chance.ts';

/** What a link loses, as it is asked for. */
export type LossOptions =
  | { readonly model: 'random'; readonly probability: number; readonly correlation: number }
  | { readonly model: 'state'; readonly transitions: FourStates }
  | { readonly model: 'gemodel'; readonly transitions: GilbertElliott }
  /** The packets of these numbers, of which the first one's is 1. */
  | { readonly model: 'list'; readonly packets: readonly number[] };

/** Says of one packet after another whether it is lost. */
export type LossModel = () => boolean;

export function lossModel(options: LossOptions, chance: Chance): LossModel {
  switch (options.model) {
    case 'random':
      return independent(options.probability, new CorrelatedChance(chance, options.correlation));
    case 'state':
      return fourStates(options.transitions, chance);
    case 'gemodel':
      return gilbertElliott(options.transitions, chance);
    case 'list':
      return listed(options.packets);
  }
}

function independent(probability: number, chance: CorrelatedChance): LossModel {
  return () => probability !== 0 && probability >= chance.next();
}

/**
 * Four states with the probabilities to go from one to another (GI, "general and intuitive":
 * Salsano et al. 2009):
 *
 *     gap:    1 received  ── p14 ─►  4 lost alone, and back at once
 *             │    ▲
 *            p13  p31
 *             ▼    │
 *     burst:  3 lost  ◄── p23 · p32 ──►  2 received within the burst
 */
export interface FourStates {
  readonly p13: number;
  readonly p31: number;
  readonly p32: number;
  readonly p23: number;
  readonly p14: number;
}

function fourStates({ p13, p31, p32, p23, p14 }: FourStates, chance: Chance): LossModel {
  let state: 1 | 2 | 3 | 4 = 1;
  return () => {
    const drawn = chance();
    switch (state) {
      case 1:
        if (drawn < p14) state = 4;
        else if (drawn < p14 + p13) state = 3;
        break;
      case 2:
        if (drawn < p23) state = 3;
        break;
      case 3:
        if (drawn < p32) state = 2;
        else if (drawn < p32 + p31) state = 1;
        break;
      case 4:
        state = 1;
        break;
    }
    return state === 3 || state === 4;
  };
}

/**
 * A good state and a bad one, each with a loss of its own (Gilbert 1960, Elliott 1963): `p` goes to
 * the bad one, `r` back. What is lost is decided by the state before the step.
 */
export interface GilbertElliott {
  readonly p: number;
  readonly r: number;
  /** How often a packet is lost in the bad state: the literature's 1 − h. */
  readonly lossInBad: number;
  /** And in the good one: 1 − k. */
  readonly lossInGood: number;
}

function gilbertElliott(options: GilbertElliott, chance: Chance): LossModel {
  const { p, r, lossInBad, lossInGood } = options;
  const receivedInBad = 0xffff_ffff - lossInBad;
  let isBad = false;
  return () => {
    const turns = chance();
    if (isBad) {
      if (turns < r) isBad = false;
      return chance() > receivedInBad;
    }
    if (turns < p) isBad = true;
    return chance() < lossInGood;
  };
}

function listed(packets: readonly number[]): LossModel {
  const lost = new Set(packets);
  let count = 0;
  return () => lost.has(++count);
}
