/**
 * The extensions of ICMP errors (RFC 4884): objects behind the quoted packet, 128 octets after the
 * message's header. Labels of MPLS (RFC 4950) are decoded, other objects dumped.
 */
import { checksumError } from './checksum.ts';
import { dumpHex } from './hex-dump.ts';
import { hex4, type PacketText } from './packet-text.ts';

/** From the message's first octet to the extension header. */
const EXTENSION = 136;
/** What must be captured before extensions are looked for: the header and one octet. */
const LEAST_CAPTURED = EXTENSION + 5;
const OBJECT_HEADER_LENGTH = 4;
const MPLS_STACK_ENTRY = 1;

const OBJECT_NAMES: ReadonlyMap<number, string> = new Map([
  [MPLS_STACK_ENTRY, 'MPLS Stack Entry'],
  [2, 'Interface Identification'],
]);

/** The extensions, if any, of the message of `length` octets at `at`. */
export function dissectIcmpExtensions(t: PacketText, at: number, length: number): void {
  if (length <= EXTENSION) return;
  if (!t.has(at, LEAST_CAPTURED)) {
    t.truncated();
    return;
  }
  const start = at + EXTENSION;
  const extensionLength = length - EXTENSION;
  const isWhole = t.has(start, extensionLength);
  const isRight = isWhole && checksumError(t.bytes, start, start + extensionLength) === 0;
  // Without a length of the quoted packet, only a right checksum tells extensions from its data.
  if (t.u8(at + 5) === 0 && isWhole && !isRight) return;
  const version = t.u8(start) >>> 4;
  t.text += `\n\tICMP Multi-Part extension v${version}`;
  if (version !== 2) {
    t.text += ' packet not supported';
    return;
  }
  if (isWhole) {
    const verdict = isRight ? 'correct' : 'incorrect';
    t.text += `, checksum 0x${hex4(t.u16(start + 2))} (${verdict}), length ${extensionLength}`;
  }
  // The count is unsigned: less than an extension header leaves more than any packet has.
  dissectObjects(t, start + 4, (extensionLength - 4) >>> 0);
}

function dissectObjects(t: PacketText, at: number, length: number): void {
  let p = at;
  let left = length;
  while (left > OBJECT_HEADER_LENGTH) {
    if (!t.has(p, OBJECT_HEADER_LENGTH)) {
      t.truncated();
      return;
    }
    const objectLength = t.u16(p);
    const objectClass = t.u8(p + 2);
    const objectType = t.u8(p + 3);
    p += OBJECT_HEADER_LENGTH;
    left -= OBJECT_HEADER_LENGTH;
    t.text +=
      `\n\t  ${OBJECT_NAMES.get(objectClass) ?? 'unknown'} Object (${objectClass}), ` +
      `Class-Type: ${objectType}, length ${objectLength}`;
    if (objectClass === 0 || objectLength < OBJECT_HEADER_LENGTH) return;
    const dataLength = objectLength - OBJECT_HEADER_LENGTH;
    if (objectClass === MPLS_STACK_ENTRY && objectType === 1) dissectMplsLabel(t, p);
    else dumpHex(t, p, Math.min(dataLength, t.remaining(p)), '\n\t    ');
    if (left < dataLength) return;
    left -= dataLength;
    p += dataLength;
  }
}

function dissectMplsLabel(t: PacketText, at: number): void {
  const entry = t.u32(at);
  t.text += `\n\t    label ${entry >>> 12}, tc ${(entry >>> 9) & 7}`;
  if ((entry & 0x100) !== 0) t.text += ', [S]';
  t.text += `, ttl ${entry & 255}`;
}
