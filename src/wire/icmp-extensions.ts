/**
 * Extensions of ICMP errors (RFC 4884), of either family: objects behind the quoted packet, which
 * is padded and has its length in the header. Version, reserved bits, checksum, then the objects:
 *
 *     +-------+-----------------------+-------------------------------+
 *     |Version|       Reserved        |           Checksum            |
 *     +-------+-----------------------+-------+-------+---------------+
 *     |            Length             |   Class-Num   |    C-Type     |
 *     +-------------------------------+---------------+---------------+
 *     |                         object payload …                      |
 */
import { concat, put16, u16 } from './bytes.ts';
import { complementSum, onesSum } from './checksum.ts';
import { DecodeError } from './decode-error.ts';

const HEADER_LENGTH = 4;
const VERSION = 2;

/** A quoted packet has this many octets at least where extensions follow (§5.3, §5.4). */
export const EXTENDED_QUOTE_LENGTH = 128;

/** One object: MPLS labels (RFC 4950) are class 1, interfaces (RFC 5837) class 2. */
export interface IcmpExtensionObject {
  readonly classNumber: number;
  readonly classType: number;
  readonly data: Uint8Array;
}

export interface IcmpExtensions {
  /** 12 bits, 0 when left out. */
  readonly reserved?: number | undefined;
  /** Computed when left out; 0 says that the sender computed none. */
  readonly checksum?: number | undefined;
  readonly objects: readonly IcmpExtensionObject[];
}

/** The extensions in `b[start, end)`: what follows the quoted packet. */
export function decodeIcmpExtensions(
  b: Uint8Array,
  start = 0,
  end: number = b.length,
): IcmpExtensions | DecodeError {
  if (end - start < HEADER_LENGTH) return new DecodeError('icmp-extensions', 'truncated', end);
  if (b[start]! >>> 4 !== VERSION) return new DecodeError('icmp-extensions', 'bad-version', start);
  const objects: IcmpExtensionObject[] = [];
  let at = start + HEADER_LENGTH;
  while (at < end) {
    if (end - at < HEADER_LENGTH) return new DecodeError('icmp-extensions', 'truncated', end);
    const length = u16(b, at);
    if (length < HEADER_LENGTH) return new DecodeError('icmp-extensions', 'bad-length', at);
    if (end - at < length) return new DecodeError('icmp-extensions', 'truncated', end);
    const data = b.subarray(at + HEADER_LENGTH, at + length);
    objects.push({ classNumber: b[at + 2]!, classType: b[at + 3]!, data });
    at += length;
  }
  return { reserved: u16(b, start) & 0xfff, checksum: u16(b, start + 2), objects };
}

/** Whether the checksum of the extensions in `b[start, end)` is right; 0 is "none" (§7). */
export function isIcmpExtensionsChecksumOk(
  b: Uint8Array,
  start = 0,
  end: number = b.length,
): boolean {
  return u16(b, start + 2) === 0 || onesSum(b, start, end) === 0xffff;
}

/**
 * The extensions' bytes.
 *
 * @throws RangeError when an object is longer than its length field can tell.
 */
export function encodeIcmpExtensions(extensions: IcmpExtensions): Uint8Array {
  const header = new Uint8Array(HEADER_LENGTH);
  put16(header, 0, (VERSION << 12) | (extensions.reserved ?? 0));
  const b = concat(header, ...extensions.objects.map(encodeObject));
  put16(b, 2, extensions.checksum ?? complementSum(onesSum(b)));
  return b;
}

function encodeObject({ classNumber, classType, data }: IcmpExtensionObject): Uint8Array {
  const length = HEADER_LENGTH + data.length;
  if (length > 0xffff) throw new RangeError(`icmp-extensions: an object of ${length} octets`);
  const header = Uint8Array.of(0, 0, classNumber, classType);
  put16(header, 0, length);
  return concat(header, data);
}

/**
 * Where extensions begin in an error's payload, by the length field of its header in units of
 * `unit` octets: 4 for IPv4, 8 for IPv6. Undefined when the field is 0: there are none, or the
 * sender does not know of it (§5.5).
 */
export function icmpExtensionsAt(length: number, unit: 4 | 8): number | undefined {
  return length === 0 ? undefined : length * unit;
}
