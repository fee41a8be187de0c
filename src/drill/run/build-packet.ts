/**
 * A packet of a script as the octets to inject. What the script leaves out is as the original tool
 * has it: a time to live of 255, an identification of 0, payload of zeros, right checksums.
 */
import {
  encodeFrame,
  type FrameFields,
  IpProtocol,
  isIpv6,
  put16,
  put32,
  TcpFlag,
  toSeq,
} from '../../wire/index.ts';
import { type Flow, type HeaderValues, ipHeaderOf } from './addresses.ts';
import { icmpNumbers } from './icmp-names.ts';
import { tosOctet, wrapInOuterHeaders } from './ip-headers.ts';
import type { Numbers } from './mapping.ts';
import { encodeOptions } from './option-bytes.ts';
import { signPacket } from './signature.ts';
import type {
  FlagsSpec,
  IcmpSpec,
  IpSpec,
  PacketSpec,
  SequenceSpec,
  TcpOptionSpec,
  TcpSpec,
} from '../syntax/script.ts';

const TTL = 255;
/** What is quoted where the script says nothing. */
const START: SequenceSpec = { kind: 'relative', start: 0, length: 0 };

/** Where the packet goes, and how its numbers are to be counted. */
export interface BuildContext {
  /** From the remote end to the stack. */
  readonly flow: Flow;
  readonly numbers: Numbers;
  readonly isEchoInterpolated: boolean;
  /** What signs the segment where it is to be signed. */
  readonly md5Secret: Uint8Array | undefined;
}

/**
 * The octets of an injected packet that {@link packetProblem} has nothing against, or why there are
 * none: its TSecr repeats no TSval that the stack has sent.
 */
export function buildPacket(spec: PacketSpec, context: BuildContext): Uint8Array | string {
  const { transport } = spec;
  const header = ipHeaderOf(context.flow, headerValues(spec.ip));
  let inner: Uint8Array;
  if (transport.kind === 'tcp') {
    const frame = tcpFrame(transport, context);
    if (typeof frame === 'string') return frame;
    inner = encodeFrame({ ...frame, ...header });
    if (context.md5Secret !== undefined && isToBeSigned(transport)) {
      signPacket(inner, context.md5Secret);
    }
  } else if (transport.kind === 'udp') {
    const { source, destination } = context.flow;
    inner = encodeFrame({
      ...header,
      udp: {
        sourcePort: transport.ports?.source || source.port,
        destinationPort: transport.ports?.destination || destination.port,
      },
      payload: new Uint8Array(transport.payloadLength),
    });
  } else {
    inner = encodeFrame({ ...icmpFrame(transport, context), ...header });
  }
  return wrapInOuterHeaders(inner, spec.outer);
}

function isToBeSigned({ options }: TcpSpec): boolean {
  if (options === 'any') return false;
  return options.some((option) => option.kind === 'md5' && option.digest === 'valid');
}

/** What the script says of the header, and else the tool. */
function headerValues(ip: IpSpec): HeaderValues {
  return { tos: tosOctet(ip), ttl: ip.ttl ?? TTL, flowLabel: ip.flowLabel ?? 0 };
}

function tcpFrame(tcp: TcpSpec, context: BuildContext): FrameFields | string {
  const { flow, numbers } = context;
  const isSyn = tcp.flags.syn;
  const options = tcp.options === 'any' ? [] : liveOptions(tcp.options, tcp.flags, context);
  if (typeof options === 'string') return options;
  return {
    tcp: {
      sourcePort: tcp.ports?.source || flow.source.port,
      destinationPort: tcp.ports?.destination || flow.destination.port,
      seq: toSeq(liveSequence(tcp.sequence, numbers, 'remote', isSyn)),
      ack: toSeq(liveAck(tcp, numbers)),
      flags: flagBits(tcp.flags),
      window: tcp.window ?? 0,
      urgentPointer: tcp.urgentPointer ?? 0,
      options: encodeOptions(options),
    },
    payload: new Uint8Array(tcp.sequence.length),
  };
}

function liveSequence(
  sequence: SequenceSpec,
  numbers: Numbers,
  side: 'local' | 'remote',
  isSyn: boolean,
): number {
  if (sequence.kind === 'ignored') return 0;
  if (sequence.kind === 'absolute') return sequence.start >>> 0;
  return numbers.sequence.toLive(side, sequence.start, isSyn);
}

/** The field means nothing without the flag, and is then written as it is. */
function liveAck({ ack, flags }: TcpSpec, numbers: Numbers): number {
  if (ack === undefined) return flags.ack ? numbers.sequence.toLive('local', 0, flags.syn) : 0;
  if (ack.isAbsolute || !flags.ack) return ack.value >>> 0;
  return numbers.sequence.toLive('local', ack.value, flags.syn);
}

/** The options in the wire's numbers. */
function liveOptions(
  options: readonly TcpOptionSpec[],
  flags: FlagsSpec,
  { numbers, isEchoInterpolated }: BuildContext,
): TcpOptionSpec[] | string {
  const live: TcpOptionSpec[] = [];
  for (const option of options) {
    if (option.kind === 'sack') {
      const { sequence } = numbers;
      const blocks = option.blocks.map(({ left, right }) => ({
        left: sequence.toLive('local', left, flags.syn),
        right: sequence.toLive('local', right, flags.syn),
      }));
      live.push({ kind: 'sack', blocks });
    } else if (option.kind === 'TS' && flags.ack && !option.isEcrAbsolute) {
      const ecr = numbers.timestamps.echo(option.ecr, isEchoInterpolated);
      if (ecr === undefined) return `ecr ${option.ecr} repeats no val that the stack has sent`;
      live.push({ ...option, ecr });
    } else {
      live.push(option);
    }
  }
  return live;
}

/** The flags as bits of the header; a digit stands for AE, CWR and ECE together. */
export function flagBits(flags: FlagsSpec): number {
  const ace = flags.ace ?? 0;
  return (
    (flags.fin ? TcpFlag.fin : 0) |
    (flags.syn ? TcpFlag.syn : 0) |
    (flags.rst ? TcpFlag.rst : 0) |
    (flags.psh ? TcpFlag.psh : 0) |
    (flags.ack ? TcpFlag.ack : 0) |
    (flags.urg ? TcpFlag.urg : 0) |
    (flags.ece || (ace & 1) !== 0 ? TcpFlag.ece : 0) |
    (flags.cwr || (ace & 2) !== 0 ? TcpFlag.cwr : 0) |
    (flags.ae || (ace & 4) !== 0 ? TcpFlag.ae : 0)
  );
}

function icmpFrame(icmp: IcmpSpec, context: BuildContext): FrameFields {
  const isVersion6 = isIpv6(context.flow.source.address);
  const { type, code } = icmpNumbers(icmp, isVersion6) ?? { type: 0, code: 0 };
  const payload = icmpPayload(icmp, context);
  // Octets 4–7: an identifier in the first two, or the next hop's MTU, which has 16 or 32 bits.
  const rest = (((icmp.id ?? 0) << 16) | (icmp.mtu ?? 0)) >>> 0;
  return isVersion6
    ? { icmpv6: { type, code, rest }, payload }
    : { icmpv4: { type, code, rest }, payload };
}

/** An error quotes the header of a packet that the stack has sent, and 8 octets (RFC 792). */
function icmpPayload({ quoted }: IcmpSpec, { flow, numbers }: BuildContext): Uint8Array {
  if (quoted?.kind === 'raw') return new Uint8Array(quoted.length - 8);
  const transport = new Uint8Array(8);
  put16(transport, 0, flow.destination.port);
  put16(transport, 2, flow.source.port);
  const isUdp = quoted?.kind === 'udp';
  const sequence = quoted?.kind === 'tcp' ? quoted.sequence : START;
  if (!isUdp) put32(transport, 4, liveSequence(sequence, numbers, 'local', false));
  const protocol = isUdp ? IpProtocol.udp : IpProtocol.tcp;
  // The packet was longer than what is quoted of it.
  const length = isUdp ? 8 + quoted.length : 20 + sequence.length;
  const { ipv4, ipv6 } = ipHeaderOf(
    { source: flow.destination, destination: flow.source },
    { tos: 0, ttl: TTL, flowLabel: 0 },
  );
  return encodeFrame({
    ipv4: ipv4 && { ...ipv4, protocol, totalLength: 20 + length },
    ipv6: ipv6 && { ...ipv6, nextHeader: protocol, payloadLength: length },
    payload: transport,
  });
}
