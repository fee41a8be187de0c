/** What is wrong with a command line is said once, before any script. */
import { configure, ScriptError } from '../../drill/index.ts';
import { UsageError } from '../errors.ts';
import { PROFILE_NAMES } from './profiles.ts';
import { versionOption } from './script-text.ts';
import type { DrillSettings } from './settings.ts';

/** @throws UsageError */
export function checkOptions({ mode, profile, options, capture }: DrillSettings): void {
  if (profile !== undefined && !PROFILE_NAMES.includes(profile)) {
    throw new UsageError(`no profile "${profile}": there is ${PROFILE_NAMES.join(', ')}`);
  }
  const version = mode === undefined ? [] : [versionOption(mode)];
  const configuration = configure([], [...options, ...version]);
  if (configuration instanceof ScriptError) throw new UsageError(configuration.message);
  if (capture !== undefined && !/\.pcap(?:ng)?$/.test(capture)) {
    throw new UsageError(`-w ${capture}: a capture's name ends in .pcap or .pcapng`);
  }
}
