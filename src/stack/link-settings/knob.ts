/**
 * A knob of links: a number that an administrator sets for `all`, for interfaces that are yet to
 * come (`default`), and for each interface alone. Which of them holds is a rule of its own for each
 * knob, as the kernel's headers have it (include/linux/inetdevice.h; ip-sysctl.rst conf/interface).
 */
import type { Changeable } from '../changeable.ts';
import type { LinkProfile } from '../profile.ts';
import { INT_MAXIMUM, INT_MINIMUM } from '../sysctl/ranges.ts';

/** What holds on one interface. */
export type LinkFields = Changeable<LinkProfile>;

/** How the number that holds comes of that for all and the interface's own. */
export interface Combination {
  /** In words, for people. */
  readonly text: string;
  /** @param forwards whether the interface passes packets on: its own `forwarding` */
  of(all: number, own: number, forwards: boolean): number;
}

/** IN_DEV_CONF_GET(), and nearly all of IPv6: that for all is there, and says nothing. */
export const OWN: Combination = { text: 'the interface’s own', of: (_all, own) => own };

/** IN_DEV_ANDCONF() */
export const AND: Combination = {
  text: 'for all and its own',
  of: (all, own) => (all !== 0 && own !== 0 ? 1 : 0),
};

/** IN_DEV_ORCONF() */
export const OR: Combination = {
  text: 'for all or its own',
  of: (all, own) => (all !== 0 || own !== 0 ? 1 : 0),
};

/** IN_DEV_MAXCONF() */
export const MAXIMUM: Combination = {
  text: 'the greater of both',
  of: (all, own) => Math.max(all, own),
};

/** One number for the whole table, which interfaces have none of (gc_thresh1 and such). */
export const OF_TABLE: Combination = { text: 'one for all', of: (shared) => shared };

/** How far a number goes beyond the level that it is written for. */
export type Reach =
  /** No further. */
  | 'level'
  /** `default`: to interfaces that were never told otherwise (devinet_copy_dflt_conf()). */
  | 'untouched'
  /** `all`: to `default` and every interface, each time, or when it is another than before. */
  | 'all'
  | 'all-if-changed';

export interface Knob {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly combination: Combination;
  readonly reach: Reach;
  /** What `default` begins with; `all` does with `initialOfAll`. */
  initial(profile: LinkProfile): number;
  initialOfAll(profile: LinkProfile): number;
  /** Writes what holds into the fields that mechanisms read. */
  apply(fields: LinkFields, value: number): void;
  /** Why it has no effect; nothing where it has. */
  readonly why: string | undefined;
  readonly isReadOnly: boolean;
}

/** A second name of a knob, in another unit. */
export interface Alias {
  readonly name: string;
  readonly of: string;
  readonly least: number;
  readonly most: number;
  /** How many of the knob's units are one of the alias's. */
  readonly factor: number;
  /** Whether `sysctl -a` leaves it out: procps counts it as deprecated. */
  readonly isHidden: boolean;
}

/** What most knobs have in common: an `int` of whatever value, in force on its own level. */
const COMMON = {
  least: INT_MINIMUM,
  most: INT_MAXIMUM,
  combination: OWN,
  reach: 'level',
  why: undefined,
  isReadOnly: false,
} as const;

type Rest = Partial<
  Pick<Knob, 'least' | 'most' | 'reach' | 'initialOfAll' | 'combination' | 'isReadOnly'>
>;

/** A knob that is a number of the fields. */
export function numberKnob(
  name: string,
  initial: (profile: LinkProfile) => number,
  apply: (fields: LinkFields, value: number) => void,
  rest: Rest = {},
): Knob {
  return { ...COMMON, initialOfAll: initial, ...rest, name, initial, apply };
}

/** A knob that is a flag of the fields: any number but 0 is yes. */
export function flagKnob(
  name: string,
  is: (profile: LinkProfile) => boolean,
  apply: (fields: LinkFields, is: boolean) => void,
  rest: Rest = {},
): Knob {
  return numberKnob(
    name,
    (profile) => (is(profile) ? 1 : 0),
    (fields, value) => apply(fields, value !== 0),
    rest,
  );
}

/** A knob without an effect: what is written can be read. */
export function keptKnob(name: string, initial: number, why: string, rest: Rest = {}): Knob {
  const begins = (): number => initial;
  return {
    ...COMMON,
    initialOfAll: begins,
    ...rest,
    name,
    initial: begins,
    apply: () => undefined,
    why,
  };
}
