/** A point-to-point link: two ends, and between them one way in each direction. */
import type { Cause, Instant, Medium, Receiver } from '../../stack/index.ts';
import type { Loop } from '../loop.ts';
import type { DropObserver, FrameObserver } from '../observers.ts';
import { Pipe } from './pipe.ts';
import type { PipeChange, PipeOptions } from './pipe-options.ts';

/** What a link is like: the same in both directions, but for what the two say themselves. */
export interface LinkOptions extends PipeOptions {
  /**
   * Whether it is no wire but two virtual devices of one machine (veth(4)), which hand each other
   * what the sending host has: long frames uncut, checksums half-made, where offload is on.
   */
  readonly veth?: boolean;
  readonly aToB?: PipeOptions;
  readonly bToA?: PipeOptions;
}

/**
 * One end of a link. What is transmitted into it comes out at the other end; what comes out of it
 * goes to the receiver attached to it.
 */
export class LinkEnd implements Medium {
  readonly #out: Pipe;
  readonly #in: Pipe;
  readonly isVeth: boolean;

  constructor(out: Pipe, into: Pipe, isVeth = false) {
    this.#out = out;
    this.#in = into;
    this.isVeth = isVeth;
  }

  get handsOver(): boolean {
    return this.isVeth && this.#out.receiver?.takesUnfinished === true;
  }

  get busyUntil(): Instant {
    return this.#out.busyUntil;
  }

  transmit(frame: Uint8Array, cause: Cause, now: Instant): void {
    this.#out.transmit(frame, cause, now);
  }

  /** Whether who is at the other end has a link depends on whether this end is turned on. */
  turned(isUp: boolean, now: Instant): void {
    this.#out.receiver?.carrierChanged?.(isUp, now);
  }

  /** Plugs in who gets the frames that arrive at this end. */
  attach(receiver: Receiver): void {
    this.#in.attach(receiver);
  }

  /** Has `observer` see each frame that is sent into this end, when it is sent. */
  observeSent(observer: FrameObserver): void {
    this.#out.observeSent(observer);
  }

  /** Has `observer` see each frame that arrives at this end, before its receiver gets it. */
  observeArrivals(observer: FrameObserver): void {
    this.#in.observeArrivals(observer);
  }

  /** Has `observer` see both: what a capture at this end holds, in its order. */
  observe(observer: FrameObserver): void {
    this.observeSent(observer);
    this.observeArrivals(observer);
  }

  /** Has `observer` see each frame sent into this end that does not come out at the other. */
  observeDrops(observer: DropObserver): void {
    this.#out.observeDrops(observer);
  }
}

/** What a change of a link may be about, in both directions or in one. */
export interface LinkChange extends PipeChange {
  readonly aToB?: PipeChange;
  readonly bToA?: PipeChange;
}

/**
 * A link. Each direction's chance is drawn from the forks `a to b` and `b to a` of its `random`.
 *
 *     const link = network.link(client, server, { latency: ms(10) });
 *     link.change(seconds(2), { latency: ms(200) }); // another route
 *     link.down(seconds(5));
 *     link.up(seconds(6));
 */
export class Link {
  readonly a: LinkEnd;
  readonly b: LinkEnd;
  readonly #loop: Loop;
  readonly #aToB: Pipe;
  readonly #bToA: Pipe;

  constructor(loop: Loop, options: LinkOptions = {}) {
    this.#loop = loop;
    this.#aToB = new Pipe(loop, direction(options, options.aToB, 'a to b'));
    this.#bToA = new Pipe(loop, direction(options, options.bToA, 'b to a'));
    this.a = new LinkEnd(this.#aToB, this.#bToA, options.veth);
    this.b = new LinkEnd(this.#bToA, this.#aToB, options.veth);
  }

  /** Makes the link another one at an instant, in what the change says. @throws RangeError */
  change(at: Instant, { aToB, bToA, ...both }: LinkChange): void {
    this.#schedule(at, () => {
      this.#aToB.change({ ...both, ...aToB });
      this.#bToA.change({ ...both, ...bToA });
    });
  }

  /** Takes the link down: what is sent from then on is lost, what is under way arrives. */
  down(at: Instant): void {
    this.#schedule(at, () => this.#turn(true));
  }

  /** Has the link carry frames again. */
  up(at: Instant): void {
    this.#schedule(at, () => this.#turn(false));
  }

  #turn(isDown: boolean): void {
    this.#aToB.isDown = isDown;
    this.#bToA.isDown = isDown;
  }

  #schedule(at: Instant, due: () => void): void {
    this.#loop.scheduleChange({ due }, at);
  }
}

function direction(both: PipeOptions, own: PipeOptions = {}, name: string): PipeOptions {
  const options = { ...both, ...own };
  return options.random === undefined ? options : { ...options, random: options.random.fork(name) };
}
