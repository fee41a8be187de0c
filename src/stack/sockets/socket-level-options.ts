/** Options of SOL_SOCKET that hold an `int` (socket(7)): those of every socket. */
import { TIMESTAMPING } from '../posix/constants.ts';
import {
  asFlag,
  asIs,
  asStrictFlag,
  INT_MAXIMUM,
  type OptionRule,
  within,
} from './option-values.ts';

export type SocketLevelOption =
  | 'SO_REUSEADDR'
  | 'SO_REUSEPORT'
  | 'SO_BROADCAST'
  | 'SO_DONTROUTE'
  | 'SO_KEEPALIVE'
  | 'SO_MARK'
  | 'SO_MAX_PACING_RATE'
  | 'SO_NO_CHECK'
  | 'SO_OOBINLINE'
  | 'SO_PRIORITY'
  | 'SO_RCVBUF'
  | 'SO_RCVLOWAT'
  | 'SO_SNDBUF'
  | 'SO_SNDLOWAT'
  | 'SO_TIMESTAMPING'
  | 'SO_ZEROCOPY';

const LEVEL = 'SOL_SOCKET';
/** SO_MAX_PACING_RATE: without a bound. */
export const NO_PACING_RATE = 0xffff_ffff;
/** The highest priority without CAP_NET_ADMIN. */
const PRIORITY_MOST = 6;
/** Every SOF_TIMESTAMPING_… that there is. */
const TIMESTAMPING_FLAGS = 2 * TIMESTAMPING.SOF_TIMESTAMPING_OPT_ID_TCP - 1;

export const SOCKET_LEVEL_OPTIONS: Readonly<Record<SocketLevelOption, OptionRule>> = {
  SO_REUSEADDR: { level: LEVEL, initial: 0, takes: asFlag, effect: 'acts' },
  SO_REUSEPORT: { level: LEVEL, initial: 0, takes: asFlag, effect: 'acts' },
  SO_BROADCAST: { level: LEVEL, initial: 0, takes: asFlag, effect: 'acts' },
  SO_DONTROUTE: { level: LEVEL, initial: 0, takes: asFlag, effect: 'kept' },
  SO_KEEPALIVE: { level: LEVEL, initial: 0, takes: asFlag, effect: 'acts' },
  SO_MARK: { level: LEVEL, initial: 0, takes: asIs, effect: 'kept' },
  SO_MAX_PACING_RATE: {
    level: LEVEL,
    initial: NO_PACING_RATE,
    takes: (value) => value >>> 0,
    effect: 'acts',
  },
  SO_NO_CHECK: { level: LEVEL, initial: 0, takes: asFlag, effect: 'acts' },
  SO_OOBINLINE: { level: LEVEL, initial: 0, takes: asFlag, effect: 'acts' },
  SO_PRIORITY: { level: LEVEL, initial: 0, takes: within(0, PRIORITY_MOST), effect: 'kept' },
  // As the program gave them; what they become is the business of socket-memory.ts.
  SO_RCVBUF: { level: LEVEL, initial: 0, takes: asIs, effect: 'acts' },
  SO_SNDBUF: { level: LEVEL, initial: 0, takes: asIs, effect: 'acts' },
  SO_RCVLOWAT: { level: LEVEL, initial: 1, takes: lowWaterMark, effect: 'acts' },
  SO_SNDLOWAT: { level: LEVEL, initial: 1, takes: asIs, effect: 'read-only' },
  SO_TIMESTAMPING: {
    level: LEVEL,
    initial: 0,
    takes: within(0, TIMESTAMPING_FLAGS),
    effect: 'acts',
  },
  SO_ZEROCOPY: { level: LEVEL, initial: 0, takes: asStrictFlag, effect: 'acts' },
};

/** Linux sk_setsockopt(): a negative mark is endless, and none is one octet. */
function lowWaterMark(value: number): number {
  if (value < 0) return INT_MAXIMUM;
  return value === 0 ? 1 : value;
}
