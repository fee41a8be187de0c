/**
 * A packet of the wire in the script's notation and numbers, so that it can be compared with what
 * the script expects, shown beside it, or written down by a recorder.
 */
import {
  decodeIpv4,
  DecodeError,
  decodeIcmpv4,
  decodeIcmpv6,
  decodeIpv6,
  decodeIpv6Extensions,
  decodeTcp,
  decodeUdp,
  type Icmpv4Message,
  Icmpv6Type,
  type Icmpv6Message,
  type IpAddress,
  IpProtocol,
  type Ipv4Packet,
  IPV4_HEADER_LENGTH,
  IPV6_HEADER_LENGTH,
  type Ipv6Packet,
  isIpv6,
  seqToU32,
  TcpFlag,
  type TcpSegment,
  u16,
  u32,
} from '../../wire/index.ts';
import type { Flow } from './addresses.ts';
import { icmpCodeName, icmpTypeName } from './icmp-names.ts';
import type { Numbers } from './mapping.ts';
import { decodeOptions } from './option-bytes.ts';
import {
  type FlagsSpec,
  type IcmpSpec,
  type IpSpec,
  NOWHERE,
  type PacketSpec,
  type PortsSpec,
  type SequenceSpec,
  type TcpOptionSpec,
  type TcpSpec,
} from '../syntax/script.ts';

/** The header of a packet, as far as scripts speak of it. */
export interface LiveHeader {
  readonly packet: Ipv4Packet | Ipv6Packet;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly tos: number;
  readonly ttl: number;
  /** 0 in IPv4. */
  readonly flowLabel: number;
  /** The protocol that lies from `payloadAt` to `end`, behind extension headers. */
  readonly protocol: number;
  readonly payloadAt: number;
  readonly end: number;
}

/** A decoded packet whose numbers are still the wire's. */
export interface LivePacket {
  readonly ip: LiveHeader;
  readonly flow: Flow;
  readonly transport:
    | { readonly kind: 'tcp'; readonly segment: TcpSegment }
    | { readonly kind: 'udp'; readonly payload: Uint8Array }
    | { readonly kind: 'icmp'; readonly message: Icmpv4Message | Icmpv6Message };
}

/** Where the number of the next header is in one of IPv6. */
const NEXT_HEADER_AT = 6;

function decodeHeader(bytes: Uint8Array): LiveHeader | DecodeError {
  if (bytes.length === 0 || bytes[0]! >>> 4 !== 6) {
    const packet = decodeIpv4(bytes);
    if (packet instanceof DecodeError) return packet;
    const { source, destination, tos, ttl, protocol, payloadAt, end } = packet;
    return { packet, source, destination, tos, ttl, flowLabel: 0, protocol, payloadAt, end };
  }
  const packet = decodeIpv6(bytes);
  if (packet instanceof DecodeError) return packet;
  const { source, destination, trafficClass: tos, hopLimit: ttl, flowLabel, end } = packet;
  const chain = decodeIpv6Extensions(bytes, NEXT_HEADER_AT, packet.payloadAt, end);
  if (chain.error !== undefined) return chain.error;
  const { protocol, payloadAt } = chain;
  return { packet, source, destination, tos, ttl, flowLabel, protocol, payloadAt, end };
}

/** The packet in `bytes`, an IP header first; a reason when it is none of those scripts know. */
export function decodeLivePacket(bytes: Uint8Array): LivePacket | DecodeError {
  const ip = decodeHeader(bytes);
  if (ip instanceof DecodeError) return ip;
  const { payloadAt: at, end } = ip;
  if (ip.protocol === IpProtocol.tcp) {
    const segment = decodeTcp(bytes, at, end);
    if (segment instanceof DecodeError) return segment;
    const flow = flowOf(ip, segment.sourcePort, segment.destinationPort);
    return { ip, flow, transport: { kind: 'tcp', segment } };
  }
  if (ip.protocol === IpProtocol.udp) {
    const udp = decodeUdp(bytes, at, end);
    if (udp instanceof DecodeError) return udp;
    const flow = flowOf(ip, udp.sourcePort, udp.destinationPort);
    return { ip, flow, transport: { kind: 'udp', payload: udp.payload } };
  }
  const isVersion6 = isIpv6(ip.source);
  if (ip.protocol === (isVersion6 ? IpProtocol.icmpv6 : IpProtocol.icmp)) {
    const message = isVersion6 ? decodeIcmpv6(bytes, at, end) : decodeIcmpv4(bytes, at, end);
    if (message instanceof DecodeError) return message;
    return { ip, flow: flowOf(ip, 0, 0), transport: { kind: 'icmp', message } };
  }
  const layer = isVersion6 ? 'ipv6' : 'ipv4';
  return new DecodeError(layer, 'unsupported', at, `protocol ${ip.protocol}`);
}

function flowOf({ source, destination }: LiveHeader, from: number, to: number): Flow {
  return {
    source: { address: source, port: from },
    destination: { address: destination, port: to },
  };
}

/** Which way a packet went, and how the script counts. */
export interface DescribeContext {
  readonly direction: PacketSpec['direction'];
  readonly numbers: Numbers;
  /** The expected packet: what it says of ports, of the IP header and in absolute numbers, too. */
  readonly like: PacketSpec | undefined;
}

/** The packet as the script would write it. */
export function describePacket(packet: LivePacket, context: DescribeContext): PacketSpec {
  return {
    kind: 'packet',
    place: NOWHERE,
    direction: context.direction,
    outer: [],
    ip: describeIp(packet.ip, context.like?.ip),
    transport: describeTransport(packet, context),
  };
}

function describeIp({ tos, ttl, flowLabel }: LiveHeader, wanted: IpSpec | undefined): IpSpec {
  return {
    tos: describeTos(tos, wanted?.tos),
    ttl: wanted?.ttl === undefined ? undefined : ttl,
    flowLabel: wanted?.flowLabel === undefined ? undefined : flowLabel,
  };
}

function describeTos(tos: number, wanted: IpSpec['tos']): IpSpec['tos'] {
  if (wanted === undefined) return undefined;
  if (wanted.kind === 'tos') return { kind: 'tos', value: tos };
  const ecn = (['noecn', 'ect1', 'ect0', 'ce'] as const)[tos & 3] ?? 'noecn';
  return { kind: 'ecn', ecn };
}

function describeTransport(
  { transport, flow }: LivePacket,
  context: DescribeContext,
): PacketSpec['transport'] {
  const like = context.like?.transport;
  const isWithPorts = like !== undefined && like.kind !== 'icmp' && like.ports !== undefined;
  const ports = isWithPorts ? portsOf(flow) : undefined;
  switch (transport.kind) {
    case 'tcp':
      return describeTcp(transport.segment, ports, context);
    case 'udp':
      return { kind: 'udp', ports, payloadLength: transport.payload.length };
    case 'icmp':
      return describeIcmp(transport.message, isIpv6(flow.source.address), context);
  }
}

function portsOf({ source, destination }: Flow): PortsSpec {
  return { source: source.port, destination: destination.port };
}

function describeTcp(
  segment: TcpSegment,
  ports: PortsSpec | undefined,
  context: DescribeContext,
): TcpSpec {
  const flags = describeFlags(segment.flags);
  const { sequence } = context.numbers;
  const receiver = context.direction === 'outbound' ? 'remote' : 'local';
  const count = (n: number): number => sequence.toScript(receiver, n, flags.syn);
  return {
    kind: 'tcp',
    pspSpi: undefined,
    ports,
    flags,
    sequence: describeSequence(segment, context),
    ack: describeAck(seqToU32(segment.ack), flags.ack, count, context),
    window: segment.window,
    urgentPointer: segment.urgentPointer === 0 ? undefined : segment.urgentPointer,
    options: decodeOptions(segment.options).map((option) => describeOption(option, count, context)),
    udpPorts: undefined,
  };
}

function describeSequence(
  { seq, flags, payloadLength: length }: TcpSegment,
  { direction, numbers, like }: DescribeContext,
): SequenceSpec {
  const live = seqToU32(seq);
  const isAbsolute = like?.transport.kind === 'tcp' && like.transport.sequence.kind === 'absolute';
  if (isAbsolute) return { kind: 'absolute', start: live, length };
  const sender = direction === 'outbound' ? 'local' : 'remote';
  const isSyn = (flags & TcpFlag.syn) !== 0;
  return { kind: 'relative', start: numbers.sequence.toScript(sender, live, isSyn), length };
}

/** Without the flag the field means nothing, and is shown as it is if it is not 0. */
function describeAck(
  live: number,
  isMeant: boolean,
  count: (n: number) => number,
  { like }: DescribeContext,
): TcpSpec['ack'] {
  const isAbsolute = like?.transport.kind === 'tcp' && like.transport.ack?.isAbsolute === true;
  if (isAbsolute) return { value: live, isAbsolute };
  if (isMeant) return { value: count(live), isAbsolute };
  return live === 0 ? undefined : { value: live, isAbsolute };
}

/** The bits of a header as flags; AE, CWR and ECE are shown one by one. */
export function describeFlags(bits: number): FlagsSpec {
  const has = (bit: number): boolean => (bits & bit) !== 0;
  return {
    fin: has(TcpFlag.fin),
    syn: has(TcpFlag.syn),
    rst: has(TcpFlag.rst),
    psh: has(TcpFlag.psh),
    ack: has(TcpFlag.ack),
    urg: has(TcpFlag.urg),
    ece: has(TcpFlag.ece),
    cwr: has(TcpFlag.cwr),
    ae: has(TcpFlag.ae),
    ace: undefined,
  };
}

function describeOption(
  option: TcpOptionSpec,
  count: (n: number) => number,
  { direction, numbers }: DescribeContext,
): TcpOptionSpec {
  if (option.kind === 'sack') {
    const blocks = option.blocks.map((b) => ({ left: count(b.left), right: count(b.right) }));
    return { kind: 'sack', blocks };
  }
  if (option.kind !== 'TS') return option;
  const { timestamps } = numbers;
  if (direction === 'inbound') return { ...option, ecr: timestamps.toScript(option.ecr) };
  return { ...option, val: timestamps.toScript(option.val ?? 0) };
}

function describeIcmp(
  message: Icmpv4Message | Icmpv6Message,
  isVersion6: boolean,
  context: DescribeContext,
): IcmpSpec {
  const { type, code, rest, payload } = message;
  const isTooBig = isVersion6 ? type === Icmpv6Type.packetTooBig : type === 3 && code === 4;
  const identifier = rest >>> 16;
  return {
    kind: 'icmp',
    type: icmpTypeName(type, isVersion6),
    code: icmpCodeName(type, code, isVersion6),
    mtu: isTooBig ? (isVersion6 ? rest : rest & 0xffff) : undefined,
    id: !isTooBig && identifier !== 0 ? identifier : undefined,
    quoted: describeQuotation(payload, isVersion6, context),
  };
}

/** What an error quotes; anything else is so many octets. */
function describeQuotation(
  payload: Uint8Array,
  isVersion6: boolean,
  { direction, numbers }: DescribeContext,
): IcmpSpec['quoted'] {
  const raw = { kind: 'raw', length: payload.length + 8 } as const;
  const headerLength = isVersion6 ? IPV6_HEADER_LENGTH : IPV4_HEADER_LENGTH;
  if (payload.length < headerLength + 8) return raw;
  if (isVersion6 ? payload[0]! >>> 4 !== 6 : payload[0] !== 0x45) return raw;
  const length = isVersion6 ? u16(payload, 4) : u16(payload, 2) - IPV4_HEADER_LENGTH;
  const protocol = payload[isVersion6 ? NEXT_HEADER_AT : 9];
  if (protocol === IpProtocol.udp) return { kind: 'udp', length: Math.max(0, length - 8) };
  if (protocol !== IpProtocol.tcp) return raw;
  const side = direction === 'inbound' ? 'local' : 'remote';
  const live = u32(payload, headerLength + 4);
  const sequence: SequenceSpec = {
    kind: 'relative',
    start: numbers.sequence.toScript(side, live, false),
    length: Math.max(0, length - 20),
  };
  return { kind: 'tcp', sequence };
}
