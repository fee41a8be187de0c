/**
 * The lines that messages are made of, but for bodies: octets up to CR and LF, read as characters
 * of their numbers (ISO 8859-1), as RFC 9112 §2.2 wants of who reads them safely.
 */
import type { ByteReader } from '../byte-reader.ts';
import { IncompleteMessage, MessageError } from './message-error.ts';

const LINE_FEED = 0x0a;

/**
 * The next line without its end: CR and LF, or LF alone (RFC 9112 §2.2); nothing where the stream
 * ends before it.
 *
 * @throws MessageError of `status` for a line of more than `limit` octets
 */
export async function readLine(
  reader: ByteReader,
  limit: number,
  status: number,
): Promise<string | undefined> {
  const octets = await reader.through(LINE_FEED, limit + 1);
  if (octets.length === 0) return undefined;
  if (octets.at(-1) !== LINE_FEED) {
    if (octets.length <= limit) throw new IncompleteMessage('a line');
    throw new MessageError(status, `a line of more than ${limit} octets`);
  }
  const line = charactersOf(octets.subarray(0, -1)).replace(/\r$/, '');
  if (line.includes('\r')) throw new MessageError(400, 'a CR without LF');
  return line;
}

/** The octets of lines that are to be sent. */
export function octetsOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function charactersOf(octets: Uint8Array): string {
  let text = '';
  for (const octet of octets) text += String.fromCharCode(octet);
  return text;
}
