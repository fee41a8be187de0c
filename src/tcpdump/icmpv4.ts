/**
 * ICMP for IPv4 (RFC 792 and its later messages). With `-v` the packet that an error quotes follows
 * on lines of its own, and then the extensions of RFC 4884.
 */
import { Icmpv4Type, UnreachableCode } from '../wire/index.ts';
import { checksumError, rightChecksum } from './checksum.ts';
import { dissectIcmpExtensions } from './icmp-extensions.ts';
import type { PacketText } from './packet-text.ts';

const ROUTER_ADVERTISEMENT = 9;
const ADDRESS_MASK_REPLY = 18;

/** Messages of which only the type is told. */
const TYPE_NAMES: ReadonlyMap<number, string> = new Map<number, string>([
  [Icmpv4Type.sourceQuench, 'source quench'],
  [10, 'router solicitation'],
  [15, 'information request'],
  [16, 'information reply'],
  [17, 'address mask request'],
]);

/** Destination unreachable by code; `$` stands for the address. */
const UNREACHABLE: readonly string[] = [
  'net $ unreachable',
  'host $ unreachable',
  '', // protocol, port and fragmentation needed say more
  '',
  '',
  '$ unreachable - source route failed',
  'net $ unreachable - unknown',
  'host $ unreachable - unknown',
  '$ unreachable - source host isolated',
  'net $ unreachable - admin prohibited',
  'host $ unreachable - admin prohibited',
  'net $ unreachable - tos prohibited',
  'host $ unreachable - tos prohibited',
  'host $ unreachable - admin prohibited filter',
  'host $ unreachable - host precedence violation',
  'host $ unreachable - precedence cutoff',
];

const REDIRECTS = [
  ['redirect', 'to net'],
  ['redirect', 'to host'],
  ['redirect-tos', 'to net'],
  ['redirect-tos', 'to host'],
] as const;

/** Messages that quote a packet. */
const ERRORS: ReadonlySet<number> = new Set([
  Icmpv4Type.destinationUnreachable,
  Icmpv4Type.sourceQuench,
  Icmpv4Type.redirect,
  Icmpv4Type.timeExceeded,
  Icmpv4Type.parameterProblem,
]);

/** Errors that can carry extensions after the quoted packet. */
const EXTENSIBLE: ReadonlySet<number> = new Set([
  Icmpv4Type.destinationUnreachable,
  Icmpv4Type.timeExceeded,
  Icmpv4Type.parameterProblem,
]);

/** From here on the quoted packet's header. */
const QUOTE = 8;

/** What a message says at most; tcpdump's buffer holds no more. */
const DESCRIPTION_MAXIMUM = 163;

/**
 * The message of `length` octets at `at`; `dissectQuoted` prints the IPv4 packet that it quotes.
 */
export function dissectIcmpv4(
  t: PacketText,
  at: number,
  length: number,
  isFragment: boolean,
  dissectQuoted: (t: PacketText, at: number, length: number) => void,
): void {
  t.protocol = 'icmp';
  const type = t.u8(at);
  const code = t.u8(at + 1);
  const description = describe(t, at, type, code);
  if (description === undefined) {
    t.truncated();
    return;
  }
  t.text += `ICMP ${description.slice(0, DESCRIPTION_MAXIMUM)}, length ${length}`;
  if (t.flags.verbose === 0) return;
  if (!isFragment && t.has(at, length)) dissectChecksum(t, at, length);
  if (ERRORS.has(type)) {
    const quoteAt = at + QUOTE;
    t.text += '\n\t';
    const quotedLength = t.u16(quoteAt + 2);
    const outerEnd = t.end;
    t.end = Math.min(quoteAt + quotedLength, t.end);
    t.need(quoteAt + 2, 2); // a packet shorter than its own length field is cut short here already
    dissectQuoted(t, quoteAt, quotedLength);
    t.end = outerEnd;
  }
  t.protocol = 'icmp';
  if (EXTENSIBLE.has(type)) dissectIcmpExtensions(t, at, length);
}

function dissectChecksum(t: PacketText, at: number, length: number): void {
  const error = checksumError(t.bytes, at, at + length);
  if (error === 0) return;
  const found = t.u16(at + 2);
  const right = rightChecksum(found, error);
  t.text += ` (wrong icmp cksum ${found.toString(16)} (->${right.toString(16)})!)`;
}

/** What the message says; undefined when it is cut short. */
function describe(t: PacketText, at: number, type: number, code: number): string | undefined {
  switch (type) {
    case Icmpv4Type.echoRequest:
    case Icmpv4Type.echoReply: {
      const name = type === Icmpv4Type.echoRequest ? 'request' : 'reply';
      return `echo ${name}, id ${t.u16(at + 4)}, seq ${t.u16(at + 6)}`;
    }
    case Icmpv4Type.destinationUnreachable:
      return describeUnreachable(t, at, code);
    case Icmpv4Type.redirect: {
      const destination = t.ipv4(at + QUOTE + 16);
      const gateway = t.ipv4(at + 4);
      const [name, to] = REDIRECTS[code] ?? [`redirect-#${code}`, 'to'];
      return `${name} ${destination} ${to} ${gateway}`;
    }
    case ROUTER_ADVERTISEMENT:
      return describeRouters(t, at);
    case Icmpv4Type.timeExceeded:
      if (!t.has(at + QUOTE + 16, 4)) return undefined;
      if (code === 0) return 'time exceeded in-transit';
      return code === 1 ? 'ip reassembly time exceeded' : `time exceeded-#${code}`;
    case Icmpv4Type.parameterProblem:
      if (code !== 0) return `parameter problem - code ${code}`;
      return `parameter problem - octet ${t.u8(at + 4)}`;
    case ADDRESS_MASK_REPLY:
      return `address mask is 0x${t
        .u32(at + 8)
        .toString(16)
        .padStart(8, '0')}`;
    case Icmpv4Type.timestampRequest:
      return `time stamp query id ${t.u16(at + 4)} seq ${t.u16(at + 6)}`;
    case Icmpv4Type.timestampReply:
      if (!t.has(at + 16, 4)) return undefined;
      return (
        `time stamp reply id ${t.u16(at + 4)} seq ${t.u16(at + 6)}: ` +
        `org ${timeOfDay(t.u32(at + 8))}, recv ${timeOfDay(t.u32(at + 12))}, ` +
        `xmit ${timeOfDay(t.u32(at + 16))}`
      );
    default:
      return TYPE_NAMES.get(type) ?? `type-#${type}`;
  }
}

function describeUnreachable(t: PacketText, at: number, code: number): string | undefined {
  const quoteAt = at + QUOTE;
  if (code === UnreachableCode.port) return describePort(t, quoteAt);
  if (code === UnreachableCode.fragmentationNeeded) {
    const mtu = t.u16(at + 6);
    const address = t.ipv4(quoteAt + 16);
    return `${address} unreachable - need to frag${mtu === 0 ? '' : ` (mtu ${mtu})`}`;
  }
  const address = t.ipv4(quoteAt + 16);
  if (code === UnreachableCode.protocol) {
    return `${address} protocol ${t.u8(quoteAt + 9)} unreachable`;
  }
  const form = UNREACHABLE[code];
  return form === undefined
    ? `${address} unreachable - #${code}`
    : form.replace('$', () => address);
}

function describePort(t: PacketText, quoteAt: number): string | undefined {
  if (!t.has(quoteAt + 9, 1)) return undefined;
  const port = t.u16(quoteAt + (t.u8(quoteAt) & 15) * 4 + 2);
  const protocol = t.u8(quoteAt + 9);
  const address = t.ipv4(quoteAt + 16);
  if (protocol === 6) return `${address} tcp port ${t.names.tcpPort(port)} unreachable`;
  if (protocol === 17) return `${address} udp port ${t.names.udpPort(port)} unreachable`;
  return `${address} protocol ${protocol} port ${port} unreachable`;
}

/** RFC 1256: addresses with preferences, and how long they hold. */
function describeRouters(t: PacketText, at: number): string | undefined {
  if (!t.has(at + 4, 4)) return undefined;
  const lifetime = t.u16(at + 6);
  const count = t.u8(at + 4);
  const size = t.u8(at + 5);
  let text = `router advertisement lifetime ${duration(lifetime)} ${count}:`;
  if (size !== 2) return `${text} [size ${size}]`;
  for (let i = 0; i < count; i++) {
    if (!t.has(at + 8 + 8 * i, 8)) return undefined;
    text += ` {${t.ipv4(at + 8 + 8 * i)} ${t.u32(at + 12 + 8 * i)}}`;
  }
  return text;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function duration(seconds: number): string {
  if (seconds < 60) return String(seconds);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
  const minutes = Math.floor(seconds / 60);
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

/** Milliseconds since midnight, UTC. */
function timeOfDay(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  const clock = `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(seconds % 60)}`;
  return `${clock}.${String(milliseconds % 1000).padStart(3, '0')}`;
}
