/** How `curl` ends where it does not succeed (curl(1), EXIT CODES). */
import { SocketError, wordsOf } from '../../stack/index.ts';
import { IncompleteMessage, MessageError } from './message-error.ts';

/** curl ends with an error: its number, which is its status, and words. */
export class CurlError extends Error {
  readonly number: number;

  constructor(number: number, message: string) {
    super(message);
    this.number = number;
  }
}

/** What curl makes of an error in the middle of a transfer. */
export function curlErrorOf(error: unknown): unknown {
  if (error instanceof IncompleteMessage) {
    if (error.missing === undefined) return new CurlError(52, 'Empty reply from server');
    const left = `${error.missing} bytes remaining to read`;
    return new CurlError(18, `transfer closed with ${left}`);
  }
  if (error instanceof MessageError) {
    return new CurlError(1, 'Received HTTP/0.9 when not allowed');
  }
  if (error instanceof SocketError)
    return new CurlError(56, `Recv failure: ${wordsOf(error.code)}`);
  return error;
}
