/** Options of SOL_IP that hold an `int` (ip(7)). */
import { asFlag, asIs, type OptionRule, within } from './option-values.ts';
import { PATH_MTU_DISCOVERY } from '../posix/constants.ts';

export type IpOption =
  | 'IP_FREEBIND'
  | 'IP_MTU_DISCOVER'
  | 'IP_RECVERR'
  | 'IP_RECVTOS'
  | 'IP_RECVTTL'
  | 'IP_PKTINFO'
  | 'IP_TOS'
  | 'IP_TTL';

const LEVEL = 'SOL_IP';
const { IP_PMTUDISC_DONT, IP_PMTUDISC_WANT, IP_PMTUDISC_OMIT } = PATH_MTU_DISCOVERY;

/** IP_TTL: what leaves it to the host. */
export const TTL_OF_HOST = -1;

export const IP_OPTIONS: Readonly<Record<IpOption, OptionRule>> = {
  IP_FREEBIND: { level: LEVEL, initial: 0, takes: asFlag, effect: 'acts' },
  IP_MTU_DISCOVER: {
    level: LEVEL,
    initial: IP_PMTUDISC_WANT,
    takes: within(IP_PMTUDISC_DONT, IP_PMTUDISC_OMIT),
    effect: 'acts',
  },
  IP_RECVERR: { level: LEVEL, initial: 0, takes: asFlag, effect: 'acts' },
  IP_RECVTOS: { level: LEVEL, initial: 0, takes: asFlag, effect: 'acts' },
  IP_RECVTTL: { level: LEVEL, initial: 0, takes: asFlag, effect: 'acts' },
  IP_PKTINFO: { level: LEVEL, initial: 0, takes: asFlag, effect: 'kept' },
  IP_TOS: { level: LEVEL, initial: 0, takes: asIs, effect: 'acts' },
  IP_TTL: { level: LEVEL, initial: TTL_OF_HOST, takes: timeToLive, effect: 'acts' },
};

function timeToLive(value: number): number | 'EINVAL' {
  return value === TTL_OF_HOST || (value >= 1 && value <= 255) ? value : 'EINVAL';
}

/** IP_TOS of a TCP socket: the two bits of ECN are TCP's own (RFC 3168 §5). */
export function tosOfStream(asked: number): number {
  return asked & 0xfc;
}
