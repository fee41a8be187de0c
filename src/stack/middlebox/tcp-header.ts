/** TCP headers of packets that pass: finding what boxes look for, and changing it. */
import {
  IpProtocol,
  Ipv4Packet,
  onesSum,
  TCP_HEADER_LENGTH,
  TcpOptionKind,
  u16,
} from '../../wire/index.ts';
import type { PassingPacket, SeenPacket } from './passing-packet.ts';
import { carryTransportOn } from './rewrite.ts';

/** Where a TCP header lies in its frame. */
export interface TcpHeader {
  readonly at: number;
  readonly optionsAt: number;
  readonly payloadAt: number;
  readonly flags: number;
}

/** An option, its kind and length included. */
export interface OptionPlace {
  readonly kind: number;
  readonly at: number;
  readonly length: number;
}

/** The whole TCP header of a packet, if it has one. */
export function tcpHeaderOf(packet: SeenPacket): TcpHeader | undefined {
  const { protocol, bytes, payloadAt: at, end } = packet;
  if (protocol !== IpProtocol.tcp) return undefined;
  if (packet instanceof Ipv4Packet && packet.fragmentOffset !== 0) return undefined;
  if (at + TCP_HEADER_LENGTH > end) return undefined;
  const payloadAt = at + 4 * (bytes[at + 12]! >>> 4);
  const optionsAt = at + TCP_HEADER_LENGTH;
  if (payloadAt < optionsAt || payloadAt > end) return undefined;
  return { at, optionsAt, payloadAt, flags: u16(bytes, at + 12) & 0xfff };
}

/** The options up to the end of their list, or to one of an impossible length. */
export function optionsOf(b: Uint8Array, { optionsAt, payloadAt }: TcpHeader): OptionPlace[] {
  const places: OptionPlace[] = [];
  let at = optionsAt;
  while (at < payloadAt && b[at] !== TcpOptionKind.endOfList) {
    const kind = b[at]!;
    const length = kind === TcpOptionKind.noOperation ? 1 : (b[at + 1] ?? 0);
    if (length === 0 || (length === 1 && kind !== TcpOptionKind.noOperation)) break;
    if (at + length > payloadAt) break;
    places.push({ kind, at, length });
    at += length;
  }
  return places;
}

/** Changes a header by `change`; its checksum follows. */
export function changeTcpHeader(
  passing: PassingPacket,
  header: TcpHeader,
  change: (b: Uint8Array) => void,
): void {
  const b = passing.own();
  const { at, payloadAt } = header;
  const before = onesSum(b, at, payloadAt);
  change(b);
  carryTransportOn(b, at, passing.packet.end, IpProtocol.tcp, before, onesSum(b, at, payloadAt));
  passing.changed();
}
