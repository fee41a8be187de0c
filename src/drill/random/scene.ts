/**
 * A random script while it grows: the time, the other end, the program's descriptor, and what the
 * stack has sent so far. What happens next is chosen in the light of that.
 */
import type { Mode } from '../run/configuration.ts';
import { observe } from '../fill/observe.ts';
import { sentAmong, timestampOf } from '../fill/in-script.ts';
import type { StackFactory } from '../stack-under-test.ts';
import type { Microseconds, PacketSpec } from '../syntax/script.ts';
import type { Chance } from './chance.ts';
import { type Draft, type Happening, scriptOf } from './draft.ts';
import type { Range, RemoteEnd, SegmentFields } from './remote-end.ts';

/** What the stack has sent, as the other end could know it. */
export interface Sent {
  /** Payload by segments, in the order sent. */
  readonly segments: readonly Range[];
  /** The number behind all of it: the stack's SND.NXT. */
  readonly next: number;
  /** How far the other end's octets are acknowledged. */
  readonly acknowledged: number;
  readonly timestamps: readonly number[];
}

const NOTHING_SENT: Sent = { segments: [], next: 1, acknowledged: 1, timestamps: [] };

/** A number above is one below 0: a keep-alive before the first octet. */
const LARGEST = 0x8000_0000;

export class Scene {
  readonly chance: Chance;
  readonly remote: RemoteEnd;
  /** The connection's descriptor. */
  readonly fd: number;
  readonly happenings: Happening[] = [];
  time: Microseconds = 0;
  sent: Sent = NOTHING_SENT;
  /** Whether the program has the connection's descriptor: it has not closed it. */
  hasSocket = false;

  constructor(chance: Chance, remote: RemoteEnd, fd: number) {
    this.chance = chance;
    this.remote = remote;
    this.fd = fd;
  }

  /** What makes the connection comes about now. */
  opensBy(text: string): void {
    this.happenings.push({ at: this.time, text, isNeeded: true });
  }

  /** Something comes about now that could as well not. */
  happens(text: string): void {
    this.happenings.push({ at: this.time, text, isNeeded: false });
  }

  /** The other end sends a segment. */
  arrives(fields: SegmentFields): void {
    this.happens(this.segment(fields));
  }

  segment(fields: SegmentFields): string {
    return this.remote.segment(fields, this.time, this.sent.timestamps.at(-1));
  }

  /** Octets of the stack that are not acknowledged. */
  get outstanding(): readonly Range[] {
    return this.sent.segments.filter(({ end }) => end > this.remote.acked);
  }

  /** What is sent on the happenings so far, up to now; false when they cannot be run. */
  look(draft: Omit<Draft, 'happenings'>, makeStack: StackFactory, mode: Mode): boolean {
    const script = scriptOf({ ...draft, happenings: this.happenings });
    const since = this.time - (this.happenings.at(-1)?.at ?? 0);
    const observations = observe(script, since, makeStack, mode);
    if (typeof observations === 'string') return false;
    this.sent = sentBy(sentAmong(observations));
    return true;
  }
}

function sentBy(packets: readonly PacketSpec[]): Sent {
  const segments: Range[] = [];
  const timestamps: number[] = [];
  let { next, acknowledged } = NOTHING_SENT;
  for (const packet of packets) {
    const { transport } = packet;
    if (transport.kind !== 'tcp' || transport.sequence.kind === 'ignored') continue;
    const { flags, sequence, ack } = transport;
    const timestamp = timestampOf(packet);
    if (timestamp !== undefined) timestamps.push(timestamp);
    if (flags.syn || flags.rst) continue;
    const start = sequence.start >= LARGEST ? 0 : sequence.start;
    const end = start + sequence.length + (flags.fin ? 1 : 0);
    next = Math.max(next, end);
    if (end > start) segments.push({ start, end });
    if (ack !== undefined && ack.value < LARGEST) acknowledged = Math.max(acknowledged, ack.value);
  }
  return { segments, next, acknowledged, timestamps };
}
