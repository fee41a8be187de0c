/** In which stages of which experiments the tables are not as the kernel's, and why. */

export interface StageDifference {
  readonly scenario: string;
  /** The names of the stages. */
  readonly stages: RegExp;
  readonly reason: string;
}

const OPENED_AT_ONCE =
  'of SYNs that cross, the kernel counts its own as acknowledged octet and as round trip, says ' +
  'since its start that no data has come, and counts the repeated SYN as D-SACK';
const OTHER_CONTROL =
  'the laboratory chose a congestion control for IPv4 only; and a receiver’s first round trip';
const ECHO_SEEN_BEFORE =
  'the kernel measures no round trip as a receiver by an echo that an acknowledgment had before';

export const STAGE_DIFFERENCES: readonly StageDifference[] = [
  {
    scenario: 'linux/icmp-pmtu/pmtu-blackhole-probing0',
    stages: /^after 9 s/,
    reason: 'the kernel measures round trips as a receiver by data ahead of order, too',
  },
  {
    scenario: 'linux/icmp-pmtu/pmtu-routers',
    stages: /^after PMTU/,
    reason:
      'what is sent again leaves before the SACK is read, as its capture tells, and so counts as ' +
      'sent by an idle application',
  },
  { scenario: 'linux/ipv6/lan', stages: /^established/, reason: OTHER_CONTROL },
  { scenario: 'linux/ipv6/lo', stages: /^est/, reason: OTHER_CONTROL },
  {
    scenario: 'linux/nagle-cork/delack-unread-full-every-5ms',
    stages: /^end/,
    reason:
      'the kernel’s receiver has packets hung together less often, as the capture tells of it',
  },
  { scenario: 'linux/udp/lo-hello', stages: /^UDP has no states/, reason: 'two tables in one' },
  {
    scenario: 'linux/zero-window/default-rcvbuf',
    stages: /^drained/,
    reason:
      'the kernel’s last ACKs come 2 µs apart, a train that ends slow start (ssthresh), and here ' +
      'at one instant',
  },
  ...[
    'client-no-sack',
    'client-no-wscale',
    'no-sack-no-ws',
    'server-no-sack',
    'server-no-wscale',
  ].map((variant) => ({
    scenario: `linux/missing-options/${variant}`,
    stages: /^established/,
    reason: ECHO_SEEN_BEFORE,
  })),
  { scenario: 'linux/simultaneous/open-and-close', stages: /^(?!after)/, reason: OPENED_AT_ONCE },
  { scenario: 'linux/simultaneous/self-connect', stages: /^connected/, reason: OPENED_AT_ONCE },
];
