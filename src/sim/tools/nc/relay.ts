/**
 * What `nc` does with a connection: what is typed goes out, what comes in is printed, until there
 * is nothing left to do. Each of the four ends is given up by itself, as its readwrite() does:
 *
 * - the end of input ends sending only with -N; then it goes on reading what the peer sends;
 * - when the peer has ended, a client still sends what is typed, and a listener is done;
 * - a broken connection, or a wait longer than -w, ends it all.
 */
import { type Instant, SocketError } from '../../../stack/index.ts';
import type { ProgramContext, StandardStreams } from '../../program.ts';
import type { NcRequest } from './request.ts';
import type { Peer } from './peer.ts';

/**
 * Standard input, which one relay after the other reads (-k): what came when one was over is the
 * next one's.
 */
export class Input {
  readonly #streams: StandardStreams;
  #next: Promise<Uint8Array | undefined> | undefined = undefined;

  constructor(streams: StandardStreams) {
    this.#streams = streams;
  }

  /** What comes next; it stays that until {@link take}. */
  next(): Promise<Uint8Array | undefined> {
    this.#next ??= this.#streams.read();
    return this.#next;
  }

  take(): void {
    this.#next = undefined;
  }
}

export class Relay {
  readonly #context: ProgramContext;
  readonly #request: NcRequest;
  readonly #peer: Peer;
  readonly #input: Input;
  /** Whether something may still be typed, and something may still come from the peer. */
  #inputIsOpen: boolean;
  #peerIsOpen = true;
  /** Whether anything can be sent. */
  #isSending = true;
  #isOver = false;
  #lastEvent: Instant;
  #finish: () => void = () => {};

  constructor(context: ProgramContext, request: NcRequest, peer: Peer, input: Input) {
    this.#input = input;
    this.#context = context;
    this.#request = request;
    this.#peer = peer;
    this.#inputIsOpen = !request.isDetached;
    this.#lastEvent = context.process.now;
  }

  /** Runs until it is over. */
  async run(): Promise<void> {
    const { process } = this.#context;
    if (this.#inputIsOpen) this.#inBackground(() => this.#sendInput());
    this.#inBackground(() => this.#printPeer());
    if (this.#request.patience !== undefined) this.#inBackground(() => this.#watch());
    await process.waitUnlessEnded('nc', (resolve) => {
      this.#finish = resolve;
      if (this.#isOver) resolve();
      return undefined;
    });
    if (this.#request.quitDelay > 0) await process.sleep(this.#request.quitDelay);
  }

  /** Runs beside the rest; an error of the connection ends it all. */
  #inBackground(body: () => Promise<void>): void {
    this.#context.process.thread(async () => {
      try {
        await body();
      } catch (error) {
        if (!(error instanceof SocketError)) throw error;
        this.#end();
      }
    });
  }

  async #sendInput(): Promise<void> {
    for (;;) {
      const typed = await this.#input.next();
      if (this.#isOver) return;
      this.#input.take();
      this.#lastEvent = this.#context.process.now;
      if (typed === undefined) break;
      await this.#peer.send(typed);
    }
    this.#inputIsOpen = false;
    if (this.#request.shutsDown) this.#peer.endSending();
    this.#isSending = false;
    this.#endIfDone();
  }

  async #printPeer(): Promise<void> {
    const { streams, process } = this.#context;
    for (;;) {
      const got = await this.#peer.recv();
      if (this.#isOver) return;
      this.#lastEvent = process.now;
      if (got.length === 0) break;
      streams.write(got);
    }
    this.#peerIsOpen = false;
    this.#endIfDone();
    if (this.#isOver) return;
    await this.#peer.hungUp();
    this.#end();
  }

  /** Ends it when nothing has happened for as long as -w says. */
  async #watch(): Promise<void> {
    const { process } = this.#context;
    const { patience = 0 } = this.#request;
    while (!this.#isOver) {
      const until = this.#lastEvent + patience;
      if (process.now >= until) this.#end();
      else await process.sleepUntil(until);
    }
  }

  #endIfDone(): void {
    if (this.#peerIsOpen) return;
    if (!this.#inputIsOpen || !this.#isSending || this.#request.isListening) this.#end();
  }

  #end(): void {
    this.#isOver = true;
    this.#finish();
  }
}
