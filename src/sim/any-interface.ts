/**
 * `any`: all interfaces of a host at once, as `tcpdump -i any` sees them (packet(7) without a
 * device). Their link headers differ, so each packet has a cooked one instead, which says by which
 * interface it went, and which way. On loopback, where a packet comes in that went out, it is seen
 * once, as what came in. Nothing is seen that was for other hosts: interfaces are not promiscuous.
 */
import type { Cause, Instant } from '../stack/index.ts';
import {
  ArpHardware,
  ETHERNET_HEADER_LENGTH,
  LinkType,
  linuxCookedLength,
  MAC_BROADCAST,
  SllPacketType,
  u16,
  u48,
  writeLinuxCooked,
} from '../wire/index.ts';
import type { FrameObserver } from './observers.ts';
import type { SimulatedInterface } from './simulated-interface.ts';

/** What a cooked capture is of: which version its headers are. */
export type CookedLinkType = typeof LinkType.linuxSll | typeof LinkType.linuxSll2;

/** Somebody who sees the packets of all interfaces. */
interface Watching {
  readonly observer: FrameObserver;
  readonly version: 1 | 2;
  /** End the watching of each interface. */
  readonly ends: (() => void)[];
}

/** All interfaces of a host, for a capture: `network.capture(host.any)`. */
export class AnyInterface {
  readonly name = 'any';
  /** The host's name. */
  readonly host: string;
  readonly #interfaces: SimulatedInterface[] = [];
  readonly #names = new Map<number, string>();
  readonly #observers = new Set<Watching>();

  constructor(host: string) {
    this.host = host;
  }

  /** The interfaces' names by their indices, which cooked headers say. */
  get names(): ReadonlyMap<number, string> {
    return this.#names;
  }

  /** The host has one more interface. */
  add(added: SimulatedInterface): void {
    const index = this.#interfaces.push(added);
    this.#names.set(index, added.name);
    for (const each of this.#observers) each.ends.push(observe(added, index, each));
  }

  /** Has `observer` see every packet, with a cooked header. What it gives ends that. */
  observe(observer: FrameObserver, linkType: CookedLinkType = LinkType.linuxSll2): () => void {
    const version = linkType === LinkType.linuxSll ? 1 : 2;
    const watching: Watching = { observer, version, ends: [] };
    this.#observers.add(watching);
    for (const [i, each] of this.#interfaces.entries()) {
      watching.ends.push(observe(each, i + 1, watching));
    }
    return () => {
      this.#observers.delete(watching);
      for (const end of watching.ends) end();
    };
  }
}

function observe(
  at: SimulatedInterface,
  index: number,
  { observer, version }: Watching,
): () => void {
  const { loopback, mac } = at.stack;
  const show = (frame: Uint8Array, packetType: number, cause: Cause, now: Instant): void =>
    observer.frame(cook(frame, { version, index, packetType, loopback }), cause, now);
  const sent: FrameObserver = {
    frame: (frame, cause, now) => {
      show(frame, loopback ? SllPacketType.toUs : SllPacketType.fromUs, cause, now);
    },
  };
  const received: FrameObserver = {
    frame: (frame, cause, now) => {
      const packetType = typeOfReceived(frame, mac);
      if (packetType !== SllPacketType.toOther) show(frame, packetType, cause, now);
    },
  };
  return at.observe(sent, received);
}

/** For whom a frame is (Linux eth_type_trans()). */
function typeOfReceived(frame: Uint8Array, mac: number): number {
  const destination = u48(frame, 0);
  if (destination === MAC_BROADCAST) return SllPacketType.broadcast;
  if ((frame[0]! & 1) === 1) return SllPacketType.multicast;
  return destination === mac ? SllPacketType.toUs : SllPacketType.toOther;
}

const MAC_LENGTH = 6;

/** The frame with a cooked header in place of Ethernet's. */
function cook(
  frame: Uint8Array,
  how: {
    readonly version: 1 | 2;
    readonly index: number;
    readonly packetType: number;
    readonly loopback: boolean;
  },
): Uint8Array {
  const { version, index, packetType, loopback } = how;
  const address = new Uint8Array(8);
  address.set(frame.subarray(MAC_LENGTH, 2 * MAC_LENGTH));
  const header = {
    version,
    packetType,
    hardwareType: loopback ? ArpHardware.loopback : ArpHardware.ethernet,
    addressLength: MAC_LENGTH,
    address,
    protocol: u16(frame, 2 * MAC_LENGTH),
    interfaceIndex: index,
    reserved: 0,
  };
  const length = linuxCookedLength(header);
  const cooked = new Uint8Array(length + frame.length - ETHERNET_HEADER_LENGTH);
  writeLinuxCooked(cooked, 0, header);
  cooked.set(frame.subarray(ETHERNET_HEADER_LENGTH), length);
  return cooked;
}
