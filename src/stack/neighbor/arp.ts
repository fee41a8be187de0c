/**
 * ARP (RFC 826): who on the link has an IPv4 address. What is learned goes into the neighbour
 * table. Whom to answer and whom to believe is the business of `arp-policy.ts`.
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
  MAC_BROADCAST,
  type MacAddress,
  readIpv4OverEthernet,
  u32,
  u48,
  writeIpv4OverEthernet,
} from '../../wire/index.ts';
import type { Agenda } from '../agenda.ts';
import { type Cause, cause } from '../cause.ts';
import type { Counters } from '../counters.ts';
import type { NetworkInterface } from '../interfaces/interface.ts';
import { ipv4Of } from '../ip/ipv4.ts';
import type { Slab } from '../slab.ts';
import type { Instant } from '../time.ts';
import {
  acceptsStranger,
  type ArpWorld,
  askingAddress,
  dutyOf,
  isGratuitous,
} from './arp-policy.ts';
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
const PROXY = cause('arp-proxy', 'answers for a host that it has a route to', 'RFC 1027');
const IGNORED = cause(
  'arp-ignored',
  'a request that the settings leave without answer',
  'Linux arp_ignore, arp_filter',
);
const NOT_SPOKEN = cause(
  'arp-off',
  'the interface does not speak ARP',
  'Linux ip-link(8), arp off',
);
const GRATUITOUS = cause(
  'arp-gratuitous',
  'what is told unasked is not heeded here',
  'Linux drop_gratuitous_arp',
);
const NOT_FOR_US = cause('arp-not-ours', 'an ARP request for another host', 'RFC 826');

/** Where a packet behind an Ethernet header has its source address. */
const SOURCE_AT = ETHERNET_HEADER_LENGTH + 12;

/** What ARP needs of its host. */
export interface ArpServices extends ArpWorld {
  readonly slab: Slab;
  readonly agenda: Agenda;
  readonly counters: Counters;
  /** A whole number from 0 to 2³² − 1. */
  random(): number;
  dropped(frame: Uint8Array, why: Cause, now: Instant): void;
}

export class Arp implements Solicitor {
  readonly #interface: NetworkInterface;
  readonly #services: ArpServices;
  /** Those of programs that look on; nothing where there are none. */
  #sockets: ArpSocket[] | undefined = undefined;

  constructor(networkInterface: NetworkInterface, services: ArpServices) {
    this.#interface = networkInterface;
    this.#services = services;
  }

  solicit(
    target: IpAddress,
    known: MacAddress | undefined,
    waiting: Uint8Array | undefined,
    now: Instant,
  ): void {
    const address = ipv4Of(target);
    const wanted = waiting === undefined ? 0 : u32(waiting, SOURCE_AT);
    const request = {
      operation: ArpOperation.request,
      senderMac: this.#interface.mac,
      senderAddress: askingAddress(address, wanted, this.#interface, this.#services),
      targetMac: 0,
      targetAddress: address,
    };
    this.#transmit(request, known ?? MAC_BROADCAST, known === undefined ? REQUEST : VERIFY, now);
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

  /** The same of all addresses of the interface, if it speaks ARP (arp_notify). */
  announceAll(now: Instant): void {
    if (!this.#interface.usesArp) return;
    for (const { address } of this.#interface.ipv4Addresses) this.announce(address, now);
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
      this.#services.dropped(frame, NOT_ARP, now);
      return;
    }
    if (this.#sockets !== undefined) {
      const seen = { arp, isUnicast: u48(frame, 0) === this.#interface.mac, at: now };
      for (const socket of this.#sockets) socket.deliver(seen);
    }
    if (!this.#interface.usesArp) {
      this.#services.dropped(frame, NOT_SPOKEN, now);
      return;
    }
    if (this.#interface.settings.arp.dropsGratuitous && arp.senderAddress === arp.targetAddress) {
      this.#services.dropped(frame, GRATUITOUS, now);
    } else if (arp.operation !== ArpOperation.request) this.#learn(arp, frame, neighbors, now);
    else this.#requested(arp, frame, neighbors, now);
  }

  /** Somebody asks. Who is answered is known from then on (Linux neigh_event_ns()). */
  #requested(
    arp: Ipv4OverEthernet,
    frame: Uint8Array,
    neighbors: NeighborTable,
    now: Instant,
  ): void {
    const { senderAddress, senderMac } = arp;
    const duty = dutyOf(arp, this.#interface, this.#services);
    if (duty === undefined) {
      if (senderAddress !== 0) this.#learn(arp, frame, neighbors, now);
      this.#services.dropped(frame, NOT_FOR_US, now);
    } else if (duty === 'ignored' || duty === 'filtered') {
      if (duty === 'filtered') this.#services.counters.TcpExtArpFilter += 1;
      this.#services.dropped(frame, IGNORED, now);
    } else {
      const news = { mac: senderMac, state: 'STALE', override: true } as const;
      if (senderAddress !== 0) neighbors.learn(senderAddress, news, true, now);
      if (duty === 'answer') this.#answer(arp, REPLY, now);
      else this.#answerForAnother(arp, u48(frame, 0), now);
    }
  }

  #answer(
    { senderMac, senderAddress, targetAddress }: Ipv4OverEthernet,
    why: Cause,
    now: Instant,
  ): void {
    const reply = {
      operation: ArpOperation.reply,
      senderMac: this.#interface.mac,
      senderAddress: targetAddress,
      targetMac: senderMac,
      targetAddress: senderAddress,
    };
    this.#transmit(reply, senderMac, why, now);
  }

  /** For a host behind this one, after a moment in which that may answer for itself. */
  #answerForAnother(arp: Ipv4OverEthernet, destination: MacAddress, now: Instant): void {
    const { agenda } = this.#services;
    const { proxyDelay } = this.#interface.settings.arp;
    if (proxyDelay === 0 || destination === this.#interface.mac) this.#answer(arp, PROXY, now);
    else {
      const delay = Math.floor((this.#services.random() / 0x1_0000_0000) * proxyDelay);
      agenda.add(now + delay, (at) => this.#answer(arp, PROXY, at));
    }
  }

  /**
   * An answer to us is believed; of who tells of itself, or asks for another, is kept where it was
   * last heard of. A stranger is learned where the settings accept such (arp_process()).
   */
  #learn(arp: Ipv4OverEthernet, frame: Uint8Array, neighbors: NeighborTable, now: Instant): void {
    const { operation, senderAddress, senderMac } = arp;
    const known = neighbors.find(senderAddress);
    const isAccepted = known === undefined && acceptsStranger(arp, this.#interface, this.#services);
    if (known === undefined && !isAccepted) return;
    const isAnswer = operation === ArpOperation.reply && u48(frame, 0) === this.#interface.mac;
    const { lockTime } = this.#interface.settings.arp;
    const isOld = known === undefined || now > known.updatedAt + lockTime;
    const news = {
      mac: senderMac,
      state: isAnswer ? ('REACHABLE' as const) : ('STALE' as const),
      override: isOld || isGratuitous(arp),
    };
    neighbors.learn(senderAddress, news, isAccepted, now);
  }

  #transmit(arp: Ipv4OverEthernet, destination: MacAddress, why: Cause, now: Instant): void {
    const frame = this.#services.slab.carve(ETHERNET_HEADER_LENGTH + ARP_IPV4_LENGTH);
    writeIpv4OverEthernet(frame, ETHERNET_HEADER_LENGTH, arp);
    this.#interface.transmit(frame, destination, EtherType.arp, why, now);
  }
}
