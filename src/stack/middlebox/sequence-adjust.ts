/**
 * Shifting the sequence numbers of a connection that passes (Linux nf_conntrack_seqadj): what one
 * end numbers from X, the other sees numbered from X + shift. Segments of a direction have its
 * shift added; acknowledgments and SACK blocks of the other direction have it taken away, so that
 * each end hears of its own numbers.
 */
import { ICMPV4_HEADER_LENGTH, IpProtocol, onesSum } from '../../wire/index.ts';
import { put32, TcpFlag, TcpOptionKind, u32 } from '../../wire/index.ts';
import { opposite } from './flow.ts';
import type { PassingPacket } from './passing-packet.ts';
import { readQuotedHeader } from './quoted-header.ts';
import { carryOn, carryTransportOn } from './rewrite.ts';
import { changeTcpHeader, optionsOf, tcpHeaderOf } from './tcp-header.ts';

/** How the two directions are shifted. */
export interface SequenceShift {
  readonly original: number;
  readonly reply: number;
  /** Whether SACK blocks follow; boxes that forget them break selective acknowledgments. */
  readonly translatesSack: boolean;
}

/** The packet with the numbers that its receiver knows. */
export function adjustSequence(passing: PassingPacket): undefined {
  const { flow, direction, state } = passing;
  if (flow?.shift === undefined) return;
  if (state === 'related') {
    restoreQuote(passing, flow.shift[opposite(direction)]);
    return;
  }
  const header = tcpHeaderOf(passing.packet);
  if (header === undefined) return;
  const { shift } = flow;
  const back = shift[opposite(direction)];
  changeTcpHeader(passing, header, (b) => {
    add(b, header.at + 4, shift[direction]);
    if ((header.flags & TcpFlag.ack) === 0) return;
    add(b, header.at + 8, -back);
    if (!shift.translatesSack) return;
    for (const { kind, at, length } of optionsOf(b, header)) {
      if (kind !== TcpOptionKind.sack) continue;
      for (let edge = at + 2; edge + 4 <= at + length; edge += 4) add(b, edge, -back);
    }
  });
}

/**
 * An error that comes from beyond quotes the number that this host has put in: its receiver would
 * not know it, and take the error for forged (RFC 5927 §4.1). What this host says itself was said
 * before it changed anything.
 */
function restoreQuote(passing: PassingPacket, shift: number): void {
  const { payloadAt, end, bytes } = passing.packet;
  const quoteAt = payloadAt + ICMPV4_HEADER_LENGTH;
  const quoted = readQuotedHeader(bytes, quoteAt, end);
  if (passing.from === undefined || quoted?.protocol !== IpProtocol.tcp) return;
  const { transportAt: segmentAt } = quoted;
  const b = passing.own();
  const whole = onesSum(b, quoteAt, end);
  const before = onesSum(b, segmentAt + 4, segmentAt + 8);
  add(b, segmentAt + 4, -shift);
  const after = onesSum(b, segmentAt + 4, segmentAt + 8);
  carryTransportOn(b, segmentAt, end, IpProtocol.tcp, before, after);
  carryOn(b, payloadAt + 2, whole, onesSum(b, quoteAt, end));
  passing.changed();
}

function add(b: Uint8Array, at: number, shift: number): void {
  put32(b, at, (u32(b, at) + shift) >>> 0);
}
