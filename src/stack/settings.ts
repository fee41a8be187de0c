/**
 * A host's settings: a copy of its profile that its administrator may change while it runs. Other
 * hosts with the same profile do not notice. Protocol code reads it as a {@link CommonProfile} each
 * time that a value is needed, unless a connection keeps what held when it began. What may differ
 * between its interfaces is in `links`, and each has what holds there.
 */
import { type Changeable, changeableCopy } from './changeable.ts';
import { LinkSettings } from './link-settings/link-settings.ts';
import type { CommonProfile, HostProfile } from './profile.ts';

export interface HostSettings extends Changeable<CommonProfile> {
  readonly links: LinkSettings;
}

/** The settings of a host that has just been started. */
export function settingsFrom(profile: HostProfile): HostSettings {
  const { neighbors, arp, forwarding, redirects, ipv6, ...others } = profile;
  const { acceptsSourceRoutes, promotesSecondaries, ...common } = others;
  const ofIpv4 = { arp, forwarding, redirects, acceptsSourceRoutes, promotesSecondaries };
  return Object.assign(changeableCopy<CommonProfile>(common), {
    links: new LinkSettings({ neighbors, ipv6, ...ofIpv4 }),
  });
}
