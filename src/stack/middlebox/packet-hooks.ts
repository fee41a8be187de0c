/**
 * Where a host shows packets to the boxes that are in it: the five hooks of Linux's netfilter.
 *
 *     in ──▸ prerouting ──┬──▸ forward ──┬──▸ postrouting ──▸ out
 *                         ▾              │
 *                       input          output
 *                         └─▸ sockets ─▸─┘
 *
 * At each hook the packet goes by those who asked for it, least priority first, those of one
 * priority in the order in which they came. Each may change the packet, or end its way by giving
 * the cause. Packets of both families come by. A host without boxes has no hooks, and asks one
 * field for each packet.
 */
import type { Cause } from '../cause.ts';
import type { NetworkInterface } from '../interfaces/interface.ts';
import { type Instant, NEVER } from '../time.ts';
import { PassingPacket, type SeenPacket } from './passing-packet.ts';

export type HookName = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting';

/** When whom is asked, as netfilter orders its tables (Linux enum nf_ip_hook_priorities). */
export const HookPriority = {
  /** Before connections are known. */
  raw: -300,
  tracking: -200,
  mangle: -150,
  destinationNat: -100,
  filter: 0,
  sourceNat: 100,
  /** After all that changes a packet's numbers. */
  adjust: 300,
  confirm: 0x7fff_ffff,
} as const;

/** Looks at a packet: nothing lets it go on, a cause ends its way. */
export type PacketHandler = (passing: PassingPacket, now: Instant) => Cause | undefined;

/** Somebody with timers. */
export interface Timed {
  readonly deadline: Instant;
  wake(now: Instant): void;
}

interface Placed {
  readonly priority: number;
  readonly handle: PacketHandler;
}

export class PacketHooks {
  /** Whether fragments are put together first: ports are in the first only (Linux nf_defrag). */
  takesWholePackets = false;
  readonly #handlers: Readonly<Record<HookName, Placed[]>> = {
    prerouting: [],
    input: [],
    forward: [],
    output: [],
    postrouting: [],
  };
  readonly #timed: Timed[] = [];
  readonly #dropped: (frame: Uint8Array, why: Cause, now: Instant) => void;

  constructor(dropped: (frame: Uint8Array, why: Cause, now: Instant) => void) {
    this.#dropped = dropped;
  }

  /** Has `handle` asked about each packet at the hook. */
  add(hook: HookName, priority: number, handle: PacketHandler): void {
    const placed = this.#handlers[hook];
    const at = placed.findIndex((other) => other.priority > priority);
    placed.splice(at === -1 ? placed.length : at, 0, { priority, handle });
  }

  /** Has somebody woken with the host. */
  addTimed(timed: Timed): void {
    this.#timed.push(timed);
  }

  /** A packet has arrived. Nothing when its way ends here. */
  arrives<Packet extends SeenPacket>(
    packet: Packet,
    frame: Uint8Array,
    from: NetworkInterface,
    why: Cause,
    now: Instant,
  ): PassingPacket<Packet> | undefined {
    const passing = new PassingPacket<Packet>(frame, packet, from, undefined, why);
    return this.passes('prerouting', passing, now) ? passing : undefined;
  }

  /** The host itself sends a packet. Nothing when its way ends here. */
  leaves(
    frame: Uint8Array,
    to: NetworkInterface,
    why: Cause,
    now: Instant,
  ): Uint8Array | undefined {
    const passing = PassingPacket.ofHost(frame, to, why);
    if (!this.passes('output', passing, now)) return undefined;
    return this.passes('postrouting', passing, now) ? passing.frame : undefined;
  }

  /** Whether the packet passes all who are at the hook. */
  passes(hook: HookName, passing: PassingPacket, now: Instant): boolean {
    for (const { handle } of this.#handlers[hook]) {
      const why = handle(passing, now);
      if (why === undefined) continue;
      this.#dropped(passing.frame, why, now);
      return false;
    }
    return true;
  }

  get deadline(): Instant {
    let earliest = NEVER;
    for (const timed of this.#timed) earliest = Math.min(earliest, timed.deadline);
    return earliest;
  }

  wake(now: Instant): void {
    for (const timed of this.#timed) timed.wake(now);
  }
}
