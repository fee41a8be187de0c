/** What can stand in the middle of others' connections: put into a host, it changes what passes. */
export { bleachEcn } from './bleach-ecn.ts';
export { clampMss } from './clamp-mss.ts';
export type { ConnectionTracker } from './connection-tracker.ts';
export {
  firewall,
  type FirewallChains,
  type FirewallRule,
  insideOnly,
  type Verdict,
} from './firewall.ts';
export type { Direction, Flow, TrackedTcpState } from './flow.ts';
export { icmpBlackhole } from './icmp-blackhole.ts';
export type { Middlebox } from './middlebox.ts';
export {
  type FilteringBehavior,
  masquerade,
  nat,
  type NatOptions,
  type PortForward,
} from './nat.ts';
export { type HookName, HookPriority, type PacketHandler, PacketHooks } from './packet-hooks.ts';
export type { PassingPacket, TrackedState } from './passing-packet.ts';
export type { MappingBehavior } from './port-mappings.ts';
export { randomizeSequences } from './randomize-sequences.ts';
export { splitHandshake } from './split-handshake.ts';
export { stripOptions } from './strip-options.ts';
export { synProxy } from './syn-proxy.ts';
export { LINUX_TRACKING, RFC_TRACKING, type TrackingProfile } from './tracking-profile.ts';
