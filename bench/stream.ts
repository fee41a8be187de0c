/** A long stream of octets that both ends know, for one to send and the other to check. */
import type { TcpSocket } from '../src/stack/index.ts';
import type { Loop } from '../src/sim/index.ts';
import { mustHold } from './figure.ts';

/** The stream repeats after so many octets: a prime, so that nothing lost or doubled goes unseen. */
const PERIOD = 65_521;
const PATTERN = new Uint8Array(2 * PERIOD).map((_, i) => Math.imul(i % PERIOD, 0x9e3779b1) >>> 24);

/** What is read lies here until it is checked, of all readers, since none of them waits. */
const INTO = new Uint8Array(65_536);

/** Sends the first `length` octets of the stream in writes of up to `write`, and closes. */
export function sendStream(socket: TcpSocket, length: number, write: number, loop: Loop): void {
  let sent = 0;
  socket.onReady = (): void => {
    if (socket.state !== 'ESTABLISHED') return;
    while (sent < length) {
      const next = Math.min(write, length - sent);
      if (socket.room < next) return;
      const from = sent % PERIOD;
      sent += next; // before the call, which may come back here
      mustHold(socket.send(PATTERN.subarray(from, from + next), loop.now) === next, 'no room');
    }
    socket.close(loop.now);
  };
}

/** Reads a stream as it comes, checks it, and closes at its end. */
export class StreamReader {
  received = 0;
  ended = false;
  readonly #socket: TcpSocket;
  readonly #loop: Loop;

  constructor(socket: TcpSocket, loop: Loop) {
    this.#socket = socket;
    this.#loop = loop;
    socket.onReady = (): void => this.#read();
  }

  #read(): void {
    for (;;) {
      const length = this.#socket.recvInto(INTO, this.#loop.now);
      if (length < 0) return;
      if (length === 0) break;
      // First and last octet of each read: what lies between is the TCP checksum's to guard.
      const first = this.received % PERIOD;
      const last = (this.received + length - 1) % PERIOD;
      mustHold(INTO[0] === PATTERN[first] && INTO[length - 1] === PATTERN[last], 'wrong octets');
      this.received += length;
    }
    this.ended = true;
    this.#socket.close(this.#loop.now);
  }
}
