/** The listening sockets of a host, and which of them a segment is for. */
import { type IpAddress, IPV4_ANY, IPV6_ANY, isIpv6 } from '../../../wire/index.ts';
import { isAnyIpv4 } from '../../sockets/bound-ports.ts';
import type { Listener } from './listener.ts';

export class ListenerTable {
  readonly #byPort = new Map<number, Listener[]>();

  /** All of them, by port. */
  values(): Listener[] {
    return [...this.#byPort.values()].flat().toSorted((a, b) => a.localPort - b.localPort);
  }

  /**
   * The listener for an address and port: one bound to the address before one bound to any of its
   * family, and last one of IPv6 that takes IPv4, too. Of several, by SO_REUSEPORT, the `lot` of a
   * peer decides, which is the same each time (Linux reuseport_select_sock()).
   */
  find(address: IpAddress, port: number, lot = 0): Listener | undefined {
    const listeners = this.#byPort.get(port);
    if (listeners === undefined) return undefined;
    const any = isIpv6(address) ? IPV6_ANY : IPV4_ANY;
    return (
      drawFrom(listeners, address, lot) ??
      drawFrom(listeners, any, lot) ??
      (isIpv6(address) ? undefined : drawFrom(listeners.filter(isAnyIpv4), IPV6_ANY, lot))
    );
  }

  add(listener: Listener): void {
    const others = this.#byPort.get(listener.localPort);
    if (others === undefined) this.#byPort.set(listener.localPort, [listener]);
    else others.push(listener);
  }

  remove(listener: Listener): void {
    const rest = this.#byPort.get(listener.localPort)?.filter((other) => other !== listener);
    if (rest === undefined || rest.length === 0) this.#byPort.delete(listener.localPort);
    else this.#byPort.set(listener.localPort, rest);
  }
}

/** Of the listeners bound to an address, the one that a lot falls to. */
function drawFrom(
  listeners: readonly Listener[],
  localAddress: IpAddress,
  lot: number,
): Listener | undefined {
  let count = 0;
  for (const listener of listeners) if (listener.localAddress === localAddress) count += 1;
  let place = lot % Math.max(1, count);
  for (const listener of listeners) {
    if (listener.localAddress !== localAddress) continue;
    if (place === 0) return listener;
    place -= 1;
  }
  return undefined;
}
