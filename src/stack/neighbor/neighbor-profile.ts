/** How a system asks for neighbours, and how long it believes what it was told (net.….neigh). */
import { type Duration, ms, seconds } from '../time.ts';

/** Of one family. */
export interface NeighborProfile {
  /** How long an answer is believed, on average; in truth from half to one and a half of it. */
  readonly reachableTime: Duration;
  /** How long a stale neighbour in use may yet be confirmed before it is asked. */
  readonly delayFirstProbe: Duration;
  /** Between two solicitations. */
  readonly retransmit: Duration;
  /** How often one that was known is asked, and how often everybody. */
  readonly unicastSolicitations: number;
  readonly multicastSolicitations: number;
  /** How often everybody is asked, too, for one that was known and does not answer. */
  readonly multicastResolicitations: number;
  /** For so many solicitations a program of the host's is left to answer (app_solicit). */
  readonly programSolicitations: number;
  /** The memory of packets that may wait for one neighbour, in octets. */
  readonly waitingMost: number;
  /** So many on one link are never forgotten. */
  readonly keptAlways: number;
  /** From so many on, one more makes those be forgotten that were not heard of lately. */
  readonly keptLong: number;
  /** There are never more. */
  readonly most: number;
  /** How long one that is not in use is kept. */
  readonly staleTime: Duration;
}

/** Linux's defaults for Ethernet, of both families. */
export const LINUX_NEIGHBORS: NeighborProfile = {
  reachableTime: seconds(30), // base_reachable_time_ms, RFC 4861 §10
  delayFirstProbe: seconds(5), // delay_first_probe_time
  retransmit: ms(1000), // retrans_time_ms
  unicastSolicitations: 3, // ucast_solicit
  multicastSolicitations: 3, // mcast_solicit
  multicastResolicitations: 0, // mcast_resolicit
  programSolicitations: 0, // app_solicit
  waitingMost: 212_992, // unres_qlen_bytes
  keptAlways: 128, // gc_thresh1
  keptLong: 512, // gc_thresh2
  most: 1024, // gc_thresh3
  staleTime: seconds(60), // gc_stale_time
};

/** ARP of the BSDs: an answer is believed for 20 minutes, and asked for five times. */
export const BSD_ARP: NeighborProfile = {
  ...LINUX_NEIGHBORS,
  reachableTime: seconds(1200), // net.link.ether.inet.max_age; OpenBSD net.inet.ip.arptimeout
  unicastSolicitations: 1, // as the entry ends
  multicastSolicitations: 5, // net.link.ether.inet.maxtries; OpenBSD arp_maxtries
};
