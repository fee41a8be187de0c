/**
 * Redirects (RFC 1812 §5.2.7.2): a packet goes back out by the link that it came from, so its
 * sender has a nearer router on that link, and is told. Who does not listen is told ever more
 * rarely and then not at all (Linux ip_rt_send_redirect()).
 */
import { type Ipv4Address, type Ipv4Packet, isInPrefix } from '../../wire/index.ts';
import type { Icmp } from '../icmp/icmpv4.ts';
import { ICMP_ERRORS } from '../icmp/icmp-error-rules.ts';
import type { NetworkInterface } from '../interfaces/interface.ts';
import { ipv4Of } from './ipv4.ts';
import type { Route } from './routing.ts';
import { type Instant, ms, seconds } from '../time.ts';

/** The wait after the first, which doubles with each (Linux route.redirect_load). */
const FIRST_WAIT = ms(20);
/** So many are sent (route.redirect_number). */
const MOST = 9;
/** After so long without any it begins anew (route.redirect_silence). */
const SILENCE = seconds(20.48);
/** Senders that are remembered; the oldest gives way. */
const MOST_SENDERS = 1024;

interface Told {
  count: number;
  /** The last redirect; of who is told no more, the last packet. */
  at: Instant;
}

export class Redirects {
  readonly #icmp: Icmp;
  readonly #told = new Map<Ipv4Address, Told>();

  constructor(icmp: Icmp) {
    this.#icmp = icmp;
  }

  /** A packet is about to leave by the link that it came from. */
  consider(packet: Ipv4Packet, route: Route, link: NetworkInterface, now: Instant): void {
    const { source } = packet;
    if (!link.ipv4Addresses.some((prefix) => isInPrefix(source, prefix))) return;
    const told = this.#toldOf(source);
    if (now > told.at + SILENCE) told.count = 0;
    if (told.count >= MOST) {
      told.at = now;
      return;
    }
    if (told.count > 0 && now <= told.at + FIRST_WAIT * 2 ** told.count) return;
    this.#icmp.sendError(packet, ICMP_ERRORS.redirect, ipv4Of(route.nextHop), now);
    told.count += 1;
    told.at = now;
  }

  #toldOf(sender: Ipv4Address): Told {
    const known = this.#told.get(sender);
    if (known !== undefined) return known;
    if (this.#told.size >= MOST_SENDERS) {
      for (const oldest of this.#told.keys()) {
        this.#told.delete(oldest);
        break;
      }
    }
    const told: Told = { count: 0, at: Number.NEGATIVE_INFINITY };
    this.#told.set(sender, told);
    return told;
  }
}
