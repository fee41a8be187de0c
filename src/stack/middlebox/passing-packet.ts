/**
 * A packet on its way through a host, as boxes see it: the frame, its headers, where it came from
 * and where it goes, and the connection that it belongs to once that is known.
 *
 * Captures and other stations may hold the bytes that arrived, so whoever changes a packet asks for
 * {@link PassingPacket.own} first; the frame is copied once. After a change the headers are read
 * anew.
 */
import {
  DecodeError,
  decodeIpv4,
  decodeIpv6,
  ETHERNET_HEADER_LENGTH,
  type IpAddress,
  type Ipv4Packet,
} from '../../wire/index.ts';
import { assert } from '../assert.ts';
import type { Cause } from '../cause.ts';
import type { NetworkInterface } from '../interfaces/interface.ts';
import { Ipv6Arrival } from '../ip/ipv6-arrival.ts';
import type { Direction, Flow } from './flow.ts';

/** What a packet is to the connections that a box knows (iptables' conntrack states). */
export type TrackedState = 'new' | 'established' | 'related' | 'invalid' | 'untracked';

/** A packet of either family; of IPv6 one that is {@link Ipv6Arrival.seenBehindHeaders}. */
export type SeenPacket = Ipv4Packet | Ipv6Arrival;

export class PassingPacket<Packet extends SeenPacket = SeenPacket> {
  readonly from: NetworkInterface | undefined;
  readonly cause: Cause;
  /** Known from the forward hook on. */
  to: NetworkInterface | undefined;
  state: TrackedState = 'untracked';
  /** The connection that it belongs to, and the way it goes in that. */
  flow: Flow | undefined = undefined;
  direction: Direction = 'original';
  #frame: Uint8Array;
  #packet: Packet;
  #isOwn = false;
  readonly #sentTo: IpAddress;

  constructor(
    frame: Uint8Array,
    packet: Packet,
    from: NetworkInterface | undefined,
    to: NetworkInterface | undefined,
    why: Cause,
  ) {
    this.#frame = frame;
    this.#packet = packet;
    this.from = from;
    this.to = to;
    this.cause = why;
    this.#sentTo = packet.destination;
  }

  /** A packet that the host has made. */
  static ofHost(frame: Uint8Array, to: NetworkInterface, why: Cause): PassingPacket {
    const passing = new PassingPacket(frame, headerOf(frame, undefined), undefined, to, why);
    passing.#isOwn = true;
    return passing;
  }

  get frame(): Uint8Array {
    return this.#frame;
  }

  get packet(): Packet {
    return this.#packet;
  }

  /** Whether a box has turned it to another address than it was sent to. */
  get isTurned(): boolean {
    return this.#packet.destination !== this.#sentTo;
  }

  /** Goes on by `to` in a frame that nobody else holds. */
  goOn(frame: Uint8Array, to: NetworkInterface): void {
    this.#frame = frame;
    this.#packet = headerOf(frame, this.from) as Packet;
    this.to = to;
    this.#isOwn = true;
  }

  /** The frame's bytes, to be changed in place; say {@link changed} afterwards. */
  own(): Uint8Array {
    if (!this.#isOwn) {
      this.#frame = this.#frame.slice();
      this.#isOwn = true;
    }
    return this.#frame;
  }

  changed(): void {
    this.#packet = headerOf(this.#frame, this.from) as Packet; // boxes do not change the family
  }
}

function headerOf(frame: Uint8Array, from: NetworkInterface | undefined): SeenPacket {
  const isVersion6 = frame[ETHERNET_HEADER_LENGTH]! >>> 4 === 6;
  const packet = (isVersion6 ? decodeIpv6 : decodeIpv4)(frame, ETHERNET_HEADER_LENGTH);
  assert(!(packet instanceof DecodeError), 'boxes change well-formed packets to such');
  return 'hopLimit' in packet ? Ipv6Arrival.seenBehindHeaders(packet, from) : packet;
}
