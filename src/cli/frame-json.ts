/** A captured packet as a JSON object: when, where, and its layers as far as they decode. */
import {
  type CaptureRecord,
  DecodeError,
  decodeFrame,
  type Frame,
  type Icmpv4Message,
  type Icmpv6Message,
  type Ipv6Extension,
  listTcpOptions,
  printHex,
  printIpv4,
  printIpv6,
  printMac,
  readIpv4OverEthernet,
  seqToU32,
  TcpFlag,
  type TcpOption,
  verifyFrame,
} from '../wire/index.ts';

/** What `tcpetri read --json` writes for a packet; `number` counts from 1. */
export function packetJson(record: CaptureRecord, number: number): object {
  const { seconds, nanoseconds, originalLength, bytes, linkType, comments } = record;
  const frame = decodeFrame(linkType, bytes);
  const { ethernet, cooked, loopback } = frame;
  const verdict = verifyFrame(frame);
  return {
    type: 'packet',
    number,
    time: `${seconds}.${String(nanoseconds).padStart(9, '0')}`,
    interface: record.interface.name,
    linkType,
    length: originalLength,
    captured: bytes.length,
    ethernet: ethernet && {
      source: printMac(ethernet.source),
      destination: printMac(ethernet.destination),
      etherType: ethernet.etherType,
    },
    cooked: cooked && { ...cooked, address: printHex(cooked.address) },
    loopback: loopback && { family: loopback.family },
    arp: arpJson(frame),
    ipv4: ipv4Json(frame, verdict.ipv4),
    ipv6: ipv6Json(frame),
    icmpv4: icmpJson(frame.icmpv4, verdict.transport),
    icmpv6: icmpJson(frame.icmpv6, verdict.transport),
    udp: udpJson(frame, verdict.transport),
    tcp: tcpJson(frame, verdict.transport),
    payload: printHex(frame.payload),
    trailer: frame.trailer.length === 0 ? undefined : printHex(frame.trailer),
    comments: comments.length === 0 ? undefined : comments,
    error: frame.error?.toString(),
  };
}

function arpJson({ arp }: Frame): object | undefined {
  if (arp === undefined) return undefined;
  const { hardwareType, protocolType, operation } = arp;
  const known = readIpv4OverEthernet(arp);
  if (known !== undefined) {
    return {
      operation,
      sender: { mac: printMac(known.senderMac), address: printIpv4(known.senderAddress) },
      target: { mac: printMac(known.targetMac), address: printIpv4(known.targetAddress) },
    };
  }
  return {
    hardwareType,
    protocolType,
    operation,
    sender: { hardware: printHex(arp.senderHardware), protocol: printHex(arp.senderProtocol) },
    target: { hardware: printHex(arp.targetHardware), protocol: printHex(arp.targetProtocol) },
  };
}

function ipv4Json({ ipv4 }: Frame, checksum: string): object | undefined {
  if (ipv4 === undefined) return undefined;
  const { tos, totalLength, id, flags, fragmentOffset, ttl, protocol, options } = ipv4;
  return {
    source: printIpv4(ipv4.source),
    destination: printIpv4(ipv4.destination),
    protocol,
    ttl,
    tos,
    id,
    flags,
    fragmentOffset,
    totalLength,
    options: options.length === 0 ? undefined : printHex(options),
    checksum,
  };
}

function ipv6Json({ ipv6, extensions = [] }: Frame): object | undefined {
  if (ipv6 === undefined) return undefined;
  const { trafficClass, flowLabel, payloadLength, nextHeader, hopLimit } = ipv6;
  return {
    source: printIpv6(ipv6.source),
    destination: printIpv6(ipv6.destination),
    nextHeader,
    hopLimit,
    trafficClass,
    flowLabel,
    payloadLength,
    extensions: extensions.length === 0 ? undefined : extensions.map(extensionJson),
  };
}

function extensionJson(extension: Ipv6Extension): object {
  switch (extension.kind) {
    case 'hop-by-hop':
    case 'destination-options':
      return { ...extension, options: printHex(extension.options) };
    case 'routing':
    case 'authentication':
      return { ...extension, data: printHex(extension.data) };
    case 'fragment':
      return extension;
  }
}

function icmpJson(
  message: Icmpv4Message | Icmpv6Message | undefined,
  checksum: string,
): object | undefined {
  if (message === undefined) return undefined;
  const { type, code, rest } = message;
  return { type, code, rest, checksum };
}

function udpJson({ udp }: Frame, checksum: string): object | undefined {
  if (udp === undefined) return undefined;
  const { sourcePort, destinationPort, length } = udp;
  return { sourcePort, destinationPort, length, checksum };
}

function tcpJson({ tcp }: Frame, checksum: string): object | undefined {
  if (tcp === undefined) return undefined;
  const options = listTcpOptions(tcp.options);
  return {
    sourcePort: tcp.sourcePort,
    destinationPort: tcp.destinationPort,
    seq: seqToU32(tcp.seq),
    ack: seqToU32(tcp.ack),
    flags: Object.entries(TcpFlag)
      .filter(([, bit]) => (tcp.flags & bit) !== 0)
      .map(([name]) => name),
    window: tcp.window,
    urgentPointer: tcp.urgentPointer,
    options: options instanceof DecodeError ? printHex(tcp.options) : options.map(optionJson),
    checksum,
  };
}

function optionJson(option: TcpOption): object {
  switch (option.kind) {
    case 'sack':
      return {
        kind: option.kind,
        blocks: option.blocks.map(({ left, right }) => [seqToU32(left), seqToU32(right)]),
      };
    case 'end-of-list':
      return { kind: option.kind, padding: printHex(option.padding) };
    case 'other':
      return { kind: option.kind, code: option.code, data: printHex(option.data) };
    default:
      return option;
  }
}
