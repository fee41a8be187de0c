/** The options of a TCP socket that hold a number, by name. */
import { STREAM_OPTIONS, type StreamOption } from './connection-options.ts';

export type SocketOption = StreamOption;

/** Options of a socket, by the names that programs use. Sizes are in octets; flags 0 or 1. */
export const SOCKET_OPTIONS: readonly SocketOption[] = Object.keys(
  STREAM_OPTIONS,
) as SocketOption[];

/** Options that are checked, kept and read back, and from which nothing follows. */
export const KEPT_OPTIONS: readonly SocketOption[] = SOCKET_OPTIONS.filter(
  (name) => STREAM_OPTIONS[name].effect === 'kept',
);
