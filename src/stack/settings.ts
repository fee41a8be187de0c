/**
 * A host's settings: a copy of its profile that its administrator may change while it runs. Other
 * hosts with the same profile do not notice. Protocol code reads it as a {@link HostProfile}, each
 * time that a value is needed, unless a connection keeps what held when it began.
 */
import type { HostProfile } from './profile.ts';

/** A type whose fields may be written, down to the last. */
type Changeable<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { -readonly [K in keyof T]: Changeable<T[K]> }
    : T;

export type HostSettings = Changeable<HostProfile>;

/** The settings of a host that has just been started. */
export function settingsFrom(profile: HostProfile): HostSettings {
  const { timers, socketMemory, sockets, pathMtu, tcp } = profile;
  return {
    ...profile,
    timers: { ...timers },
    socketMemory: { ...socketMemory },
    sockets: { ...sockets },
    pathMtu: { ...pathMtu },
    tcp: {
      ...tcp,
      initialWindow: { ...tcp.initialWindow },
      receiveBuffer: { ...tcp.receiveBuffer },
      sendBuffer: { ...tcp.sendBuffer },
      packetMemory: tcp.packetMemory && { ...tcp.packetMemory },
      delayedAck: { ...tcp.delayedAck },
      receiveTuning: tcp.receiveTuning && { ...tcp.receiveTuning },
      sackCompression: tcp.sackCompression && { ...tcp.sackCompression },
      retransmission: { ...tcp.retransmission },
      keepAlive: { ...tcp.keepAlive },
      listen: { ...tcp.listen },
      mtuProbing: { ...tcp.mtuProbing },
      lossRecovery: { ...tcp.lossRecovery },
      congestion: { ...tcp.congestion },
      ecn: { ...tcp.ecn },
      fastOpen: { ...tcp.fastOpen },
      bursts: tcp.bursts && { ...tcp.bursts },
    },
  };
}
