/**
 * An expected packet against the one that came, field by field. What the script leaves out of the
 * IP header, a window that it does not write, and `<...>` are not compared; every other field is,
 * and all that differ are told, not the first alone.
 */
import {
  IPV4_HEADER_LENGTH,
  IPV6_HEADER_LENGTH,
  Ipv4Packet,
  isIpv4ChecksumOk,
  sameBytes,
} from '../../wire/index.ts';
import { payloadLengthOf } from './aggregate.ts';
import { flagBits } from './build-packet.ts';
import type { LivePacket } from './live-to-script.ts';
import type { Mismatch } from './live.ts';
import { ticksApart } from './mapping.ts';
import { encodeOption } from './option-bytes.ts';
import { printFlags } from '../syntax/print-packet.ts';
import { printTcpOption, printTcpOptions } from '../syntax/print-tcp-options.ts';
import type {
  IcmpSpec,
  IpSpec,
  Microseconds,
  PacketSpec,
  TcpOptionSpec,
  TcpSpec,
} from '../syntax/script.ts';

/** How closely TSval is looked at. */
export interface TimestampCheck {
  /** Microseconds of one tick; 0 leaves TSval unchecked. */
  readonly tick: Microseconds;
  readonly tolerance: Microseconds;
}

/** What differs between two packets in the script's notation. */
export function comparePackets(
  expected: PacketSpec,
  actual: PacketSpec,
  timestamps: TimestampCheck,
): Mismatch[] {
  const found: Mismatch[] = [];
  const differs = (field: string, a: string | number, b: string | number): void => {
    if (a !== b) found.push({ field, expected: String(a), actual: String(b) });
  };
  differs('outer headers', expected.outer.length, actual.outer.length);
  compareIp(expected.ip, actual.ip, differs);
  const a = expected.transport;
  const b = actual.transport;
  differs('protocol', a.kind, b.kind);
  differs('length', payloadLengthOf(expected), payloadLengthOf(actual));
  if (a.kind === 'tcp' && b.kind === 'tcp') compareTcp(a, b, differs, timestamps);
  else if (a.kind === 'icmp' && b.kind === 'icmp') compareIcmp(a, b, differs);
  return found;
}

/** Notes a field if its two values differ. */
type Differs = (field: string, expected: string | number, actual: string | number) => void;

function compareIp(expected: IpSpec, actual: IpSpec, differs: Differs): void {
  const { tos, ttl } = expected;
  if (tos?.kind === 'tos' && actual.tos?.kind === 'tos') {
    differs('tos', `0x${tos.value.toString(16)}`, `0x${actual.tos.value.toString(16)}`);
  } else if (tos?.kind === 'ecn' && actual.tos?.kind === 'ecn') {
    const isEither = actual.tos.ecn === 'ect0' || actual.tos.ecn === 'ect1';
    if (!(tos.ecn === 'ect01' && isEither)) differs('ecn', tos.ecn, actual.tos.ecn);
  }
  if (ttl !== undefined) differs('ttl', ttl, actual.ttl ?? 0);
}

function compareTcp(
  expected: TcpSpec,
  actual: TcpSpec,
  differs: Differs,
  timestamps: TimestampCheck,
): void {
  if (flagBits(expected.flags) !== flagBits(actual.flags)) {
    differs('flags', printFlags(expected.flags), printFlags(actual.flags));
  }
  if (expected.sequence.kind !== 'ignored' && actual.sequence.kind !== 'ignored') {
    differs('seq', expected.sequence.start >>> 0, actual.sequence.start >>> 0);
  }
  differs('ack', (expected.ack?.value ?? 0) >>> 0, (actual.ack?.value ?? 0) >>> 0);
  if (expected.window !== undefined) differs('win', expected.window, actual.window ?? 0);
  differs('urg', expected.urgentPointer ?? 0, actual.urgentPointer ?? 0);
  if (expected.options !== 'any' && actual.options !== 'any') {
    compareOptions(expected.options, actual.options, differs, timestamps);
  }
}

function compareOptions(
  expected: readonly TcpOptionSpec[],
  actual: readonly TcpOptionSpec[],
  differs: Differs,
  timestamps: TimestampCheck,
): void {
  const isSameLayout =
    expected.length === actual.length &&
    expected.every((option, i) => encodeOption(option)[0] === encodeOption(actual[i]!)[0]);
  if (!isSameLayout) {
    differs('options', printTcpOptions(expected), printTcpOptions(actual));
    return;
  }
  for (const [i, option] of expected.entries()) {
    const other = actual[i]!;
    if (isSameOption(option, other, timestamps)) continue;
    differs(`options[${i}]`, printTcpOption(option), printTcpOption(other));
  }
}

/** TSecr is never compared, TSval only when ticks are known; all else octet by octet. */
function isSameOption(a: TcpOptionSpec, b: TcpOptionSpec, timestamps: TimestampCheck): boolean {
  if (a.kind === 'TS' && b.kind === 'TS') {
    if (a.val === undefined || b.val === undefined || timestamps.tick === 0) return true;
    return ticksApart(a.val, b.val) * timestamps.tick <= timestamps.tolerance;
  }
  return sameBytes(encodeOption(a), encodeOption(b));
}

/** What an error quotes is not compared: the original writes too little of it. */
function compareIcmp(expected: IcmpSpec, actual: IcmpSpec, differs: Differs): void {
  differs('type', expected.type, actual.type);
  if (expected.code !== undefined || actual.code !== undefined) {
    differs('code', expected.code ?? 'code_0', actual.code ?? 'code_0');
  }
}

/** What is wrong with a packet whatever the script expects: it has no notation in a script. */
export function wireMismatches({ ip, transport }: LivePacket): Mismatch[] {
  const found: Mismatch[] = [];
  const { packet } = ip;
  if (packet instanceof Ipv4Packet && !isIpv4ChecksumOk(packet)) {
    found.push({ field: 'IP checksum', expected: 'right', actual: 'wrong' });
  }
  const usual = packet instanceof Ipv4Packet ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH;
  const headerLength = ip.payloadAt - packet.start;
  if (headerLength !== usual) {
    found.push({
      field: 'IP header length',
      expected: String(usual),
      actual: String(headerLength),
    });
  }
  if (transport.kind === 'tcp' && (transport.segment.flags & 0xe00) !== 0) {
    const bits = (transport.segment.flags & 0xe00) >>> 9;
    found.push({ field: 'reserved bits', expected: '0', actual: String(bits) });
  }
  return found;
}

/** The payload of a script's packets is zeros: where it is not, if anywhere. */
export function payloadMismatch(packets: readonly LivePacket[]): Mismatch | undefined {
  let before = 0;
  for (const { transport } of packets) {
    if (transport.kind === 'icmp') continue;
    const payload = transport.kind === 'tcp' ? transport.segment.payload : transport.payload;
    const at = payload.findIndex((octet) => octet !== 0);
    if (at >= 0) {
      const actual = `0x${payload[at]!.toString(16).padStart(2, '0')}`;
      return { field: `payload[${before + at}]`, expected: '0x00', actual };
    }
    before += payload.length;
  }
  return undefined;
}
