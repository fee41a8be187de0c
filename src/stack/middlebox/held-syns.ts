/**
 * SYNs from outside that nobody inside has asked for. Both ends may open at once (RFC 9293 §3.5),
 * and then the other SYN is still on its way out; a refusal would end both. So a NAT says nothing
 * for six seconds, and refuses by ICMP what no SYN has crossed by then (RFC 5382 §4.3, REQ-4).
 */
import type { Ipv4Packet } from '../../wire/index.ts';
import type { Host } from '../host.ts';
import { ICMP_ERRORS } from '../icmp/icmp-error-rules.ts';
import { type Instant, NEVER, seconds } from '../time.ts';
import { keyOf, type Tuple } from './tuple.ts';

const WAIT = seconds(6);
/** More are not remembered: what is not, is not answered. */
const MOST = 256;

interface Held {
  readonly packet: Ipv4Packet;
  readonly until: Instant;
}

export class HeldSyns {
  readonly #host: Host;
  /** In the order of their ends, since all wait as long. */
  readonly #held = new Map<string, Held>();

  constructor(host: Host) {
    this.#host = host;
    host.hooks.addTimed(this);
  }

  hold(tuple: Tuple, packet: Ipv4Packet, now: Instant): void {
    const key = keyOf(tuple);
    if (this.#held.has(key) || this.#held.size >= MOST) return;
    this.#held.set(key, { packet, until: now + WAIT });
    this.#host.wakeAt(now + WAIT);
  }

  /** A SYN leaves whose answers look like that one. */
  crossed(tuple: Tuple): void {
    if (this.#held.size > 0) this.#held.delete(keyOf(tuple));
  }

  get deadline(): Instant {
    const [first] = this.#held.values();
    return first?.until ?? NEVER;
  }

  wake(now: Instant): void {
    for (const [key, { packet, until }] of this.#held) {
      if (until > now) return;
      this.#held.delete(key);
      this.#host.icmp.sendError(packet, ICMP_ERRORS.noPort, 0, now);
    }
  }
}
