/**
 * The first congestion window where SYNs were lost: the way may be so full that more than a segment
 * is too much (RFC 5681 §3.1).
 */
import type { TcpOptionValues } from '../../../wire/index.ts';
import { timestampValue } from '../send/segment-options.ts';
import type { Tcb } from '../tcb.ts';

/**
 * Our SYN is acknowledged: the window is one segment after timeouts and so many SYNs that were sent
 * again, unless the answer echoes the first of them (Linux tcp_init_transfer()).
 */
export function narrowAfterLostSyns(tcb: Tcb, options: TcpOptionValues): void {
  const { counts, profile } = tcb;
  if (counts.retransmissions < profile.congestion.lostSynsMost || counts.timeouts === 0) return;
  if (tcb.hasTimestamps && options.hasTimestamps && echoesFirstSyn(tcb, options.tsEcr)) return;
  tcb.window.cwnd = 1;
}

function echoesFirstSyn(tcb: Tcb, tsEcr: number): boolean {
  const { timestampClock } = tcb.services;
  return tsEcr === timestampValue(tcb, timestampClock.ticks(tcb.synSentAt));
}
