/**
 * Bytes as text: the dumps of `-x`, `-X` and `-A`, which also stand in where nothing better is
 * known about some bytes.
 */
import { hex4, HEX_PAIRS, type PacketText, TRUNCATED } from './packet-text.ts';

const OCTETS_PER_LINE = 16;
/** Eight groups of a blank and four digits. */
const HEX_WIDTH = 40;

/**
 * Appends lines of an offset, groups of two octets in hexadecimal, and ASCII. If `length` octets
 * were not captured, what was is dumped and the packet's text ends.
 */
export function dumpHexAndAscii(t: PacketText, at: number, length: number): void {
  const end = Math.min(at + length, t.end);
  for (let line = at; line < end; line += OCTETS_PER_LINE) {
    const lineEnd = Math.min(line + OCTETS_PER_LINE, end);
    let hex = '';
    let ascii = '';
    for (let i = line; i < lineEnd; i++) {
      const octet = t.bytes[i]!;
      hex += (i - line) % 2 === 0 ? ` ${HEX_PAIRS[octet]}` : HEX_PAIRS[octet];
      ascii += isGraphic(octet) ? String.fromCharCode(octet) : '.';
    }
    t.text += `\n\t0x${hex4(line - at)}: ${hex.padEnd(HEX_WIDTH)}  ${ascii}`;
  }
  if (at + length > t.end) throw TRUNCATED;
}

/** The same without ASCII; `indent` begins each line. */
export function dumpHex(t: PacketText, at: number, length: number, indent = '\n\t'): void {
  const end = Math.min(at + length, t.end);
  for (let i = at; i < end; i++) {
    if ((i - at) % OCTETS_PER_LINE === 0) t.text += `${indent}0x${hex4(i - at)}: `;
    t.text += (i - at) % 2 === 0 ? ` ${HEX_PAIRS[t.bytes[i]!]}` : HEX_PAIRS[t.bytes[i]!];
  }
  if (at + length > t.end) throw TRUNCATED;
}

/** Dumps what of `length` octets at `at` was captured; `at` may lie behind all that was. */
export function dumpUnknown(t: PacketText, at: number, length: number, indent: string): void {
  if (at > t.end) {
    t.text += `${indent}Dissector error: print_unknown_data called with pointer past end of packet`;
    return;
  }
  dumpHex(t, at, Math.min(length, t.end - at), indent);
}

/**
 * Appends the bytes as ASCII with its line feeds; of a carriage return before one nothing is left.
 */
export function dumpAscii(t: PacketText, at: number): void {
  t.text += '\n';
  const { bytes, end } = t;
  for (let i = at; i < end; i++) {
    const octet = bytes[i]!;
    if (octet === 0x0d) {
      if (i + 2 < end && bytes[i + 1] !== 0x0a) t.text += '.';
    } else if (isGraphic(octet) || octet === 0x09 || octet === 0x20 || octet === 0x0a) {
      t.text += String.fromCharCode(octet);
    } else {
      t.text += '.';
    }
  }
}

function isGraphic(octet: number): boolean {
  return octet > 0x20 && octet < 0x7f;
}
