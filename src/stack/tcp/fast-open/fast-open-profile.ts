/** A system's TCP Fast Open (RFC 7413), as data. */
import type { Duration } from '../../time.ts';

/** TCP Fast Open (RFC 7413). */
export interface FastOpenProfile {
  /** tcp_fastopen: a sum of bits, in `state.ts`. */
  readonly flags: number;
  /** How long it is paused where it seems to be swallowed: 0 for never. */
  readonly blackholeTimeout: Duration;
  /** tcp_fastopen_key: the present key and perhaps the one before; none leaves it to the host. */
  readonly keys: readonly Uint8Array[];
  /**
   * Whether the FIN of `shutdown` waits for the end of the handshake (Linux tcp_shutdown(), since
   * 6.10); that of `close` never does (RFC 9293 §3.10.4).
   */
  readonly shutdownWaits: boolean;
}
