/** What the tests of the simulator share: frames that can be told apart, and records of them. */
import { type Cause, cause, type Instant, type Receiver } from '../../src/stack/index.ts';
import type { DropObserver, FrameObserver } from '../../src/sim/index.ts';
import { put32, u32 } from '../../src/wire/index.ts';

/** Why tests send frames. */
export const TEST: Cause = cause('test', 'a test sends it', 'none');

/** A frame of 4 octets or more that carries a number. */
export function numbered(id: number, length = 4): Uint8Array {
  const frame = new Uint8Array(length);
  put32(frame, 0, id);
  return frame;
}

/** The number that a frame carries. */
export function idOf(frame: Uint8Array): number {
  return u32(frame, 0);
}

/** A record of one frame: its number, when it was seen, and why. */
export interface Seen {
  readonly id: number;
  readonly at: Instant;
  readonly cause: string;
}

/** Records whatever it is given, as receiver or observer. */
export class Recorder implements Receiver, FrameObserver, DropObserver {
  readonly seen: Seen[] = [];
  readonly frames: Uint8Array[] = [];

  receive(frame: Uint8Array, { name }: Cause, at: Instant): void {
    this.seen.push({ id: idOf(frame), at, cause: name });
    this.frames.push(frame);
  }

  frame(bytes: Uint8Array, cause: Cause, now: Instant): void {
    this.receive(bytes, cause, now);
  }

  dropped(bytes: Uint8Array, cause: Cause, now: Instant): void {
    this.receive(bytes, cause, now);
  }

  get ids(): number[] {
    return this.seen.map(({ id }) => id);
  }

  get times(): Instant[] {
    return this.seen.map(({ at }) => at);
  }
}
