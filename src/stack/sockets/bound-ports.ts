/** The local ports that a protocol's sockets hold, and who may hold one beside whom (socket(7)). */
import { IPV6_ANY, isAnyAddress, type IpAddress, isIpv6 } from '../../wire/index.ts';
import type { FamilyMember } from './socket-family.ts';

/** A socket, as far as ports go. */
export interface PortHolder extends FamilyMember {
  readonly localAddress: IpAddress;
  /** 0 while it has none. */
  readonly localPort: number;
}

const NONE: readonly never[] = [];

/** Where a socket is bound, or is to be. */
export type BoundAddress = Pick<PortHolder, 'localAddress' | 'isV6Only'>;

/** Whether the address means any of IPv4: `0.0.0.0` does, and `::` of a socket that speaks it. */
export function isAnyIpv4({ localAddress, isV6Only }: BoundAddress): boolean {
  return localAddress === IPV6_ANY
    ? !isV6Only
    : !isIpv6(localAddress) && isAnyAddress(localAddress);
}

/** Whether packets to one address could be for both (Linux inet_rcv_saddr_equal()). */
export function overlap(a: BoundAddress, b: BoundAddress): boolean {
  const isSameFamily = isIpv6(a.localAddress) === isIpv6(b.localAddress);
  if (!isSameFamily) return isIpv6(a.localAddress) ? isAnyIpv4(a) : isAnyIpv4(b);
  return (
    a.localAddress === b.localAddress ||
    isAnyAddress(a.localAddress) ||
    isAnyAddress(b.localAddress)
  );
}

/** Whether two sockets may hold a port beside each other, though packets could be for both. */
export type SharingRule<T> = (one: T, other: T) => boolean;

export class BoundPorts<T extends PortHolder> {
  readonly #mayShare: SharingRule<T>;
  /** By port, in the order bound. */
  readonly #holders = new Map<number, T[]>();

  constructor(mayShare: SharingRule<T>) {
    this.#mayShare = mayShare;
  }

  /** The sockets that hold the port, in the order bound. */
  on(port: number): readonly T[] {
    return this.#holders.get(port) ?? NONE;
  }

  /** Every socket that holds a port, by port in the order bound. */
  *all(): IterableIterator<T> {
    for (const holders of this.#holders.values()) yield* holders;
  }

  /**
   * Whether a socket may bind the port at an address: no other holds it at that address or at any,
   * or all that do share it, and it `shares` with them.
   */
  isFree(port: number, address: IpAddress, holder: T, shares = true): boolean {
    const wanted = { localAddress: address, isV6Only: holder.isV6Only };
    return this.on(port).every(
      (other) =>
        other === holder || !overlap(wanted, other) || (shares && this.#mayShare(holder, other)),
    );
  }

  /** The socket holds its local port from now on. */
  take(holder: T): void {
    const holders = this.#holders.get(holder.localPort);
    if (holders === undefined) this.#holders.set(holder.localPort, [holder]);
    else holders.push(holder);
  }

  /** The socket gives its port back, if it holds one. */
  release(holder: T): void {
    const { localPort } = holder;
    const rest = this.on(localPort).filter((other) => other !== holder);
    if (rest.length > 0) this.#holders.set(localPort, rest);
    else this.#holders.delete(localPort);
  }
}
