/**
 * What an administrator does to an interface while the host runs (`ip link set`), what its medium
 * does to it, and what follows for addresses, routes and neighbours (Linux inetdev_event(),
 * fib_netdev_event(), arp_netdev_event(), addrconf_notify()).
 *
 *     down        routes by the interface go, neighbours and addresses of IPv6 are forgotten
 *     up          the networks of its addresses are on the link again; IPv6 begins anew
 *     address     all neighbours are forgotten; with arp_notify the link is told
 *     mtu         below 1,280 octets there is no IPv6, nor what was set for it
 *     no carrier  neighbours are forgotten but for those given for good; routes stay
 *     sysctl      with disable_ipv6 there is no IPv6
 *
 * Addresses of IPv4 stay whatever happens, and remain the host's own.
 */
import {
  IPV6_LOOPBACK,
  IPV6_MINIMUM_MTU,
  type Ipv6Prefix,
  isIpv6,
  isIpv6Prefix,
  type MacAddress,
} from '../../wire/index.ts';
import type { NetworkInterface } from './interface.ts';
import type { InternetLayer } from '../internet-layer.ts';
import { type Port, type RoutingTable, unicastRoute } from '../ip/routing.ts';
import type { LinkSettings } from '../link-settings/link-settings.ts';
import type { LinkProtocols } from '../neighbor/link-protocols.ts';
import type { LinkProfile } from '../profile.ts';
import type { Instant } from '../time.ts';

export class InterfaceControl {
  readonly #port: Port;
  readonly #internet: InternetLayer;
  /** IPv6 on the interface; nothing where it was never on. */
  readonly #ipv6: LinkProtocols | undefined;
  readonly #settings: LinkSettings;

  constructor(
    port: Port,
    internet: InternetLayer,
    ipv6: LinkProtocols | undefined,
    settings: LinkSettings,
  ) {
    this.#port = port;
    this.#internet = internet;
    this.#ipv6 = ipv6;
    this.#settings = settings;
  }

  /** `ip link set … up` */
  up(now: Instant): void {
    const { interface: link, arp } = this.#port;
    if (link.isUp) return;
    link.turn(true, now);
    const { routes } = this.#internet.ip;
    for (const own of link.loopback ? [] : link.addresses) {
      if (isIpv6(own.address) || link.isSecondary(own)) continue;
      routes.add(unicastRoute(own, undefined, this.#port, own.address));
    }
    this.#beginIpv6(now);
    if (link.settings.arp.notifies) arp.announceAll(now);
  }

  /** `ip link set … down` */
  down(now: Instant): void {
    const { interface: link, neighbors } = this.#port;
    if (!link.isUp) return;
    this.endIpv6();
    this.#removeRoutes(this.#internet.ip.routes);
    neighbors.flush(() => true, now);
    link.turn(false, now);
  }

  /** `ip link set … address`: who was known by the old one is asked again. */
  changeAddress(mac: MacAddress, now: Instant): void {
    const { interface: link, neighbors, arp } = this.#port;
    link.mac = mac;
    neighbors.flush(() => true, now);
    if (link.settings.arp.notifies) arp.announceAll(now);
    if (link.settings.ipv6.notifies) this.#ipv6?.announceAll(now);
  }

  /** `ip link set … mtu`. @throws RangeError for one out of the device's range */
  changeMtu(mtu: number, now: Instant): void {
    const { interface: link } = this.#port;
    const hadIpv6 = link.mtu >= IPV6_MINIMUM_MTU;
    link.mtu = mtu;
    if (mtu < IPV6_MINIMUM_MTU) {
      this.endIpv6();
      this.#settings.endIpv6(link.name);
    } else if (!hadIpv6) {
      this.#settings.beginIpv6(link.name, now);
      this.#beginIpv6(now);
    } else if (this.#ipv6 !== undefined) this.#ipv6.link.mtu = mtu;
    this.#internet.ip.routes.sourcesChanged();
    this.#internet.ipv6.routes.sourcesChanged();
  }

  /** The administrator has set something for the interface (`sysctl`). */
  settingsChanged(before: LinkProfile, now: Instant): void {
    const { isOn, forwards } = this.#port.interface.settings.ipv6;
    if (forwards !== before.ipv6.forwards) this.#ipv6?.routingChanged(forwards, now);
    if (isOn && !before.ipv6.isOn) this.#beginIpv6(now);
    else if (!isOn && before.ipv6.isOn) this.endIpv6(); // addrconf_disable_change()
  }

  /** The longest packet of IPv6 is another (net.ipv6.conf.….mtu). */
  changeIpv6Mtu(mtu: number): void {
    if (this.#ipv6 !== undefined) this.#ipv6.link.mtu = mtu;
    this.#internet.ipv6.routes.sourcesChanged();
  }

  /** `ip link set … arp`: whether neighbours are asked for at all. */
  changeArp(isOn: boolean, now: Instant): void {
    const { interface: link, neighbors } = this.#port;
    if (link.usesArp === isOn) return;
    link.usesArp = isOn;
    neighbors.flush(() => true, now);
  }

  /** The other end of the medium has come or gone. */
  carrierChanged(now: Instant): void {
    const { interface: link, neighbors } = this.#port;
    if (!link.isUp) return;
    const { arp, ipv6 } = link.settings;
    if (link.hasCarrier) this.#beginIpv6(now);
    else {
      neighbors.flush(({ address, state }) => {
        const isForgotten = isIpv6(address)
          ? ipv6.forgetsWithoutCarrier
          : arp.forgetsWithoutCarrier;
        return isForgotten && state !== 'PERMANENT';
      }, now);
    }
  }

  /** Only one that is up, and whose link is ready, has IPv6 (addrconf_link_ready()). */
  #beginIpv6(now: Instant): void {
    const { interface: link } = this.#port;
    const isReady = link.isRunning && link.mtu >= IPV6_MINIMUM_MTU && link.settings.ipv6.isOn;
    if (this.#ipv6 === undefined || !isReady) return;
    if (link.ipv6 !== undefined) {
      this.#ipv6.tellOfGroups(now); // we might have roamed (NETDEV_CHANGE)
      return;
    }
    const { ipv6 } = this.#internet;
    ipv6.attach(this.#ipv6.link);
    if (!link.loopback) this.#ipv6.comeUp(takeWaiting(link), now);
    else ipv6.addAddress(this.#ipv6.link, { address: IPV6_LOOPBACK, length: 128 }, 'preferred');
  }

  /** All its addresses go, an administrator's too (addrconf_ifdown()). */
  endIpv6(): void {
    if (this.#ipv6 === undefined || this.#port.interface.ipv6 === undefined) return;
    const { ipv6 } = this.#internet;
    const { link } = this.#ipv6;
    this.#ipv6.goDown();
    for (const own of link.interface.addresses.filter(({ address }) => isIpv6(address))) {
      ipv6.removeAddress(link, own);
    }
    this.#removeRoutes(ipv6.routes);
    ipv6.detach(link);
  }

  /** The host's own addresses are on loopback, and stay. */
  #removeRoutes(routes: RoutingTable): void {
    if (this.#port.interface.loopback) return;
    const byIt = routes.entries.filter(({ port }) => port === this.#port);
    for (const entry of byIt) routes.remove(entry);
  }
}

/** Addresses of IPv6 that an interface was given while it was down. */
function takeWaiting({ addresses }: NetworkInterface): Ipv6Prefix[] {
  const waiting = addresses.filter((own) => isIpv6Prefix(own));
  for (const own of waiting) addresses.splice(addresses.indexOf(own), 1);
  return waiting;
}
