/**
 * `tcpetri`: TCP in a petri dish. What scenario files need: hosts, links, sockets, profiles, units
 * of time. The layers below are `tcpetri/wire`, `tcpetri/tcpdump`, `tcpetri/stack`, `tcpetri/sim`.
 */
export * from './sim/index.ts';
export {
  bleachEcn,
  clampMss,
  firewall,
  freebsd,
  icmpBlackhole,
  insideOnly,
  linux26,
  linux3,
  linux4,
  linux6,
  lwip,
  masquerade,
  nat,
  openbsd,
  type HostProfile,
  type Middlebox,
  PAGE_FRAGMENTS,
  SENT_PACKETS,
  type PacketBuffers,
  type TcpProfile,
  PROFILES,
  randomizeSequences,
  rfc,
  RFC2525,
  smoltcp,
  splitHandshake,
  stripOptions,
  synProxy,
  windows7,
  SocketError,
  type Errno,
  type Duration,
  type Instant,
  minutes,
  ms,
  ns,
  seconds,
  us,
} from './stack/index.ts';
export { Filter, filter, type FilterOptions } from './tcpdump/index.ts';
export { fromUtf8, utf8 } from './wire/index.ts';
