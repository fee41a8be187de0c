/** The systems that a host can be, by name. */
import { type HostSettings, PROFILES, settingsFrom } from '../../stack/index.ts';

export const PROFILE_NAMES: readonly string[] = [...PROFILES.keys()];

/** What `--profile` calls it; nothing for a variant that a scenario made. */
export function profileNameOf(settings: HostSettings): string | undefined {
  const known = PROFILES.get(settings.name);
  if (known === undefined || !settings.links.isUntouched) return undefined;
  // A host has a copy of its own.
  return JSON.stringify(settingsFrom(known)) === JSON.stringify(settings) ? known.name : undefined;
}
