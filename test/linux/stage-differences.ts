/** In which stages of which experiments the tables are not as the kernel's, and why. */

export interface StageDifference {
  readonly scenario: string;
  /** The names of the stages. */
  readonly stages: RegExp;
  readonly reason: string;
}

const LISTENER_ENDS = 'the server of the scenario ends before, and its listener with it';
const OPENED_AT_ONCE =
  'of SYNs that cross, the kernel counts its own as acknowledged octet and as round trip, says ' +
  'since its start that no data has come, and counts the repeated SYN as D-SACK';

export const STAGE_DIFFERENCES: readonly StageDifference[] = [
  { scenario: 'linux/lo-server-first/modern', stages: /closed/, reason: LISTENER_ENDS },
  { scenario: 'linux/lo-server-first/rmem87380', stages: /closed/, reason: LISTENER_ENDS },
  { scenario: 'linux/simultaneous/open-and-close', stages: /^(?!after)/, reason: OPENED_AT_ONCE },
  { scenario: 'linux/simultaneous/self-connect', stages: /^connected/, reason: OPENED_AT_ONCE },
  {
    scenario: 'linux/time-wait/bind-errors',
    stages: /^same 4-tuple/,
    reason: 'the server of the scenario accepts at once',
  },
];
