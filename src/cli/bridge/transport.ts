/** What a bridge is joined to: something that frames come from and go to. */
import type { FrameSink } from '../../bridge/index.ts';

/** Who gets what comes in. */
export interface TransportUser {
  /** A frame came, which is the user's from then on. */
  frame(bytes: Uint8Array): void;
  /** The other side has gone, by a mistake or an error of the system's where there is one. */
  ended(error?: Error): void;
  /** Something that people want to know: who has connected. */
  noted(text: string): void;
}

export interface Transport extends FrameSink {
  /** Where the other side is, or is waited for; known once it is open. */
  readonly where: string;
  /** Begins to read. @throws InputError when there is no such place */
  open(user: TransportUser): Promise<void>;
  close(): void;
}

/** Octets that may wait for the other side; a device's queue is as bounded, and drops what more. */
export const SEND_QUEUE_LIMIT: number = 1024 * 1024;
