/**
 * The neighbour cache: hardware addresses of hosts on the same link, found by ARP (RFC 826,
 * RFC 1122 §2.3.2).
 *
 * Packets wait while their neighbour is being asked for (§2.3.2.2). A request is sent at most once
 * a second (§2.3.2.1) and three times, as Linux does; then what waited is unreachable.
 */
import {
  ARP_IPV4_LENGTH,
  ArpOperation,
  type ArpPacket,
  decodeArp,
  DecodeError,
  ETHERNET_HEADER_LENGTH,
  EtherType,
  type Ipv4Address,
  type Ipv4OverEthernet,
  MAC_BROADCAST,
  type MacAddress,
  isInPrefix,
  readIpv4OverEthernet,
  writeIpv4OverEthernet,
} from '../wire/index.ts';
import { type Cause, cause } from './cause.ts';
import type { NetworkInterface } from './interface.ts';
import type { Slab } from './slab.ts';
import { type Instant, NEVER, seconds } from './time.ts';

const REQUEST = cause('arp-request', 'asks who has the next hop', 'RFC 826');
const REPLY = cause('arp-reply', 'answers a request for an address of its own', 'RFC 826');

const NOT_ARP = cause('arp-malformed', 'not a well-formed ARP packet', 'RFC 826');
const NOT_FOR_US = cause('arp-not-ours', 'an ARP request for another host', 'RFC 826');
const QUEUE_FULL = cause(
  'arp-queue-full',
  'too many packets wait for the neighbour',
  'RFC 1122 §2.3.2.2',
);
const UNREACHABLE = cause(
  'neighbor-unreachable',
  'no neighbour answered three ARP requests',
  'RFC 1122 §2.3.2.1, Linux mcast_solicit',
);

const REQUEST_INTERVAL = seconds(1); // Linux retrans_time_ms
const REQUESTS = 3; // Linux mcast_solicit
/** Packets that wait for one neighbour; Linux's default is about as many full frames. */
const WAITING_LIMIT = 101; // Linux unres_qlen

interface Waiting {
  readonly frame: Uint8Array;
  readonly cause: Cause;
}

class Neighbor {
  readonly address: Ipv4Address;
  mac: MacAddress | undefined = undefined;
  requestsSent = 0;
  readonly waiting: Waiting[] = [];

  constructor(address: Ipv4Address) {
    this.address = address;
  }
}

/** Told of frames that go no further. */
export interface NeighborEvents {
  dropped(frame: Uint8Array, why: Cause, now: Instant): void;
  /** A frame that waited, and whose neighbour did not answer. */
  unreachable(frame: Uint8Array, now: Instant): void;
  wakeAt(at: Instant): void;
}

/** The neighbours on one interface. */
export class NeighborCache {
  readonly #interface: NetworkInterface;
  readonly #slab: Slab;
  readonly #events: NeighborEvents;
  readonly #neighbors = new Map<Ipv4Address, Neighbor>();
  /** The one that was last sent to: packets come in trains. */
  #latest: Neighbor | undefined = undefined;
  /** Neighbours being asked for, with the time of the next request, in the order they began. */
  readonly #asking = new Map<Ipv4Address, Instant>();

  constructor(networkInterface: NetworkInterface, slab: Slab, events: NeighborEvents) {
    this.#interface = networkInterface;
    this.#slab = slab;
    this.#events = events;
  }

  /** The earliest time at which {@link wake} has something to do. */
  get deadline(): Instant {
    let earliest = NEVER;
    for (const at of this.#asking.values()) earliest = Math.min(earliest, at);
    return earliest;
  }

  /** The known neighbours, in the order they were learned. */
  *entries(): IterableIterator<{ address: Ipv4Address; mac: MacAddress }> {
    for (const [address, { mac }] of this.#neighbors) {
      if (mac !== undefined) yield { address, mac };
    }
  }

  /** Makes a neighbour known, as `ip neigh add` does. */
  learn(address: Ipv4Address, mac: MacAddress, now: Instant): void {
    const neighbor = this.#neighborOf(address);
    neighbor.mac = mac;
    neighbor.requestsSent = 0;
    this.#asking.delete(address);
    const waiting = neighbor.waiting.splice(0);
    for (const { frame, cause: why } of waiting) {
      this.#interface.transmit(frame, mac, EtherType.ipv4, why, now);
    }
  }

  /**
   * Sends an IPv4 frame to the neighbour, at once or when it is found. Says whether it is on its
   * way, or waits.
   */
  send(frame: Uint8Array, nextHop: Ipv4Address, why: Cause, now: Instant): boolean {
    const neighbor = this.#latest?.address === nextHop ? this.#latest : this.#neighborOf(nextHop);
    if (neighbor.mac !== undefined) {
      this.#latest = neighbor;
      return this.#interface.transmit(frame, neighbor.mac, EtherType.ipv4, why, now);
    }
    if (neighbor.waiting.length >= WAITING_LIMIT) {
      const oldest = neighbor.waiting.shift();
      if (oldest !== undefined) this.#events.dropped(oldest.frame, QUEUE_FULL, now);
    }
    neighbor.waiting.push({ frame, cause: why });
    if (!this.#asking.has(nextHop)) this.#request(nextHop, neighbor, now);
    return true;
  }

  /** Asks again where it is time, and gives up on who was asked often enough. */
  wake(now: Instant): void {
    for (const [address, at] of this.#asking) {
      if (at > now) continue;
      const neighbor = this.#neighborOf(address);
      if (neighbor.requestsSent < REQUESTS) {
        this.#request(address, neighbor, now);
        continue;
      }
      this.#asking.delete(address);
      this.#neighbors.delete(address);
      for (const { frame } of neighbor.waiting) {
        this.#events.dropped(frame, UNREACHABLE, now);
        this.#events.unreachable(frame, now);
      }
    }
  }

  /** An ARP packet has arrived (the packet reception algorithm of RFC 826). */
  receive(frame: Uint8Array, now: Instant): void {
    const packet: ArpPacket | DecodeError = decodeArp(frame, ETHERNET_HEADER_LENGTH);
    const arp = packet instanceof DecodeError ? undefined : readIpv4OverEthernet(packet);
    if (arp === undefined) {
      this.#events.dropped(frame, NOT_ARP, now);
      return;
    }
    const isOurs = this.#interface.addresses.some(({ address }) => address === arp.targetAddress);
    if (this.#neighbors.has(arp.senderAddress) || (isOurs && arp.senderAddress !== 0)) {
      this.learn(arp.senderAddress, arp.senderMac, now);
    }
    if (arp.operation !== ArpOperation.request) return;
    if (!isOurs) {
      this.#events.dropped(frame, NOT_FOR_US, now);
      return;
    }
    this.#transmit(
      {
        operation: ArpOperation.reply,
        senderMac: this.#interface.mac,
        senderAddress: arp.targetAddress,
        targetMac: arp.senderMac,
        targetAddress: arp.senderAddress,
      },
      arp.senderMac,
      REPLY,
      now,
    );
  }

  #request(address: Ipv4Address, neighbor: Neighbor, now: Instant): void {
    neighbor.requestsSent += 1;
    this.#asking.set(address, now + REQUEST_INTERVAL);
    this.#events.wakeAt(now + REQUEST_INTERVAL);
    const onLink = this.#interface.addresses.find((prefix) => isInPrefix(address, prefix));
    this.#transmit(
      {
        operation: ArpOperation.request,
        senderMac: this.#interface.mac,
        senderAddress: (onLink ?? this.#interface.addresses[0])?.address ?? 0,
        targetMac: 0,
        targetAddress: address,
      },
      MAC_BROADCAST,
      REQUEST,
      now,
    );
  }

  #transmit(arp: Ipv4OverEthernet, destination: MacAddress, why: Cause, now: Instant): void {
    const frame = this.#slab.carve(ETHERNET_HEADER_LENGTH + ARP_IPV4_LENGTH);
    writeIpv4OverEthernet(frame, ETHERNET_HEADER_LENGTH, arp);
    this.#interface.transmit(frame, destination, EtherType.arp, why, now);
  }

  #neighborOf(address: Ipv4Address): Neighbor {
    let neighbor = this.#neighbors.get(address);
    if (neighbor === undefined) {
      neighbor = new Neighbor(address);
      this.#neighbors.set(address, neighbor);
    }
    return neighbor;
  }
}
