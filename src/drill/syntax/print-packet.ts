/** Packets as a script writes them: the reverse of `parse-packet.ts` and what it calls. */

import { printTcpOptions } from './print-tcp-options.ts';
import type {
  FlagsSpec,
  IcmpSpec,
  IpSpec,
  NumberSpec,
  OuterHeader,
  PacketSpec,
  PortsSpec,
  SequenceSpec,
  TcpSpec,
} from './script.ts';

/** The packet on one line with its direction: `> S. 0:0(0) ack 1 <mss 1460>`. */
export function printPacketSpec(packet: PacketSpec): string {
  const { transport } = packet;
  return join([
    packet.direction === 'inbound' ? '<' : '>',
    ...packet.outer.map(printOuterHeader),
    printIp(packet.ip),
    transport.kind === 'tcp'
      ? printTcp(transport)
      : transport.kind === 'icmp'
        ? printIcmp(transport)
        : join(['udp', printPorts(transport.ports), `(${transport.payloadLength})`]),
  ]);
}

/** The parts that are not empty, with blanks between. */
function join(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ');
}

/** `[ect0]` where only the codepoint is named, `(tos 0x10, flowlabel 0x1)` otherwise. */
function printIp({ tos, ttl, flowLabel }: IpSpec): string {
  const parts: string[] = [];
  if (tos !== undefined)
    parts.push(tos.kind === 'ecn' ? tos.ecn : `tos ${printHexNumber(tos.value)}`);
  if (ttl !== undefined) parts.push(`ttl ${ttl}`);
  if (flowLabel !== undefined) parts.push(`flowlabel ${printHexNumber(flowLabel)}`);
  if (parts.length === 1 && tos?.kind === 'ecn') return `[${tos.ecn}]`;
  return parts.length === 0 ? '' : `(${parts.join(', ')})`;
}

function printHexNumber(value: number): string {
  return `0x${value.toString(16)}`;
}

function printOuterHeader(header: OuterHeader): string {
  switch (header.kind) {
    case 'ipv4':
    case 'ipv6':
      return `${join([header.kind, printIp(header.ip), header.source])} > ${header.destination}:`;
    case 'gre': {
      if (header.gre === undefined) return 'gre:';
      const { flags, sum, offset, key, sequence } = header.gre;
      const fields = [`sum ${sum}`, `off ${offset}`, `key ${key}`, `seq ${sequence}`].join(', ');
      return `gre flags ${printHexNumber(flags)}, ${fields}:`;
    }
    case 'mpls': {
      const labels = header.labels.map(
        ({ label, trafficClass, isBottom, ttl }) =>
          `(label ${label}, tc ${trafficClass}, ${isBottom ? '[S], ' : ''}ttl ${ttl})`,
      );
      return `${join(['mpls', ...labels])}:`;
    }
  }
}

function printPorts(ports: PortsSpec | undefined): string {
  return ports === undefined ? '' : `${ports.source} > ${ports.destination}`;
}

function printTcp(tcp: TcpSpec): string {
  return join([
    tcp.pspSpi === undefined ? '' : `encap psp spi ${printHexNumber(tcp.pspSpi)}`,
    printPorts(tcp.ports),
    printFlags(tcp.flags),
    printSequence(tcp.sequence),
    tcp.ack === undefined ? '' : `ack ${printNumber(tcp.ack)}`,
    tcp.window === undefined ? '' : `win ${tcp.window}`,
    tcp.urgentPointer === undefined ? '' : `urg ${tcp.urgentPointer}`,
    printTcpOptions(tcp.options),
    tcp.udpPorts === undefined ? '' : `/udp(${printPorts(tcp.udpPorts)})`,
  ]);
}

/** `SEW`, `S.`, `P.5`, `.`, or `-` for no flag at all. */
export function printFlags(flags: FlagsSpec): string {
  const text = [
    flags.fin ? 'F' : '',
    flags.syn ? 'S' : '',
    flags.rst ? 'R' : '',
    flags.psh ? 'P' : '',
    flags.urg ? 'U' : '',
    flags.ece ? 'E' : '',
    flags.cwr ? 'W' : '',
    flags.ae ? 'A' : '',
    flags.ack ? '.' : '',
    flags.ace ?? '',
  ].join('');
  return text === '' ? '-' : text;
}

/** `1:1001(1000)`. */
export function printSequence(sequence: SequenceSpec): string {
  if (sequence.kind === 'ignored') return `...(${sequence.length})`;
  const { start, length } = sequence;
  return `${start}:${start + length}(${length})${sequence.kind === 'absolute' ? '!' : ''}`;
}

function printNumber({ value, isAbsolute }: NumberSpec): string {
  return `${value}${isAbsolute ? '!' : ''}`;
}

function printIcmp({ type, code, mtu, id, quoted }: IcmpSpec): string {
  return join([
    'icmp',
    type,
    code ?? '',
    mtu === undefined ? '' : `mtu ${mtu}`,
    id === undefined ? '' : `id ${id}`,
    quoted === undefined
      ? ''
      : quoted.kind === 'tcp'
        ? `[${printSequence(quoted.sequence)}]`
        : `[${quoted.kind} (${quoted.length})]`,
  ]);
}
