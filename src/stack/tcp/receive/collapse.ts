/**
 * When a receive buffer is full, packets that take much more memory than they have octets are
 * copied into as few as can be, each a page long (Linux tcp_collapse()).
 */
import { blockFor, PAGE_OCTETS, RECORD, roomInBlock } from '../../interfaces/packet-buffers.ts';
import { payloadShare } from './payload-share.ts';
import { PlacedPacket } from './waiting-packet.ts';

/**
 * Collapses packets without a gap from `start` on, where it is worth it: from the first that takes
 * more than its octets would of such a buffer, was read in part, or overlaps the next. Says how
 * many were copied.
 */
export function collapse(
  packets: PlacedPacket[],
  start: number,
  ratio: number,
  smallBlock: number,
): number {
  let from = start;
  let first = 0;
  for (; first < packets.length; first++) {
    const packet = packets[first]!;
    if (payloadShare(packet.memory, ratio) > packet.length || packet.start < from) break;
    const next = packets[first + 1];
    if (next !== undefined && next.start !== packet.end) break;
    from = packet.end;
  }
  const gone = packets.length - first;
  if (gone === 0) return 0;
  const { end } = packets.at(-1)!;
  packets.length = first;
  for (; from < end; from += PAGE_OCTETS) {
    packets.push(copyOf(from, Math.min(from + PAGE_OCTETS, end), smallBlock));
  }
  return gone;
}

function copyOf(start: number, end: number, smallBlock: number): PlacedPacket {
  const copy = new PlacedPacket(start, end);
  copy.memory = RECORD + blockFor(copy.length, smallBlock);
  copy.room = roomInBlock(copy.length, smallBlock);
  copy.isInBlock = true;
  return copy;
}
