/** What is wrong with a message of HTTP: a status to answer it with, and one line that says why. */

/** Thrown while a message is read; never by what a message is written with. */
export class MessageError extends Error {
  override readonly name: string = 'MessageError';
  /** What a server answers: 400, or the code that says it better (RFC 9110 §15.5, §15.6). */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The peer closed in the middle of a message: there is nobody to answer (RFC 9112 §8). */
export class IncompleteMessage extends MessageError {
  override readonly name: string = 'IncompleteMessage';
  /** Octets of the body that were announced and did not come, where that is known. */
  readonly missing: number | undefined;

  constructor(where: string, missing?: number) {
    super(400, `the connection ended in ${where}`);
    this.missing = missing;
  }
}
