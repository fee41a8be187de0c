/**
 * The numbers of one table of knobs on one host, level by level: for `all`, where the table has
 * that, for `default`, and for each interface. An interface begins with a copy of `default`.
 */
import type { LinkProfile } from '../profile.ts';
import { type Alias, type Knob, type LinkFields, OF_TABLE } from './knob.ts';

/** The knobs of a table, the same on all hosts. */
export interface KnobSet {
  readonly knobs: ReadonlyMap<string, Knob>;
  /** Second names. */
  readonly aliases: ReadonlyMap<string, Alias>;
  /** Whether there is a level for all interfaces. */
  readonly hasAll: boolean;
}

export function knobSet(
  knobs: readonly Knob[],
  aliases: readonly Alias[],
  hasAll: boolean,
): KnobSet {
  return {
    knobs: new Map(knobs.map((each) => [each.name, each])),
    aliases: new Map(aliases.map((each) => [each.name, each])),
    hasAll,
  };
}

/** What was written, beside what the profile says. */
interface Level {
  readonly values: Map<Knob, number>;
  /** The knobs that were told something of their own: `default` reaches them no more. */
  readonly touched: Set<Knob>;
  /** Whether all of them count as touched. */
  isSettled: boolean;
}

const ALL = 'all';
const DEFAULT = 'default';
const FORWARDING = 'forwarding';

export class KnobTable {
  readonly set: KnobSet;
  readonly #profile: LinkProfile;
  readonly #levels = new Map<string, Level>([[DEFAULT, newLevel()]]);

  constructor(set: KnobSet, profile: LinkProfile) {
    this.set = set;
    this.#profile = profile;
    if (set.hasAll) this.#levels.set(ALL, newLevel());
  }

  /** The levels: `all`, `default` and the interfaces. */
  get levels(): readonly string[] {
    return [...this.#levels.keys()];
  }

  /** The knobs that a level has; none where there is no such level. */
  knobsOf(level: string): Knob[] {
    if (!this.#levels.has(level)) return [];
    const knobs = [...this.set.knobs.values()];
    return level === DEFAULT ? knobs : knobs.filter((each) => each.combination !== OF_TABLE);
  }

  /** The knob of that name on a level that has it. */
  knob(level: string, name: string): Knob | undefined {
    const knob = this.#levels.has(level) ? this.set.knobs.get(name) : undefined;
    return knob?.combination === OF_TABLE && level !== DEFAULT ? undefined : knob;
  }

  /** A new interface: it begins as `default` says now. */
  add(name: string): void {
    const { values } = this.#level(DEFAULT);
    this.#levels.set(name, { ...newLevel(), values: new Map(values) });
  }

  /** The interface is none of this table's any more: it goes by `default`. */
  remove(name: string): void {
    this.#levels.delete(name);
  }

  /** `default` reaches the interface no more, whatever is written for it. */
  settle(name: string): void {
    this.#level(name).isSettled = true;
  }

  read(level: string, knob: Knob): number {
    const written = this.#level(level).values.get(knob);
    if (written !== undefined) return written;
    return level === ALL ? knob.initialOfAll(this.#profile) : knob.initial(this.#profile);
  }

  /** Sets a number, where it reaches others for them, too. Says whether it was another before. */
  write(level: string, knob: Knob, value: number): boolean {
    const isChange = this.read(level, knob) !== value;
    this.#levels.forEach((each, name) => {
      if (!reaches(level, knob, isChange, name, each)) return;
      each.values.set(knob, value);
    });
    this.#level(level).touched.add(knob);
    return isChange;
  }

  /** Writes what holds on an interface into the fields that mechanisms read. */
  apply(fields: LinkFields, interfaceName: string): void {
    const level = this.#levels.has(interfaceName) ? interfaceName : DEFAULT;
    const forwarding = this.set.knobs.get(FORWARDING);
    const forwards = forwarding !== undefined && this.read(level, forwarding) !== 0;
    for (const knob of this.set.knobs.values()) {
      const own = this.read(level, knob);
      const shared = this.read(this.set.hasAll ? ALL : DEFAULT, knob);
      knob.apply(fields, knob.combination.of(shared, own, forwards));
    }
  }

  /** Whether an interface has no number but those of `default`. */
  isAsDefault(interfaceName: string): boolean {
    const { values } = this.#level(DEFAULT);
    const own = this.#levels.get(interfaceName)?.values ?? values;
    return (
      own.size === values.size && [...own].every(([knob, value]) => values.get(knob) === value)
    );
  }

  /** Whether nothing was ever written. */
  get isUntouched(): boolean {
    return [...this.#levels.values()].every(({ values }) => values.size === 0);
  }

  #level(name: string): Level {
    const level = this.#levels.get(name);
    if (level === undefined) throw new RangeError(`no interface is called ${name}`);
    return level;
  }
}

function newLevel(): Level {
  return { values: new Map(), touched: new Set(), isSettled: false };
}

/** Whether what is written for one level is written for another, too. */
function reaches(
  written: string,
  knob: Knob,
  isChange: boolean,
  name: string,
  { isSettled, touched }: Level,
): boolean {
  if (name === written) return true;
  if (written === ALL) return knob.reach === 'all' || (knob.reach === 'all-if-changed' && isChange);
  const isUntouched = name !== ALL && !isSettled && !touched.has(knob);
  return written === DEFAULT && knob.reach === 'untouched' && isUntouched;
}
