/** Options of SOL_TCP that hold an `int` (tcp(7)). */
import {
  asFlag,
  asStrictFlag,
  INT_MAXIMUM,
  type OptionRule,
  within,
} from '../../sockets/option-values.ts';
import { secondsOf, timeoutsIn } from '../listen/listen-queue.ts';

export type TcpLevelOption =
  | 'TCP_CORK'
  | 'TCP_DEFER_ACCEPT'
  | 'TCP_FASTOPEN'
  | 'TCP_FASTOPEN_CONNECT'
  | 'TCP_FASTOPEN_NO_COOKIE'
  | 'TCP_INQ'
  | 'TCP_KEEPCNT'
  | 'TCP_KEEPIDLE'
  | 'TCP_KEEPINTVL'
  | 'TCP_LINGER2'
  | 'TCP_MAXSEG'
  | 'TCP_NODELAY'
  | 'TCP_NOTSENT_LOWAT'
  | 'TCP_QUICKACK'
  | 'TCP_SYNCNT'
  | 'TCP_THIN_LINEAR_TIMEOUTS'
  | 'TCP_USER_TIMEOUT'
  | 'TCP_WINDOW_CLAMP';

const LEVEL = 'SOL_TCP';
const FIRST_TIMEOUT = 1; // TCP_TIMEOUT_INIT, in seconds
const LONGEST_TIMEOUT = 120; // TCP_RTO_MAX
const MAXSEG_LEAST = 88; // TCP_MIN_MSS
const MAXSEG_MOST = 32_767; // MAX_TCP_WINDOW
const KEEP_ALIVE_MOST = 32_767; // MAX_TCP_KEEPIDLE and MAX_TCP_KEEPINTVL, in seconds
const COUNT_MOST = 127; // MAX_TCP_KEEPCNT and MAX_TCP_SYNCNT
const LINGER2_MOST = 120; // TCP_FIN_TIMEOUT_MAX, in seconds

export const TCP_LEVEL_OPTIONS: Readonly<Record<TcpLevelOption, OptionRule>> = {
  TCP_CORK: { level: LEVEL, initial: 0, takes: asFlag, effect: 'acts' },
  TCP_DEFER_ACCEPT: { level: LEVEL, initial: 0, takes: asDeferral, effect: 'acts' },
  TCP_FASTOPEN: { level: LEVEL, initial: 0, takes: within(0, INT_MAXIMUM), effect: 'acts' },
  TCP_FASTOPEN_CONNECT: { level: LEVEL, initial: 0, takes: asStrictFlag, effect: 'acts' },
  TCP_FASTOPEN_NO_COOKIE: { level: LEVEL, initial: 0, takes: asStrictFlag, effect: 'acts' },
  TCP_INQ: { level: LEVEL, initial: 0, takes: asStrictFlag, effect: 'acts' },
  TCP_KEEPCNT: { level: LEVEL, initial: 0, takes: within(1, COUNT_MOST), effect: 'acts' },
  TCP_KEEPIDLE: { level: LEVEL, initial: 0, takes: within(1, KEEP_ALIVE_MOST), effect: 'acts' },
  TCP_KEEPINTVL: { level: LEVEL, initial: 0, takes: within(1, KEEP_ALIVE_MOST), effect: 'acts' },
  TCP_LINGER2: { level: LEVEL, initial: 0, takes: finWait2Seconds, effect: 'acts' },
  TCP_MAXSEG: { level: LEVEL, initial: 0, takes: segmentLength, effect: 'acts' },
  TCP_NODELAY: { level: LEVEL, initial: 0, takes: asFlag, effect: 'acts' },
  TCP_NOTSENT_LOWAT: { level: LEVEL, initial: 0, takes: (value) => value >>> 0, effect: 'acts' },
  TCP_QUICKACK: { level: LEVEL, initial: 1, takes: asFlag, effect: 'acts' },
  TCP_SYNCNT: { level: LEVEL, initial: 0, takes: within(1, COUNT_MOST), effect: 'acts' },
  TCP_THIN_LINEAR_TIMEOUTS: { level: LEVEL, initial: 0, takes: asStrictFlag, effect: 'acts' },
  TCP_USER_TIMEOUT: { level: LEVEL, initial: 0, takes: within(0, INT_MAXIMUM), effect: 'acts' },
  TCP_WINDOW_CLAMP: { level: LEVEL, initial: 0, takes: within(0, INT_MAXIMUM), effect: 'acts' },
};

/** Kept as a number of SYN-ACKs that time out, so that what is read back is rounded up. */
function asDeferral(value: number): number {
  return secondsOf(
    timeoutsIn(value, FIRST_TIMEOUT, LONGEST_TIMEOUT),
    FIRST_TIMEOUT,
    LONGEST_TIMEOUT,
  );
}

/** 0 takes the bound away. */
function segmentLength(value: number): number | 'EINVAL' {
  return value === 0 || (value >= MAXSEG_LEAST && value <= MAXSEG_MOST) ? value : 'EINVAL';
}

/** −1 does not wait in FIN-WAIT-2 at all; 0 waits as the host says. */
function finWait2Seconds(value: number): number {
  return value < 0 ? -1 : Math.min(value, LINGER2_MOST);
}
