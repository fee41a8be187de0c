/** The systems that a host can be, by name. */
import { type HostProfile, PROFILES } from '../../stack/index.ts';

export const PROFILE_NAMES: readonly string[] = [...PROFILES.keys()];

/** What `--profile` calls it; nothing for a variant that a scenario made. */
export function profileNameOf(profile: HostProfile): string | undefined {
  // A host has a copy of its own.
  const known = PROFILES.get(profile.name);
  return JSON.stringify(known) === JSON.stringify(profile) ? profile.name : undefined;
}
