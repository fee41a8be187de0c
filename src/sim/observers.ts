/** Those who look on: captures, counters, tests. They cost nothing where there are none. */
import type { Cause, Instant } from '../stack/index.ts';

/** Sees frames pass. The bytes are not the observer's to change. */
export interface FrameObserver {
  /** `cause` is why the frame was sent. */
  frame(bytes: Uint8Array, cause: Cause, now: Instant): void;
}

/** Sees frames that go no further. */
export interface DropObserver {
  /** `cause` is why the frame was dropped. */
  dropped(bytes: Uint8Array, cause: Cause, now: Instant): void;
}
