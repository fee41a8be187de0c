/** Where the packets come from that `tcpdump` looks at: one interface of the host, or all. */
import type { Instant } from '../../../stack/index.ts';
import {
  ArpHardware,
  isIpv6,
  LinkType,
  maskIpv4,
  SllPacketType,
  u16,
} from '../../../wire/index.ts';
import type { FrameObserver } from '../../observers.ts';
import type { SimulatedHost } from '../../simulated-host.ts';
import type { TcpdumpRequest } from './request.ts';

/** Takes a packet; `passes` is how often the kernel shows it to the filter. */
export type PacketTaker = (bytes: Uint8Array, now: Instant, passes: number) => void;

export interface PacketSource {
  readonly name: string;
  readonly linkType: number;
  /** The names of interfaces that packets say. */
  readonly interfaceNames: ReadonlyMap<number, string>;
  /** The network mask of its address, for `ip broadcast`; 0 where there is none. */
  readonly netmask: number;
  /** Hands every packet over from now on; what it gives ends that. */
  open(take: PacketTaker): () => void;
}

/** On loopback the kernel shows a packet when it goes out, which is passed over, and coming in. */
const PASSES_OF_LOOPBACK = 2;

/** @throws RangeError in tcpdump's words when there is no such interface */
export function sourceOf(host: SimulatedHost, request: TcpdumpRequest): PacketSource {
  const name = request.interface ?? defaultInterface(host);
  if (name === 'any') return anySource(host, request);
  const found = host.interfaces.find((each) => each.name === name);
  if (found === undefined) {
    throw new RangeError(`${name}: No such device exists\n(No such device exists)`);
  }
  const { loopback, addresses } = found.stack;
  const prefix = addresses.find(({ address }) => !isIpv6(address));
  const { direction } = request;
  return {
    name,
    linkType: LinkType.ethernet,
    interfaceNames: new Map(),
    netmask: prefix === undefined ? 0 : maskIpv4(prefix.length),
    open: (take) => {
      const passes = loopback ? PASSES_OF_LOOPBACK : 1;
      const shown: FrameObserver = { frame: (bytes, _cause, now) => take(bytes, now, passes) };
      const passedOver: FrameObserver = { frame: () => {} };
      const isSentShown = loopback ? direction !== 'out' : direction !== 'in';
      return found.observe(
        isSentShown ? shown : passedOver,
        direction === 'out' ? passedOver : shown,
      );
    },
  };
}

function defaultInterface(host: SimulatedHost): string {
  const [loopback, first = loopback] = host.interfaces;
  return first?.name ?? 'lo';
}

function anySource(host: SimulatedHost, { cooked, direction }: TcpdumpRequest): PacketSource {
  return {
    name: 'any',
    linkType: cooked,
    interfaceNames: host.any.names,
    netmask: 0,
    open: (take) => {
      const frame: FrameObserver['frame'] = (bytes, _cause, now) => {
        const { isSent, isLoopback } = readCooked(cooked, bytes);
        if (direction === (isSent ? 'in' : 'out')) return;
        take(bytes, now, isLoopback ? PASSES_OF_LOOPBACK : 1);
      };
      return host.any.observe({ frame }, cooked);
    },
  };
}

function readCooked(
  linkType: number,
  bytes: Uint8Array,
): { readonly isSent: boolean; readonly isLoopback: boolean } {
  const isFirst = linkType === LinkType.linuxSll;
  const packetType = isFirst ? u16(bytes, 0) : bytes[10]!;
  const hardwareType = u16(bytes, isFirst ? 2 : 8);
  return {
    isSent: packetType === SllPacketType.fromUs,
    isLoopback: hardwareType === ArpHardware.loopback,
  };
}
