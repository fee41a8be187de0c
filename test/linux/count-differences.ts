/** Which counters of which experiments are not as the kernel's in the end, and why. */

/** Counters of an experiment whose differences are known. */
export interface CountersKnown {
  readonly scenario: string;
  readonly counters: RegExp;
  readonly reason: string;
}

const ASKED_EARLIER = 'the kernel was asked before the connection had ended';
const MORE_SEGMENTS =
  'the captures differ in how many segments went, as the comparison of them tells';
const READS_SOONER =
  'how much waits when more comes depends on when the program woke up: the simulated one does at once';
const OPENED_AT_ONCE =
  'of SYNs that cross, the kernel counts the repeated one as D-SACK, too dubious';

export const COUNT_DIFFERENCES: readonly CountersKnown[] = [
  {
    scenario: 'linux/arp/no-answer',
    counters: /Icmp|InDelivers|OutRequests|SynRetrans|Timeouts|Rehash|RetransSegs/,
    reason:
      'a SYN that waits for its neighbor is in the host’s own queue, and the kernel does not send ' +
      'it again; more of its errors come at once',
  },
  {
    scenario: 'linux/file-transfer/lo',
    counters: /Segs|InDelivers|Delivered|DataSent|HP|PureAcks|RcvCoalesce|ZeroWindow|NoUndo/,
    reason: `${MORE_SEGMENTS}; a D-SACK of which nothing is to be undone is not counted`,
  },
  {
    scenario: 'linux/file-transfer/relay-50ms-bbr-native',
    counters: /HP|PureAcks|RcvCoalesce/,
    reason: READS_SOONER,
  },
  {
    scenario: 'linux/file-transfer/relay-50ms-idle-restart',
    counters: /Segs|InDelivers|Delivered|HP|PureAcks|RcvCoalesce/,
    reason: MORE_SEGMENTS,
  },
  {
    scenario: 'linux/file-transfer/veth-tso-offload-on',
    counters: /Segs|InDelivers|Delivered|DataSent|HP|PureAcks|RcvCoalesce|ZeroWindow/,
    reason: MORE_SEGMENTS,
  },
  {
    scenario: 'linux/icmp-pmtu/pmtu-blackhole-probing0',
    counters: /Segs|InDelivers|Delivered|Abort|Lost|PureAcks|Timeout|TW/,
    reason: ASKED_EARLIER,
  },
  {
    scenario: 'linux/icmp-pmtu/pmtu-routers',
    counters: /Icmp|InDelivers|LostRetransmit/,
    reason: `${MORE_SEGMENTS}; and the kernel finds two errors to be about nothing in flight`,
  },
  {
    scenario: 'linux/ipv6/lan',
    counters: /Icmp6/,
    reason: 'the kernel was asked sooner after its start, and reports its groups more often',
  },
  ...['modern', 'rmem87380', 'rmem87380-shutdown-instead-of-close'].map((variant) => ({
    scenario: `linux/lo-server-first/${variant}`,
    counters: /RcvCoalesce/,
    reason: READS_SOONER,
  })),
  ...['pingpong', 'unread'].map((kind) => ({
    scenario: `linux/nagle-cork/delack-${kind}-small-every-15ms`,
    counters: kind === 'unread' ? /IgnoredNoUndo/ : /IgnoredNoUndo|RcvCoalesce/,
    reason: 'D-SACKs that no reduction is to be undone by are not counted apart',
  })),
  {
    scenario: 'linux/nagle-cork/delack-unread-full-every-5ms',
    counters: /HPHits|RcvCoalesce/,
    reason:
      'the kernel’s receiver has packets hung together less often, as the capture tells of it',
  },
  {
    scenario: 'linux/nagle-cork/nodelay-prompt-server',
    counters: /RcvCoalesce/,
    reason: 'the simulated program reads only when its pause is over',
  },
  {
    scenario: 'linux/reorder-dup/dup-fin',
    counters: /SACKDiscard/,
    reason: 'SACK blocks of what is acknowledged already are not counted',
  },
  {
    scenario: 'linux/simultaneous/open-and-close',
    counters: /DSACK/,
    reason: OPENED_AT_ONCE,
  },
  { scenario: 'linux/simultaneous/self-connect', counters: /DSACK/, reason: OPENED_AT_ONCE },
  {
    scenario: 'linux/time-wait/one-ephemeral-port',
    counters: /AbortOnData/,
    reason: 'the kernel does not count a connection that was reset in the queue of its listener',
  },
  {
    scenario: 'linux/udp/lan-ids-and-fragments',
    counters: /UdpInDatagrams/,
    reason: 'the kernel counts datagrams when they are read, and the simulated program reads fewer',
  },
  {
    scenario: 'linux/zero-window/default-rcvbuf',
    counters: /HystartTrain|IgnoredNoUndo/,
    reason:
      'the kernel’s last ACKs come 2 µs apart, a train that ends slow start, and here at one ' +
      'instant; D-SACKs that no reduction is to be undone by are not counted apart',
  },
  {
    scenario: 'linux/zero-window/lost-window-update',
    counters: /Segs|InDelivers|Delivered|PureAcks|TW/,
    reason: ASKED_EARLIER,
  },
];
