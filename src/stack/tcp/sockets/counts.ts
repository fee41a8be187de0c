/**
 * What a connection has done so far, for TCP_INFO. Numbers only, and each is counted where it
 * happens.
 */
import type { Instant } from '../../time.ts';

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
  /** 1 once our SYN or SYN-ACK is acknowledged. */
  synsDelivered = 0;
  /** When data was last sent, when data last came, and when an acknowledgment did. */
  dataSentAt: Instant = 0;
  dataReceivedAt: Instant = 0;
  acknowledgedAt: Instant = 0;

  /** The connection is established: the times count from here. */
  begin(now: Instant): void {
    this.dataSentAt = now;
    this.dataReceivedAt = now;
    this.acknowledgedAt = now;
  }
}
