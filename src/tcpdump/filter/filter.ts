/**
 * Capture filters, in the language of pcap-filter(7): what `tcpdump port 80` lets through.
 *
 *     const filter = new Filter('tcp dst port 80 and not host 10.0.0.1');
 *     filter.matches({ linkType: LinkType.ethernet, bytes, originalLength: bytes.length });
 *
 * The text becomes a tree, and the tree for each link type a test of octets at offsets. Tests are
 * asked in the order in which libpcap's program asks them, since one that reads beyond what was
 * captured rejects the packet. Judged by the real tcpdump, with random filters on random packets.
 */
import {
  type Frame,
  IPV4_BROADCAST,
  LinkType,
  MAC_BROADCAST,
  SllPacketType,
} from '../../wire/index.ts';
import { addressTest, macAt } from './address-tests.ts';
import type { Expression, FilterProtocol } from './expression.ts';
import type { FilterNames } from './filter-names.ts';
import { all, always, any, FilteredPacket, octetsAre, type PacketTest } from './filtered-packet.ts';
import { LinkLayout } from './link-layout.ts';
import { parseFilterExpression } from './parser.ts';
import { relationTest } from './relation-test.ts';
import { numberedProtocolTest, portRangeTest, portTest, protocolTest } from './transport-tests.ts';

/** What an expression is judged by, beside its text. */
export interface FilterOptions extends FilterNames {
  /** The network mask for `ip broadcast`; none knows only the broadcasts of all networks. */
  readonly netmask?: number;
}

/** A packet as it was captured. */
export interface FilterablePacket {
  readonly linkType: number;
  readonly bytes: Uint8Array;
  /** The octets that it had on the wire. */
  readonly originalLength: number;
}

/** A capture filter: {@link Filter.matches} says of a packet whether it passes. */
export class Filter {
  readonly text: string;
  readonly #expression: Expression;
  readonly #options: FilterOptions;
  readonly #tests = new Map<number, PacketTest>();
  readonly #packet = new FilteredPacket();

  /** @throws RangeError for what is no filter, in libpcap's words */
  constructor(text: string, options: FilterOptions = {}) {
    this.text = text;
    this.#expression = parseFilterExpression(text);
    this.#options = options;
  }

  /**
   * Whether the packet passes.
   *
   * @throws RangeError when the filter asks what the packet's link type cannot say
   */
  matches({ linkType, bytes, originalLength }: FilterablePacket): boolean {
    const test = this.#testFor(linkType);
    const packet = this.#packet;
    packet.set(bytes, originalLength);
    return test(packet) && !packet.isRejected;
  }

  /** Finds out whether {@link matches} can say anything. @throws RangeError where it cannot */
  compileFor(linkType: number): void {
    this.#testFor(linkType);
  }

  #testFor(linkType: number): PacketTest {
    let test = this.#tests.get(linkType);
    if (test === undefined) {
      const expression = this.#expression;
      const isAny = expression.type === 'everything'; // even what no filter knows
      test = isAny ? always : compile(expression, new LinkLayout(linkType), this.#options);
      this.#tests.set(linkType, test);
    }
    return test;
  }
}

/**
 * A filter as what a capture takes: `network.capture(host, { only: filter('tcp port 80') })`.
 *
 * @throws RangeError for what is no filter
 */
export function filter(text: string, options: FilterOptions = {}): (frame: Frame) => boolean {
  const made = new Filter(text, options);
  return ({ linkType, bytes }) => made.matches({ linkType, bytes, originalLength: bytes.length });
}

function compile(what: Expression, layout: LinkLayout, options: FilterOptions): PacketTest {
  switch (what.type) {
    case 'everything':
      return always;
    case 'chain':
      return compileChain(what, layout, options);
    case 'not': {
      const test = compile(what.operand, layout, options);
      return (packet) => !test(packet);
    }
    case 'protocol':
      return protocolTest(what.protocol, layout);
    case 'relation':
      return relationTest(what, layout);
    case 'value':
      return compileValue(what, layout, options);
    case 'broadcast':
      return broadcastTest(what.protocol, layout, options.netmask ?? 0);
    case 'multicast':
      return multicastTest(what.protocol, layout);
    case 'inbound':
    case 'outbound':
      return directionTest(what.type === 'outbound', layout);
    case 'interface':
      return interfaceTest(what.index, layout);
    case 'vlan':
      return layout.enterVlan(what.id);
  }
}

/** From left to right: each word changes what came of those before it, or leaves it. */
function compileChain(
  { first, steps }: Extract<Expression, { type: 'chain' }>,
  layout: LinkLayout,
  options: FilterOptions,
): PacketTest {
  const firstTest = compile(first, layout, options);
  const tests = steps.map(({ operator, operand }) => ({
    passesOn: operator === 'and',
    test: compile(operand, layout, options),
  }));
  return (packet) => {
    let result = firstTest(packet);
    for (const { passesOn, test } of tests) {
      if (result === passesOn) result = test(packet);
    }
    return result;
  };
}

function compileValue(
  { qualifiers, value }: Extract<Expression, { type: 'value' }>,
  layout: LinkLayout,
  options: FilterOptions,
): PacketTest {
  switch (qualifiers.kind) {
    case 'port':
      return portTest(value, qualifiers, layout, options);
    case 'portrange':
      return portRangeTest(value, qualifiers, layout, options);
    case 'proto':
      return numberedProtocolTest(value, qualifiers, layout);
    default:
      return addressTest(value, qualifiers, layout, options);
  }
}

function broadcastTest(
  protocol: FilterProtocol | undefined,
  layout: LinkLayout,
  netmask: number,
): PacketTest {
  if (protocol === 'ip') {
    const at = layout.payloadAt + 16;
    const hosts = (IPV4_BROADCAST & ~netmask) >>> 0;
    return all(
      protocolTest('ip', layout),
      any(octetsAre(at, 4, 0, hosts), octetsAre(at, 4, hosts, hosts)),
    );
  }
  if (protocol !== undefined && protocol !== 'ether') {
    throw new RangeError('only link-layer/IP broadcast filters supported');
  }
  if (layout.linkType !== LinkType.ethernet) throw new RangeError('not a broadcast link');
  return macAt(0, MAC_BROADCAST);
}

function multicastTest(protocol: FilterProtocol | undefined, layout: LinkLayout): PacketTest {
  const base = layout.payloadAt;
  if (protocol === 'ip') {
    return all(protocolTest('ip', layout), (packet) => packet.load(base + 16, 1) >= 224);
  }
  if (protocol === 'ip6') return all(protocolTest('ip6', layout), octetsAre(base + 24, 1, 255));
  const isOfLink = protocol === undefined || protocol === 'ether';
  if (!isOfLink || layout.linkType !== LinkType.ethernet) {
    const where = 'ethernet/FDDI/token ring/ARCNET/802.11/ATM LANE/Fibre Channel';
    throw new RangeError(`link-layer multicast filters supported only on ${where}`);
  }
  return octetsAre(0, 1, 1, 1);
}

/** Cooked headers say which way a packet went; Ethernet's do not. */
function directionTest(isOutbound: boolean, { linkType }: LinkLayout): PacketTest {
  const isCooked = linkType === LinkType.linuxSll || linkType === LinkType.linuxSll2;
  if (!isCooked) throw new RangeError('inbound/outbound need a capture on any');
  const isSent =
    linkType === LinkType.linuxSll
      ? octetsAre(0, 2, SllPacketType.fromUs)
      : octetsAre(10, 1, SllPacketType.fromUs);
  return isOutbound ? isSent : (packet) => !isSent(packet);
}

function interfaceTest(index: number, { linkType }: LinkLayout): PacketTest {
  if (linkType !== LinkType.linuxSll2) throw new RangeError('ifindex needs a capture on any');
  return octetsAre(4, 4, index);
}
