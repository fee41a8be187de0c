/**
 * IPv6 on one interface: the multicast groups that it listens to, and what is particular to its
 * link. An interface without one has no IPv6.
 */
import {
  type Ipv6Address,
  IPV6_ALL_NODES,
  IPV6_MINIMUM_MTU,
  isIpv6,
  isLinkLocalIpv6,
} from '../../wire/index.ts';
import type { NetworkInterface } from '../interfaces/interface.ts';
import type { Port } from './routing.ts';
import type { Instant } from '../time.ts';
import type { InterfaceAddress } from './interface-address.ts';
import { MulticastGroups } from './multicast-groups.ts';

export class Ipv6Link {
  readonly port: Port;
  readonly interface: NetworkInterface;
  /** The longest packet; a router may say that others on the link take less (RFC 4861 §4.6.4). */
  mtu: number;
  /** Name servers that routers have told of, and until when they hold (RFC 8106). */
  readonly nameServers: Map<Ipv6Address, Instant> = new Map();
  readonly groups: MulticastGroups<Ipv6Address> = new MulticastGroups(IPV6_ALL_NODES);

  /** @throws RangeError where the link does not carry what every IPv6 host may send */
  constructor(port: Port) {
    const { name, mtu } = port.interface;
    if (mtu < IPV6_MINIMUM_MTU) {
      throw new RangeError(`${name}: IPv6 needs an MTU of ${IPV6_MINIMUM_MTU} octets, not ${mtu}`);
    }
    this.port = port;
    this.interface = port.interface;
    this.mtu = mtu;
  }

  /** Forgets what routers have told. */
  reset(): void {
    this.mtu = this.interface.mtu;
    this.nameServers.clear();
  }

  /** Its own address of that value, in whatever state. */
  addressOf(address: Ipv6Address): InterfaceAddress | undefined {
    return this.interface.addresses.find((own) => own.address === address);
  }

  /** The first usable address that is valid on this link only. */
  get linkLocal(): Ipv6Address | undefined {
    for (const { address, isUsable } of this.interface.addresses) {
      if (isUsable && isIpv6(address) && isLinkLocalIpv6(address)) return address;
    }
    return undefined;
  }
}
