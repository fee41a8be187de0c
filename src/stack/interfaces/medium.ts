/** What a host's interface is plugged into: the one way out of the stack for bytes. */
import type { Cause } from '../cause.ts';
import type { Instant } from '../time.ts';

/** Takes the frames that an interface sends: a link of the simulator, or whoever runs the stack. */
export interface Medium {
  /** Whether what comes out of it may be as the sender had it (`offload.ts`): a veth's end. */
  readonly isVeth?: boolean;
  /** Whether what goes in comes out so. */
  readonly handsOver?: boolean;
  /** Until when what is transmitted waits for what was; without it nothing ever does. */
  readonly busyUntil?: Instant;
  /**
   * Takes a frame over; the sender does not touch its bytes again. `cause` says why it was sent.
   */
  transmit(frame: Uint8Array, cause: Cause, now: Instant): void;
  /** Its interface has been turned on or off; a medium with one other end lets that know. */
  turned?(isUp: boolean, now: Instant): void;
}

/** Takes the frames that arrive at one end of a medium; an interface of a host is one. */
export interface Receiver {
  /** `cause` is the sender's, travelling beside the bytes for whoever observes. */
  receive(frame: Uint8Array, cause: Cause, now: Instant): void;
  /** Whether it can make something of frames that no device has finished. */
  readonly takesUnfinished?: boolean;
  /** Who is at the other end of the medium has been turned on or off. */
  carrierChanged?(hasCarrier: boolean, now: Instant): void;
}
