/**
 * Times as the host under test saw them. A capture made elsewhere shows what comes to the host too
 * early, and what it sends too late, by the time between the two places; a script needs them as
 * they were at the host. How far apart the places are, the handshake tells, which is answered at
 * once.
 */
import { type Duration, type Instant, ms } from '../../stack/index.ts';
import { type Seq, seqAdd, seqToU32, TcpFlag } from '../../wire/index.ts';
import type { Segment } from './connection.ts';

/** A host that answers within this time was captured where it is. */
const AT_THE_HOST = ms(1);

/** A segment, and which way it went for the host under test. */
export interface DirectedSegment extends Segment {
  readonly isInbound: boolean;
}

/** The segments with their times and in their order at the host under test. */
export function atTheHost(segments: readonly DirectedSegment[]): {
  readonly segments: readonly DirectedSegment[];
  /** One way, from where the capture was made to the host. */
  readonly distance: Duration;
} {
  const there = roundTripToHost(segments);
  if (there < AT_THE_HOST) return { segments, distance: 0 };
  const distance = Math.floor(there / 2);
  const arrivals = new Map<number, Instant>();
  const stamps = new Map<number, Instant>();
  const moved = segments.map((segment): DirectedSegment => {
    if (segment.isInbound) {
      const at = segment.at + distance;
      const end = seqToU32(endOf(segment));
      if (!arrivals.has(end)) arrivals.set(end, at);
      const stamp = timestampsOf(segment)?.tsVal;
      if (stamp !== undefined && !stamps.has(stamp)) stamps.set(stamp, at);
      return { ...segment, at };
    }
    // Where the way took longer for a while: no acknowledgment before what it acknowledges, and no
    // time stamp's echo before that time stamp.
    const arrival = arrivals.get(seqToU32(segment.ack)) ?? 0;
    const stampArrival = stamps.get(timestampsOf(segment)?.tsEcr ?? -1) ?? 0;
    return { ...segment, at: Math.max(segment.at - distance, arrival, stampArrival) };
  });
  return { segments: moved.toSorted((a, b) => a.at - b.at), distance };
}

/** From SYN to SYN-ACK, or from SYN-ACK to ACK: the host's answer comes without delay. */
function roundTripToHost(segments: readonly DirectedSegment[]): Duration {
  const asked = segments.findIndex(({ isInbound, flags }) => isInbound && hasSyn(flags));
  const question = segments[asked];
  if (question === undefined) return 0;
  const answer = segments
    .slice(asked + 1)
    .find(({ isInbound, ack }) => !isInbound && ack === endOf(question));
  return answer === undefined ? 0 : answer.at - question.at;
}

function timestampsOf({ options }: Segment): { tsVal: number; tsEcr: number } | undefined {
  if (options instanceof Uint8Array) return undefined;
  return options.find((option) => option.kind === 'timestamps');
}

function hasSyn(flags: number): boolean {
  return (flags & TcpFlag.syn) !== 0;
}

/** The sequence number behind the segment. */
export function endOf({ seq, flags, payloadLength }: Segment): Seq {
  const fin = (flags & TcpFlag.fin) === 0 ? 0 : 1;
  return seqAdd(seq, payloadLength + fin + (hasSyn(flags) ? 1 : 0));
}
