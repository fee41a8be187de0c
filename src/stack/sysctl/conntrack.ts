/** The sysctls of connections that boxes know: `net.netfilter.nf_conntrack_*`. */
import type { TrackedTcpState } from '../middlebox/flow.ts';
import { seconds } from '../time.ts';
import { type BoundSysctl, INT_MAXIMUM, numberField, SECONDS_MAXIMUM } from './sysctl.ts';

const PREFIX = 'net.netfilter.nf_conntrack';

const TCP_TIMEOUTS: readonly (readonly [name: string, state: TrackedTcpState])[] = [
  ['syn_sent', 'SYN_SENT'],
  ['syn_recv', 'SYN_RECV'],
  ['established', 'ESTABLISHED'],
  ['fin_wait', 'FIN_WAIT'],
  ['close_wait', 'CLOSE_WAIT'],
  ['last_ack', 'LAST_ACK'],
  ['time_wait', 'TIME_WAIT'],
  ['close', 'CLOSE'],
];

function timeout(name: string, field: 'udp' | 'udpStream' | 'icmp' | 'icmpv6'): BoundSysctl {
  return numberField(
    `${PREFIX}_${name}`,
    0,
    SECONDS_MAXIMUM,
    ({ tracking }) => Math.floor(tracking[field] / seconds(1)),
    ({ tracking }, value) => {
      tracking[field] = seconds(value);
    },
  );
}

function tcpTimeout(name: string, state: TrackedTcpState): BoundSysctl {
  return numberField(
    `${PREFIX}_tcp_timeout_${name}`,
    0,
    SECONDS_MAXIMUM,
    ({ tracking }) => Math.floor(tracking.tcp[state] / seconds(1)),
    ({ tracking }, value) => {
      tracking.tcp[state] = seconds(value);
    },
  );
}

export const CONNTRACK_SYSCTLS: readonly BoundSysctl[] = [
  numberField(
    `${PREFIX}_max`,
    0,
    INT_MAXIMUM,
    ({ tracking }) => tracking.most,
    ({ tracking }, value) => {
      tracking.most = value;
    },
  ),
  numberField(
    `${PREFIX}_tcp_loose`,
    0,
    1,
    ({ tracking }) => (tracking.takesUpMiddle ? 1 : 0),
    ({ tracking }, value) => {
      tracking.takesUpMiddle = value !== 0;
    },
  ),
  ...TCP_TIMEOUTS.map(([name, state]) => tcpTimeout(name, state)),
  timeout('udp_timeout', 'udp'),
  timeout('udp_timeout_stream', 'udpStream'),
  timeout('icmp_timeout', 'icmp'),
  timeout('icmpv6_timeout', 'icmpv6'),
];
