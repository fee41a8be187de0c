/**
 * How many ICMP errors a host sends (RFC 1812 §4.3.2.8, RFC 1122 §3.2.2): so that forged or endless
 * packets draw no flood. Linux bounds all of them together, and those to one destination more
 * tightly: six at once, then one a second. An error about a packet without a route is charged
 * twice, by the table and by ICMP, to the same account (Linux ip_error(), icmpv4_xrlim_allow()).
 */
import { Icmpv4Type, Icmpv6Type, type IpAddress, UnreachableCode } from '../../wire/index.ts';
import type { Counters } from '../counters.ts';
import type { IcmpProfile } from '../profile.ts';
import { type Instant, seconds } from '../time.ts';

/** So many intervals one destination may save up (Linux XRLIM_BURST_FACTOR). */
const BURST_FACTOR = 6;

/** The time between two redirects (Linux ndisc_send_redirect()). */
const REDIRECT_INTERVAL = seconds(1);

/** What a destination has that was not written to lately: more than any burst. */
const FRESH = seconds(60);

/** Destinations that are remembered; the oldest gives way. */
const MOST = 1024;

/** What one destination may still be sent, as a length of time; it grows as time passes. */
interface Account {
  saved: number;
  at: Instant;
}

export class IcmpRateLimit {
  readonly #settings: { readonly icmp: IcmpProfile };
  readonly #counters: Counters;
  readonly #accounts = new Map<IpAddress, Account>();
  /** Messages that all destinations together may still be sent. */
  #credit = 0;
  #creditAt: Instant = Number.NEGATIVE_INFINITY;

  constructor(settings: { readonly icmp: IcmpProfile }, counters: Counters) {
    this.#settings = settings;
    this.#counters = counters;
  }

  /** Whether a message of that type and code may go to `destination` now; if so, it is charged. */
  allows(type: number, code: number, destination: IpAddress, now: Instant): boolean {
    const { limitedTypes, interval, perSecond, burst } = this.#settings.icmp;
    if ((limitedTypes & (1 << type)) === 0 || isMtuReport(type, code)) return true;
    this.#refill(perSecond, burst, now);
    if (this.#credit < 1) {
      this.#counters.IcmpOutRateLimitGlobal += 1;
      return false;
    }
    if (!this.#charge(destination, interval, BURST_FACTOR * interval, now)) {
      this.#counters.IcmpOutRateLimitHost += 1;
      return false;
    }
    // Linux takes 0 to 2 at random, so that nobody learns from its silence how many it has sent.
    this.#credit -= 1;
    return true;
  }

  /**
   * The same of ICMPv6 (RFC 4443 §2.4 (f)): of errors all are bounded but those that path MTU
   * discovery waits for, and nothing else is (Linux icmpv6_xrlim_allow(), ratemask).
   */
  allowsVersion6(type: number, destination: IpAddress, now: Instant): boolean {
    if (type === Icmpv6Type.packetTooBig) return true;
    const { intervalOfIpv6: interval, perSecond, burst } = this.#settings.icmp;
    this.#refill(perSecond, burst, now);
    if (this.#credit < 1) {
      this.#counters.IcmpOutRateLimitGlobal += 1; // Linux has one counter for both
      return false;
    }
    if (!this.#charge(destination, interval, BURST_FACTOR * interval, now)) {
      this.#counters.Icmp6OutRateLimitHost += 1;
      return false;
    }
    this.#credit -= 1;
    return true;
  }

  /** Whether a packet of `sender` without a route may be answered at all (Linux ip_error()). */
  allowsRefusal(sender: IpAddress, now: Instant): boolean {
    const { refusalCost, refusalBurst } = this.#settings.icmp;
    return this.#charge(sender, refusalCost, refusalBurst, now);
  }

  /**
   * Whether the sender of a packet to `destination` may be told of a nearer way; both accounts are
   * charged (Linux ip6_forward(), ndisc_send_redirect()).
   */
  allowsRedirect(destination: IpAddress, sender: IpAddress, now: Instant): boolean {
    const most = BURST_FACTOR * REDIRECT_INTERVAL;
    if (!this.#charge(destination, REDIRECT_INTERVAL, most, now)) return false;
    return this.#charge(sender, REDIRECT_INTERVAL, most, now);
  }

  #refill(perSecond: number, burst: number, now: Instant): void {
    const passed = Math.min(now - this.#creditAt, seconds(1));
    const earned = Math.floor((perSecond * passed) / seconds(1));
    if (earned === 0) return;
    this.#credit = Math.min(this.#credit + earned, burst);
    this.#creditAt = now;
  }

  /** Takes `cost` from the destination's account, which holds no more than `most`. */
  #charge(destination: IpAddress, cost: number, most: number, now: Instant): boolean {
    const account = this.#accountOf(destination, now);
    account.saved = Math.min(account.saved + now - account.at, most);
    account.at = now;
    if (account.saved < cost) return false;
    account.saved -= cost;
    return true;
  }

  #accountOf(destination: IpAddress, now: Instant): Account {
    const known = this.#accounts.get(destination);
    if (known !== undefined) return known;
    if (this.#accounts.size >= MOST) {
      for (const oldest of this.#accounts.keys()) {
        this.#accounts.delete(oldest);
        break;
      }
    }
    const account = { saved: FRESH, at: now };
    this.#accounts.set(destination, account);
    return account;
  }
}

/** Path MTU discovery must not wait (Linux icmpv4_mask_allow()). */
function isMtuReport(type: number, code: number): boolean {
  return type === Icmpv4Type.destinationUnreachable && code === UnreachableCode.fragmentationNeeded;
}
