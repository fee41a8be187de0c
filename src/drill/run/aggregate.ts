/**
 * An expected packet may be longer than any segment: a script shows what a stack hands to a device
 * that cuts it up (TSO). So segments are put together until the expected length is reached.
 *
 *     expected    > P. 1:4381(4380) ack 1
 *     sent          .  1:1461(1460) ack 1
 *                   . 1461:2921(1460) ack 1
 *                   P. 2921:4381(1460) ack 1
 *
 * They must be of equal length but for the last, follow one another, and have the same header but
 * for FIN, PSH and CWR. The sequence number and CWR are the first one's, the rest the last one's.
 */
import { TcpFlag } from '../../wire/index.ts';
import { flagBits } from './build-packet.ts';
import { printFlags } from '../syntax/print-packet.ts';
import type { LivePacket } from './live-to-script.ts';
import type { Mismatch } from './live.ts';
import type { PacketSpec, TcpSpec } from '../syntax/script.ts';

/** The octets that a packet carries behind its headers. */
export function payloadLengthOf({ transport }: PacketSpec): number {
  if (transport.kind === 'tcp') return transport.sequence.length;
  return transport.kind === 'udp' ? transport.payloadLength : 0;
}

/** One packet as sent, and in the script's notation. */
export interface Piece {
  readonly packet: LivePacket;
  readonly spec: PacketSpec;
}

/** How `next` fails to continue `last`, when `missing` octets are left before it. */
export function continuationMismatches(last: Piece, next: Piece, missing: number): Mismatch[] {
  const a = last.spec.transport;
  const b = next.spec.transport;
  if (a.kind !== 'tcp' || b.kind !== 'tcp') {
    return a.kind === b.kind ? [] : [mismatch('protocol', a.kind, b.kind)];
  }
  const found = headerMismatches(a, b);
  if (last.packet.ip.ttl !== next.packet.ip.ttl) {
    found.push(mismatch('ttl', last.packet.ip.ttl, next.packet.ip.ttl));
  }
  if (b.sequence.length < missing && b.sequence.length !== a.sequence.length) {
    found.push(mismatch('length', a.sequence.length, b.sequence.length));
  }
  return found;
}

const FREE = TcpFlag.fin | TcpFlag.psh | TcpFlag.cwr;

function headerMismatches(a: TcpSpec, b: TcpSpec): Mismatch[] {
  const found: Mismatch[] = [];
  if ((flagBits(a.flags) & ~FREE) !== (flagBits(b.flags) & ~FREE)) {
    found.push(mismatch('flags', printFlags(a.flags), printFlags(b.flags)));
  }
  const numbers: readonly (readonly [string, number, number])[] = [
    ['seq', endOf(a), startOf(b)],
    ['ack', a.ack?.value ?? 0, b.ack?.value ?? 0],
    ['win', a.window ?? 0, b.window ?? 0],
    ['urg', a.urgentPointer ?? 0, b.urgentPointer ?? 0],
  ];
  for (const [field, expected, actual] of numbers) {
    if (expected !== actual) found.push(mismatch(field, expected, actual));
  }
  return found;
}

function startOf({ sequence }: TcpSpec): number {
  return sequence.kind === 'ignored' ? 0 : sequence.start;
}

function endOf(tcp: TcpSpec): number {
  return (startOf(tcp) + tcp.sequence.length) >>> 0;
}

function mismatch(field: string, expected: string | number, actual: string | number): Mismatch {
  return { field, expected: String(expected), actual: String(actual) };
}

/** The packets from `first` to `last` as the one that they are pieces of. */
export function combine(first: PacketSpec, last: PacketSpec, length: number): PacketSpec {
  const a = first.transport;
  const b = last.transport;
  if (a.kind === 'udp' && b.kind === 'udp') {
    return { ...last, transport: { ...b, payloadLength: length } };
  }
  if (a.kind !== 'tcp' || b.kind !== 'tcp') return last;
  return {
    ...last,
    transport: {
      ...b,
      flags: { ...b.flags, cwr: a.flags.cwr },
      sequence: { ...a.sequence, length },
    },
  };
}
