/** What came back by ICMP about something that a tool sent: the quote, and what `ping` calls it. */
import {
  decodeIcmpv4,
  DecodeError,
  type Icmpv4Message,
  Icmpv4Type,
  type IpAddress,
  printIp,
  TimeExceededCode,
  u16,
  u32,
} from '../../wire/index.ts';

/** What an ICMP error quotes of a packet. */
export interface Quote {
  readonly protocol: number;
  readonly destination: IpAddress;
  /** The first eight octets behind its IP header, at least. */
  readonly transport: Uint8Array;
}

/** The ICMP message of a packet; nothing for a damaged one. */
export function messageOf(payload: Uint8Array): Icmpv4Message | undefined {
  const message = decodeIcmpv4(payload, 0, payload.length);
  return message instanceof DecodeError ? undefined : message;
}

const ERRORS: ReadonlySet<number> = new Set([
  Icmpv4Type.destinationUnreachable,
  Icmpv4Type.sourceQuench,
  Icmpv4Type.redirect,
  Icmpv4Type.timeExceeded,
  Icmpv4Type.parameterProblem,
]);

/** What the message quotes, if it is an error and quotes enough. */
export function quoteIn({ type, payload }: Icmpv4Message): Quote | undefined {
  if (!ERRORS.has(type) || payload.length < 28) return undefined;
  const headerLength = 4 * (payload[0]! & 15);
  if (headerLength < 20 || payload.length < headerLength + 8) return undefined;
  return {
    protocol: payload[9]!,
    destination: u32(payload, 16),
    transport: payload.subarray(headerLength),
  };
}

/** Identifier and sequence number of an echo message. */
export function echoPair(transport: Uint8Array): { identifier: number; sequence: number } {
  return { identifier: u16(transport, 4), sequence: u16(transport, 6) };
}

/** By the code of destination unreachable, in ping's words. */
const UNREACHABLE: readonly string[] = [
  'Destination Net Unreachable',
  'Destination Host Unreachable',
  'Destination Protocol Unreachable',
  'Destination Port Unreachable',
  'Frag needed and DF set', // followed by the MTU
  'Source Route Failed',
  'Destination Net Unknown',
  'Destination Host Unknown',
  'Source Host Isolated',
  'Destination Net Prohibited',
  'Destination Host Prohibited',
  'Destination Net Unreachable for Type of Service',
  'Destination Host Unreachable for Type of Service',
  'Packet filtered',
  'Precedence Violation',
  'Precedence Cutoff',
];

const FRAGMENTATION_NEEDED = 4;

/** The error in ping's words. */
export function printIcmpError({ type, code, rest }: Icmpv4Message): string {
  switch (type) {
    case Icmpv4Type.destinationUnreachable: {
      const text = UNREACHABLE[code] ?? `Dest Unreachable, Bad Code: ${code}`;
      return code === FRAGMENTATION_NEEDED ? `${text} (mtu = ${rest & 0xffff})` : text;
    }
    case Icmpv4Type.sourceQuench:
      return 'Source Quench';
    case Icmpv4Type.redirect:
      return `Redirect ${code === 0 ? 'Network' : 'Host'}(New nexthop: ${printIp(rest)})`;
    case Icmpv4Type.timeExceeded:
      if (code === TimeExceededCode.transit) return 'Time to live exceeded';
      if (code === TimeExceededCode.reassembly) return 'Frag reassembly time exceeded';
      return `Time exceeded, Bad Code: ${code}`;
    case Icmpv4Type.parameterProblem:
      return `Parameter problem: pointer = ${rest >>> 24}`;
    default:
      return `Bad ICMP type: ${type}`;
  }
}
