/** What a program has set on a TCP socket; a listener's settings go to the sockets it gives. */
import { EMPTY, type SourceRoute } from '../../../wire/index.ts';
import type { Linger } from '../../sockets/option-structures.ts';
import { OptionValues } from '../../sockets/option-values.ts';
import type { CongestionAlgorithm } from '../congestion/congestion-profile.ts';
import { type Duration, NEVER } from '../../time.ts';
import type { SignatureKey } from '../signature/keys.ts';
import {
  type ConnectionOptions,
  STREAM_OPTIONS,
  type StreamOptionValues,
} from './connection-options.ts';

const NO_LINGER: Linger = { on: false, time: 0 };

export class SocketSettings {
  /** Options that hold a number. */
  readonly values: StreamOptionValues;
  linger: Linger;
  /** SO_RCVTIMEO and SO_SNDTIMEO: how long calls wait. */
  receiveTimeout: Duration;
  sendTimeout: Duration;
  /** TCP_CONGESTION, when it was set. */
  congestionControl: CongestionAlgorithm | undefined;
  /** TCP_FASTOPEN_KEY: one key or two, one after the other; none leaves the host's. */
  fastOpenKey: Uint8Array;
  /** TCP_MD5SIG: the keys by peer. */
  signatureKeys: readonly SignatureKey[];
  /** IP_OPTIONS, when they name a source route. */
  sourceRoute: SourceRoute | undefined;
  /** All this as connections go by it, once one has asked (`connection-options.ts`). */
  meaning: ConnectionOptions | undefined = undefined;
  meaningOfIpv6: ConnectionOptions | undefined = undefined;

  constructor(from?: SocketSettings) {
    this.values = new OptionValues(STREAM_OPTIONS, from?.values);
    this.linger = from?.linger ?? NO_LINGER;
    this.receiveTimeout = from?.receiveTimeout ?? NEVER;
    this.sendTimeout = from?.sendTimeout ?? NEVER;
    this.congestionControl = from?.congestionControl;
    this.fastOpenKey = from?.fastOpenKey ?? EMPTY;
    this.signatureKeys = from?.signatureKeys ?? [];
    this.sourceRoute = from?.sourceRoute;
  }
}
