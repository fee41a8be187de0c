/**
 * Linux 2.6.32 as in CentOS 6, where the first windows are ten segments as in 2.6.39 (RFC 6928's
 * number). Whatever is not named here is as in Linux 3.
 */
import type { HostProfile } from '../profile.ts';
import { seconds } from '../time.ts';
import { linux3 } from './linux-3.ts';

const { tcp, neighbors, reassembly, socketMemory, sockets } = linux3;

/** net.core.rmem_max and rmem_default, wmem_max and wmem_default. */
const SOCKET_BUFFER = 124_928;

/** unres_qlen counts packets here, and there are three: with their records, of full length. */
const WAITING = 3 * 2304;

/** ipfrag_high_thresh and ip6frag_high_thresh, until 3.9. */
const FRAGMENTS = 262_144;

export const linux26: HostProfile = {
  ...linux3,
  name: 'linux-2.6',
  ephemeralPorts: [32768, 61000], // ip_local_port_range, until 4.2
  sockets: { ...sockets, receiveBuffer: SOCKET_BUFFER, sendBuffer: SOCKET_BUFFER },
  socketMemory: { ...socketMemory, receiveMost: SOCKET_BUFFER, sendMost: SOCKET_BUFFER },
  neighbors: {
    ipv4: { ...neighbors.ipv4, waitingMost: WAITING },
    ipv6: { ...neighbors.ipv6, waitingMost: WAITING },
  },
  reassembly: {
    ipv4: { ...reassembly.ipv4, memory: FRAGMENTS },
    ipv6: { ...reassembly.ipv6, memory: FRAGMENTS },
  },
  tcp: {
    ...tcp,
    initialWindow: { rule: 'segments', count: 10 }, // TCP_DEFAULT_INIT_RCVWND
    receiveBuffer: { ...tcp.receiveBuffer, maximum: 4_194_304 }, // tcp_rmem, until 3.4
    overheadScale: 2, // tcp_adv_win_scale, until 3.4: a quarter of the buffer
    retransmission: {
      ...tcp.retransmission,
      initialRto: seconds(3), // TCP_TIMEOUT_INIT, until 3.1
      synAckRto: seconds(3),
      synRetries: 5, // TCP_SYN_RETRIES, until 3.7
    },
    lossRecovery: { ...tcp.lossRecovery, earlyRetransmit: 0 }, // tcp_early_retrans, since 3.5
    timeWaitRecords: { most: 180_000, reuse: 0, reuseDelay: seconds(1) }, // tcp_max_tw_buckets
  },
};
