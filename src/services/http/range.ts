/**
 * A part of some content (RFC 9110 §14): one range of octets. Several at once are ignored, as a
 * server may, and then the whole is the answer.
 */

/** From `start` up to `end`, or why there is no such part. */
export type ByteRange = { readonly start: number; readonly end: number } | 'unsatisfiable';

/** What a field `Range: bytes=0-499` asks of content of `length` octets; nothing when ignored. */
export function rangeOf(field: string | undefined, length: number): ByteRange | undefined {
  const [, first = '', last = ''] = /^bytes=\s*(\d*)-(\d*)\s*$/i.exec(field ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const start = Math.max(0, length - Number(last)); // the last so many octets
    return start < length ? { start, end: length } : 'unsatisfiable';
  }
  if (last !== '' && Number(last) < Number(first)) return undefined; // invalid: §14.1.1
  if (Number(first) >= length) return 'unsatisfiable';
  const end = last === '' ? length : Math.min(Number(last) + 1, length);
  return { start: Number(first), end };
}
