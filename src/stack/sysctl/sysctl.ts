/**
 * One sysctl: its name, what may be written to it, and where its value is. A sysctl whose
 * mechanism the stack has reads and writes a field of the host's settings; one that it has none for
 * is kept as it was written.
 */
export { BYTE, INT_MAXIMUM, INT_MINIMUM, SECONDS_MAXIMUM } from './ranges.ts';
import type { HostSettings } from '../settings.ts';
import type { Instant } from '../time.ts';

/** The numbers of a sysctl, or its text. */
export type SysctlValue = readonly number[] | string;

/** What may be written, and how it reads. */
export interface ValueRule {
  /** The value that `text` means beside the `present` one; nothing for what is refused (EINVAL). */
  parse(text: string, present: SysctlValue): SysctlValue | undefined;
}

interface Named {
  readonly name: string;
  readonly rule: ValueRule;
}

/** A sysctl with an effect: a field of the settings, or several. */
export interface BoundSysctl extends Named {
  readonly kind: 'bound';
  read(settings: HostSettings): SysctlValue;
  write(settings: HostSettings, value: SysctlValue, now: Instant): void;
}

/** A sysctl without an effect: what is written can be read. */
export interface KeptSysctl extends Named {
  readonly kind: 'kept';
  readonly initial: SysctlValue;
  /** Why it has none: for people, in half a sentence. */
  readonly why: string;
}

/** A sysctl that cannot be written. */
export interface FixedSysctl {
  readonly kind: 'fixed';
  readonly name: string;
  readonly value: SysctlValue;
}

export type Sysctl = BoundSysctl | KeptSysctl | FixedSysctl;

/** As the kernel prints it: numbers with tabs between. */
export function printSysctlValue(value: SysctlValue): string {
  return typeof value === 'string' ? value : value.join('\t');
}

/** The longest text that a sysctl takes: a page of memory. */
const LONGEST = 4096;

/**
 * So many numbers from `least` to `most`, each in C's notation, with blanks between. Fewer leave
 * the rest as it is, more are not looked at (Linux proc_dointvec_minmax()).
 */
export function numbers(count: number, least: number, most: number): ValueRule {
  return {
    parse(text, present): readonly number[] | undefined {
      if (text.length > LONGEST) return undefined;
      const words = text.trim().split(/\s+/).slice(0, count);
      const values = words.map(parseCInteger);
      if (!values.every((value) => value >= least && value <= most)) return undefined;
      return typeof present === 'string' ? values : [...values, ...present.slice(values.length)];
    },
  };
}

/** A decimal, octal or hexadecimal integer as C writes it; NaN for what is none. */
function parseCInteger(word: string): number {
  const match = /^(-?)(?:0[xX]([\da-fA-F]+)|(0[0-7]*)|([1-9]\d*))$/.exec(word);
  if (match === null) return Number.NaN;
  const [, sign, hex, octal, decimal] = match;
  const size =
    hex !== undefined
      ? parseInt(hex, 16)
      : octal !== undefined
        ? parseInt(octal, 8)
        : Number(decimal);
  return sign === '-' && size !== 0 ? -size : size;
}

/** A text that `isOk`, without blanks around it. */
export function text(isOk: (value: string) => boolean): ValueRule {
  return {
    parse(written): string | undefined {
      const value = written.trim();
      return value.length <= LONGEST && isOk(value) ? value : undefined;
    },
  };
}

/** A sysctl of one number that is a field of the settings. */
export function numberField(
  name: string,
  least: number,
  most: number,
  read: (settings: HostSettings) => number,
  write: (settings: HostSettings, value: number, now: Instant) => void,
): BoundSysctl {
  return {
    kind: 'bound',
    name,
    rule: numbers(1, least, most),
    read: (settings) => [read(settings)],
    write: (settings, value, now) => write(settings, Number(value[0]), now),
  };
}

/** A flag that the kernel keeps in a byte: any value but 0 is yes. */
export function flag(
  name: string,
  read: (settings: HostSettings) => boolean,
  write: (settings: HostSettings, value: boolean) => void,
): BoundSysctl {
  return numberField(
    name,
    0,
    1,
    (settings) => (read(settings) ? 1 : 0),
    (settings, value) => write(settings, value !== 0),
  );
}

/** A number that is kept. */
export function keptNumber(
  name: string,
  initial: number,
  least: number,
  most: number,
  why: string,
): KeptSysctl {
  return { kind: 'kept', name, rule: numbers(1, least, most), initial: [initial], why };
}

/** A text that is kept. */
export function keptText(
  name: string,
  initial: string,
  isOk: (value: string) => boolean,
  why: string,
): KeptSysctl {
  return { kind: 'kept', name, rule: text(isOk), initial, why };
}
