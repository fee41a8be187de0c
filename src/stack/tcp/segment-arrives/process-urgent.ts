/** Sixth: check the URG bit (RFC 9293 §3.10.7.4, §3.8.5). */
import { seqAdd, seqDiff, TcpFlag, type TcpSegment } from '../../../wire/index.ts';
import { TcpNews } from '../services.ts';
import type { Tcb } from '../tcb.ts';

/**
 * Sixth, which lets every segment pass: the urgent pointer. It stands behind the urgent octet, as
 * every system has it (RFC 6093 §2.2), and what came with an earlier one is forgotten.
 */
export function processUrgent(tcb: Tcb, seg: TcpSegment): true {
  if ((seg.flags & TcpFlag.urg) === 0) return true;
  const { state } = tcb;
  if (state !== 'ESTABLISHED' && state !== 'FIN-WAIT-1' && state !== 'FIN-WAIT-2') return true;
  const behind = tcb.profile.urgentPointerToLast === 0 ? 1 : 0;
  const octet = seqAdd(seg.seq, Math.max(0, seg.urgentPointer - behind));
  if (tcb.receiveBuffer.markUrgent(seqDiff(octet, tcb.rcv.nxt))) tcb.news |= TcpNews.data;
  return true;
}
