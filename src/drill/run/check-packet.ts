/** What is wrong with a packet of a script and can be told before it runs. */
import { Icmpv6Type, TCP_OPTIONS_MAXIMUM } from '../../wire/index.ts';
import { isIpv4, isIpv6Text } from './addresses.ts';
import type { Configuration } from './configuration.ts';
import { icmpNumbers, icmpType } from './icmp-names.ts';
import { encodeOptions } from './option-bytes.ts';
import type { IcmpSpec, PacketSpec, TcpSpec } from '../syntax/script.ts';

/** The largest IPv4 packet, and the largest payload of one of IPv6. */
const PACKET_MAXIMUM = 65_535;
const HEADERS = 40;
/** Larger than every MTU: it fits 32 bits. */
const MTU_MAXIMUM = 0xffff_ffff;

/** The reason, or `undefined` when the packet can be built or expected. */
export function packetProblem(
  spec: PacketSpec,
  { mode, md5Secret }: Pick<Configuration, 'mode' | 'md5Secret'>,
): string | undefined {
  const { ip, transport, direction } = spec;
  for (const header of spec.outer) {
    if (header.kind === 'ipv6' && !(isIpv6Text(header.source) && isIpv6Text(header.destination))) {
      return `not IPv6 addresses: ${header.source} > ${header.destination}`;
    }
    if (header.kind === 'ipv4' && !(isIpv4(header.source) && isIpv4(header.destination))) {
      return `not IPv4 addresses: ${header.source} > ${header.destination}`;
    }
  }
  if (direction === 'inbound' && ip.tos?.kind === 'ecn' && ip.tos.ecn === 'ect01') {
    return 'ect01 means "either", and is for expected packets';
  }
  if (transport.kind === 'tcp') {
    return tcpProblem(transport, direction, md5Secret !== undefined);
  }
  if (transport.kind === 'icmp') return icmpProblem(transport, mode === 'ipv6');
  return transport.payloadLength > PACKET_MAXIMUM - 28
    ? 'longer than a UDP datagram can be'
    : undefined;
}

function tcpProblem(
  tcp: TcpSpec,
  direction: PacketSpec['direction'],
  hasSecret: boolean,
): string | undefined {
  if (tcp.pspSpi !== undefined) return 'there is no PSP';
  if (tcp.udpPorts !== undefined) return 'there is no TCP over UDP';
  if (direction === 'inbound') {
    if (tcp.window === undefined) return 'an injected packet needs a window (win)';
    if (tcp.options === 'any') return '<...> is for expected packets';
    if (tcp.sequence.kind === 'ignored') return 'an injected packet needs a sequence number';
  }
  return optionsProblem(tcp, hasSecret);
}

function optionsProblem({ options, sequence }: TcpSpec, hasSecret: boolean): string | undefined {
  if (options === 'any') return undefined;
  for (const option of options) {
    const digits = 'cookie' in option ? option.cookie : '';
    if (digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits)) {
      return `a cookie is pairs of hexadecimal digits, not ${digits}`;
    }
    if (option.kind === 'md5') {
      const { digest } = option;
      if (digest === 'valid' && !hasSecret) return 'md5 valid needs a secret: --tcp_md5_secret=…';
      if (digest !== 'valid' && !/^(?:[0-9a-f]{2})*$/i.test(digest))
        return `not a digest: ${digest}`;
    }
  }
  const { length } = encodeOptions(options);
  if (length % 4 !== 0) return `the options are ${length} octets long, not a multiple of 4`;
  if (length > TCP_OPTIONS_MAXIMUM) return `the options are ${length} octets long, more than 40`;
  if (sequence.length + length > PACKET_MAXIMUM - HEADERS) return 'longer than a packet can be';
  return undefined;
}

function icmpProblem(icmp: IcmpSpec, isVersion6: boolean): string | undefined {
  const { type, code, quoted, id } = icmp;
  const protocol = isVersion6 ? 'ICMPv6' : 'ICMP';
  if (icmpType(type, isVersion6) === undefined) return `no ${protocol} type is called ${type}`;
  const numbers = icmpNumbers(icmp, isVersion6);
  if (numbers === undefined) return `${type} has no code called ${code ?? ''}`;
  const problem = isVersion6 ? mtuProblemOf6(icmp, numbers) : mtuProblem(icmp, numbers);
  if (problem !== undefined) return problem;
  if (id !== undefined && (id < 0 || id > 65_535)) return `an identifier is 16 bits, not ${id}`;
  if (quoted?.kind !== 'raw') return undefined;
  if (quoted.length < 8) return 'an ICMP message is 8 octets at least';
  return quoted.length > PACKET_MAXIMUM - 20 ? 'longer than a packet can be' : undefined;
}

interface Numbers {
  readonly type: number;
  readonly code: number;
}

/** Destination unreachable because of DF tells the next hop's MTU (RFC 1191 §4). */
function mtuProblem({ mtu }: IcmpSpec, { type, code }: Numbers): string | undefined {
  if (mtu === undefined) return undefined;
  if (type !== 3 || code !== 4) return 'an MTU belongs to unreachable frag_needed';
  return mtu < 0 || mtu > 65_535 ? `an MTU is 16 bits, not ${mtu}` : undefined;
}

/** So does "packet too big" (RFC 4443 §3.2). */
function mtuProblemOf6({ mtu }: IcmpSpec, { type, code }: Numbers): string | undefined {
  if (mtu === undefined) return undefined;
  if (type !== Icmpv6Type.packetTooBig || code !== 0) return 'an MTU belongs to packet_too_big';
  return mtu < 0 || mtu > MTU_MAXIMUM ? `an MTU is 32 bits, not ${mtu}` : undefined;
}
