/**
 * A network interface: hardware address, MTU, addresses, and the way out to a medium.
 *
 * An interface whose device computes checksums leaves the pseudo-header's sum in the field, and one
 * whose device segments is given long frames; that is what a capture on the sending host shows. A
 * real device finishes them afterwards (`offload.ts`); loopback has none, so there the half-made
 * checksum is what arrives, and is trusted.
 */
import {
  broadcastOf,
  IPV4_ALL_HOSTS,
  type Ipv4Address,
  type Ipv4Prefix,
  isIpv6,
  type MacAddress,
  EtherType,
  writeEthernetHeader,
} from '../../wire/index.ts';
import { assert } from '../assert.ts';
import { type Cause, cause } from '../cause.ts';
import { InterfaceAddress } from '../ip/interface-address.ts';
import { MulticastGroups } from '../ip/multicast-groups.ts';
import type { Ipv6Link } from '../ip/ipv6-link.ts';
import type { Medium, Receiver } from './medium.ts';
import { DEFAULT_QUEUE, type QueueDiscipline } from './queue-discipline.ts';
import {
  beUnfinished,
  completeChecksum,
  isUnfinished,
  segmentLengthOf,
  segmentsOf,
} from './offload.ts';
import type { LinkProfile } from '../profile.ts';
import { COPIED_PACKETS, type PacketBuffers } from './packet-buffers.ts';
import type { Instant } from '../time.ts';
import type { Device, Egress } from '../traffic-control/egress.ts';

const NOT_RUNNING = cause(
  'interface-down',
  'the interface is down, or nobody is at the other end',
  'RFC 2863 §3.1.13, ip-link(8)',
);
const QUEUE_FULL = cause('qdisc-full', 'the queue of the interface has no room', 'Linux tc(8)');

/** The MTU of Linux's loopback. */
export const LOOPBACK_MTU = 65536;

/** The smallest MTU: what every module must forward whole (RFC 791 §3.2). */
const MTU_LEAST = 68;

/**
 * Sees what an interface sends, before its device completes checksums: as a capture on the host.
 */
export type SendObserver = (frame: Uint8Array, cause: Cause, now: Instant) => void;

/** Takes the frames that arrive: the host's input. */
export type Deliver = (from: NetworkInterface, frame: Uint8Array, why: Cause, now: Instant) => void;

/** How an interface is set up. */
export interface InterfaceOptions {
  readonly name: string;
  readonly mac: MacAddress;
  /** The largest IP packet, in octets, 68–65,536; 1,500 on Ethernet. */
  readonly mtu: number;
  /** Its IPv4 addresses; those of IPv6 are given by that layer. */
  readonly addresses: readonly Ipv4Prefix[];
  /** Whether TCP and UDP checksums are left to the device. */
  readonly checksumOffload: boolean;
  /** Whether long frames of TCP are left to the device to cut. */
  readonly segmentationOffload: boolean;
  readonly loopback: boolean;
}

/** The frames that an interface has received and sent, and their octets. */
export class InterfaceCounts {
  receivedPackets = 0;
  receivedOctets = 0;
  sentPackets = 0;
  sentOctets = 0;
}

export class NetworkInterface implements Receiver {
  readonly name: string;
  mac: MacAddress;
  #mtu: number;
  /** Whether the administrator has it up (IFF_UP). */
  #isUp = true;
  /** Whether its medium is there (IFF_LOWER_UP): the other end is up. */
  #hasCarrier = true;
  /** Whether neighbours are asked for their hardware addresses (IFF_NOARP). */
  usesArp = true;
  /** Of both families, in the order in which they were given. */
  readonly addresses: InterfaceAddress[];
  /** IPv6 on the interface; nothing where it is off. */
  ipv6: Ipv6Link | undefined = undefined;
  /** The groups of IPv4 that it listens to. */
  readonly ipv4Groups: MulticastGroups<Ipv4Address> = new MulticastGroups(IPV4_ALL_HOSTS);
  /** Whether TCP and UDP checksums are left to the device (tx-checksumming). */
  checksumOffload: boolean;
  /** Whether the administrator wants long frames left to it (tcp-segmentation-offload). */
  segmentationOffload: boolean;
  readonly loopback: boolean;
  readonly counts: InterfaceCounts = new InterfaceCounts();
  /** Called with each frame before it leaves. What arrives can be seen where it comes from. */
  observer: SendObserver | undefined = undefined;
  /** Which queue there is before the device (`tc qdisc`). */
  queue: QueueDiscipline = DEFAULT_QUEUE;
  /** Where packets wait for the device by that queue; nothing where none ever waits. */
  #egress: Egress | undefined = undefined;
  /** Asks that {@link wake} be called at an instant: for the host to set. */
  onWait: ((at: Instant) => void) | undefined = undefined;
  /** Asks that something be done as soon as what is under way is over: for the host to set. */
  onSoon: ((task: (now: Instant) => void, now: Instant) => void) | undefined = undefined;
  /** Told of each frame that found no room in the queue. */
  onDropped: ((frame: Uint8Array, why: Cause, now: Instant) => void) | undefined = undefined;
  /**
   * The payload of each segment that the arriving frame was merged from, where the device does that
   * (receive offload, Linux gso_size); nothing for a frame as it crossed the link.
   */
  mergedSegment: number | undefined = undefined;
  /** In what memory what arrives is kept. */
  packetBuffers: PacketBuffers = COPIED_PACKETS;
  /**
   * Packets that came behind so many are shared with a program that captures and has not read them
   * (AF_PACKET, Linux skb_cloned()): while they are, nothing is joined to them.
   */
  sharedBehind: number = Number.POSITIVE_INFINITY;
  /** Told when the medium has come or gone. */
  onCarrier: ((now: Instant) => void) | undefined = undefined;
  /** Whether the frame that arrives is as its sender had it, the checksum half-made. */
  #isUnfinished = false;
  #settings: LinkProfile;
  /** Whether packets may come the wrong way, which is looked at for each (rp_filter). */
  filtersReversePath = false;
  readonly #deliver: Deliver;
  #medium: Medium | undefined = undefined;
  #passedOn: WeakSet<Uint8Array> | undefined = undefined;

  /**
   * @throws RangeError for an MTU out of its range.
   */
  constructor(options: InterfaceOptions, settings: LinkProfile, deliver: Deliver) {
    this.name = options.name;
    this.mac = options.mac;
    this.#mtu = checkedMtu(options.mtu);
    this.checksumOffload = options.checksumOffload;
    this.segmentationOffload = options.segmentationOffload;
    this.loopback = options.loopback;
    this.addresses = options.addresses.map((each) => this.#ownAddress(each));
    this.#settings = settings;
    this.settings = settings;
    this.#deliver = deliver;
  }

  /** As those set interfaces up who tell addresses with their broadcast (ip address … brd +). */
  #ownAddress(prefix: Ipv4Prefix): InterfaceAddress {
    const own = new InterfaceAddress(prefix, 'preferred');
    if (!this.loopback && prefix.length < 31) own.broadcast = broadcastOf(prefix);
    return own;
  }

  /** What holds on this interface, of all that its administrator has set. */
  get settings(): LinkProfile {
    return this.#settings;
  }

  set settings(settings: LinkProfile) {
    this.#settings = settings;
    this.filtersReversePath = settings.forwarding.reversePathFilter !== 0 && !this.loopback;
  }

  /** The largest IP packet, in octets. */
  get mtu(): number {
    return this.#mtu;
  }

  /** @throws RangeError for one out of its range */
  set mtu(mtu: number) {
    this.#mtu = checkedMtu(mtu);
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  get hasCarrier(): boolean {
    return this.#hasCarrier;
  }

  /** Whether frames leave it (IFF_RUNNING). */
  get isRunning(): boolean {
    return this.#isUp && this.#hasCarrier;
  }

  /** Whether neighbours can be asked for. */
  get asksNeighbors(): boolean {
    return this.#isUp && this.usesArp;
  }

  /** Turns the interface on or off, as the other end of its medium sees. */
  turn(isUp: boolean, now: Instant): void {
    this.#isUp = isUp;
    if (!isUp) this.#egress?.reset(now);
    this.#medium?.turned?.(isUp, now);
  }

  /** The other end of the medium has been turned on or off. */
  carrierChanged(hasCarrier: boolean, now: Instant): void {
    if (this.#hasCarrier === hasCarrier) return;
    this.#hasCarrier = hasCarrier;
    this.onCarrier?.(now);
  }

  #count(frame: Uint8Array): void {
    this.counts.sentPackets += 1;
    this.counts.sentOctets += frame.length;
  }

  /** Plugs the interface into a medium, once. */
  attach(medium: Medium): void {
    assert(this.#medium === undefined, `interface ${this.name} is attached already`);
    this.#medium = medium;
  }

  /** Where packets wait, if they do. */
  get egress(): Egress | undefined {
    return this.#egress;
  }

  /** Changes the queue before the device; what waits in the old one is dropped. */
  changeQueue(
    queue: QueueDiscipline,
    egressTo: ((device: Device) => Egress) | undefined,
    now: Instant,
  ): void {
    this.#egress?.reset(now);
    this.queue = queue;
    this.#egress = egressTo?.(this.#device());
  }

  #device(): Device {
    const medium = (): Medium | undefined => this.#medium;
    return {
      get busyUntil(): Instant {
        return medium()?.busyUntil ?? 0;
      },
      send: (frame, cause, now) => {
        this.#count(frame);
        this.observer?.(frame, cause, now);
        this.#toMedium(frame, cause, now);
      },
      drop: (frame, why, now) => this.onDropped?.(frame, why, now),
      wakeAt: (at) => this.onWait?.(at),
    };
  }

  /** The addresses of IPv4. */
  get ipv4Addresses(): Ipv4Prefix[] {
    return this.addresses.flatMap(({ address, length }) =>
      isIpv6(address) ? [] : [{ address, length }],
    );
  }

  /** Whether an address is in the network of one before it, and goes with that (Linux). */
  isSecondary(own: InterfaceAddress): boolean {
    const before = this.addresses.slice(0, this.addresses.indexOf(own));
    return before.some((first) => own.isSecondaryTo(first));
  }

  /** Whether checksums on arriving frames mean anything (see above). */
  get trustsChecksums(): boolean {
    return (this.loopback && this.checksumOffload) || this.#isUnfinished;
  }

  /** Whether TCP may hand the device frames to cut: then it has to make checksums, too. */
  get takesLongFrames(): boolean {
    return this.segmentationOffload && this.checksumOffload;
  }

  receive(frame: Uint8Array, cause: Cause, now: Instant): void {
    if (!this.#isUp) {
      this.onDropped?.(frame, NOT_RUNNING, now);
      return;
    }
    this.counts.receivedPackets += 1;
    this.counts.receivedOctets += frame.length;
    const isHanded = this.loopback ? this.takesLongFrames : this.#medium?.isVeth === true;
    if (isHanded) this.#take(frame, cause, now);
    else this.#deliver(this, frame, cause, now);
  }

  /** The frame is as its sender had it: perhaps a long one, perhaps with half a checksum. */
  #take(frame: Uint8Array, cause: Cause, now: Instant): void {
    this.mergedSegment = segmentLengthOf(frame);
    this.#isUnfinished = isUnfinished(frame);
    this.#deliver(this, frame, cause, now);
    this.mergedSegment = undefined;
    this.#isUnfinished = false;
  }

  /**
   * Writes the frame's Ethernet header and hands it to the medium. Says whether the queue had room.
   */
  transmit(
    frame: Uint8Array,
    destination: MacAddress,
    etherType: number,
    cause: Cause,
    now: Instant,
  ): boolean {
    if (!this.#isUp || !this.#hasCarrier || this.queue.limit === 0) {
      this.onDropped?.(frame, this.isRunning ? QUEUE_FULL : NOT_RUNNING, now);
      return false;
    }
    writeEthernetHeader(frame, 0, destination, this.mac, etherType);
    // A packet that may be corrupted while it waits has its checksum from before, as on Linux.
    if (this.#egress !== undefined) {
      return this.#egress.transmit(this.#completed(frame, etherType), cause, now);
    }
    this.#count(frame);
    if (this.observer !== undefined) this.observer(frame, cause, now);
    if (this.checksumOffload) this.#offload(frame, etherType, cause, now);
    else this.#medium?.transmit(frame, cause, now);
    return true;
  }

  /** The device has its part in the frame, perhaps. */
  #offload(frame: Uint8Array, etherType: number, cause: Cause, now: Instant): void {
    if (!this.#isHalfMade(frame, etherType)) this.#medium?.transmit(frame, cause, now);
    else if (this.#medium?.handsOver === true) {
      beUnfinished(frame);
      this.#medium.transmit(frame, cause, now);
    } else this.#toMedium(completeChecksum(frame, etherType), cause, now);
  }

  /** A frame with its checksums leaves; a long one is cut, unless it is handed over as it is. */
  #toMedium(frame: Uint8Array, cause: Cause, now: Instant): void {
    const medium = this.#medium;
    if (medium === undefined) return; // no cable
    const segmentLength = medium.handsOver === true ? undefined : segmentLengthOf(frame);
    if (segmentLength === undefined) {
      medium.transmit(frame, cause, now);
      return;
    }
    for (const each of segmentsOf(frame, segmentLength)) medium.transmit(each, cause, now);
  }

  /**
   * A packet that was sent to many comes back to this host, which is one of them (Linux
   * dev_loopback_xmit()): a copy, with its checksums made. Captures do not see it.
   */
  comesBack(
    frame: Uint8Array,
    destination: MacAddress,
    etherType: number,
    cause: Cause,
    now: Instant,
  ): void {
    const copy = this.#completed(frame, etherType).slice();
    writeEthernetHeader(copy, 0, destination, this.mac, etherType);
    this.onSoon?.((at) => this.#deliver(this, copy, cause, at), now);
  }

  /**
   * The frame is another host's, with its checksums made: a device that completes those of its own
   * host must let them be.
   */
  passesOn(frame: Uint8Array): void {
    if (this.checksumOffload) (this.#passedOn ??= new WeakSet()).add(frame);
  }

  /** Whether the device is to make the frame's checksum. */
  #isHalfMade(frame: Uint8Array, etherType: number): boolean {
    const isLeft = this.checksumOffload && !this.loopback && etherType !== EtherType.arp;
    return isLeft && this.#passedOn?.has(frame) !== true;
  }

  #completed(frame: Uint8Array, etherType: number): Uint8Array {
    return this.#isHalfMade(frame, etherType) ? completeChecksum(frame, etherType) : frame;
  }
}

function checkedMtu(mtu: number): number {
  if (!Number.isInteger(mtu) || mtu < MTU_LEAST || mtu > LOOPBACK_MTU) {
    throw new RangeError(`an MTU is ${MTU_LEAST} to ${LOOPBACK_MTU} octets, not ${mtu}`);
  }
  return mtu;
}
