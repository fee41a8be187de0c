/**
 * What one acknowledgment tells a congestion control that goes by rates: the sample of the delivery
 * rate, and the sender's state at that moment. Durations and instants in nanoseconds.
 */
import type { Duration, Instant } from '../../time.ts';
import type { RecoveryPhase } from '../recovery/loss-recovery.ts';

export class RateSample {
  /** Segments delivered in `interval`, since `priorDelivered` were; −1 when it is not known. */
  delivered = -1;
  interval: Duration = -1;
  priorDelivered = -1;
  /** The application had too little to send, so the network may be faster. */
  isAppLimited = false;
  isRetransmission = false;
  isAckDelayed = false;
  /** The round trip of the youngest segment acknowledged; −1 when it is not known. */
  rtt: Duration = -1;
  /** Newly delivered and newly lost segments. */
  acked = 0;
  lost = 0;
  /** Segments in flight before the acknowledgment, and now. */
  priorInFlight = 0;
  inFlight = 0;
  /** The window before. */
  cwnd = 0;

  phase: RecoveryPhase = 'Open';
  totalDelivered = 0;
  totalLost = 0;
  /** When something was last delivered. */
  deliveredAt: Instant = 0;
  /** When the next burst may leave. */
  pacedUntil: Instant = 0;
  smoothedRtt: Duration = -1;
  minimumRtt: Duration = Number.POSITIVE_INFINITY;
  /** Octets of a full segment. */
  segment = 536;
  /** What is being sent now is by an idle application. */
  isSenderLimited = false;
  /** Answer of the control: what was sent until now shall count as app-limited. */
  limits = false;
}
