/** Every profile, by its name. */
import type { HostProfile } from '../profile.ts';
import { freebsd } from './freebsd.ts';
import { linux26 } from './linux-2.6.ts';
import { linux3 } from './linux-3.ts';
import { linux4 } from './linux-4.ts';
import { linux6 } from './linux-6.ts';
import { lwip } from './lwip.ts';
import { macos } from './macos.ts';
import { openbsd } from './openbsd.ts';
import { rfc } from './rfc.ts';
import { RFC2525, type Rfc2525Section, rfc1999 } from './rfc2525.ts';
import { smoltcp } from './smoltcp.ts';
import { windows10 } from './windows-10.ts';
import { windows11 } from './windows-11.ts';
import { windows7 } from './windows-7.ts';

export {
  freebsd,
  linux26,
  linux3,
  linux4,
  linux6,
  lwip,
  openbsd,
  macos,
  rfc,
  RFC2525,
  rfc1999,
  type Rfc2525Section,
  smoltcp,
  windows10,
  windows11,
  windows7,
};

/** The profiles that there are; the first is the default. */
export const PROFILES: ReadonlyMap<string, HostProfile> = new Map(
  [
    linux6,
    linux4,
    linux3,
    linux26,
    windows7,
    windows10,
    windows11,
    macos,
    freebsd,
    openbsd,
    lwip,
    smoltcp,
    rfc,
  ].map((profile) => [profile.name, profile]),
);
