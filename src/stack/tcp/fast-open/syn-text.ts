/** The text of SYNs that Fast Open takes (RFC 7413). */
import { seqAdd, type TcpSegment } from '../../../wire/index.ts';
import type { Instant } from '../../time.ts';
import { countInOrder, packetOf } from '../receive/receive-memory.ts';
import { processFin } from '../segment-arrives/process-fin.ts';
import { TcpNews } from '../services.ts';
import type { Tcb } from '../tcb.ts';

/**
 * The text of a SYN or SYN-ACK, and its FIN, where Fast Open takes them (RFC 7413 §4.2; Linux
 * tcp_fastopen_add_skb()): it is the first there is, and fits the buffer.
 */
export function takeSynText(tcb: Tcb, seg: TcpSegment, now: Instant): void {
  const { payloadLength: length } = seg;
  if (length > 0) {
    const { rcv, counts } = tcb;
    rcv.nxt = seqAdd(rcv.nxt, tcb.receiveBuffer.insert(0, seg.bytes, seg.payloadAt, seg.end));
    countInOrder(tcb, packetOf(tcb, seg, length, counts.octetsReceived), length);
    tcb.news |= TcpNews.data;
    counts.octetsReceived += length;
    if (tcb.fastOpen !== undefined) tcb.fastOpen.isDataAccepted = true;
  }
  processFin(tcb, seg, now);
}
