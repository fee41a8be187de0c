/**
 * What a connection has done so far, for TCP_INFO. Numbers only, and each is counted where it
 * happens.
 */
import type { Duration, Instant } from '../../time.ts';

export class ConnectionCounts {
  segmentsIn = 0;
  segmentsOut = 0;
  dataSegmentsIn = 0;
  dataSegmentsOut = 0;
  outOfOrderSegmentsIn = 0;
  /** Octets of payload, those sent again included. */
  octetsSent = 0;
  octetsSentAgain = 0;
  retransmissions = 0;
  /**
   * Octets that were acknowledged, the SYN of an active open and the FIN among them (Linux
   * bytes_acked); and octets of payload that came in order.
   */
  octetsAcknowledged = 0;
  octetsReceived = 0;
  /** Timeouts of the retransmission timer; those that follow each other are one recovery. */
  timeouts = 0;
  timeoutRecoveries = 0;
  #recoveryTime: Duration = 0;
  /** When the first of the present timeouts was; −1 when nothing is being recovered. */
  #recoversSince: Instant = -1;
  /** How often another way was tried after a timeout (Linux sk_rethink_txhash()). */
  rehashes = 0;
  /** 1 once our SYN or SYN-ACK is acknowledged. */
  synsDelivered = 0;
  /** When data was last sent, when data last came, and when an acknowledgment did. */
  dataSentAt: Instant = 0;
  dataReceivedAt: Instant = 0;
  acknowledgedAt: Instant = 0;

  /**
   * The retransmission timer expired, for the first time or again (Linux tcp_update_rto_stats());
   * `since` is when that which is waited for began to be late.
   */
  timedOut(isFirst: boolean, since: Instant): void {
    this.timeouts += 1;
    if (!isFirst) return;
    this.timeoutRecoveries += 1;
    this.#recoversSince = since;
  }

  /** What the timer had expired for is acknowledged, or turned out to be on its way. */
  recovered(now: Instant): void {
    this.#recoveryTime = this.recoveryTime(now);
    this.#recoversSince = -1;
  }

  /** How long such recoveries have taken, the present one included. */
  recoveryTime(now: Instant): Duration {
    return this.#recoveryTime + (this.#recoversSince < 0 ? 0 : now - this.#recoversSince);
  }

  /**
   * The socket of a connection that the peer opened is made with its second segment: the SYN counts
   * as one that came, the SYN,ACK not as one that went (Linux tcp_create_openreq_child()).
   */
  openedByPeer(): void {
    this.segmentsIn = 2;
    this.segmentsOut = 0;
  }

  /** The connection is established: the times count from here. */
  begin(now: Instant): void {
    this.dataSentAt = now;
    this.dataReceivedAt = now;
    this.acknowledgedAt = now;
  }
}
