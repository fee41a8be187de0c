/** Comparisons of numbers made of a packet's octets, computed as BPF does: in 32 bits, unsigned. */
import { EtherType, IPV6_HEADER_LENGTH, IpProtocol } from '../../wire/index.ts';
import type { Arithmetic, ArithmeticOperator, Expression, FilterProtocol } from './expression.ts';
import { all, type FilteredPacket, octetsAre, type PacketTest } from './filtered-packet.ts';
import type { LinkLayout } from './link-layout.ts';
import { headerLengthAt, isFirstFragment, protocolTest } from './transport-tests.ts';

type Relation = Extract<Expression, { type: 'relation' }>;
type Compute = (packet: FilteredPacket) => number;

/** The test that a comparison holds, for packets that have the headers it looks into. */
export function relationTest({ operator, left, right }: Relation, layout: LinkLayout): PacketTest {
  const needed: PacketTest[] = [];
  const [a, b] = [compile(left, layout, needed), compile(right, layout, needed)];
  return all(...needed, (packet) => {
    const [x, y] = [a(packet), b(packet)];
    switch (operator) {
      case '=':
        return x === y;
      case '!=':
        return x !== y;
      case '<':
        return x < y;
      case '<=':
        return x <= y;
      case '>':
        return x > y;
      case '>=':
        return x >= y;
    }
  });
}

/** What computes a number; which headers it needs is added to `needed`. */
function compile(what: Arithmetic, layout: LinkLayout, needed: PacketTest[]): Compute {
  switch (what.type) {
    case 'constant': {
      const { value } = what;
      return () => value;
    }
    case 'length':
      return (packet) => packet.length;
    case 'negative': {
      const operand = compile(what.operand, layout, needed);
      return (packet) => -operand(packet) >>> 0;
    }
    case 'octets':
      return compileOctets(what, layout, needed);
    case 'operation': {
      const left = compile(what.left, layout, needed);
      refuseConstant(what.operator, what.right);
      // As in libpcap (gen_arth()), the headers that a right operand looks into are not asked for.
      const right = compile(what.right, layout, []);
      const { operator } = what;
      return (packet) => operate(packet, operator, left(packet), right(packet));
    }
  }
}

/**
 * Refuses what can never be computed. Like libpcap, which looks at the first number that its
 * program loads for the right operand, it also refuses `len / ip[0]`.
 */
function refuseConstant(operator: ArithmeticOperator, right: Arithmetic): void {
  const value = firstConstant(right);
  if (operator === '/' && value === 0) throw new RangeError('division by zero');
  if (operator === '%' && value === 0) throw new RangeError('modulus by zero');
  if ((operator === '<<' || operator === '>>') && value !== undefined && value > 31) {
    throw new RangeError('shift by more than 31 bits');
  }
}

/** The number that is written first; nothing where that is `len`. */
function firstConstant(what: Arithmetic): number | undefined {
  switch (what.type) {
    case 'constant':
      return what.value;
    case 'length':
      return undefined;
    case 'octets':
      return firstConstant(what.index);
    case 'negative':
      return firstConstant(what.operand);
    case 'operation':
      return firstConstant(what.left);
  }
}

function operate(
  packet: FilteredPacket,
  operator: ArithmeticOperator,
  x: number,
  y: number,
): number {
  switch (operator) {
    case '+':
      return (x + y) >>> 0;
    case '-':
      return (x - y) >>> 0;
    case '*':
      return Math.imul(x, y) >>> 0;
    case '/':
      return y === 0 ? packet.reject() : Math.floor(x / y);
    case '%':
      return y === 0 ? packet.reject() : x % y;
    case '&':
      return (x & y) >>> 0;
    case '|':
      return (x | y) >>> 0;
    case '^':
      return (x ^ y) >>> 0;
    case '<<':
      return y > 31 ? 0 : (x << y) >>> 0;
    case '>>':
      return y > 31 ? 0 : x >>> y;
  }
}

/** Those whose header IP carries, and in which octets can be named. */
const IN_IPV4: readonly FilterProtocol[] = [
  'tcp',
  'udp',
  'sctp',
  'icmp',
  'igmp',
  'igrp',
  'pim',
  'vrrp',
  'carp',
];

/** Octets of a header, from its beginning; behind IPv6's only those of ICMPv6 can be named. */
function compileOctets(
  { protocol, index, size }: Extract<Arithmetic, { type: 'octets' }>,
  layout: LinkLayout,
  needed: PacketTest[],
): Compute {
  const offset = compile(index, layout, needed);
  const base = layout.payloadAt;
  if (IN_IPV4.includes(protocol)) {
    const isIpv4 = protocolTest('ip', layout);
    needed.push(isIpv4, protocolTest(protocol, layout), isFirstFragment(layout));
    // The sum wraps, so that tcp[-1] is the last octet of the IP header.
    return (packet) =>
      packet.load(base + ((headerLengthAt(packet, base) + offset(packet)) >>> 0), size);
  }
  switch (protocol) {
    case 'ether':
      return (packet) => packet.load(offset(packet), size);
    case 'ip':
    case 'ip6':
    case 'arp':
    case 'rarp':
      needed.push(protocolTest(protocol, layout));
      return (packet) => packet.load(base + offset(packet), size);
    case 'icmp6':
      needed.push(layout.carries(EtherType.ipv6), octetsAre(base + 6, 1, IpProtocol.icmpv6));
      return (packet) => packet.load(base + IPV6_HEADER_LENGTH + offset(packet), size);
    default:
      throw new RangeError('unsupported index operation');
  }
}
