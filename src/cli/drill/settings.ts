/** What a run of scripts was asked to do, as plain data that a worker thread can be sent. */
import type { GivenOption } from '../../drill/index.ts';
import type { ModeName } from './script-files.ts';

export interface DrillSettings {
  /** Left out, each script runs in its own. */
  readonly mode: ModeName | undefined;
  /** The name of a profile of the stack. */
  readonly profile: string | undefined;
  /** `-D NAME=VALUE`. */
  readonly definitions: readonly (readonly [name: string, value: string])[];
  /** The original's options as they were given, which win over those in the script. */
  readonly options: readonly GivenOption[];
  readonly isVerbose: boolean;
  /** Where the whole capture goes, `.pcap` or `.pcapng`. */
  readonly capture: string | undefined;
}
