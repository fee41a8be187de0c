/** How long boxes keep connections that nothing passes of, and how many. */
import { type Duration, minutes, seconds } from '../time.ts';
import type { TrackedTcpState } from './flow.ts';

export interface TrackingProfile {
  /** How many connections there may be (nf_conntrack_max). */
  readonly most: number;
  /** Whether a connection is taken up in its middle (nf_conntrack_tcp_loose). */
  readonly takesUpMiddle: boolean;
  /** By state (nf_conntrack_tcp_timeout_…). */
  readonly tcp: Readonly<Record<TrackedTcpState, Duration>>;
  /** Of UDP, as long as one side alone has spoken, and afterwards. */
  readonly udp: Duration;
  readonly udpStream: Duration;
  /** Between a question of ICMP and its answer. */
  readonly icmp: Duration;
  readonly icmpv6: Duration;
}

/** Linux nf_conntrack_proto_tcp.c, _udp.c, _icmp.c, _icmpv6.c. */
export const LINUX_TRACKING: TrackingProfile = {
  most: 262_144, // nf_conntrack_max of a machine with 4 GiB and more
  takesUpMiddle: true, // nf_conntrack_tcp_loose
  tcp: {
    NONE: seconds(60),
    SYN_SENT: seconds(120),
    SYN_SENT2: seconds(120),
    SYN_RECV: seconds(60),
    ESTABLISHED: seconds(432_000),
    FIN_WAIT: seconds(120),
    CLOSE_WAIT: seconds(60),
    LAST_ACK: seconds(30),
    TIME_WAIT: seconds(120),
    CLOSE: seconds(10),
  },
  udp: seconds(30), // nf_conntrack_udp_timeout
  udpStream: seconds(120), // nf_conntrack_udp_timeout_stream
  icmp: seconds(30), // nf_conntrack_icmp_timeout
  icmpv6: seconds(30), // nf_conntrack_icmpv6_timeout
};

const ESTABLISHED_LEAST = minutes(124); // RFC 5382 §5, REQ-5: 2 hours 4 minutes
const TRANSITORY_LEAST = minutes(4); // RFC 5382 §5, REQ-5

/** The least that the standards of NAT ask for. */
export const RFC_TRACKING: TrackingProfile = {
  most: 65_536,
  takesUpMiddle: false,
  tcp: {
    NONE: TRANSITORY_LEAST,
    SYN_SENT: TRANSITORY_LEAST,
    SYN_SENT2: TRANSITORY_LEAST,
    SYN_RECV: TRANSITORY_LEAST,
    ESTABLISHED: ESTABLISHED_LEAST,
    FIN_WAIT: TRANSITORY_LEAST,
    CLOSE_WAIT: TRANSITORY_LEAST,
    LAST_ACK: TRANSITORY_LEAST,
    TIME_WAIT: TRANSITORY_LEAST,
    CLOSE: TRANSITORY_LEAST,
  },
  udp: minutes(5), // RFC 4787 §4.3, REQ-5: recommended
  udpStream: minutes(5),
  icmp: seconds(60), // RFC 5508 §3.2, REQ-2
  icmpv6: seconds(60),
};
