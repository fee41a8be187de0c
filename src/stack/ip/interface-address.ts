/**
 * An address of an interface. One of IPv4 is there or not; one of IPv6 goes through the states of
 * RFC 4862 §5.4 and §5.5.4:
 *
 *     tentative ──► preferred ──► deprecated ──► gone
 *         │ another host has it
 *         └──► duplicate
 *
 * A tentative address is being asked for on the link, and a duplicate one is another's: neither is
 * used. A deprecated one still works, and nothing new begins with it while there is a better one.
 */
import {
  type IpAddress,
  type IpPrefix,
  type Ipv4Address,
  isInIpPrefix,
  isIpv6,
  isLoopbackIpv4,
} from '../../wire/index.ts';
import { type Instant, NEVER } from '../time.ts';

export type AddressState = 'tentative' | 'preferred' | 'deprecated' | 'duplicate';

/** How far an address of IPv4 is valid, the farthest least (/etc/iproute2/rt_scopes). */
export const SCOPES = { global: 0, site: 200, link: 253, host: 254, nowhere: 255 } as const;

export class InterfaceAddress implements IpPrefix {
  readonly address: IpAddress;
  readonly length: number;
  state: AddressState;
  /** When it is deprecated, and when it goes; an administrator's address stays. */
  preferredUntil: Instant = NEVER;
  validUntil: Instant = NEVER;
  /** Of IPv4, what was said to reach all on its link; tools show that, nothing goes by it. */
  broadcast: Ipv4Address | undefined = undefined;
  /** Of IPv4, what tools call the interface beside it (`label eth0:web`). */
  label: string | undefined = undefined;
  /** Of IPv4, how far it is valid: everywhere unless an administrator says otherwise (`scope`). */
  scope: number;
  /** Whether nobody is asked for it on the link (`nodad`). */
  skipsDetection = false;
  /** Whether a router's advertisement made it (RFC 4862 §5.5.3). */
  readonly isDynamic: boolean;

  constructor({ address, length }: IpPrefix, state: AddressState, isDynamic = false) {
    this.address = address;
    this.length = length;
    this.state = state;
    this.scope = !isIpv6(address) && isLoopbackIpv4(address) ? SCOPES.host : SCOPES.global;
    this.isDynamic = isDynamic;
  }

  /** Of IPv4: whether it is in the network of that address, which came before it. */
  isSecondaryTo(first: InterfaceAddress): boolean {
    const { address, length } = this;
    if (first === this || isIpv6(address) || isIpv6(first.address)) return false;
    return length === first.length && isInIpPrefix(address, first);
  }

  /** Whether packets may have it. */
  get isUsable(): boolean {
    return this.state === 'preferred' || this.state === 'deprecated';
  }
}
