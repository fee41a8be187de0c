/** What is wrong with a packet of a script and can be told before it runs. */
import { TCP_OPTIONS_MAXIMUM } from '../../wire/index.ts';
import { isIpv4 } from './addresses.ts';
import { icmpCode, icmpType } from './icmp-names.ts';
import { encodeOptions } from './option-bytes.ts';
import type { IcmpSpec, PacketSpec, TcpSpec } from '../syntax/script.ts';

/** The largest IPv4 packet. */
const PACKET_MAXIMUM = 65_535;
const HEADERS = 40;

/** The reason, or `undefined` when the packet can be built or expected. */
export function packetProblem(spec: PacketSpec): string | undefined {
  const { ip, transport, direction } = spec;
  for (const header of spec.outer) {
    if (header.kind === 'ipv6') return 'there is no IPv6 yet';
    if (header.kind === 'ipv4' && !(isIpv4(header.source) && isIpv4(header.destination))) {
      return `not IPv4 addresses: ${header.source} > ${header.destination}`;
    }
  }
  if (direction === 'inbound' && ip.tos?.kind === 'ecn' && ip.tos.ecn === 'ect01') {
    return 'ect01 means "either", and is for expected packets';
  }
  if (transport.kind === 'tcp') return tcpProblem(transport, direction);
  if (transport.kind === 'icmp') return icmpProblem(transport);
  return transport.payloadLength > PACKET_MAXIMUM - 28
    ? 'longer than a UDP datagram can be'
    : undefined;
}

function tcpProblem(tcp: TcpSpec, direction: PacketSpec['direction']): string | undefined {
  if (tcp.pspSpi !== undefined) return 'there is no PSP';
  if (tcp.udpPorts !== undefined) return 'there is no TCP over UDP';
  if (direction === 'inbound') {
    if (tcp.window === undefined) return 'an injected packet needs a window (win)';
    if (tcp.options === 'any') return '<...> is for expected packets';
    if (tcp.sequence.kind === 'ignored') return 'an injected packet needs a sequence number';
  }
  return optionsProblem(tcp);
}

function optionsProblem({ options, sequence }: TcpSpec): string | undefined {
  if (options === 'any') return undefined;
  for (const option of options) {
    const digits = 'cookie' in option ? option.cookie : '';
    if (digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits)) {
      return `a cookie is pairs of hexadecimal digits, not ${digits}`;
    }
    if (option.kind === 'md5') {
      if (option.digest === 'valid') return 'there are no MD5 signatures';
      if (!/^(?:[0-9a-f]{2})*$/i.test(option.digest)) return `not a digest: ${option.digest}`;
    }
  }
  const { length } = encodeOptions(options);
  if (length % 4 !== 0) return `the options are ${length} octets long, not a multiple of 4`;
  if (length > TCP_OPTIONS_MAXIMUM) return `the options are ${length} octets long, more than 40`;
  if (sequence.length + length > PACKET_MAXIMUM - HEADERS) return 'longer than a packet can be';
  return undefined;
}

function icmpProblem({ type, code, mtu, quoted, id }: IcmpSpec): string | undefined {
  const typeNumber = icmpType(type);
  if (typeNumber === undefined) return `no ICMP type is called ${type}`;
  const codeNumber = icmpCode(typeNumber, code);
  if (codeNumber === undefined) return `${type} has no code called ${code ?? ''}`;
  if (mtu !== undefined) {
    if (typeNumber !== 3 || codeNumber !== 4) return 'an MTU belongs to unreachable frag_needed';
    if (mtu < 0 || mtu > 65_535) return `an MTU is 16 bits, not ${mtu}`;
  }
  if (id !== undefined && (id < 0 || id > 65_535)) return `an identifier is 16 bits, not ${id}`;
  if (quoted?.kind !== 'raw') return undefined;
  if (quoted.length < 8) return 'an ICMP message is 8 octets at least';
  return quoted.length > PACKET_MAXIMUM - 20 ? 'longer than a packet can be' : undefined;
}
