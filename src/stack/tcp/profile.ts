/**
 * What makes one system's TCP look different from another's, as data. Protocol code reads these
 * fields and never asks which system it is.
 */
import type { Duration } from '../time.ts';
import type { InitialNumberRule } from '../choices.ts';
import type { TimestampClockProfile } from './timestamp-clock.ts';
import type { KnownProblems } from './known-problems.ts';

/** The options that a SYN can offer. */
export type SynOption = 'mss' | 'sack-permitted' | 'timestamps' | 'window-scale';

/**
 * What fills the options of a SYN up to whole words (RFC 9293 §3.2): NOPs before an option, or an
 * end of the list behind the last. `nop` and `eol` are tcpdump's names:
 *
 *     shared-words   mss sackOK TS nop wscale               SACK and timestamps that follow each
 *                    mss nop wscale nop nop sackOK          other fill three words (Linux, Windows)
 *     words          mss nop nop sackOK nop wscale nop nop TS    each ends at a word (OpenBSD)
 *     alignment      mss nop wscale sackOK TS               numbers lie where they are read at once
 *                    mss nop wscale sackOK eol              (FreeBSD, macOS)
 *     end            mss wscale sackOK eol                  nothing between them (smoltcp)
 */
export type SynPadding = 'shared-words' | 'words' | 'alignment' | 'end';

/** How the window of a SYN or SYN-ACK is found; never above 65,535, since it is not scaled. */
export type InitialWindow =
  /**
   * As many whole segments as fit into the buffer's space, or the space where none fits (Linux).
   */
  | { readonly rule: 'whole-segments' }
  /**
   * So many segments of 1,460 octets, as many octets in longer ones, but two of them at least, and
   * never above the space (RFC 6928's ten and twice as many, in Linux before 4.20).
   */
  | { readonly rule: 'segments'; readonly count: number }
  /** A number of octets, whatever the buffer, and perhaps another in a SYN-ACK (Windows). */
  | { readonly rule: 'fixed'; readonly window: number; readonly answer?: number };

/** When acknowledgments wait (RFC 1122 §4.2.3.2, RFC 9293 §3.8.6.3). */
export interface DelayedAckProfile {
  /** The first and shortest delay (Linux TCP_ATO_MIN). */
  readonly minimum: Duration;
  /** The longest delay while the application answers (TCP_DELACK_MAX); below 500 ms (MUST-40). */
  readonly maximum: Duration;
  /** Whether none waits as long as the least retransmission timeout (Linux, since 6.7). */
  readonly staysBelowRto: boolean;
  /** How many segments a fresh receiver acknowledges at once (TCP_MAX_QUICKACKS); 0 for none. */
  readonly quickAcks: number;
  /** Whether only what acknowledges news counts as one of them (Linux, since 6.6). */
  readonly quickAcksTellNews: boolean;
  /** After so many answers in a row it waits for the next one (tcp_pingpong_thresh). */
  readonly interactiveAfter: number;
  /** Whether reading all that the peer has pushed acknowledges it (Linux tcp_cleanup_rbuf()). */
  readonly endsWhenRead: boolean;
  /** The ticks of this timer, where it has its own (lwIP TCP_FAST_INTERVAL); 0: the host's. */
  readonly tick: Duration;
}

/**
 * What a receive buffer learns from the traffic (Linux), where each packet counts with the memory
 * that it takes.
 */
export interface ReceiveTuningProfile {
  /** Whether it grows with what is read in a round trip (tcp_moderate_rcvbuf). */
  readonly moderates: boolean;
  /** Whether it learns how much of it is room for payload (scaling_ratio, since Linux 6.6). */
  readonly learnsRatio: boolean;
}

/** How a receive buffer grows that counts octets alone (BSD). */
export interface ReceiveGrowthProfile {
  /** For so many round trips, or such a part of one, it is counted what comes. */
  readonly roundTrips: number;
  /** More than so many eighths of the buffer have to come in that time. */
  readonly eighths: number;
  /** By how many octets it grows then, or by half of what it is, or to twice what has come. */
  readonly step: number | 'half' | 'twice-arrived';
}

/** When one SACK tells of what several would (Linux, since 4.18). */
export interface SackCompressionProfile {
  /** The most that one waits (tcp_comp_sack_delay_ns), and the slack of its timer. */
  readonly delay: Duration;
  readonly slack: Duration;
  /** The most segments that one stands for (tcp_comp_sack_nr). */
  readonly most: number;
}

/** Retransmission (RFC 6298, RFC 9293 §3.8.3). */
export interface RetransmissionProfile {
  readonly initialRto: Duration;
  /** The same for a SYN-ACK (OpenBSD SYN_CACHE_TIMER_ARM(); elsewhere as for a SYN). */
  readonly synAckRto: Duration;
  /** RTO is never below this (RFC 6298 (2.4): 1 s). */
  readonly minimumRto: Duration;
  /** What 4·RTTVAR counts as at least (Linux: 200 ms; RFC 6298: the clock's granularity). */
  readonly minimumVariance: Duration;
  /** What is added to each timeout that was computed or backed off (net.inet.tcp.rexmit_slop). */
  readonly slop: Duration;
  readonly maximumRto: Duration;
  /**
   * Round trips are measured in ticks of so long, and the RTO is computed in them by the arithmetic
   * of 1988 (lwIP TCP_SLOW_INTERVAL); 0: exactly, by RFC 6298.
   */
  readonly roundTripTick: Duration;
  /** SYN retransmissions before giving up (tcp_syn_retries). */
  readonly synRetries: number;
  /** How many of those come at the initial interval before it doubles (tcp_syn_linear_timeouts). */
  readonly synLinearTimeouts: number;
  /** Whether the interval between SYNs doubles at all (not in lwIP). */
  readonly synBacksOff: boolean;
  /** No SYN goes again after so long, whatever the number (TCPTV_KEEP_INIT). */
  readonly synPatience: Duration;
  /** SYN-ACK retransmissions (tcp_synack_retries). */
  readonly synAckRetries: number;
  /** R1, after which the way is doubted, counted as R2 is (tcp_retries1; RFC 9293 §3.8.3). */
  readonly retries1: number;
  /** R2 as a number of retransmissions (tcp_retries2, TCP_MAXRXTSHIFT). */
  readonly retries2: number;
  /**
   * Whether R1 and R2 stand for the time that so many take from TCP_RTO_MIN on, doubling (Linux
   * tcp_model_timeout()); else they are counted.
   */
  readonly retriesAreTime: boolean;
  /** The same for a connection that no process owns any more (tcp_orphan_retries): 0 means 8. */
  readonly orphanRetries: number;
  /** Whether few segments in flight do not back off at first (tcp_thin_linear_timeouts): by 1. */
  readonly thinLinearTimeouts: number;
  /** Whether a short packet that goes again takes up those behind it (tcp_retrans_collapse). */
  readonly mergesShortPackets: boolean;
  /** Whether "unreachable" takes a back-off back (RFC 6069, Experimental). */
  readonly takesBackOffBack: boolean;
}

/** Keep-alives, where a program wants them (RFC 9293 §3.8.4). */
export interface KeepAliveProfile {
  /** How long nothing comes before the first (tcp_keepalive_time). */
  readonly idle: Duration;
  /** Between two (tcp_keepalive_intvl). */
  readonly interval: Duration;
  /** How many go without an answer (tcp_keepalive_probes). */
  readonly probes: number;
  /** Whether they go for every connection, asked for or not (net.inet.tcp.always_keepalive). */
  readonly isAlways: boolean;
}

/** The sizes of a buffer in octets (tcp_rmem, tcp_wmem). */
export interface BufferSizes {
  readonly minimum: number;
  readonly default: number;
  readonly maximum: number;
}

/** How losses are found and repaired (RFC 6675, RFC 8985). */
export interface LossRecoveryProfile {
  /** Whether SACK blocks that arrive are read (not by smoltcp, though it sends them). */
  readonly readsSack: boolean;
  /**
   * Whether the window falls in proportion to what is delivered (RFC 6937), or at once, so that
   * nothing goes until half of what is in flight has arrived (RFC 5681 §3.2, RFC 6675 §5).
   */
  readonly reduces: 'in-proportion' | 'at-once';
  /** Duplicate ACKs that mean loss, before reordering was seen (tcp_reordering). */
  readonly reordering: number;
  /** More reordering than this, in segments, is not believed (tcp_max_reordering). */
  readonly reorderingMost: number;
  /** Whether timeouts are tested for having been spurious (tcp_frto; RFC 5682): not by 0. */
  readonly frto: number;
  /** Whether a probe goes before the timeout (tcp_early_retrans; RFC 8985 §7): by 3 and 4. */
  readonly earlyRetransmit: number;
  /** tcp_recovery: a sum of bits, in `recovery/rack.ts`. */
  readonly rackFlags: number;
  /** What the timers of the probe and of late segments wait longer, for they may be coarse. */
  readonly timerAllowance: Duration | 'two-ticks';
}

/** The parameters of Linux's CUBIC (/sys/module/tcp_cubic/parameters). */
export interface CubicProfile {
  /** What is left of the window after a loss, in 1024ths. */
  readonly beta: number;
  /** Whether a flow that lost before its last window gives way (RFC 9438 §4.7): not by 0. */
  readonly fastConvergence: number;
  /** Whether it is never slower than Reno would be (RFC 9438 §4.3): not by 0. */
  readonly friendliness: number;
  /** The first slow start threshold, in segments; 0 for none. */
  readonly initialThreshold: number;
  /** Whether HyStart ends slow start: not by 0. */
  readonly hystart: number;
  /** By what: trains of ACKs (1), longer round trips (2), or either (3). */
  readonly hystartBy: number;
  /** It only matters for windows from this on. */
  readonly hystartLowWindow: number;
  /** ACKs no further apart are one train. */
  readonly hystartAckDelta: Duration;
}

/** Congestion control (RFC 5681). */
export interface CongestionProfile {
  /** tcp_congestion_control */
  readonly algorithm: CongestionAlgorithm;
  /** The first congestion window, in segments (RFC 6928: 10). */
  readonly initialWindow: number;
  /** No more octets than these, unless two segments are (RFC 6928 §2, RFC 3390 §1). */
  readonly initialOctets: number;
  /** Whether a window that was not used decays (tcp_slow_start_after_idle; RFC 5681 §4.1). */
  readonly slowStartAfterIdle: boolean;
  /** Whether a FIN without data leaves though the window is full: it is no burden. */
  readonly finIgnoresWindow: boolean;
  readonly cubic: CubicProfile;
}

/** Explicit congestion notification (RFC 3168). */
export interface EcnProfile {
  /**
   * tcp_ecn. 0: never; 1: offered and accepted; 2: accepted. From 3 on AccECN (RFC 9768) is
   * accepted, too: 3 offers it, 4 offers ECN, 5 offers neither.
   */
  readonly mode: number;
  /**
   * Whether data is ECT though one of the SYNs did not ask for ECN (Linux, measured on 6.18; RFC
   * 3168 §6.1.1 forbids it).
   */
  readonly ectAfterPlainSyn: boolean;
  /**
   * How many repeated SYNs still offer it (RFC 3168 §6.1.1.1; net.inet.tcp.ecn.maxretries): none on
   * Linux, or all without tcp_ecn_fallback.
   */
  readonly offerRetries: number;
  /** The same of AccECN, for which once more is recommended (RFC 9768 §3.1.4.1). */
  readonly accurateOfferRetries: number;
  /** Whether AccECN stops using ECT where the path rewrites the field (RFC 9768 §3.2.2.3). */
  readonly testsPath: boolean;
  /**
   * When AccECN's option is sent (tcp_ecn_option): 0 never, 1 on changes, 2 wherever it fits, 3
   * even where acknowledgments that carry it seem to be lost.
   */
  readonly option: number;
  /** How often in a round trip it is sent if there is no change (tcp_ecn_option_beacon); 0: not. */
  readonly beacon: number;
  /** Whether it is sent only to peers who send it, too (Linux; RFC 9768 §3.2.3.2.3 has it not). */
  readonly optionAwaitsPeer: boolean;
  /**
   * Packets with CE that may wait for an acknowledgment with AccECN: of data, and where nothing but
   * acknowledgments came, which are not acknowledged by themselves where it is infinite (RFC 9768
   * §3.2.2.5.1: 2 and 3, never more than 7).
   */
  readonly marksPerAck: number;
  readonly marksPerAckOfAcks: number;
  /**
   * Whether with AccECN bare acknowledgments and retransmissions are ECT, too (Linux; allowed to
   * experiments by RFC 8311 §4.3, not by RFC 3168 §6.1.4 and §6.1.5).
   */
  readonly marksEverything: boolean;
}

/** How segments are put together for a device that cuts them (segmentation offload). */
export interface BurstProfile {
  /** tcp_min_tso_segs */
  readonly leastSegments: number;
  /** tcp_tso_rtt_log: a round trip of 2ⁿ µs halves what is added to a burst. */
  readonly roundTripShift: number;
  /** tcp_tso_win_divisor: with this share of the window free, a burst does not wait for more. */
  readonly windowDivisor: number;
  /** tcp_pacing_ss_ratio and tcp_pacing_ca_ratio, in percent of the window per round trip. */
  readonly slowStartRatio: number;
  readonly avoidanceRatio: number;
  /** Whether a packet is filled from the one behind it just before it leaves (tcp_grow_skb()). */
  readonly fillsFromNext: boolean;
}

/** TCP Fast Open (RFC 7413). */
export interface FastOpenProfile {
  /** tcp_fastopen: a sum of bits, in `tcp/fast-open-state.ts`. */
  readonly flags: number;
  /** How long it is paused where it seems to be swallowed: 0 for never. */
  readonly blackholeTimeout: Duration;
  /** tcp_fastopen_key: the present key and perhaps the one before; none leaves it to the host. */
  readonly keys: readonly Uint8Array[];
  /**
   * Whether the FIN of `shutdown` waits for the end of the handshake (Linux tcp_shutdown(), since
   * 6.10); that of `close` never does (RFC 9293 §3.10.4).
   */
  readonly shutdownWaits: boolean;
}

/** What packets that wait to be sent take of a send buffer, where that is counted (Linux). */
export interface PacketMemory {
  /** Beside the payload: descriptor, head and shared part. */
  readonly overhead: number;
  /** The most payload of one packet. */
  readonly mostOctets: number;
  /** Room for headers and the shared part beside a segment, when memory is estimated. */
  readonly headers: number;
  /** sizeof(struct sk_buff), aligned. */
  readonly descriptor: number;
}

/** What a listener takes (listen(2)). */
export interface ListenProfile {
  /** Whether a connection without room to wait for accept is reset (tcp_abort_on_overflow). */
  readonly abortOnOverflow: number;
  /** How many connections may open through one listener (tcp_max_syn_backlog). */
  readonly synBacklog: number;
  /** tcp_syncookies: cookies answer what does not fit (1), or every SYN (2). */
  readonly synCookies: number;
  /** Whether the connection that has been opening longest gives way when no more may. */
  readonly oldestGivesWay: boolean;
  /** Whether a connection takes the DSCP of the SYN that opened it (tcp_reflect_tos). */
  readonly reflectsTos: boolean;
}

/** Path MTU discovery by the packets themselves (RFC 4821). */
export interface MtuProbingProfile {
  /** tcp_mtu_probing: 1 searches when a black hole is suspected, 2 always. */
  readonly mode: number;
  /** The MSS that the search begins at (tcp_base_mss). */
  readonly baseMss: number;
  /** The least MSS that a black hole makes it fall to (tcp_mtu_probe_floor). */
  readonly floor: number;
  /** The least MSS there is (tcp_min_snd_mss). */
  readonly leastMss: number;
  /** The search ends when it is so narrow (tcp_probe_threshold), and begins again after so long. */
  readonly threshold: number;
  readonly interval: Duration;
}

/** The congestion controls that may be chosen. */
export const CONGESTION_ALGORITHMS = ['reno', 'cubic', 'dctcp', 'bbr'] as const;
export type ChosenAlgorithm = (typeof CONGESTION_ALGORITHMS)[number];
/** Those, and none at all, which only a system can have. */
export type CongestionAlgorithm = ChosenAlgorithm | 'none';

export function isCongestionAlgorithm(name: string): name is ChosenAlgorithm {
  return (CONGESTION_ALGORITHMS as readonly string[]).includes(name);
}

/** Records of connections that wait alone: in TIME-WAIT, and in FIN-WAIT-2 without a socket. */
export interface TimeWaitRecordsProfile {
  /** How many there may be (tcp_max_tw_buckets). */
  readonly most: number;
  /** Whether `connect` may take the place of one (tcp_tw_reuse): 1 always, 2 on loopback. */
  readonly reuse: number;
  /** How long it has been in TIME-WAIT then (tcp_tw_reuse_delay). */
  readonly reuseDelay: Duration;
}

/** A RST that answers what belongs to no connection (RFC 9293 §3.5.2). */
export interface ResetAnswerProfile {
  /** Whether it has DF, or does where what it answers had it (BSD turns that packet around). */
  readonly dontFragment: boolean | 'repeated';
  /** Whether it has the DSCP of what it answers (Linux ip_send_unicast_reply()). */
  readonly reflectsTos: boolean;
  /** Whether, without the ACK flag, its ACK field repeats its sequence number; else it is 0. */
  readonly repeatsAck: boolean;
  /** Whether it acknowledges what it answers even where that has an ACK (lwIP tcp_rst()). */
  readonly alwaysAcks: boolean;
  readonly window: number;
}

/** One system's TCP. */
export interface TcpProfile {
  /** The options of a SYN in their order; those left out are neither offered nor accepted. */
  readonly synOptions: readonly SynOption[];
  readonly synPadding: SynPadding;
  /** Whether those are in use (tcp_timestamps): 2 counts timestamps from no offset. */
  readonly timestamps: number;
  /** Whether our SYNs offer them; else they are used with peers whose SYNs do (Windows). */
  readonly requestsTimestamps: boolean;
  readonly timestampClock: TimestampClockProfile;
  /** tcp_sack */
  readonly sack: boolean;
  /** tcp_window_scaling */
  readonly windowScaling: boolean;
  /** Longer segments are neither announced nor sent, whatever the link carries (lwIP TCP_MSS). */
  readonly longestSegment: number;
  readonly initialNumbers: InitialNumberRule;
  readonly initialWindow: InitialWindow;
  /** The receive buffer unless SO_RCVBUF says otherwise; window and scale follow from it. */
  readonly receiveBuffer: BufferSizes;
  /**
   * Which part of that buffer is for what is kept beside the data (tcp_adv_win_scale): one in 2ⁿ,
   * half of it for 1; nothing for 0. A negative n leaves one in 2⁻ⁿ for the data.
   */
  readonly overheadScale: number;
  /** How the buffer adapts to what is read; nothing: it does not, and counts octets alone. */
  readonly receiveTuning: ReceiveTuningProfile | undefined;
  /** How such a one grows with what comes; nothing: it keeps its size. */
  readonly receiveGrowth: ReceiveGrowthProfile | undefined;
  /**
   * Which part of the window is held back at first (tcp_app_win): one in 2ⁿ, and room for a segment
   * at least; nothing for 0.
   */
  readonly applicationWindow: number;
  /** What sending may queue unless SO_SNDBUF says otherwise. */
  readonly sendBuffer: BufferSizes;
  /** Nothing: payload alone is counted, and packets have no bounds. */
  readonly packetMemory: PacketMemory | undefined;
  /** How much may wait unsent before a writer has to wait (tcp_notsent_lowat). */
  readonly unsentMost: number;
  readonly delayedAck: DelayedAckProfile;
  /** Nothing: each segment ahead of order is told of at once. */
  readonly sackCompression: SackCompressionProfile | undefined;
  /** Whether duplicates are reported (tcp_dsack; RFC 2883). */
  readonly duplicateSack: boolean;
  readonly retransmission: RetransmissionProfile;
  readonly keepAlive: KeepAliveProfile;
  readonly listen: ListenProfile;
  readonly mtuProbing: MtuProbingProfile;
  readonly lossRecovery: LossRecoveryProfile;
  readonly congestion: CongestionProfile;
  readonly ecn: EcnProfile;
  /** Nothing: each segment is sent by itself. */
  readonly bursts: BurstProfile | undefined;
  readonly fastOpen: FastOpenProfile;
  /** How long after a challenge or an empty segment outside the window none is answered. */
  readonly challengeInterval: Duration;
  /** Challenges that the host sends in a second (tcp_challenge_ack_limit); INT_MAX: no bound. */
  readonly challengeLimit: number;
  /**
   * Whether an ACK of octets never sent is challenged in ESTABLISHED, as RFC 5961 §5.2 says. In the
   * states after it, it always is.
   */
  readonly challengesUnsentAck: boolean;
  /**
   * Whether "protocol unreachable" and "port unreachable" end a connection in any state (RFC 9293
   * §3.9.2.2, SHLD-26); else only one that opens, since anybody could forge them (RFC 5927 §5.2).
   */
  readonly hardErrorsAbort: boolean;
  /**
   * From how many retransmissions on a soft ICMP error ends a connection that opens, and whether it
   * must be the second one (RFC 5461 §4). MUST-56 has it end none.
   */
  readonly softErrorsEndOpening: { readonly retransmissions: number; readonly twice: boolean };
  /** A timestamp may be older by this and pass (Linux TCP_PAWS_WINDOW). */
  readonly timestampTolerance: number;
  /**
   * A segment that begins in the window and ends beyond it is taken whole where nothing waits to be
   * read, else not at all (Linux 6.17); otherwise it is trimmed (RFC 9293 §3.10.7.4).
   */
  readonly takesBeyondWindow: boolean;
  /** Whether a segment of old octets that ends at RCV.NXT is read for its ACK (Linux rcv_wup). */
  readonly readsLateSegments: boolean;
  /**
   * Whether a RST refuses our SYN only with number 0, as one that answers a SYN without ACK has it
   * (RFC 9293 §3.10.7.3, second; §3.5.2, group 1): so it takes one guess more to forge.
   */
  readonly checksRefusals: boolean;
  /**
   * Whether the window closes when there is no memory for a packet, though it was offered (Linux
   * 6.6); else it never does (RFC 9293 §3.8.6, SHLD-14).
   */
  readonly closesWindowWithoutMemory: boolean;
  /** Whether a scaled window is never more than there is memory for (tcp_shrink_window). */
  readonly shrinksWindow: boolean;
  /**
   * Unless 0, the urgent pointer of a segment that arrives is taken to stand at the last urgent
   * octet, as RFC 1122 §4.2.2.4 had it, not behind it (tcp_stdurg; RFC 6093 §2.2).
   */
  readonly urgentPointerToLast: number;
  /**
   * The largest window that is not scaled: 65,535, or half of it for peers that take the field
   * for a signed number (tcp_workaround_signed_windows).
   */
  readonly unscaledWindowMost: number;
  /** Whether a RST does not end TIME-WAIT (tcp_rfc1337). */
  readonly keepsTimeWait: boolean;
  /** 2·MSL: how long TIME-WAIT lasts (MUST-13). */
  readonly timeWait: Duration;
  /** How long a closed socket waits in FIN-WAIT-2 for the peer's FIN (tcp_fin_timeout). */
  readonly finWait2: Duration;
  /** How many connections may go on after their sockets were closed (tcp_max_orphans). */
  readonly orphansMost: number;
  /** Nothing: a control block waits alone, too. */
  readonly timeWaitRecords: TimeWaitRecordsProfile | undefined;
  /** The window field of the RST that an abort sends. */
  readonly abortWindow: 'current' | 'zero';
  readonly resetAnswer: ResetAnswerProfile;
  /**
   * Whether what opens through a listener is no more than a record at first, without an IP
   * identification of its own: what it sends has identification 0 (Linux struct request_sock).
   */
  readonly minisockets: boolean;
  readonly problems: KnownProblems;
}
