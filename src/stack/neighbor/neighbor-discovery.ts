/**
 * Neighbor Discovery (RFC 4861 §7): who on the link has an IPv6 address. A solicitation goes to the
 * group of those whose addresses end like the target's, so that hardly anybody else is disturbed,
 * and the owner advertises itself. What is learned goes into the neighbour table, as with ARP;
 * details are Linux's (ndisc_recv_ns(), ndisc_recv_na()).
 */
import {
  DISCOVERY_HOP_LIMIT,
  ETHERNET_HEADER_LENGTH,
  type IpAddress,
  IPV6_ALL_NODES,
  IPV6_ANY,
  type Ipv6Address,
  isMulticastIpv6,
  type LinkLayerAddressOption,
  type MacAddress,
  type NeighborAdvertisement,
  NeighborFlag,
  type NeighborOption,
  type NeighborSolicitation,
  readIpv6,
  solicitedNode,
} from '../../wire/index.ts';
import { type Cause, cause } from '../cause.ts';
import type { Icmpv6 } from '../icmp/icmpv6.ts';
import type { InterfaceAddress } from '../ip/interface-address.ts';
import { ipv6Of } from '../ip/ipv6.ts';
import type { Ipv6Arrival } from '../ip/ipv6-arrival.ts';
import type { Ipv6Link } from '../ip/ipv6-link.ts';
import { sourceFor } from '../ip/source-address.ts';
import type { Instant } from '../time.ts';
import type { Solicitor } from './neighbor-table.ts';

const SOLICITATION = cause('neighbor-solicitation', 'asks who has the next hop', 'RFC 4861 §7.2.2');
const VERIFY = cause(
  'neighbor-verify',
  'asks whether a neighbour is still there',
  'RFC 4861 §7.3.3',
);
const ADVERTISEMENT = cause(
  'neighbor-advertisement',
  'answers a solicitation for an address of its own',
  'RFC 4861 §7.2.4',
);
const ANNOUNCEMENT = cause(
  'neighbor-announcement',
  'tells the link of its address',
  'RFC 4861 §7.2.6, Linux ndisc_notify',
);

const INVALID = cause(
  'neighbor-invalid',
  'a message of Neighbor Discovery that is not valid',
  'RFC 4861 §7.1',
);
const NOT_FOR_US = cause('neighbor-not-ours', 'a solicitation for another host', 'RFC 4861 §7.2.3');
const UNSOLICITED = cause(
  'neighbor-unsolicited',
  'what is told unasked is not heeded here',
  'Linux drop_unsolicited_na',
);
const UNASKED = cause(
  'neighbor-unasked',
  'an advertisement of a neighbour that nobody asked for',
  'RFC 4861 §7.2.5',
);

/** Where a packet behind an Ethernet header has its source address. */
const SOURCE_AT = ETHERNET_HEADER_LENGTH + 8;

/** Told of what concerns addresses of the interface's own. */
export interface DiscoveryEvents {
  dropped(frame: Uint8Array, why: Cause, now: Instant): void;
  /** Another host has, or wants, an address that is not yet used here (RFC 4862 §5.4.3, §5.4.4). */
  conflicted(
    address: InterfaceAddress,
    message: NeighborSolicitation | NeighborAdvertisement,
    frame: Uint8Array,
    now: Instant,
  ): void;
  /** A neighbour that forwarded does no longer. */
  stoppedRouting(address: Ipv6Address, now: Instant): void;
}

export class NeighborDiscovery implements Solicitor {
  readonly #link: Ipv6Link;
  readonly #icmp: Icmpv6;
  readonly #isRouter: () => boolean;
  readonly #events: DiscoveryEvents;

  constructor(link: Ipv6Link, icmp: Icmpv6, isRouter: () => boolean, events: DiscoveryEvents) {
    this.#link = link;
    this.#icmp = icmp;
    this.#isRouter = isRouter;
    this.#events = events;
  }

  solicit(
    target: IpAddress,
    known: MacAddress | undefined,
    waiting: Uint8Array | undefined,
    now: Instant,
  ): void {
    const address = ipv6Of(target);
    const source = this.#sourceFor(address, waiting);
    if (source === undefined) return;
    this.#icmp.sendOnLink(
      this.#link,
      {
        content: {
          kind: 'neighbor-solicitation',
          target: address,
          options: [this.#ownMac('source')],
        },
        source,
        destination: known === undefined ? solicitedNode(address) : address,
        hopLimit: DISCOVERY_HOP_LIMIT,
        cause: known === undefined ? SOLICITATION : VERIFY,
      },
      now,
    );
  }

  /** The waiting packet's source, if it is the interface's; else the link-local address. */
  #sourceFor(target: Ipv6Address, waiting: Uint8Array | undefined): Ipv6Address | undefined {
    const { linkLocal, interface: leavesBy } = this.#link;
    const source = waiting === undefined ? IPV6_ANY : readIpv6(waiting, SOURCE_AT);
    if (this.#link.addressOf(source)?.isUsable === true) return source;
    return linkLocal ?? sourceFor(target, leavesBy, [leavesBy]);
  }

  #ownMac(whose: 'source' | 'target'): LinkLayerAddressOption {
    return { kind: `${whose}-link-layer-address`, mac: this.#link.interface.mac };
  }

  /** Somebody asks for an address (RFC 4861 §7.2.3). */
  solicited(
    message: NeighborSolicitation,
    { source, destination }: Ipv6Arrival,
    frame: Uint8Array,
    now: Instant,
  ): void {
    const { target, options } = message;
    const mac = macIn(options, 'source');
    const isToGroup = isMulticastIpv6(destination);
    if (isMulticastIpv6(target) || (source === IPV6_ANY && (mac !== undefined || !isToGroup))) {
      this.#events.dropped(frame, INVALID, now);
      return;
    }
    const own = this.#link.addressOf(target);
    if (own === undefined || !own.isUsable) {
      if (own?.state === 'tentative' && source === IPV6_ANY) {
        this.#events.conflicted(own, message, frame, now);
      } else this.#events.dropped(frame, NOT_FOR_US, now);
      return;
    }
    if (source === IPV6_ANY) {
      this.#advertise(target, IPV6_ALL_NODES, NeighborFlag.override, true, now);
      return;
    }
    if (mac !== undefined) {
      const news = { mac, state: 'STALE', override: true } as const;
      this.#link.port.neighbors.learn(source, news, true, now);
    }
    const flags = isToGroup
      ? NeighborFlag.solicited + NeighborFlag.override
      : NeighborFlag.solicited;
    this.#advertise(target, source, flags, isToGroup, now);
  }

  /** Tells everybody whose address it is (RFC 4861 §7.2.6, Linux ndisc_send_unsol_na()). */
  announce(target: Ipv6Address, now: Instant): void {
    this.#advertise(target, IPV6_ALL_NODES, NeighborFlag.override, true, now, ANNOUNCEMENT);
  }

  /** Who asked only whether we are still there knows our hardware address (Linux `inc_opt`). */
  #advertise(
    target: Ipv6Address,
    destination: Ipv6Address,
    flags: number,
    tellsMac: boolean,
    now: Instant,
    why: Cause = ADVERTISEMENT,
  ): void {
    const options = tellsMac ? [this.#ownMac('target')] : [];
    const content = {
      kind: 'neighbor-advertisement',
      target,
      flags: this.#isRouter() ? flags + NeighborFlag.router : flags,
      options,
    } as const;
    const hopLimit = DISCOVERY_HOP_LIMIT;
    const message = { content, source: target, destination, hopLimit, cause: why };
    this.#icmp.sendOnLink(this.#link, message, now);
  }

  /** A neighbour says where it is (RFC 4861 §7.2.5). */
  advertised(
    message: NeighborAdvertisement,
    { destination }: Ipv6Arrival,
    frame: Uint8Array,
    now: Instant,
  ): void {
    const { target, flags, options } = message;
    const isSolicited = hasFlag(flags, NeighborFlag.solicited);
    if (isMulticastIpv6(target) || (isSolicited && isMulticastIpv6(destination))) {
      this.#events.dropped(frame, INVALID, now);
      return;
    }
    if (!isSolicited && this.#link.interface.settings.ipv6.dropsUnsolicited) {
      this.#events.dropped(frame, UNSOLICITED, now);
      return;
    }
    const own = this.#link.addressOf(target);
    if (own !== undefined) {
      this.#events.conflicted(own, message, frame, now);
      return;
    }
    const { neighbors } = this.#link.port;
    const neighbor = neighbors.find(target);
    const mac = macIn(options, 'target') ?? (neighbor?.isKnown === true ? neighbor.mac : undefined);
    if (neighbor === undefined || mac === undefined) {
      this.#events.dropped(frame, UNASKED, now);
      return;
    }
    const isRouter = hasFlag(flags, NeighborFlag.router);
    if (neighbor.isRouter && !isRouter) this.#events.stoppedRouting(target, now);
    const state = isSolicited ? 'REACHABLE' : 'STALE';
    const override = hasFlag(flags, NeighborFlag.override);
    neighbors.learn(target, { mac, state, override, isRouter }, false, now);
  }
}

function hasFlag(flags: number, flag: number): boolean {
  return (flags & flag) !== 0;
}

/** The hardware address that the options tell. */
export function macIn(
  options: readonly NeighborOption[],
  whose: 'source' | 'target',
): MacAddress | undefined {
  for (const option of options) {
    const { kind } = option;
    if (kind !== 'source-link-layer-address' && kind !== 'target-link-layer-address') continue;
    if (kind === `${whose}-link-layer-address`) return option.mac;
  }
  return undefined;
}
