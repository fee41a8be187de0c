/**
 * What the program must have done, read off the segments of its host: how much it wrote at a time,
 * whether it waited with small segments, how it closed. Questions about a whole connection, asked
 * before its script is written.
 */
import { type Duration, seconds } from '../../stack/index.ts';
import { TcpFlag } from '../../wire/index.ts';
import type { DirectedSegment } from './at-the-host.ts';
import type { Notation } from './packets.ts';

/** The most that counts as one write when no PSH ends it: it may have been several. */
const WRITE_MAXIMUM = 32_768;

/** How long a closed socket waits for the other side's FIN (Linux's tcp_fin_timeout). */
const FIN_TIMEOUT: Duration = seconds(60);

export function has(segment: DirectedSegment, flag: number): boolean {
  return (segment.flags & flag) !== 0;
}

/**
 * The octets of the write whose first ones leave with `segments[at]`, from `start` on: as far as
 * new octets follow, to the segment that says PSH or FIN.
 */
export function writeAt(
  segments: readonly DirectedSegment[],
  at: number,
  start: number,
  notation: Notation,
): { readonly length: number; readonly endsWithFin: boolean } {
  let end = start;
  let wasAcked = false;
  for (let i = at; i < segments.length; i++) {
    const segment = segments[i]!;
    if (segment.isInbound) {
      wasAcked = true;
      continue;
    }
    const from = notation.relative(segment.seq, false);
    const to = from + segment.payloadLength;
    if (to <= end || segment.payloadLength === 0) {
      if (has(segment, TcpFlag.fin) && from === end) break;
      continue;
    }
    if (from > end || (wasAcked && end - start >= WRITE_MAXIMUM)) break;
    end = to;
    if (has(segment, TcpFlag.fin)) return { length: end - start, endsWithFin: true };
    if (has(segment, TcpFlag.psh)) break;
  }
  return { length: end - start, endsWithFin: false };
}

/**
 * Whether a small segment left while an earlier one was unacknowledged, which Nagle's algorithm as
 * Linux has it forbids.
 */
export function isNagleOff(
  segments: readonly DirectedSegment[],
  mss: number,
  notation: Notation,
): boolean {
  let smallEnd = 0;
  let sentEnd = 1;
  let acked = 1;
  for (const segment of segments) {
    if (segment.isInbound) {
      if (has(segment, TcpFlag.ack)) acked = Math.max(acked, notation.relative(segment.ack, false));
      continue;
    }
    const end = notation.relative(segment.seq, false) + segment.payloadLength;
    if (segment.payloadLength === 0 || end <= sentEnd) continue;
    sentEnd = end;
    if (segment.payloadLength % mss === 0 || has(segment, TcpFlag.fin)) continue;
    if (smallEnd > acked) return true;
    smallEnd = end;
  }
  return false;
}

/**
 * Whether the program still wanted to read after its FIN: octets that come to a closed socket are
 * answered by a reset (RFC 9293 §3.10.4), and a closed socket does not wait for long.
 */
export function isHalfClose(segments: readonly DirectedSegment[], finAt: number): boolean {
  const fin = segments[finAt];
  if (fin === undefined) return false;
  const later = segments.slice(finAt + 1);
  const isReset = later.some((segment) => !segment.isInbound && has(segment, TcpFlag.rst));
  return (
    !isReset &&
    later.some(
      (segment) =>
        segment.isInbound &&
        (segment.payloadLength > 0 ||
          (has(segment, TcpFlag.fin) && segment.at - fin.at >= FIN_TIMEOUT)),
    )
  );
}

/**
 * Whether a reset is a program's doing: it then acknowledges, which one that answers a segment with
 * an acknowledgment does not (RFC 9293 §3.5.2, §3.10.5).
 */
export function isAbort(segment: DirectedSegment): boolean {
  return has(segment, TcpFlag.rst) && has(segment, TcpFlag.ack);
}
