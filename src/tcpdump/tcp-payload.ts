/**
 * Payloads of TCP that tcpdump decodes by port: here those that are lines of text, the version line
 * of SSH, the kinds of BEEP, and DNS. For the others the line ends at the segment's length.
 */
import { dissectDnsOverTcp } from './dns.ts';
import type { PacketText } from './packet-text.ts';
import { dissectText, FTP, HTTP, RTSP, SMTP, WHOIS } from './text-protocols.ts';

/** A payload of `length` octets at `at`. */
type Dissect = (
  t: PacketText,
  at: number,
  length: number,
  source: number,
  destination: number,
) => void;

const text =
  (protocol: Parameters<typeof dissectText>[3]): Dissect =>
  (t, at, length) => {
    t.text += ': ';
    dissectText(t, at, length, protocol);
  };

const gap =
  (name: string): Dissect =>
  (t) => {
    t.miss(name);
  };

const NFS_PORT = 2049;

/** In tcpdump's order: where both ports are here, the one found first is taken. */
const BY_PORT: readonly (readonly [port: number, dissect: Dissect])[] = [
  [23, dissectTelnet],
  [25, text(SMTP)],
  [43, text(WHOIS)],
  [179, gap('BGP')],
  [1723, gap('PPTP')],
  [6379, gap('RESP')],
  [22, dissectSsh],
  [10288, dissectBeep],
  [6633, gap('OpenFlow')],
  [6653, gap('OpenFlow')],
  [21, text(FTP)],
  [80, text(HTTP)],
  [8080, text(HTTP)],
  [554, text(RTSP)],
  [8554, text(RTSP)],
  [53, dissectDnsOverTcp],
  [639, gap('MSDP')],
  [323, gap('RPKI-RTR')],
  [646, gap('LDP')],
  [NFS_PORT, dissectNfs],
];

/** The payload, if one of its ports says what it is. */
export function dissectTcpPayload(
  t: PacketText,
  at: number,
  length: number,
  source: number,
  destination: number,
): void {
  for (const [port, dissect] of BY_PORT) {
    if (source !== port && destination !== port) continue;
    dissect(t, at, length, source, destination);
    return;
  }
}

/** Commands begin with 255 (RFC 854); anything else is not printed. */
function dissectTelnet(t: PacketText, at: number): void {
  t.protocol = 'telnet';
  if (t.u8(at) === 255) t.miss('telnet');
}

/** Only the line of the version, RFC 4253 §4.2, is text. */
function dissectSsh(t: PacketText, at: number, length: number): void {
  t.protocol = 'ssh';
  let line = '';
  for (let i = 0; i < Math.max(length, 4); i++) {
    const octet = t.u8(at + i);
    if (i < 4 && octet !== 'SSH-'.charCodeAt(i)) return;
    if (octet === 0x0d && (i + 1 >= length || t.u8(at + i + 1) !== 0x0a)) return;
    if (octet === 0x0d || octet === 0x0a) {
      t.text += `: SSH: ${line}`;
      return;
    }
    if (octet < 0x20 || octet > 0x7e) return;
    line += String.fromCharCode(octet);
  }
}

/**
 * RFC 3080, as far as the first word; tcpdump asks for a whole word of 4 octets, `MSG` and `END`
 * with a 0.
 */
function dissectBeep(t: PacketText, at: number, length: number): void {
  t.protocol = 'beep';
  const word =
    length >= 4 && t.has(at, 4)
      ? String.fromCharCode(t.u8(at), t.u8(at + 1), t.u8(at + 2), t.u8(at + 3))
      : '';
  const isKnown = /^(?:(?:RPY|ERR|ANS|NUL|SEQ) |(?:MSG|END)\0)$/.test(word);
  t.text += ` BEEP ${isKnown ? word.slice(0, 3) : '(payload or undecoded)'}`;
}

/** Calls and replies of RPC (RFC 5531 §9) behind the length of their record. */
function dissectNfs(
  t: PacketText,
  at: number,
  length: number,
  source: number,
  destination: number,
): void {
  if (length < 4 || !t.has(at + 8, 4)) return;
  const direction = t.u32(at + 8);
  if (destination === NFS_PORT && direction === 0) t.miss('NFS');
  if (source === NFS_PORT && direction === 1) t.miss('NFS');
}
