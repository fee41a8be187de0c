/**
 * How a host speaks ARP where RFC 826 leaves it open, or an administrator wants it otherwise
 * (ip-sysctl.rst, conf.all.arp_…): a host may take its addresses for its own or for those of one
 * interface each, and believe everybody or only who was asked.
 */
import { type Duration, ms, seconds } from '../time.ts';

export interface ArpProfile {
  /**
   * Which requests are answered (arp_ignore): 0 those for any address of the host; 1 for one of the
   * interface that they came by; 2 for such a one whose network the asker is in; 3 for one that is
   * valid beyond the host; 8 none.
   */
  readonly ignore: number;
  /**
   * By which address it asks (arp_announce): 0 that of the packet that waits; 1 the same if the
   * target is in its network; 2 whichever is in the target's.
   */
  readonly announce: number;
  /**
   * Whether it learns of strangers that tell of themselves unasked (arp_accept): 0 no; 1 yes; 2 in
   * the interface's networks.
   */
  readonly accept: number;
  /** Whether what is told unasked is not heeded at all (drop_gratuitous_arp). */
  readonly dropsGratuitous: boolean;
  /** Whether an interface that comes up tells the link its addresses (arp_notify). */
  readonly notifies: boolean;
  /** Whether neighbours are forgotten when the link is lost (arp_evict_nocarrier). */
  readonly forgetsWithoutCarrier: boolean;
  /** Whether only the interface answers by which packets to the asker leave (arp_filter). */
  readonly filters: boolean;
  /** Whether a router answers for hosts that it has routes to elsewhere (proxy_arp, RFC 1027). */
  readonly isProxy: boolean;
  /**
   * On which medium the interface is (medium_id): hosts on the same are not answered for, nor any
   * by one of -1; 0 is on its own.
   */
  readonly medium: number;
  /** The longest that such an answer waits, so that the host itself may be first (proxy_delay). */
  readonly proxyDelay: Duration;
  /** An address stands this long before another host may claim it (locktime). */
  readonly lockTime: Duration;
}

/** Linux's defaults. Its addresses belong to the host, not to interfaces (the weak model). */
export const LINUX_ARP: ArpProfile = {
  ignore: 0,
  announce: 0,
  accept: 0,
  dropsGratuitous: false,
  notifies: false,
  forgetsWithoutCarrier: true, // neigh_carrier_down(), since 4.20
  filters: false,
  isProxy: false,
  medium: 0,
  proxyDelay: ms(800),
  lockTime: seconds(1),
};

/** Each address belongs to its interface: the strong model of RFC 1122 §3.3.4.2. */
export const STRONG_ARP: ArpProfile = { ...LINUX_ARP, ignore: 1, announce: 2 };
