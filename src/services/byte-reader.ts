/**
 * A stream of octets as protocols of lines read it: a line, or some of the octets that follow. What
 * has arrived and is not yet wanted waits here, at most what one `recv` gave and a line.
 */
import { concat, EMPTY } from '../wire/index.ts';
import { IncompleteMessage, MessageError } from './http/message-error.ts';

/** Where octets come from: the next ones, none at the end. */
export type ByteSource = () => Promise<Uint8Array>;

const LINE_FEED = 0x0a;

export class ByteReader {
  readonly #source: ByteSource;
  #waiting: Uint8Array = EMPTY;
  #isOver = false;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Takes more in; false at the end. */
  async #fill(): Promise<boolean> {
    if (this.#isOver) return false;
    const more = await this.#source();
    if (more.length === 0) this.#isOver = true;
    else this.#waiting = this.#waiting.length === 0 ? more : concat(this.#waiting, more);
    return !this.#isOver;
  }

  /**
   * The next line without its end: CR and LF, or LF alone (RFC 9112 §2.2); nothing at the end.
   * Octets become the characters of their numbers.
   *
   * @throws MessageError of `status` for a line of more than `limit` octets
   */
  async line(limit: number, status: number): Promise<string | undefined> {
    let looked = 0;
    for (;;) {
      const end = this.#waiting.indexOf(LINE_FEED, looked);
      if (end > limit || (end < 0 && this.#waiting.length > limit)) {
        throw new MessageError(status, `a line of more than ${limit} octets`);
      }
      if (end >= 0) {
        const line = characters(this.#waiting.subarray(0, end)).replace(/\r$/, '');
        this.#waiting = this.#waiting.subarray(end + 1);
        if (line.includes('\r')) throw new MessageError(400, 'a CR without LF');
        return line;
      }
      looked = this.#waiting.length;
      if (await this.#fill()) continue;
      if (looked > 0) throw this.incomplete('a line');
      return undefined;
    }
  }

  /** From 1 to `limit` octets; none at the end. */
  async some(limit: number): Promise<Uint8Array> {
    if (this.#waiting.length === 0) await this.#fill();
    const some = this.#waiting.subarray(0, limit);
    this.#waiting = this.#waiting.subarray(some.length);
    return some;
  }

  /** So many octets; nothing when the end comes before. */
  async exactly(length: number): Promise<Uint8Array | undefined> {
    while (this.#waiting.length < length) if (!(await this.#fill())) return undefined;
    const octets = this.#waiting.subarray(0, length);
    this.#waiting = this.#waiting.subarray(length);
    return octets;
  }

  /** The error of a peer that closed too early. */
  incomplete(where: string, missing?: number): IncompleteMessage {
    return new IncompleteMessage(where, missing);
  }
}

/** The octets of text whose characters are octets (ISO 8859-1), as heads are (RFC 9112 §2.2). */
export function octetsOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function characters(octets: Uint8Array): string {
  let text = '';
  for (const octet of octets) text += String.fromCharCode(octet);
  return text;
}
