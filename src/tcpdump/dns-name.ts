/**
 * A domain name (RFC 1035 §3.1, §4.1.4): labels with their lengths before them, and pointers to
 * names that came before. Labels of bits (RFC 2673, withdrawn by RFC 6891) are not decoded.
 */
import type { PacketText } from './packet-text.ts';

/** The two highest bits of a label's first octet. */
const KIND = 0xc0;
const LABEL = 0x00;
const EXTENDED = 0x40;
const POINTER = 0xc0;
const BITS = 0x41;

/** As many characters of a name are printed. */
const NAME_MAXIMUM = 255;

/**
 * Appends the name at `at`; pointers count from `start`. Returns where it ends; undefined when it
 * is malformed or cut short.
 */
export function dissectName(t: PacketText, at: number, start: number): number | undefined {
  if (!hasLabel(t, at)) return undefined;
  let lead = t.u8(at);
  if (lead === 0) t.text += '.';
  let p = at + 1;
  if ((lead & KIND) === POINTER && p >= t.end) return undefined;
  let end: number | undefined;
  /** Pointers go back, each further than the one before. */
  let before = at - start;
  let characters = 0;
  while (lead !== 0 && p < t.end) {
    if ((lead & KIND) === POINTER) {
      end ??= p + 1;
      if (!t.has(p, 1)) return undefined;
      const offset = ((lead << 8) | t.u8(p)) & 0x3fff;
      if (offset >= before) {
        t.text += '<BAD PTR>';
        return undefined;
      }
      before = offset;
      p = start + offset;
    } else {
      if (!dissectLabel(t, p, Math.min(lead, Math.max(0, NAME_MAXIMUM - characters)))) {
        return undefined;
      }
      characters += lead;
      p += lead;
      if (characters <= NAME_MAXIMUM) t.text += '.';
      characters += 1;
    }
    if (!hasLabel(t, p)) return undefined;
    lead = t.u8(p);
    p += 1;
  }
  if (characters > NAME_MAXIMUM) t.text += '<DOMAIN NAME TOO LONG>';
  return end ?? p;
}

/** Whether a label or a pointer begins at `at`. */
function hasLabel(t: PacketText, at: number): boolean {
  if (!t.has(at, 1)) return false;
  const lead = t.u8(at);
  const kind = lead & KIND;
  if (kind === LABEL || kind === POINTER) return true;
  if (lead === BITS) t.miss('labels of bits');
  t.text += kind === EXTENDED ? `<ELT ${lead & ~KIND}>` : '<BAD LABEL TYPE>';
  return false;
}

/** False when the label is cut short. */
function dissectLabel(t: PacketText, at: number, length: number): boolean {
  const end = Math.min(at + length, t.end);
  for (let p = at; p < end; p++) t.visible(t.u8(p));
  return end === at + length;
}
