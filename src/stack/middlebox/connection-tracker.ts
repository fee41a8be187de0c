/**
 * Which connection each packet belongs to (Linux nf_conntrack). A packet that fits none makes one,
 * which is kept when the packet has left the host. ICMP errors are related to the connection of the
 * packet that they quote (RFC 5508 §4.2).
 *
 * The table is bounded: when it is full, the one that has waited longest for an answer gives way,
 * and where none waits the new packet goes no further.
 */
import {
  ICMPV4_HEADER_LENGTH,
  Icmpv6Type,
  IpProtocol,
  isDiscoveryType,
  isListenerType,
  TCP_HEADER_LENGTH,
  TcpFlag,
  u16,
} from '../../wire/index.ts';
import { type Cause, cause } from '../cause.ts';
import { DeadlineQueue } from '../deadline-queue.ts';
import type { Instant } from '../time.ts';
import { type Direction, Flow } from './flow.ts';
import { HookPriority, type PacketHooks } from './packet-hooks.ts';
import type { PassingPacket } from './passing-packet.ts';
import { adjustSequence } from './sequence-adjust.ts';
import type { TrackingProfile } from './tracking-profile.ts';
import { inverse, isIcmp, keyOf, readTuple, type Tuple } from './tuple.ts';

const TABLE_FULL = cause(
  'tracking-full',
  'there is no room for another connection',
  'Linux nf_conntrack_max',
);

/** A connection, and which way of it is meant. */
interface Place {
  readonly flow: Flow;
  readonly direction: Direction;
}

export class ConnectionTracker {
  /** Where it looks at packets: before most that ask it. */
  readonly hooks: PacketHooks;
  readonly #profile: TrackingProfile;
  readonly #wakeAt: (at: Instant) => void;
  /** Both ways of each connection. */
  readonly #places = new Map<string, Place>();
  readonly #flows = new Set<Flow>();
  /** Those that may give way, the oldest first. */
  readonly #unassured = new Set<Flow>();
  readonly #deadlines = new DeadlineQueue<Flow>();
  readonly #listeners: ((flow: Flow) => void)[] = [];

  constructor(hooks: PacketHooks, profile: TrackingProfile, wakeAt: (at: Instant) => void) {
    this.hooks = hooks;
    this.#profile = profile;
    this.#wakeAt = wakeAt;
    const track = (passing: PassingPacket, now: Instant): undefined => this.#track(passing, now);
    const confirm = (passing: PassingPacket, now: Instant): Cause | undefined =>
      this.#confirm(passing, now);
    for (const hook of ['prerouting', 'output'] as const) {
      hooks.add(hook, HookPriority.tracking, track);
    }
    for (const hook of ['input', 'postrouting'] as const) {
      hooks.add(hook, HookPriority.confirm, confirm);
    }
    hooks.add('postrouting', HookPriority.adjust, adjustSequence);
    hooks.takesWholePackets = true;
    hooks.addTimed(this);
  }

  /** The connections, the oldest first. */
  get flows(): ReadonlySet<Flow> {
    return this.#flows;
  }

  /** Has `listener` told of each connection that is forgotten. */
  onForgotten(listener: (flow: Flow) => void): void {
    this.#listeners.push(listener);
  }

  /** The connection that packets of this tuple belong to. */
  find(tuple: Tuple): Place | undefined {
    return this.#places.get(keyOf(tuple));
  }

  #track(passing: PassingPacket, now: Instant): undefined {
    const { bytes, start, payloadAt, end, protocol } = passing.packet;
    const tuple = readTuple(bytes, start, end);
    if (tuple === undefined) {
      if (!isIcmp(protocol) || isOfLink(passing)) return;
      this.#relate(passing, payloadAt + ICMPV4_HEADER_LENGTH);
      return;
    }
    if (protocol === IpProtocol.tcp && payloadAt + TCP_HEADER_LENGTH > end) {
      passing.state = 'invalid';
      return;
    }
    const flags = protocol === IpProtocol.tcp ? u16(bytes, payloadAt + 12) & 0xfff : 0;
    const known = this.find(tuple);
    if (known !== undefined) this.#passes(passing, known, flags, now);
    else if (!this.#mayBegin(tuple, flags)) passing.state = 'invalid';
    else {
      const flow = new Flow(tuple, inverse(tuple));
      passing.flow = flow;
      passing.direction = 'original';
      passing.state = 'new';
      if (protocol === IpProtocol.tcp) flow.tcpPasses(flags, 'original');
    }
  }

  /** An answer that nobody asked for begins nothing. */
  #mayBegin(tuple: Tuple, flags: number): boolean {
    if (isIcmp(tuple.protocol)) return tuple.destinationPort === 0;
    if (tuple.protocol !== IpProtocol.tcp) return true;
    const { syn, ack, rst, fin } = TcpFlag;
    if ((flags & rst) !== 0) return false;
    if ((flags & syn) !== 0) return (flags & (ack | fin)) === 0;
    return this.#profile.takesUpMiddle && (flags & ack) !== 0;
  }

  #passes(passing: PassingPacket, { flow, direction }: Place, flags: number, now: Instant): void {
    passing.flow = flow;
    passing.direction = direction;
    if (flow.original.protocol === IpProtocol.tcp) flow.tcpPasses(flags, direction);
    if (direction === 'reply') flow.isReplied = true;
    else if (flow.isReplied && flow.original.protocol === IpProtocol.udp) flow.isAssured = true;
    passing.state = flow.isReplied ? 'established' : 'new';
    if (flow.isAssured) this.#unassured.delete(flow);
    else if (flow.isConfirmed) this.#unassured.add(flow);
    this.#keep(flow, now);
  }

  /** An error goes the way of answers to the packet that it quotes. */
  #relate(passing: PassingPacket, quoteAt: number): void {
    const quoted = readTuple(passing.packet.bytes, quoteAt, passing.packet.end);
    const place = quoted && this.find(inverse(quoted));
    if (place === undefined) {
      passing.state = 'invalid';
      return;
    }
    passing.flow = place.flow;
    passing.direction = place.direction;
    passing.state = 'related';
  }

  #confirm({ flow }: PassingPacket, now: Instant): Cause | undefined {
    if (flow === undefined || flow.isConfirmed) return undefined;
    if (this.#flows.size >= this.#profile.most && !this.#makeRoom()) return TABLE_FULL;
    const [original, reply] = [keyOf(flow.original), keyOf(flow.reply)];
    if (this.#places.has(original) || this.#places.has(reply)) return undefined; // stays unknown
    flow.isConfirmed = true;
    this.#places.set(original, { flow, direction: 'original' });
    this.#places.set(reply, { flow, direction: 'reply' });
    this.#flows.add(flow);
    if (!flow.isAssured) this.#unassured.add(flow);
    this.#keep(flow, now);
    return undefined;
  }

  #makeRoom(): boolean {
    const [oldest] = this.#unassured;
    if (oldest === undefined) return false;
    this.#deadlines.remove(oldest.entry);
    this.#forget(oldest);
    return true;
  }

  /** The connection lives from now on as long as its state says. */
  #keep(flow: Flow, now: Instant): void {
    if (!flow.isConfirmed) return;
    flow.expires = now + flow.lifetime(this.#profile);
    if (flow.entry !== -1 && flow.entryAt <= flow.expires) return; // found out when that is due
    if (flow.entry !== -1) this.#deadlines.remove(flow.entry);
    this.#queue(flow);
  }

  #queue(flow: Flow): void {
    flow.entry = this.#deadlines.push(flow, flow.expires);
    flow.entryAt = flow.expires;
    this.#wakeAt(flow.expires);
  }

  get deadline(): Instant {
    return this.#deadlines.earliest;
  }

  wake(now: Instant): void {
    while (this.#deadlines.earliest <= now) {
      const flow = this.#deadlines.pop()!;
      if (flow.expires > now) this.#queue(flow);
      else this.#forget(flow);
    }
  }

  #forget(flow: Flow): void {
    this.#places.delete(keyOf(flow.original));
    this.#places.delete(keyOf(flow.reply));
    this.#flows.delete(flow);
    this.#unassured.delete(flow);
    for (const listener of this.#listeners) listener(flow);
  }
}

/** Whether neighbours say it to each other, which nobody tracks (Linux nf_conntrack_icmpv6). */
function isOfLink({ packet: { protocol, bytes, payloadAt, end } }: PassingPacket): boolean {
  if (protocol !== IpProtocol.icmpv6 || payloadAt >= end) return false;
  const type = bytes[payloadAt]!;
  return isListenerType(type) || (isDiscoveryType(type) && type !== Icmpv6Type.redirect);
}
