/**
 * What makes one system's TCP/IP look different from another's, as data. Protocol code reads these
 * fields and never asks which system it is.
 */
import type { TimerProfile } from './clock.ts';
import type { TrackingProfile } from './middlebox/tracking-profile.ts';
import type { RedirectProfile } from './ip/heeded-redirects.ts';
import type { IdentificationProfile } from './ip/identification.ts';
import type { Ipv6Profile } from './ip/ipv6-profile.ts';
import type { ArpProfile } from './neighbor/arp-profile.ts';
import type { NeighborProfiles } from './neighbor/neighbor-table.ts';
import type { ReassemblyProfile } from './reassembly/reassembly.ts';
import type { PortChoice } from './choices.ts';
import type { SocketMemoryProfile } from './sockets/socket-memory.ts';
import type { TcpProfile } from './tcp/profile.ts';
import type { Duration } from './time.ts';

/** Path MTU discovery by ICMP (RFC 1191). */
export interface PathMtuProfile {
  /** How long what ICMP told is believed (route.mtu_expires; RFC 1191 §6.3). */
  readonly lifetime: Duration;
  /** Less is not believed (route.min_pmtu). */
  readonly least: number;
  /** Who does without: 0 nobody, else every socket that asks for nothing (ip_no_pmtu_disc). */
  readonly isOff: number;
  /** Whether datagrams of UDP have DF, too, unless a program says (Linux); else TCP alone. */
  readonly ofDatagrams: boolean;
  /** No less is announced as MSS, however small the MTU (route.min_adv_mss). */
  readonly leastAnnouncedMss: number;
}

/** What makes a host a router (RFC 1812). */
export interface ForwardingProfile {
  /** Whether packets for others go on (ip_forward). */
  readonly isOn: boolean;
  /** Whether a sender is told of a nearer router (conf.all.send_redirects). */
  readonly sendsRedirects: boolean;
  /**
   * Whether a packet must have come by the link that leads back to its sender (1), or by any while
   * some link does (2), or neither (conf.all.rp_filter; RFC 3704 §2.2, §2.4).
   */
  readonly reversePathFilter: number;
  /** Whether others may send by an address of this host (accept_local). */
  readonly acceptsOwnSource: boolean;
}

/** How many ICMP errors a host sends (RFC 1812 §4.3.2.8). */
export interface IcmpProfile {
  /** The time between two to one destination, of which six may be saved up (icmp_ratelimit). */
  readonly interval: Duration;
  /** The same of IPv6, where all errors are bounded (net.ipv6.icmp.ratelimit). */
  readonly intervalOfIpv6: Duration;
  /** The types that bounds are for, one bit each: 1 << type (icmp_ratemask). */
  readonly limitedTypes: number;
  /** How many go to all together in a second (icmp_msgs_per_sec), or at once (icmp_msgs_burst). */
  readonly perSecond: number;
  readonly burst: number;
  /**
   * What an error about a packet without a route takes from its sender's account, beside the
   * interval, and how much that holds (route.error_cost, route.error_burst).
   */
  readonly refusalCost: Duration;
  readonly refusalBurst: Duration;
  /**
   * How many octets an error quotes behind the IP header of the packet, a whole TCP header at least
   * where `quotesTcpHeader` (RFC 792 has 8; RFC 1812 §4.3.2.3 as many as 576 octets have room for).
   */
  readonly quoted: number;
  readonly quotesTcpHeader: boolean;
  /**
   * Whether an error has the precedence of internetwork control and the rest of the packet's type
   * of service (RFC 1812 §4.3.2.5), or nothing of it.
   */
  readonly errorsAreControl: boolean;
  /** Whether echo requests are answered at all (not with icmp_echo_ignore_all). */
  readonly answersEchoes: boolean;
  /** Whether those to many hosts are (not with icmp_echo_ignore_broadcasts; RFC 1122 §3.2.2.6). */
  readonly answersEchoesToMany: boolean;
}

/** What holds for sockets of every protocol (`net.core`). */
export interface SocketDefaults {
  /** Octets for datagrams that wait to be received, and to be sent (rmem_default, wmem_default). */
  readonly receiveBuffer: number;
  readonly sendBuffer: number;
  /** The most that `listen` takes for its backlog (somaxconn). */
  readonly backlogMaximum: number;
  /**
   * Whether a connected socket of datagrams is told of soft ICMP errors without having asked by
   * IP_RECVERR (RFC 1122 §4.1.3.3 wants it to be told of all; Linux __udp4_lib_err() hides those).
   */
  readonly tellsSoftErrors: boolean;
  /** How many groups of IPv4 a socket may join (igmp_max_memberships). */
  readonly membershipsMost: number;
  /** Whether a new socket of IPv6 does not speak IPv4 (net.ipv6.bindv6only; RFC 3493 §5.3). */
  readonly isV6Only: boolean;
  /** Whether `bind` takes addresses that the host does not have (ip_nonlocal_bind). */
  readonly bindsFreely: boolean;
  /** Whether bind(0) shares a port, by SO_REUSEADDR, when none is left (ip_autobind_reuse). */
  readonly sharesEphemeralPorts: boolean;
}

/** What may differ between the interfaces of a host (net.….conf, net.….neigh). */
export interface LinkProfile {
  readonly neighbors: NeighborProfiles;
  readonly arp: ArpProfile;
  readonly forwarding: ForwardingProfile;
  readonly redirects: RedirectProfile;
  readonly ipv6: Ipv6Profile;
  /** Whether packets that come along a source route are taken (RFC 7126 §4.3 advises not to). */
  readonly acceptsSourceRoutes: boolean;
  /** Whether addresses of a network stay when its first one goes (promote_secondaries). */
  readonly promotesSecondaries: boolean;
}

/** How long ways that redirects told of are kept. */
export interface RedirectLifetimes {
  /** From the redirect on (net.ipv4.route.gc_timeout). */
  readonly ipv4: Duration;
  /** From the last packet on that went there (net.ipv6.route.gc_timeout). */
  readonly ipv6: Duration;
}

/** What is the same on all interfaces of a host. */
export interface CommonProfile {
  readonly name: string;
  readonly timers: TimerProfile;
  /** The TTL of packets sent (RFC 1122 §3.2.1.7). */
  readonly ttl: number;
  readonly identification: IdentificationProfile;
  /** First and last ephemeral port. */
  readonly ephemeralPorts: readonly [number, number];
  /** The first port that a user who is not root may bind; 0 where nobody asks. */
  readonly firstUnprivilegedPort: number;
  /** Which of them a socket gets (RFC 6056 §3.3): one of TCP, and one of UDP. */
  readonly portChoice: { readonly streams: PortChoice; readonly datagrams: PortChoice };
  /** Those that only who names them gets, as ranges (ip_local_reserved_ports). */
  readonly reservedPorts: readonly (readonly [number, number])[];
  /** What SO_SNDBUF and SO_RCVBUF make of a number. */
  readonly socketMemory: SocketMemoryProfile;
  readonly sockets: SocketDefaults;
  readonly pathMtu: PathMtuProfile;
  /** Of packets that come in fragments, by family. */
  readonly reassembly: { readonly ipv4: ReassemblyProfile; readonly ipv6: ReassemblyProfile };
  readonly redirectLifetimes: RedirectLifetimes;
  readonly icmp: IcmpProfile;
  /** What boxes on this host keep of connections. */
  readonly tracking: TrackingProfile;
  readonly tcp: TcpProfile;
}

/** One system. */
export interface HostProfile extends CommonProfile, LinkProfile {}
