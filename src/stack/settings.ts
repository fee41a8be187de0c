/**
 * A host's settings: a copy of its profile that its administrator may change while it runs. Other
 * hosts with the same profile do not notice. Protocol code reads it as a {@link HostProfile}, each
 * time that a value is needed, unless a connection keeps what held when it began.
 */
import type { HostProfile } from './profile.ts';

/** A type whose fields may be written, down to the last. */
type Changeable<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { -readonly [K in keyof T]: Changeable<T[K]> }
    : T;

export type HostSettings = Changeable<HostProfile>;

/** The settings of a host that has just been started. */
export function settingsFrom(profile: HostProfile): HostSettings {
  return copyOf(profile) as HostSettings;
}

/**
 * A copy down to the last field; lists are shared, since they are replaced as a whole. Assigned and
 * not spread: V8 gives every assigned copy the same shape, but spread ones another as soon as the
 * code is warm, and then all that was compiled for the former has to be compiled again.
 */
function copyOf(fields: object): object {
  const copy = Object.assign<Record<string, unknown>, object>({}, fields);
  for (const [name, value] of Object.entries(copy)) {
    if (typeof value === 'object' && !Array.isArray(value)) copy[name] = value && copyOf(value);
  }
  return copy;
}
