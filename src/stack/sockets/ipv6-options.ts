/** Options of SOL_IPV6 that hold an `int` (ipv6(7), RFC 3542): those of sockets of AF_INET6. */
import { asFlag, type OptionRule, within } from './option-values.ts';
import { PATH_MTU_DISCOVERY } from '../posix/constants.ts';

export type Ipv6Option =
  | 'IPV6_AUTOFLOWLABEL'
  | 'IPV6_DONTFRAG'
  | 'IPV6_FLOWINFO'
  | 'IPV6_FLOWINFO_SEND'
  | 'IPV6_FREEBIND'
  | 'IPV6_MTU_DISCOVER'
  | 'IPV6_RECVERR'
  | 'IPV6_RECVHOPLIMIT'
  | 'IPV6_RECVPKTINFO'
  | 'IPV6_RECVTCLASS'
  | 'IPV6_TCLASS'
  | 'IPV6_UNICAST_HOPS'
  | 'IPV6_V6ONLY';

const LEVEL = 'SOL_IPV6';
const { IP_PMTUDISC_DONT, IP_PMTUDISC_WANT, IP_PMTUDISC_OMIT } = PATH_MTU_DISCOVERY;

/** IPV6_UNICAST_HOPS: what leaves it to the host. */
export const HOPS_OF_HOST = -1;

export const IPV6_OPTIONS: Readonly<Record<Ipv6Option, OptionRule>> = {
  IPV6_AUTOFLOWLABEL: { level: LEVEL, initial: 1, takes: asFlag, effect: 'kept' },
  IPV6_DONTFRAG: { level: LEVEL, initial: 0, takes: asFlag, effect: 'kept' },
  IPV6_FLOWINFO: { level: LEVEL, initial: 0, takes: asFlag, effect: 'kept' },
  IPV6_FLOWINFO_SEND: { level: LEVEL, initial: 0, takes: asFlag, effect: 'kept' },
  IPV6_FREEBIND: { level: LEVEL, initial: 0, takes: asFlag, effect: 'acts' },
  IPV6_MTU_DISCOVER: {
    level: LEVEL,
    initial: IP_PMTUDISC_WANT,
    takes: within(IP_PMTUDISC_DONT, IP_PMTUDISC_OMIT),
    effect: 'acts',
  },
  IPV6_RECVERR: { level: LEVEL, initial: 0, takes: asFlag, effect: 'acts' },
  IPV6_RECVHOPLIMIT: { level: LEVEL, initial: 0, takes: asFlag, effect: 'acts' },
  IPV6_RECVPKTINFO: { level: LEVEL, initial: 0, takes: asFlag, effect: 'kept' },
  IPV6_RECVTCLASS: { level: LEVEL, initial: 0, takes: asFlag, effect: 'acts' },
  IPV6_TCLASS: { level: LEVEL, initial: 0, takes: trafficClass, effect: 'acts' },
  IPV6_UNICAST_HOPS: {
    level: LEVEL,
    initial: HOPS_OF_HOST,
    takes: within(HOPS_OF_HOST, 255),
    effect: 'acts',
  },
  IPV6_V6ONLY: { level: LEVEL, initial: 0, takes: asFlag, effect: 'acts' },
};

/** −1 is the default, 0 (RFC 3542 §6.5). */
function trafficClass(value: number): number | 'EINVAL' {
  if (value < -1 || value > 0xff) return 'EINVAL';
  return Math.max(0, value);
}
