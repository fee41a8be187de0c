/** What is said of captures: the line that tcpdump begins with, and why one cannot be read. */
import { type CaptureInterface, type DecodeError, LinkType } from '../wire/index.ts';

/** Names of link types as libpcap has them, for those that are decoded. */
const LINK_TYPE_NAMES: ReadonlyMap<number, string> = new Map<number, string>([
  [LinkType.null, 'NULL (BSD loopback)'],
  [LinkType.ethernet, 'EN10MB (Ethernet)'],
  [12, 'RAW (Raw IP)'], // the number that BSD gives it
  [LinkType.raw, 'RAW (Raw IP)'],
  [LinkType.loop, 'LOOP (OpenBSD loopback)'],
  [LinkType.linuxSll, 'LINUX_SLL (Linux cooked v1)'],
  [LinkType.ipv4, 'IPV4 (Raw IPv4)'],
  [LinkType.ipv6, 'IPV6 (Raw IPv6)'],
  [LinkType.linuxSll2, 'LINUX_SLL2 (Linux cooked v2)'],
]);

const SNAP_LENGTH_MAXIMUM = 262_144;

/** What tcpdump writes to standard error before the first packet. */
export function bannerOf(file: string, { linkType, snapLength }: CaptureInterface): string {
  const name = LINK_TYPE_NAMES.get(linkType) ?? String(linkType);
  // libpcap's rule: no limit, and one that is no positive number, count as the largest.
  const snap = snapLength === 0 || snapLength > 0x7fffffff ? SNAP_LENGTH_MAXIMUM : snapLength;
  const banner = `reading from file ${file}, link-type ${name}, snapshot length ${snap}\n`;
  if (linkType !== LinkType.linuxSll2) return banner;
  return `${banner}Warning: interface names might be incorrect\n`;
}

/** Why a capture cannot be read on, in a line for people: where, and what is wrong. */
export function describeFault(error: DecodeError): string {
  const { layer, reason, offset, detail } = error;
  if (reason === 'truncated') {
    return offset === 0
      ? 'offset 0: the file is empty'
      : `offset ${offset}: the file ends within a ${layer === 'pcapng' ? 'block' : 'record'}`;
  }
  if (reason === 'bad-magic') return `offset ${offset}: neither a pcap nor a pcapng file`;
  return `offset ${offset}: ${reason} in ${layer}${detail === '' ? '' : `: ${detail}`}`;
}

/** Why the operating system does not give a file's bytes, in its own words. */
export function describeSystemError(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ENOENT':
      return 'No such file or directory';
    case 'EACCES':
      return 'Permission denied';
    case 'EISDIR':
      return 'Is a directory';
    default:
      return error.message;
  }
}
