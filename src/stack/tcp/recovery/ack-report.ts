/** What one acknowledgment has told, gathered while it is read and used to decide what follows. */
import { type Seq, toSeq } from '../../../wire/index.ts';
import type { Duration, Instant } from '../../time.ts';

export class AckReport {
  /** SND.UNA and the highest sacked end before. */
  priorUna: Seq = toSeq(0);
  priorHighest: Seq = toSeq(0);
  priorInFlight = 0;
  priorDelivered = 0;
  priorLost = 0;
  /** It moved SND.UNA. */
  advanced = false;
  /** It carried data, SYN or FIN, or changed the window: no duplicate ACK (RFC 5681 §2). */
  isNotDuplicate = false;
  /** ECN-Echo was set. */
  ece = false;
  /** The same bits as AccECN's number. */
  ace = 0;
  /** It moved SND.UNA over segments that had been sent again. */
  ackedRetransmitted = false;
  /** Segments sent once and before the recovery point are acknowledged or sacked now. */
  ackedOriginal = false;
  /** It sacked something that was not sacked before. */
  sacked = false;
  /** It reported a duplicate (RFC 2883); of a tail loss probe. */
  dsack = false;
  dsackOfProbe = false;
  /** A retransmission turned out to be lost itself. */
  lostRetransmission = false;
  /** The retransmission timer counts anew. */
  restartsTimer = false;
  /** It acknowledges whole segments, or a part of one where that counts. */
  isProgress = false;
  /** TSecr of the segment; −1 when it has none. */
  tsEcr = -1;
  /** Whole segments that left the queue. */
  segments = 0;
  /** When the oldest and the youngest of the segments acknowledged now were sent, if once; −1. */
  firstSentAt: Instant = -1;
  lastSentAt: Instant = -1;
  /** The same of those sacked now. */
  firstSackedAt: Instant = -1;
  lastSackedAt: Instant = -1;
  /** The round trip of the youngest segment acknowledged or sacked; −1 when it is not known. */
  youngestRtt: Duration = -1;
  /** The lowest segment that arrived behind one sent later: reordering begins here. */
  reorderedFrom: Seq | undefined = undefined;

  reset(priorUna: Seq, priorHighest: Seq, inFlight: number, delivered: number, lost: number): void {
    this.priorUna = priorUna;
    this.priorHighest = priorHighest;
    this.priorInFlight = inFlight;
    this.priorDelivered = delivered;
    this.priorLost = lost;
    this.advanced = false;
    this.isNotDuplicate = false;
    this.ece = false;
    this.ackedRetransmitted = false;
    this.ackedOriginal = false;
    this.sacked = false;
    this.dsack = false;
    this.dsackOfProbe = false;
    this.lostRetransmission = false;
    this.restartsTimer = false;
    this.isProgress = false;
    this.tsEcr = -1;
    this.segments = 0;
    this.firstSentAt = -1;
    this.lastSentAt = -1;
    this.firstSackedAt = -1;
    this.lastSackedAt = -1;
    this.youngestRtt = -1;
    this.reorderedFrom = undefined;
  }
}
