/**
 * What a host remembers of a peer from connections that have ended, for those to come: how long
 * round trips took, how large the window was (temporal sharing, RFC 9040; Linux tcp_metrics_block).
 */
import type { IpAddress } from '../../../wire/index.ts';
import {
  type DestinationMetric,
  type DestinationMetrics,
  NOTHING_LOCKED,
} from '../../ip/destination-metrics.ts';
import type { Instant } from '../../time.ts';
import { emptyMemory, type FastOpenMemory } from '../fast-open/memory.ts';

/** Routes know round trips in milliseconds, connections in microseconds. */
const MICROSECONDS = 1000;

export class PeerMetrics {
  /** Our address, and the peer's. */
  source: IpAddress;
  destination: IpAddress;
  // 0 is what nobody knows. Everything is a whole number in Linux's units.
  /** SRTT in eighths of a microsecond, its variation in quarters. */
  rtt = 0;
  rttvar = 0;
  /** In segments. */
  ssthresh = 0;
  cwnd = 0;
  reordering = 0;
  /** What a route says for good. */
  locked: ReadonlySet<DestinationMetric> = NOTHING_LOCKED;
  fastOpen: FastOpenMemory | undefined = undefined;
  /** The tick at which a connection, or a route, last wrote here. */
  writtenAt: Instant = 0;
  /** The next of the same chain. */
  next: PeerMetrics | undefined = undefined;

  constructor(source: IpAddress, destination: IpAddress) {
    this.source = source;
    this.destination = destination;
  }

  /** What connections have told is gone; what the route says is left (Linux tcpm_suck_dst()). */
  beginAnew(known: DestinationMetrics | undefined, now: Instant): void {
    const valueOf = (name: DestinationMetric): number => known?.values.get(name) ?? 0;
    this.rtt = valueOf('rtt') * MICROSECONDS;
    this.rttvar = valueOf('rttvar') * MICROSECONDS;
    this.ssthresh = valueOf('ssthresh');
    this.cwnd = valueOf('cwnd');
    this.reordering = valueOf('reordering');
    this.locked = known?.locked ?? NOTHING_LOCKED;
    this.writtenAt = now;
  }

  /** What is to be known of Fast Open, where something is to be learned. */
  fastOpenMemory(): FastOpenMemory {
    return (this.fastOpen ??= emptyMemory());
  }
}
