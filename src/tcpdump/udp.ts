/**
 * UDP (RFC 768): ports, the verdict on the checksum, the length.
 *
 * tcpdump decodes many protocols by port. Here DNS, DHCP and SIP are; for the others, listed in
 * `gaps.ts`, the line ends as for a port that nothing is known about: `UDP, length N`.
 */
import { UDP_HEADER_LENGTH } from '../wire/index.ts';
import { checksumError, rightChecksum } from './checksum.ts';
import { dissectBootp } from './bootp.ts';
import { dissectDns } from './dns.ts';
import { udpGap } from './gaps.ts';
import {
  addressPair,
  endpointPair,
  ipVersion,
  isBehindHeader,
  pseudoHeaderSum,
} from './ip-endpoints.ts';
import { hex4, type PacketText } from './packet-text.ts';
import { dissectText, SIP } from './text-protocols.ts';

const UDP = 17;
const SIP_PORT = 5060;

/** The datagram at `at`, in an IP packet that has `length` octets for it. */
export function dissectUdp(
  t: PacketText,
  at: number,
  length: number,
  ipAt: number,
  isFragment: boolean,
): void {
  t.protocol = 'udp';
  if (!t.has(at + 2, 2)) {
    if (isBehindHeader(t, ipAt, UDP)) t.text += `${addressPair(t, ipAt)}: `;
    t.truncated();
    return;
  }
  const source = t.u16(at);
  const destination = t.u16(at + 2);
  const names = [t.names.udpPort(source), t.names.udpPort(destination)] as const;
  t.text += `${endpointPair(t, ipAt, UDP, ...names)}: `;
  if (length < UDP_HEADER_LENGTH) {
    t.text += `truncated-udp ${length}`;
    return;
  }
  if (!t.has(at + 4, 2)) {
    t.truncated();
    return;
  }
  const announced = t.u16(at + 4);
  if (announced < UDP_HEADER_LENGTH) {
    t.text += `truncated-udplength ${announced}`;
    return;
  }
  if (!t.has(at, UDP_HEADER_LENGTH)) {
    t.truncated();
    return;
  }
  const payloadLength = announced - UDP_HEADER_LENGTH;
  const room = Math.min(length - UDP_HEADER_LENGTH, payloadLength);
  if (t.flags.verbose > 0 && !t.flags.ignoreChecksums && !isFragment) {
    dissectChecksum(t, at, room + UDP_HEADER_LENGTH, ipAt);
  }
  const payloadAt = at + UDP_HEADER_LENGTH;
  if (t.flags.quiet === 0) {
    const isNfsMessage = isNfs(t, payloadAt, source, destination);
    if (!isNfsMessage && dissectKnown(t, payloadAt, room, [source, destination])) return;
    const gap = isNfsMessage ? 'NFS' : udpGap(source, destination, true);
    if (gap === undefined && (source === SIP_PORT || destination === SIP_PORT)) {
      dissectText(t, payloadAt, room, SIP);
      return;
    }
    t.miss(gap ?? udpGap(source, destination, false));
    if (isAppleTalk(t, payloadAt, source, destination)) t.miss('AppleTalk');
  }
  if (payloadLength > room && !isFragment) {
    t.text += `UDP, bad length ${payloadLength} > ${room}`;
  } else {
    t.text += `UDP, length ${payloadLength}`;
  }
}

const DNS_PORT = 53;
const MULTICAST_DNS_PORT = 5353;
const BOOTP_PORTS = [67, 68];
/** Of timed and TFTP, which come before BOOTP. */
const PORTS_BEFORE_BOOTP = [525, 69];

/** Protocols that come before nearly all others: whether it is one of them. */
function dissectKnown(
  t: PacketText,
  at: number,
  length: number,
  ports: readonly number[],
): boolean {
  const isOne = (known: readonly number[]): boolean => ports.some((port) => known.includes(port));
  if (ports.includes(DNS_PORT)) dissectDns(t, at, length, false);
  else if (ports.includes(MULTICAST_DNS_PORT)) dissectDns(t, at, length, true);
  else if (isOne(BOOTP_PORTS) && !isOne(PORTS_BEFORE_BOOTP)) dissectBootp(t, at, length);
  else return false;
  return true;
}

const NFS_PORT = 2049;

/** Whether this is a call to, or a reply from, a server of NFS (RFC 5531 §9). */
function isNfs(t: PacketText, at: number, source: number, destination: number): boolean {
  if ((source !== NFS_PORT && destination !== NFS_PORT) || !t.has(at + 4, 4)) return false;
  const direction = t.u32(at + 4);
  return (destination === NFS_PORT && direction === 0) || (source === NFS_PORT && direction === 1);
}

/** Whether the third octet and a port are those of AppleTalk in UDP. */
function isAppleTalk(t: PacketText, at: number, source: number, destination: number): boolean {
  if (!t.has(at + 2, 1) || t.u8(at + 2) !== 2) return false;
  return isAppleTalkPort(source) || isAppleTalkPort(destination);
}

function isAppleTalkPort(port: number): boolean {
  return [200, 768, 16_512].some((first) => port >= first && port < first + 128);
}

function dissectChecksum(t: PacketText, at: number, length: number, ipAt: number): void {
  const found = t.u16(at + 6);
  if (ipVersion(t, ipAt) === 4) {
    if (t.flags.verbose < 2) return;
    if (found === 0) {
      t.text += '[no cksum] ';
      return;
    }
  }
  if (!t.has(at, length)) return;
  const pseudo = pseudoHeaderSum(t, ipAt, UDP, length);
  const error = checksumError(t.bytes, at, at + length, pseudo);
  t.text +=
    error === 0
      ? '[udp sum ok] '
      : `[bad udp cksum 0x${hex4(found)} -> 0x${hex4(rightChecksum(found, error))}!] `;
}
