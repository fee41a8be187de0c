/**
 * What a program's socket options mean to one connection. A listener's go to each connection that
 * opens through it, as they are at that moment; a connected socket's take effect at once.
 */
import { type IpAddress, isIpv6, type SourceRoute } from '../../../wire/index.ts';
import type { Errno } from '../../errno.ts';
import { IP_OPTIONS, type IpOption, tosOfStream } from '../../sockets/ip-options.ts';
import { IPV6_OPTIONS, type Ipv6Option } from '../../sockets/ipv6-options.ts';
import { type MulticastOption, STREAM_MULTICAST_OPTIONS } from '../../sockets/multicast-options.ts';
import type { OptionRule, OptionValues } from '../../sockets/option-values.ts';
import { PATH_MTU_DISCOVERY } from '../../posix/constants.ts';
import type { CommonProfile } from '../../profile.ts';
import type { CongestionAlgorithm } from '../congestion/congestion-profile.ts';
import {
  NO_PACING_RATE,
  SOCKET_LEVEL_OPTIONS,
  type SocketLevelOption,
} from '../../sockets/socket-level-options.ts';
import { payloadSpace, receiveMemory, sendMemory } from '../../sockets/socket-memory.ts';
import { type Duration, ms, seconds } from '../../time.ts';
import { timeoutsIn } from '../listen/listen-queue.ts';
import type { KeepAlive } from '../liveness/keep-alive.ts';
import { keysIn } from '../fast-open/cookie.ts';
import { TCP_LEVEL_OPTIONS, type TcpLevelOption } from './tcp-level-options.ts';
import { keyFor, type SignatureKey } from '../signature/keys.ts';
import { setReceiveMemory } from '../receive/receive-memory.ts';
import { CLAMP_LEAST, clampWindow } from '../receive/receive-window.ts';
import { sourceRouteGiven } from '../send/source-route.ts';
import type { Tcb } from '../tcb.ts';
import type { SocketSettings } from './socket-settings.ts';

export type StreamOption =
  SocketLevelOption | IpOption | Ipv6Option | MulticastOption | TcpLevelOption;
export type StreamOptionValues = OptionValues<StreamOption>;

/** Every option that holds a number. */
export const STREAM_OPTIONS: Readonly<Record<StreamOption, OptionRule>> = {
  ...SOCKET_LEVEL_OPTIONS,
  ...IP_OPTIONS,
  ...IPV6_OPTIONS,
  ...STREAM_MULTICAST_OPTIONS,
  ...TCP_LEVEL_OPTIONS,
  IP_TOS: { ...IP_OPTIONS.IP_TOS, takes: tosOfStream },
  IPV6_TCLASS: { ...IPV6_OPTIONS.IPV6_TCLASS, takes: trafficClassOfStream },
};

function trafficClassOfStream(value: number): number | Errno {
  const taken = IPV6_OPTIONS.IPV6_TCLASS.takes(value);
  return typeof taken === 'number' ? tosOfStream(taken) : taken;
}

/** What a program may ask of a connection: many share one object. */
export interface ConnectionOptions {
  /** SO_RCVBUF as octets of payload; 0 leaves the profile's. */
  readonly receiveSpace: number;
  /** SO_SNDBUF as the system counts it; 0 leaves the profile's. */
  readonly sendSpace: number;
  /** TCP_WINDOW_CLAMP; 0 for none. */
  readonly windowClamp: number;
  /** TCP_MAXSEG; 0 leaves what the MTU allows. */
  readonly maximumSegment: number;
  readonly noDelay: boolean;
  readonly corked: boolean;
  readonly reuseAddress: boolean;
  readonly reusePort: boolean;
  /** Octets not yet sent that a write may leave behind (TCP_NOTSENT_LOWAT); 0 for no bound. */
  readonly unsentMost: number;
  /** TCP_SYNCNT; 0 leaves the profile's. */
  readonly synRetries: number;
  /** TCP_LINGER2: how long FIN-WAIT-2 lasts; below 0 not at all, 0 leaves the profile's. */
  readonly finWait2: Duration;
  /** TCP_USER_TIMEOUT (RFC 9293 §3.8.3); 0 for none. */
  readonly userTimeout: Duration;
  /** SO_KEEPALIVE and what goes with it; nothing while it is off. */
  readonly keepAlive: KeepAlive | undefined;
  /** TCP_THIN_LINEAR_TIMEOUTS. */
  readonly thinLinearTimeouts: boolean;
  /** TCP_DEFER_ACCEPT, as a number of SYN-ACKs that time out. */
  readonly deferAccept: number;
  /** SO_MAX_PACING_RATE, octets a second. */
  readonly mostPacingRate: number;
  /** IP_MTU_DISCOVER or IPV6_MTU_DISCOVER; nothing leaves the host's. */
  readonly mtuDiscovery: number | undefined;
  /** IP_TOS or IPV6_TCLASS. */
  readonly tos: number;
  /** IP_TTL or IPV6_UNICAST_HOPS. */
  readonly ttl: number;
  /** Octets for which a read waits (SO_RCVLOWAT). */
  readonly lowWaterMark: number;
  /** SO_OOBINLINE. */
  readonly urgentInline: boolean;
  /** TCP_CONGESTION; nothing leaves the profile's. */
  readonly congestionControl: CongestionAlgorithm | undefined;
  /** The gateways that IP_OPTIONS names. */
  readonly sourceRoute: SourceRoute | undefined;
  /** TCP_MD5SIG and TCP_MD5SIG_EXT: the keys by peer. */
  readonly signatureKeys: readonly SignatureKey[];
  /** TCP_FASTOPEN_KEY: none leaves the host's. */
  readonly fastOpenKeys: readonly Uint8Array[];
  /** TCP_FASTOPEN_NO_COOKIE. */
  readonly fastOpenWithoutCookie: boolean;
}

/**
 * What the settings of a socket mean to a connection with `peer`: read once for each version of IP,
 * for settings that change are others.
 */
export function connectionOptions(
  settings: SocketSettings,
  host: CommonProfile,
  peer: IpAddress,
): ConnectionOptions {
  if (isIpv6(peer)) {
    return (settings.meaningOfIpv6 ??= { ...readOptions(settings, host), ...ipv6Header(settings) });
  }
  return (settings.meaning ??= readOptions(settings, host));
}

/** What the options of SOL_IPV6 say in the place of those of SOL_IP. */
function ipv6Header({
  values,
}: SocketSettings): Pick<ConnectionOptions, 'tos' | 'ttl' | 'mtuDiscovery'> {
  return {
    tos: values.get('IPV6_TCLASS'),
    ttl: values.get('IPV6_UNICAST_HOPS'),
    mtuDiscovery: values.get('IPV6_MTU_DISCOVER'),
  };
}

function readOptions(
  { values, congestionControl, fastOpenKey, signatureKeys, sourceRoute }: SocketSettings,
  host: CommonProfile,
): ConnectionOptions {
  const { socketMemory: memory } = host;
  const asked = (name: 'SO_RCVBUF' | 'SO_SNDBUF'): number => values.get(name);
  return {
    receiveSpace: values.has('SO_RCVBUF')
      ? payloadSpace(memory, receiveMemory(memory, asked('SO_RCVBUF')))
      : 0,
    sendSpace: values.has('SO_SNDBUF') ? sendMemory(memory, asked('SO_SNDBUF')) : 0,
    windowClamp: values.get('TCP_WINDOW_CLAMP'),
    maximumSegment: values.get('TCP_MAXSEG'),
    noDelay: values.get('TCP_NODELAY') !== 0,
    corked: values.get('TCP_CORK') !== 0,
    reuseAddress: values.get('SO_REUSEADDR') !== 0,
    reusePort: values.get('SO_REUSEPORT') !== 0,
    unsentMost: values.get('TCP_NOTSENT_LOWAT'),
    synRetries: values.get('TCP_SYNCNT'),
    finWait2: seconds(values.get('TCP_LINGER2')),
    userTimeout: ms(values.get('TCP_USER_TIMEOUT')),
    keepAlive: keepAliveOf(values),
    thinLinearTimeouts: values.get('TCP_THIN_LINEAR_TIMEOUTS') !== 0,
    deferAccept: timeoutsIn(values.get('TCP_DEFER_ACCEPT'), 1, 120),
    mostPacingRate: pacingRateOf(values.get('SO_MAX_PACING_RATE')),
    mtuDiscovery: values.has('IP_MTU_DISCOVER') ? values.get('IP_MTU_DISCOVER') : undefined,
    tos: values.get('IP_TOS'),
    ttl: values.get('IP_TTL'),
    lowWaterMark: Math.max(1, values.get('SO_RCVLOWAT')),
    urgentInline: values.get('SO_OOBINLINE') !== 0,
    congestionControl,
    sourceRoute,
    signatureKeys,
    fastOpenKeys: keysIn(fastOpenKey),
    fastOpenWithoutCookie: values.get('TCP_FASTOPEN_NO_COOKIE') !== 0,
  };
}

/** IP_MTU_DISCOVER where a program asks for nothing (ip(7)). */
export function mtuDiscoveryOf({ pathMtu }: CommonProfile): number {
  const { IP_PMTUDISC_DONT, IP_PMTUDISC_WANT } = PATH_MTU_DISCOVERY;
  return pathMtu.isOff === 0 ? IP_PMTUDISC_WANT : IP_PMTUDISC_DONT;
}

function keepAliveOf(values: StreamOptionValues): KeepAlive | undefined {
  if (values.get('SO_KEEPALIVE') === 0) return undefined;
  return {
    idle: values.get('TCP_KEEPIDLE'),
    interval: values.get('TCP_KEEPINTVL'),
    probes: values.get('TCP_KEEPCNT'),
  };
}

/** All bits set mean that there is no bound. */
function pacingRateOf(value: number): number {
  return value === NO_PACING_RATE ? Number.POSITIVE_INFINITY : value;
}

/** The connection goes by these from now on. */
export function applyOptions(tcb: Tcb, options: ConnectionOptions): void {
  tcb.options = options;
  if (options.receiveSpace > 0) {
    setReceiveMemory(tcb, options.receiveSpace * tcb.services.host.socketMemory.factor);
  }
  const clamp = Math.max(options.windowClamp, CLAMP_LEAST);
  if (options.windowClamp > 0 && tcb.rcv.clampAsked !== clamp) {
    tcb.rcv.clampAsked = clamp;
    clampWindow(tcb, clamp);
  }
  if (options.sendSpace > 0) tcb.sendSpace = options.sendSpace;
  tcb.mtuDiscovery = options.mtuDiscovery ?? mtuDiscoveryOf(tcb.services.host);
  if (options.sourceRoute !== undefined) sourceRouteGiven(tcb, options.sourceRoute);
  tcb.receiveBuffer.urgentInline = options.urgentInline;
  tcb.signatureKey = keyFor(options.signatureKeys, tcb.remoteAddress);
}
