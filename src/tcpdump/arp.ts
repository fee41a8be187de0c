/**
 * ARP (RFC 826) and what shares its form: RARP (RFC 903), inverse ARP (RFC 2390). The addresses of
 * ATM (RFC 2225) and Frame Relay are not decoded; those packets are named and dumped.
 */
import { dumpHexAndAscii } from './hex-dump.ts';
import { ETHERTYPE_NAMES } from './numbers.ts';
import type { PacketText } from './packet-text.ts';

const HARDWARE_NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'Ethernet'],
  [6, 'TokenRing'],
  [7, 'ArcNet'],
  [15, 'FrameRelay'],
  [23, 'Strip'],
  [24, 'IEEE 1394'],
  [19, 'ATM'],
  [32, 'InfiniBand'],
]);

const OPERATION_NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'Request'],
  [2, 'Reply'],
  [3, 'Reverse Request'],
  [4, 'Reverse Reply'],
  [8, 'Inverse Request'],
  [9, 'Inverse Reply'],
  [10, 'NACK Reply'],
]);

const HEADER_LENGTH = 8;
const FRAME_RELAY = 15;
const ATM = 19;

/** Where the fields of one packet are. */
interface Layout {
  readonly at: number;
  readonly hardwareLength: number;
  readonly protocolLength: number;
  readonly isIpv4: boolean;
}

/** The packet at `at`, in a frame that has `length` octets for it, `captured` of them captured. */
export function dissectArp(t: PacketText, at: number, length: number, captured: number): void {
  t.protocol = 'arp';
  t.need(at, HEADER_LENGTH);
  const hardwareType = t.u16(at);
  const protocolType = t.u16(at + 2);
  const hardwareLength = t.u8(at + 4);
  const protocolLength = t.u8(at + 5);
  const operation = t.u16(at + 6);
  if (hardwareType === ATM) t.miss('ARP of ATM');
  if (hardwareType === FRAME_RELAY) t.miss('ARP of Frame Relay');
  const isIpv4 = protocolType === 0x0800 || protocolType === 0x1000;
  t.need(at, HEADER_LENGTH + 2 * (hardwareLength + protocolLength));
  if (!t.flags.linkHeader) t.text += 'ARP, ';
  if (!isIpv4 || protocolLength !== 4 || hardwareLength === 0 || t.flags.verbose > 0) {
    const hardware = HARDWARE_NAMES.get(hardwareType) ?? `Unknown Hardware (${hardwareType})`;
    const protocol =
      ETHERTYPE_NAMES.get(protocolType) ??
      `Unknown Protocol (0x${protocolType.toString(16).padStart(4, '0')})`;
    t.text += `${hardware} (len ${hardwareLength}), ${protocol} (len ${protocolLength})`;
    if (t.flags.verbose === 0) {
      t.text += `, length ${length}`;
      return;
    }
  }
  if (t.flags.verbose > 0) t.text += ', ';
  t.text += `${OPERATION_NAMES.get(operation) ?? `Unknown (${operation})`} `;
  const layout = { at, hardwareLength, protocolLength, isIpv4 };
  if (hardwareType === ATM || !dissectOperation(t, layout, operation)) {
    dumpHexAndAscii(t, at, captured);
    return;
  }
  t.text += `, length ${length}`;
}

/** False for an operation that is not known. */
function dissectOperation(t: PacketText, layout: Layout, operation: number): boolean {
  const { at, hardwareLength, protocolLength } = layout;
  const senderHardwareAt = at + HEADER_LENGTH;
  const senderAt = senderHardwareAt + hardwareLength;
  const targetHardwareAt = senderAt + protocolLength;
  const targetAt = targetHardwareAt + hardwareLength;
  const sender = (): string => protocolAddress(t, layout, senderAt);
  const target = (): string => protocolAddress(t, layout, targetAt);
  const senderHardware = (): string => hardwareAddress(t, senderHardwareAt, hardwareLength);
  const targetHardware = (): string => hardwareAddress(t, targetHardwareAt, hardwareLength);
  switch (operation) {
    case 1: {
      const isAddressed = t.bytes.subarray(targetHardwareAt, targetAt).some((octet) => octet !== 0);
      const to = isAddressed ? ` (${targetHardware()})` : '';
      t.text += `who-has ${target()}${to} tell ${sender()}`;
      return true;
    }
    case 2:
      t.text += `${sender()} is-at ${senderHardware()}`;
      return true;
    case 3:
    case 8:
      t.text += `who-is ${targetHardware()} tell ${senderHardware()}`;
      return true;
    case 4:
      t.text += `${targetHardware()} at ${target()}`;
      return true;
    case 9:
      t.text += `${senderHardware()} at ${sender()}`;
      return true;
    default:
      return false;
  }
}

function protocolAddress(t: PacketText, { isIpv4, protocolLength }: Layout, at: number): string {
  if (!isIpv4) return '<wrong proto type>';
  return protocolLength === 4 ? t.ipv4(at) : '<wrong len>';
}

/** An address of any length; of Ethernet's length, with its vendor where names are printed. */
export function hardwareAddress(t: PacketText, at: number, length: number): string {
  if (length === 0) return '<empty>';
  if (length === 6) return t.mac(at);
  return Array.from(t.bytes.subarray(at, at + length), (octet) =>
    octet.toString(16).padStart(2, '0'),
  ).join(':');
}
