/**
 * What makes one system's TCP look different from another's, as data. Protocol code reads these
 * fields and never asks which system it is.
 */
import type { Duration } from '../time.ts';
import type { InitialNumberRule } from '../choices.ts';
import type { TimestampClockProfile } from './timestamp-clock.ts';
import type { KnownProblems } from './known-problems.ts';
import type { BurstProfile, CongestionProfile } from './congestion/congestion-profile.ts';
import type { EcnProfile } from './ecn/ecn-profile.ts';
import type { FastOpenProfile } from './fast-open/fast-open-profile.ts';
import type { ListenProfile } from './listen/listen-profile.ts';
import type { KeepAliveProfile } from './liveness/keep-alive-profile.ts';
import type { MtuProbingProfile } from './path-mtu/mtu-probing-profile.ts';
import type { LossRecoveryProfile, RetransmissionProfile } from './recovery/recovery-profile.ts';
import type { PeerMetricsProfile } from './metrics/metrics-profile.ts';
import type { TimeWaitRecordsProfile } from './time-wait/time-wait-profile.ts';

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
  /** A number of octets, if the buffer has them, and perhaps another in a SYN-ACK (Windows). */
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
  /** Whether what comes ahead of order makes it grow, too (Linux 6.17). */
  readonly growsAhead: boolean;
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

/** How what arrives waits while a call of the program has the socket (Linux sk_backlog). */
export interface BacklogProfile {
  /** Whether segments that follow each other become one meanwhile (Linux, since 5.0). */
  readonly coalesces: boolean;
  /** Whether all of them together are acknowledged once (tcp_backlog_ack_defer; since 6.7). */
  readonly defersAcks: boolean;
}

/** The sizes of a buffer in octets (tcp_rmem, tcp_wmem). */
export interface BufferSizes {
  readonly minimum: number;
  readonly default: number;
  readonly maximum: number;
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
  /** Nothing: calls never have the socket for so long that it could be seen. */
  readonly backlog: BacklogProfile | undefined;
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
  /** What is remembered of peers; nothing: all of it is forgotten with the connection. */
  readonly peerMetrics: PeerMetricsProfile | undefined;
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
   * Whether an ACK from before SND.UNA is too old, too, where it is of octets from before the first
   * (Linux 6.7); else only by the largest window (RFC 5961 §5.2).
   */
  readonly boundsOldAcks: boolean;
  /**
   * What becomes of a window that is smaller than the last, in a segment with the same numbers as
   * the one that had that. RFC 9293 §3.10.7.4 takes it; else such segments may have changed order.
   */
  readonly smallerWindow: 'taken' | 'zero-only' | 'ignored';
  /** Whether a segment without text stays in a window that was taken back, or is at SND.NXT. */
  readonly staysInWindow: boolean;
  /** Whether an ICMP error may quote SND.NXT, which is not in flight yet (Linux tcp_v4_err()). */
  readonly hearsErrorsAboutNext: boolean;
  /**
   * Whether "protocol unreachable" and "port unreachable" end a connection in any state (RFC 9293
   * §3.9.2.2, SHLD-26); else only one that opens, since anybody could forge them (RFC 5927 §5.2).
   */
  readonly hardErrorsAbort: boolean;
  /**
   * Whether the last segment waits for the peer's window to have room for the FIN behind it, too
   * (Linux tcp_snd_wnd_test()); else its octets go without.
   */
  readonly finNeedsRoom: boolean;
  /**
   * What a reset in SYN-RECEIVED tells a program that opened actively: that it was refused (RFC
   * 9293 §3.10.7.4 second), or reset as any connection.
   */
  readonly resetWhileOpening: 'ECONNREFUSED' | 'ECONNRESET';
  /**
   * From how many retransmissions on a soft ICMP error ends a connection that opens, and whether it
   * must be the second one (RFC 5461 §4). MUST-56 has it end none.
   */
  readonly softErrorsEndOpening: { readonly retransmissions: number; readonly twice: boolean };
  /**
   * So long the program is busy in its connect(): a soft ICMP error that comes meanwhile, as from
   * a router on the same machine, is only kept (Linux sock_owned_by_user()).
   */
  readonly connectLasts: Duration;
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
  /** Less than one in so many of the space is no window, though it be a segment; 0: it is. */
  readonly closesWindowBelow: number;
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
  /** Whether the peer's FIN is acknowledged before ours goes that waits (Linux tcp_fin()). */
  readonly answersFinFirst: boolean;
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
