/**
 * ARP (RFC 826): who on the link has an IPv4 address. What is learned goes into the neighbour
 * table; whom to believe is Linux's choice (arp_process()).
 */
import {
  ARP_IPV4_LENGTH,
  ArpOperation,
  decodeArp,
  DecodeError,
  ETHERNET_HEADER_LENGTH,
  EtherType,
  type IpAddress,
  type Ipv4Address,
  type Ipv4OverEthernet,
  isInPrefix,
  MAC_BROADCAST,
  type MacAddress,
  readIpv4OverEthernet,
  u32,
  u48,
  writeIpv4OverEthernet,
} from '../../wire/index.ts';
import { type Cause, cause } from '../cause.ts';
import type { NetworkInterface } from '../interface.ts';
import { ipv4Of } from '../ip/ipv4.ts';
import type { Slab } from '../slab.ts';
import { type Instant, seconds } from '../time.ts';
import { ArpSocket } from './arp-socket.ts';
import type { NeighborTable, Solicitor } from './neighbor-table.ts';

const REQUEST = cause('arp-request', 'asks who has the next hop', 'RFC 826');
const VERIFY = cause(
  'arp-verify',
  'asks whether a neighbour is still there',
  'RFC 1122 §2.3.2.1 (2), RFC 4861 §7.3.3',
);
const REPLY = cause('arp-reply', 'answers a request for an address of its own', 'RFC 826');
const BY_PROGRAM = cause('arp-program', 'a program sends what it wrote itself', 'Linux packet(7)');
const ANNOUNCEMENT = cause('arp-announcement', 'tells the link of its address', 'RFC 5227 §2.3');

const NOT_ARP = cause('arp-malformed', 'not a well-formed ARP packet', 'RFC 826');
const NOT_FOR_US = cause('arp-not-ours', 'an ARP request for another host', 'RFC 826');

/** A neighbour's address stands this long before another host may claim it (Linux locktime). */
const LOCK_TIME = seconds(1);
/** Where a packet behind an Ethernet header has its source address. */
const SOURCE_AT = ETHERNET_HEADER_LENGTH + 12;

export class Arp implements Solicitor {
  readonly #interface: NetworkInterface;
  readonly #slab: Slab;
  readonly #dropped: (frame: Uint8Array, why: Cause, now: Instant) => void;
  /** Those of programs that look on; nothing where there are none. */
  #sockets: ArpSocket[] | undefined = undefined;

  constructor(
    networkInterface: NetworkInterface,
    slab: Slab,
    dropped: (frame: Uint8Array, why: Cause, now: Instant) => void,
  ) {
    this.#interface = networkInterface;
    this.#slab = slab;
    this.#dropped = dropped;
  }

  solicit(
    target: IpAddress,
    known: MacAddress | undefined,
    waiting: Uint8Array | undefined,
    now: Instant,
  ): void {
    const address = ipv4Of(target);
    const request = {
      operation: ArpOperation.request,
      senderMac: this.#interface.mac,
      senderAddress: this.#sourceFor(address, waiting),
      targetMac: 0,
      targetAddress: address,
    };
    this.#transmit(request, known ?? MAC_BROADCAST, known === undefined ? REQUEST : VERIFY, now);
  }

  /** The waiting packet's source, if it is this host's; else one of the network (arp_announce). */
  #sourceFor(target: Ipv4Address, waiting: Uint8Array | undefined): Ipv4Address {
    const { ipv4Addresses: addresses } = this.#interface;
    const source = waiting === undefined ? 0 : u32(waiting, SOURCE_AT);
    if (addresses.some(({ address }) => address === source)) return source;
    const onLink = addresses.find((prefix) => isInPrefix(target, prefix));
    return (onLink ?? addresses[0])?.address ?? 0;
  }

  /** Tells everybody whose address it is, unasked: a gratuitous ARP request (RFC 5227 §2.3). */
  announce(address: Ipv4Address, now: Instant): void {
    const { mac } = this.#interface;
    this.#transmit(
      {
        operation: ArpOperation.request,
        senderMac: mac,
        senderAddress: address,
        targetMac: 0,
        targetAddress: address,
      },
      MAC_BROADCAST,
      ANNOUNCEMENT,
      now,
    );
  }

  /** A socket for the packets of this interface. */
  openSocket(): ArpSocket {
    const socket = new ArpSocket({
      send: (arp, destination, now) => this.#transmit(arp, destination, BY_PROGRAM, now),
      closed: (closed) => {
        this.#sockets = this.#sockets?.filter((each) => each !== closed);
      },
    });
    this.#sockets = [...(this.#sockets ?? []), socket];
    return socket;
  }

  /** A packet has arrived (the packet reception algorithm of RFC 826). */
  receive(frame: Uint8Array, neighbors: NeighborTable, now: Instant): void {
    const packet = decodeArp(frame, ETHERNET_HEADER_LENGTH);
    const arp = packet instanceof DecodeError ? undefined : readIpv4OverEthernet(packet);
    if (arp === undefined) {
      this.#dropped(frame, NOT_ARP, now);
      return;
    }
    if (this.#sockets !== undefined) {
      const seen = { arp, isUnicast: u48(frame, 0) === this.#interface.mac, at: now };
      for (const socket of this.#sockets) socket.deliver(seen);
    }
    const isOurs = this.#interface.addresses.some(({ address }) => address === arp.targetAddress);
    if (arp.senderAddress !== 0) this.#learn(arp, isOurs, frame, neighbors, now);
    if (arp.operation !== ArpOperation.request) return;
    if (!isOurs) {
      this.#dropped(frame, NOT_FOR_US, now);
      return;
    }
    const reply = {
      operation: ArpOperation.reply,
      senderMac: this.#interface.mac,
      senderAddress: arp.targetAddress,
      targetMac: arp.senderMac,
      targetAddress: arp.senderAddress,
    };
    this.#transmit(reply, arp.senderMac, REPLY, now);
  }

  /**
   * An answer to us is believed; of who asks for us, or tells of itself, is kept where it was last
   * heard of. A stranger is learned only if it asks for us.
   */
  #learn(
    { operation, senderAddress, senderMac, targetAddress }: Ipv4OverEthernet,
    isOurs: boolean,
    frame: Uint8Array,
    neighbors: NeighborTable,
    now: Instant,
  ): void {
    const isAnswer = operation === ArpOperation.reply && u48(frame, 0) === this.#interface.mac;
    const known = neighbors.find(senderAddress);
    const isGratuitous = targetAddress === senderAddress;
    const isOld = known === undefined || now > known.updatedAt + LOCK_TIME;
    const news = {
      mac: senderMac,
      state: isAnswer ? ('REACHABLE' as const) : ('STALE' as const),
      override: isOld || isGratuitous,
    };
    neighbors.learn(senderAddress, news, isOurs && operation === ArpOperation.request, now);
  }

  #transmit(arp: Ipv4OverEthernet, destination: MacAddress, why: Cause, now: Instant): void {
    const frame = this.#slab.carve(ETHERNET_HEADER_LENGTH + ARP_IPV4_LENGTH);
    writeIpv4OverEthernet(frame, ETHERNET_HEADER_LENGTH, arp);
    this.#interface.transmit(frame, destination, EtherType.arp, why, now);
  }
}
