/** The lines that tcpdump begins with, on standard error. */
import { LinkType } from '../wire/index.ts';

/** Names of link types as libpcap has them, for those that are decoded. */
const LINK_TYPE_NAMES: ReadonlyMap<number, string> = new Map<number, string>([
  [LinkType.null, 'NULL (BSD loopback)'],
  [LinkType.ethernet, 'EN10MB (Ethernet)'],
  [LinkType.systemsRaw, 'RAW (Raw IP)'],
  [LinkType.raw, 'RAW (Raw IP)'],
  [LinkType.loop, 'LOOP (OpenBSD loopback)'],
  [LinkType.linuxSll, 'LINUX_SLL (Linux cooked v1)'],
  [LinkType.ipv4, 'IPV4 (Raw IPv4)'],
  [LinkType.ipv6, 'IPV6 (Raw IPv6)'],
  [LinkType.linuxSll2, 'LINUX_SLL2 (Linux cooked v2)'],
]);

/** The most octets of a packet that are captured, unless fewer are wanted. */
export const SNAP_LENGTH_MAXIMUM = 262_144;

/** What a capture is of. */
export interface CaptureKind {
  readonly linkType: number;
  readonly snapLength: number;
}

/** What is said of a file before its first packet. */
export function readingBanner(file: string, kind: CaptureKind): string {
  const banner = `reading from file ${file}, ${describe(kind)}\n`;
  if (kind.linkType !== LinkType.linuxSll2) return banner;
  return `${banner}Warning: interface names might be incorrect\n`;
}

/** What is said of an interface that is listened on. */
export function listeningBanner(name: string, kind: CaptureKind): string {
  return `listening on ${name}, ${describe(kind)} bytes\n`;
}

function describe({ linkType, snapLength }: CaptureKind): string {
  const name = LINK_TYPE_NAMES.get(linkType) ?? String(linkType);
  // libpcap's rule: no limit, and one that is no positive number, count as the largest.
  const snap = snapLength === 0 || snapLength > 0x7fffffff ? SNAP_LENGTH_MAXIMUM : snapLength;
  return `link-type ${name}, snapshot length ${snap}`;
}
