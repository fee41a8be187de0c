/**
 * What a sender remembers of losses: in which phase of recovery it is, what would undo it, and what
 * RACK and the tail loss probe need to know. Fields only; `recovery.ts` moves the phases.
 */
import { type Seq, toSeq } from '../../../wire/index.ts';
import type { Duration, Instant } from '../../time.ts';
import { AckReport } from './ack-report.ts';

/**
 * The phases, by Linux's names (`TCP_CA_…`):
 * - Open: nothing odd; Disorder: duplicate ACKs or SACKs, but no loss is certain.
 * - CWR: the window shrinks for another reason than loss (ECN).
 * - Recovery: fast recovery (RFC 5681 §3.2, RFC 6675 §5); Loss: after a timeout (RFC 5681 §3.1).
 */
export type RecoveryPhase = 'Open' | 'Disorder' | 'CWR' | 'Recovery' | 'Loss';

const ZERO = toSeq(0);

/** One acknowledgment is read at a time, and begins with a fresh report: one serves all. */
const REPORT = new AckReport();

export class LossRecovery {
  /** What the acknowledgment that is being read has told. */
  readonly ack: AckReport = REPORT;
  phase: RecoveryPhase = 'Open';
  /** RecoveryPoint (RFC 6675): SND.NXT when the phase was entered. */
  point: Seq = ZERO;
  /** Duplicate ACKs of a peer without SACK: each tells of one segment that has arrived. */
  duplicateAcks = 0;
  /** HighData of the SACKs: where the highest sacked segment ends. Only while some are sacked. */
  highestSacked: Seq = ZERO;
  /** How far apart segments have been reordered, in segments, and how often that was seen. */
  reordering: number;
  reorderingsSeen = 0;

  // Undo (Eifel, RFC 3522/4015, and D-SACK, RFC 3708).
  /** SND.UNA when the window was reduced, while that may still turn out to be wrong. */
  undoFrom: Seq | undefined = undefined;
  /** Retransmissions since then that no D-SACK has shown to be needless; −1 before the first. */
  undoRetransmissions = 0;
  /** When the first of the segments in flight was retransmitted; −1 when none was. */
  retransmittedAt: Instant = -1;
  /** F-RTO (RFC 5682) is under way: is the timeout spurious? */
  frto = false;

  // RACK (RFC 8985 §5.2): which transmission was the last of those delivered, counted so that order
  // is known where instants are equal; and the round trip of the latest delivery.
  rackTransmission = 0;
  rackRtt: Duration = 0;
  /** Whether RACK has learned of a delivery since it last looked for losses. */
  rackAdvanced = false;
  /** RACK.reo_wnd_mult, and after how many recoveries it falls back to 1. */
  reorderingWindows = 1;
  reorderingPersists = 0;
  dsackSeen = false;
  /** `delivered` when a D-SACK last made the window wider: once a round trip is enough. */
  dsackRoundDelivered = 0;

  // Tail loss probe (RFC 8985 §7).
  /** TLP.end_seq; the probe waits for its answer while `isProbing`. */
  probeEnd: Seq = ZERO;
  isProbing = false;
  probeIsRetransmission = false;

  // Counts that last as long as the connection, in segments.
  delivered = 0;
  lostEver = 0;
  duplicatesReported = 0;

  /** @param reordering what is believed before any was seen: RFC 5681 §3.2 has three segments. */
  constructor(reordering: number) {
    this.reordering = reordering;
  }

  /** Whether the window is being reduced: PRR decides it (RFC 6937). */
  get isReducing(): boolean {
    return this.phase === 'CWR' || this.phase === 'Recovery';
  }
}
