/** The systems that a host can be, by name. */
import { type HostProfile, linux26, linux3, linux6, windows7 } from '../../stack/index.ts';

const PROFILES: ReadonlyMap<string, HostProfile> = new Map(
  [linux6, linux3, linux26, windows7].map((profile) => [profile.name, profile]),
);

export const PROFILE_NAMES: readonly string[] = [...PROFILES.keys()];

/** What `--profile` calls it; nothing for a variant that a scenario made. */
export function profileNameOf(profile: HostProfile): string | undefined {
  // A host has a copy of its own.
  const known = PROFILES.get(profile.name);
  return JSON.stringify(known) === JSON.stringify(profile) ? profile.name : undefined;
}
