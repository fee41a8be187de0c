/**
 * FQ-CoDel (RFC 8290): each flow has a queue of its own, which CoDel governs; flows take turns by
 * octets (deficit round robin), those that have just begun first. A flow that sends little never
 * waits for one that fills the link.
 */
import { decodeFrame, type Frame, isIpv6, LinkType, wordsOfIpv6 } from '../../wire/index.ts';
import { halfSipHash, type HashKey } from '../halfsiphash.ts';
import type { Instant } from '../time.ts';
import type { Chance } from './chance.ts';
import { type CodelOptions, CodelRule } from './codel.ts';
import {
  type OnQueueDrop,
  OVER_LIMIT,
  PacketList,
  type PacketQueue,
  QueueCounts,
  type QueuedPacket,
} from './packet-queue.ts';

export interface FqCodelOptions extends CodelOptions {
  /** How many queues there are; flows are hashed into them. */
  readonly flows: number;
  /** How many octets a flow may send in its turn. */
  readonly quantum: number;
}

/** The queue of those flows that one hash value stands for. */
class Flow {
  readonly waiting: PacketList = new PacketList();
  readonly rule: CodelRule;
  /** What it may still send in this turn; its debt when less than 0. */
  credit = 0;
  /** Whether it is in one of the lists of those that take turns. */
  isListed = false;

  constructor(options: CodelOptions, counts: QueueCounts) {
    this.rule = new CodelRule(options, counts);
  }
}

export class FqCodel implements PacketQueue {
  readonly readyAt: Instant = 0;
  readonly counts: QueueCounts;
  readonly #options: FqCodelOptions;
  readonly #key: HashKey;
  readonly #flows = new Map<number, Flow>();
  /** Flows that have just begun, and those that have had a turn: who is first is next. */
  readonly #newFlows: Flow[] = [];
  readonly #oldFlows: Flow[] = [];
  #length = 0;
  /** How often a flow became a new one. */
  #begun = 0;

  constructor(options: FqCodelOptions, chance: Chance, onDrop: OnQueueDrop) {
    this.counts = new QueueCounts(onDrop);
    this.#options = options;
    this.#key = { k0: chance(), k1: chance() };
  }

  get length(): number {
    return this.#length;
  }

  get octets(): number {
    return [...this.#flows.values()].reduce((sum, { waiting }) => sum + waiting.octets, 0);
  }

  enqueue(packet: QueuedPacket, now: Instant): void {
    const flow = this.#flowOf(packet.frame);
    this.counts.received += 1;
    flow.waiting.push(packet);
    this.#length += 1;
    if (!flow.isListed) {
      flow.isListed = true;
      flow.credit = this.#options.quantum;
      this.#newFlows.push(flow);
      this.#begun += 1;
    }
    if (this.#length > this.#options.limit) this.#dropFromLongest(now);
  }

  /** RFC 8290 §4.2: from the first of the new flows, or else of the old ones. */
  dequeue(now: Instant): QueuedPacket | undefined {
    for (;;) {
      const isNew = this.#newFlows.length > 0;
      const list = isNew ? this.#newFlows : this.#oldFlows;
      const [flow] = list;
      if (flow === undefined) return undefined;
      if (flow.credit <= 0) {
        flow.credit += this.#options.quantum;
        this.#turnOver(list, flow);
        continue;
      }
      const { dropped } = this.counts;
      const packet = flow.rule.take(flow.waiting, now);
      this.#length -= this.counts.dropped - dropped;
      if (packet === undefined) {
        // A new flow that is empty has to wait behind the old ones, or it would always be new.
        if (isNew && this.#oldFlows.length > 0) this.#turnOver(list, flow);
        else {
          list.shift();
          flow.isListed = false;
        }
        continue;
      }
      this.#length -= 1;
      flow.credit -= packet.frame.length;
      return packet;
    }
  }

  details(): readonly string[] {
    const { marked, overLimit } = this.counts;
    const largest = Math.max(0, ...[...this.#flows.values()].map(({ rule }) => rule.largest));
    return [
      `maxpacket ${largest} drop_overlimit ${overLimit} new_flow_count ${this.#begun} ecn_mark ${marked}`,
      `new_flows_len ${this.#newFlows.length} old_flows_len ${this.#oldFlows.length}`,
    ];
  }

  #turnOver(list: Flow[], flow: Flow): void {
    list.shift();
    this.#oldFlows.push(flow);
  }

  /** Whoever fills the queue pays: half of the longest flow, at most 64 packets, from its head. */
  #dropFromLongest(now: Instant): void {
    let longest: Flow | undefined;
    for (const flow of [...this.#newFlows, ...this.#oldFlows]) {
      if (flow.waiting.octets > (longest?.waiting.octets ?? 0)) longest = flow;
    }
    if (longest === undefined) return;
    const enough = longest.waiting.octets / 2;
    for (let count = 0; count < 64 && longest.waiting.octets > enough; count++) {
      const packet = longest.waiting.shift();
      if (packet === undefined) return;
      this.#length -= 1;
      this.counts.drop(packet, OVER_LIMIT, now);
    }
  }

  #flowOf(frame: Uint8Array): Flow {
    const hash = hashOfFlow(this.#key, decodeFrame(LinkType.ethernet, frame));
    const place = hash % this.#options.flows;
    let flow = this.#flows.get(place);
    if (flow === undefined) {
      flow = new Flow(this.#options, this.counts);
      this.#flows.set(place, flow);
    }
    return flow;
  }
}

/** Of addresses, protocol and ports; what is no IP is one flow. */
function hashOfFlow(key: HashKey, { ipv4, ipv6, tcp, udp }: Frame): number {
  const ip = ipv4 ?? ipv6;
  if (ip === undefined) return 0;
  const transport = tcp ?? udp;
  const ports =
    transport === undefined ? 0 : (transport.sourcePort << 16) | transport.destinationPort;
  const protocol = ipv4?.protocol ?? (tcp === undefined ? 17 : 6);
  const words = [ip.source, ip.destination].flatMap((address) =>
    isIpv6(address) ? wordsOfIpv6(address) : [address],
  );
  return halfSipHash(key, ...words, ports, protocol);
}
