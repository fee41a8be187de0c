/** The User Datagram Protocol (RFC 768): two ports, a length, a checksum, a payload. */
import { put16, u16 } from './bytes.ts';
import { complementSum, foldSum, onesSum } from './checksum.ts';
import { DecodeError } from './decode-error.ts';

/** The octets before the payload. */
export const UDP_HEADER_LENGTH = 8;

/** What a datagram is made of. A checksum or length left out is computed; one given is kept. */
export interface UdpFields {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly payload: Uint8Array;
  /** Header and payload, in octets. */
  readonly length?: number | undefined;
  /** 0 says that the sender computed none. */
  readonly checksum?: number | undefined;
}

/** A decoded datagram. */
export class UdpDatagram implements UdpFields {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly length: number;
  readonly checksum: number;
  readonly bytes: Uint8Array;
  readonly start: number;
  /** Where the datagram ends by its own length. */
  readonly end: number;

  constructor(bytes: Uint8Array, start: number) {
    this.sourcePort = u16(bytes, start);
    this.destinationPort = u16(bytes, start + 2);
    this.length = u16(bytes, start + 4);
    this.checksum = u16(bytes, start + 6);
    this.bytes = bytes;
    this.start = start;
    this.end = start + this.length;
  }

  get payload(): Uint8Array {
    return this.bytes.subarray(this.start + UDP_HEADER_LENGTH, this.end);
  }
}

/** The datagram at `b[start]`; octets from its length to `end` are not part of it. */
export function decodeUdp(
  b: Uint8Array,
  start = 0,
  end: number = b.length,
): UdpDatagram | DecodeError {
  if (end - start < UDP_HEADER_LENGTH) return new DecodeError('udp', 'truncated', end);
  const length = u16(b, start + 4);
  if (length < UDP_HEADER_LENGTH) return new DecodeError('udp', 'bad-length', start + 4);
  if (end - start < length) return new DecodeError('udp', 'truncated', end);
  return new UdpDatagram(b, start);
}

/** Whether the checksum is right, given the pseudo-header's sum; 0 is "none" and always right. */
export function isUdpChecksumOk(datagram: UdpDatagram, pseudo: number): boolean {
  if (datagram.checksum === 0) return true;
  return foldSum(pseudo + onesSum(datagram.bytes, datagram.start, datagram.end)) === 0xffff;
}

/** The checksum for a sum over pseudo-header and datagram: a computed 0 is sent as 0xffff. */
export function udpChecksum(sum: number): number {
  return complementSum(foldSum(sum)) || 0xffff;
}

/** Writes a datagram of `8 + payload.length` octets at `at`. */
export function writeUdp(b: Uint8Array, at: number, datagram: UdpFields, pseudo: number): void {
  const end = at + UDP_HEADER_LENGTH + datagram.payload.length;
  put16(b, at, datagram.sourcePort);
  put16(b, at + 2, datagram.destinationPort);
  put16(b, at + 4, datagram.length ?? end - at);
  put16(b, at + 6, 0);
  b.set(datagram.payload, at + UDP_HEADER_LENGTH);
  put16(b, at + 6, datagram.checksum ?? udpChecksum(pseudo + onesSum(b, at, end)));
}

/** The datagram's bytes; `pseudo` is the pseudo-header's sum. */
export function encodeUdp(datagram: UdpFields, pseudo: number): Uint8Array {
  const b = new Uint8Array(UDP_HEADER_LENGTH + datagram.payload.length);
  writeUdp(b, 0, datagram, pseudo);
  return b;
}
