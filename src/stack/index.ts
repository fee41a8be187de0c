/** `tcpetri/stack`: one host as a state machine, without clock, chance or input and output. */
export * from './assert.ts';
export * from './cause.ts';
export * from './choices.ts';
export * from './clock.ts';
export * from './deadline-queue.ts';
export { ROOT } from './commands/holders.ts';
export { programOf } from './commands/netstat.ts';
export { endText, tcpRows } from './commands/netstat-rows.ts';
export * from './commands/index.ts';
export * from './counters.ts';
export * from './errno.ts';
export * from './host.ts';
export { type IcmpMeaning, meaningOf as icmpMeaning } from './icmp/icmp-errors.ts';
export { meaningOf as icmpv6Meaning } from './icmp/icmpv6-errors.ts';
export * from './interfaces/interface.ts';
export {
  COPIED_PACKETS,
  PAGE_FRAGMENTS,
  type PacketBuffers,
  SENT_PACKETS,
  TUN_PACKETS,
  tunPackets,
} from './interfaces/packet-buffers.ts';
export { needsLink } from './sockets/link-scope.ts';
export type { IdentificationProfile } from './ip/identification.ts';
export type { RedirectProfile } from './ip/heeded-redirects.ts';
export type { Ipv6Profile } from './ip/ipv6-profile.ts';
export type { AddInterfaceOptions } from './interfaces/interfaces.ts';
export * from './interfaces/medium.ts';
export * from './middlebox/index.ts';
export type { ArpProfile } from './neighbor/arp-profile.ts';
export { ArpSocket, type ReceivedArp } from './neighbor/arp-socket.ts';
export type { AdvertisedPrefix, AdvertisementSettings } from './neighbor/advertising-router.ts';
export type { Neighbor, NeighborState } from './neighbor/neighbor.ts';
export type { NeighborProfile } from './neighbor/neighbor-profile.ts';
export type { NeighborProfiles } from './neighbor/neighbor-table.ts';
export * from './profile.ts';
export type { Linger } from './sockets/option-structures.ts';
export * from './posix/index.ts';
export * from './profiles/index.ts';
export { type RawPacket, RawSocket } from './sockets/raw-socket.ts';
export { type QueueDiscipline } from './interfaces/queue-discipline.ts';
export { NO_METRICS, type RouteMetrics } from './ip/route-metrics.ts';
export { type Port, type RouteEntry, unicastRoute } from './ip/routing.ts';
export type { ReassemblyProfile } from './reassembly/reassembly.ts';
export * from './settings.ts';
export { printSysctlValue, type Sysctl, type SysctlValue } from './sysctl/sysctl.ts';
export * from './sysctl/sysctls.ts';
export { addressShown, anyAddressOf, type SocketFamily } from './sockets/socket-family.ts';
export * from './sockets/socket-memory.ts';
export type { Listener } from './tcp/listen/listener.ts';
export type { KnownProblems } from './tcp/known-problems.ts';
export * from './tcp/profile.ts';
export * from './tcp/congestion/congestion-profile.ts';
export * from './tcp/ecn/ecn-profile.ts';
export * from './tcp/fast-open/fast-open-profile.ts';
export * from './tcp/listen/listen-profile.ts';
export * from './tcp/liveness/keep-alive-profile.ts';
export * from './tcp/path-mtu/mtu-probing-profile.ts';
export * from './tcp/recovery/recovery-profile.ts';
export * from './tcp/time-wait/time-wait-profile.ts';
export * from './tcp/sockets/socket.ts';
export { TcpSocketFile } from './tcp/sockets/socket-file.ts';
export {
  KEPT_OPTIONS,
  SOCKET_OPTIONS,
  type SocketOption,
} from './tcp/sockets/socket-option-names.ts';
export { NEXT, type TcpState } from './tcp/states.ts';
export { Tcb } from './tcp/tcb.ts';
export type { TimestampClockProfile } from './tcp/timestamp-clock.ts';
export type { Connection } from './tcp/tcp.ts';
export * from './time.ts';
export * from './trace.ts';
export { type ReceivedDatagram, UdpSocket } from './udp/udp-socket.ts';
export * from './traffic-control/index.ts';
export { ANY_INTERFACE, type InterfaceChoice } from './sockets/multicast-options.ts';
export { type DatagramOption, DatagramOptions } from './udp/udp-options.ts';
export { UdpSocketFile } from './udp/udp-file.ts';
export * from './world.ts';
