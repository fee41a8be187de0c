/**
 * What an IPv6 interface says to its link, and hears: whichever protocol a message is of, it must
 * come from the link itself, which its hop limit shows (RFC 4861 §6.1, §7.1).
 */
import {
  DecodeError,
  DISCOVERY_HOP_LIMIT,
  type Icmpv6Message,
  isDiscoveryType,
  type DiscoveryMessage,
  readDiscovery,
} from '../../wire/index.ts';
import { type Cause, cause } from '../cause.ts';
import type { Icmpv6 } from '../icmp/icmpv6.ts';
import type { Ipv6Arrival } from '../ip/ipv6-arrival.ts';
import type { Ipv6Link } from '../ip/ipv6-link.ts';
import type { HostProfile } from '../profile.ts';
import type { Instant } from '../time.ts';
import { NeighborDiscovery } from './neighbor-discovery.ts';

const MALFORMED = cause(
  'discovery-malformed',
  'a message of Neighbor Discovery that cannot be read',
  'RFC 4861 §4',
);
const FROM_AFAR = cause(
  'discovery-from-afar',
  'a message of Neighbor Discovery that may come from another link',
  'RFC 4861 §6.1, §7.1',
);
const UNUSED = cause('discovery-unused', 'a message that is nothing to this host', 'RFC 4861 §6.2');

export class LinkProtocols {
  readonly discovery: NeighborDiscovery;
  readonly #dropped: (frame: Uint8Array, why: Cause, now: Instant) => void;

  constructor(
    link: Ipv6Link,
    icmp: Icmpv6,
    settings: HostProfile,
    dropped: (frame: Uint8Array, why: Cause, now: Instant) => void,
  ) {
    this.#dropped = dropped;
    this.discovery = new NeighborDiscovery(link, icmp, () => settings.forwarding.isOn, {
      dropped,
      conflicted: (_address, _message, frame, now) => dropped(frame, UNUSED, now),
      stoppedRouting: () => undefined,
    });
  }

  /** A message that concerns the link has arrived. */
  receive(message: Icmpv6Message, packet: Ipv6Arrival, frame: Uint8Array, now: Instant): void {
    if (!isDiscoveryType(message.type)) {
      this.#dropped(frame, UNUSED, now);
      return;
    }
    const content = readDiscovery(message);
    if (content instanceof DecodeError) this.#dropped(frame, MALFORMED, now);
    else if (packet.ttl !== DISCOVERY_HOP_LIMIT || message.code !== 0) {
      this.#dropped(frame, FROM_AFAR, now);
    } else this.#hear(content, packet, frame, now);
  }

  #hear(content: DiscoveryMessage, packet: Ipv6Arrival, frame: Uint8Array, now: Instant): void {
    switch (content.kind) {
      case 'neighbor-solicitation':
        this.discovery.solicited(content, packet, frame, now);
        break;
      case 'neighbor-advertisement':
        this.discovery.advertised(content, packet, frame, now);
        break;
      default:
        this.#dropped(frame, UNUSED, now);
    }
  }
}
