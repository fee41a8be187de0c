/**
 * Octets as text, and back, without loss: for tools that read lines and words of whatever comes.
 * UTF-8 is the characters that it spells. An octet that belongs to no character, as in a capture or
 * in random data, is a lone surrogate, U+DC80 for 0x80 to U+DCFF for 0xff, which no UTF-8 spells;
 * so each text comes from one row of octets only (PEP 383, `surrogateescape`).
 */
import { EMPTY } from './bytes.ts';
import { fromUtf8, utf8 } from './text.ts';

/** What is added to an octet to make the surrogate that stands for it. */
const ESCAPE = 0xdc00;

/** The text of any octets. */
export function octetsToText(octets: Uint8Array): string {
  const text = fromUtf8(octets);
  if (!text.includes('\ufffd')) return text; // which stands for octets that spell nothing
  let escaped = '';
  let from = 0;
  for (let at = 0; at < octets.length;) {
    const length = characterLength(octets, at);
    if (length > 0) at += length;
    else {
      if (from < at) escaped += fromUtf8(octets.subarray(from, at));
      escaped += String.fromCharCode(ESCAPE + octets[at]!);
      from = ++at;
    }
  }
  return escaped + fromUtf8(octets.subarray(from));
}

/** The octets of a text: UTF-8, but for the surrogates that stand for octets. */
export function textToOctets(text: string): Uint8Array {
  if (!isEscaped(text)) return utf8(text);
  const octets = new Uint8Array(3 * text.length);
  let length = 0;
  const append = (more: Uint8Array): void => {
    octets.set(more, length);
    length += more.length;
  };
  let from = 0;
  for (const { 0: escapes, index } of text.matchAll(/[\udc80-\udcff]+/gu)) {
    append(from < index ? utf8(text.slice(from, index)) : EMPTY);
    for (let i = 0; i < escapes.length; i++) octets[length++] = escapes.charCodeAt(i) - ESCAPE;
    from = index + escapes.length;
  }
  append(utf8(text.slice(from)));
  return octets.slice(0, length);
}

/** Whether some of its octets are no UTF-8. */
export function isEscaped(text: string): boolean {
  return /[\udc80-\udcff]/u.test(text);
}

/** An octet as the text that stands for it. */
export function octetToText(octet: number): string {
  return String.fromCharCode(octet < 0x80 ? octet : ESCAPE + octet);
}

/** How many octets spell the character that begins here; 0 where none does (Unicode, table 3-7). */
function characterLength(octets: Uint8Array, at: number): number {
  const lead = octets[at]!;
  if (lead < 0x80) return 1;
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (length === 0 || at + length > octets.length) return 0;
  const second = octets[at + 1]!;
  // No longer form of what is shorter, no surrogate, nothing above U+10FFFF.
  const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return 0;
  for (let i = at + 2; i < at + length; i++) if ((octets[i]! & 0xc0) !== 0x80) return 0;
  return length;
}
