/** The checksums of a frame, judged: decoding never does. */
import { pseudoSum, pseudoSumIpv6 } from './checksum.ts';
import type { Frame } from './frame.ts';
import { isIcmpv4ChecksumOk } from './icmpv4.ts';
import { isIcmpv6ChecksumOk } from './icmpv6.ts';
import { IpProtocol, isIpv4ChecksumOk } from './ipv4.ts';
import { finalIpv6Destination, fragmentOf } from './ipv6-extensions.ts';
import { finalDestination } from './source-route.ts';
import { isTcpChecksumOk } from './tcp.ts';
import { isUdpChecksumOk } from './udp.ts';

/** What is to be said of a checksum. */
export type ChecksumVerdict =
  | 'ok'
  | 'bad'
  /** There is none: no such layer, or a UDP datagram whose sender computed none. */
  | 'absent'
  /** Its octets are not all there: a fragment, or a packet that is cut short. */
  | 'not-checkable';

/** The checksums of the IPv4 header and of the transport layer (TCP, UDP, ICMP, ICMPv6). */
export interface FrameVerdict {
  readonly ipv4: ChecksumVerdict;
  readonly transport: ChecksumVerdict;
}

/** Whether the frame's checksums are right. */
export function verifyFrame(frame: Frame): FrameVerdict {
  const { ipv4 } = frame;
  return {
    ipv4: ipv4 === undefined ? 'absent' : verdict(isIpv4ChecksumOk(ipv4)),
    transport: verifyTransport(frame),
  };
}

function verdict(isOk: boolean): ChecksumVerdict {
  return isOk ? 'ok' : 'bad';
}

function verifyTransport(frame: Frame): ChecksumVerdict {
  const { ipv4, ipv6, tcp, udp, icmpv4, icmpv6 } = frame;
  const packet = ipv4 ?? ipv6;
  if (packet === undefined) return 'absent';
  if (isFragment(frame) || packet.end > frame.bytes.length) return 'not-checkable';
  if (tcp !== undefined) {
    const pseudo = pseudoSumOf(frame, IpProtocol.tcp, tcp.end - tcp.start);
    return verdict(isTcpChecksumOk(tcp, pseudo));
  }
  if (udp !== undefined) {
    // Over IPv6 every sender must compute one (RFC 8200 §8.1).
    if (udp.checksum === 0) return ipv4 === undefined ? 'bad' : 'absent';
    if (udp.end > packet.end) return 'not-checkable';
    return verdict(isUdpChecksumOk(udp, pseudoSumOf(frame, IpProtocol.udp, udp.length)));
  }
  if (icmpv4 !== undefined) return verdict(isIcmpv4ChecksumOk(icmpv4));
  if (icmpv6 === undefined) return 'absent';
  const pseudo = pseudoSumOf(frame, IpProtocol.icmpv6, icmpv6.end - icmpv6.start);
  return verdict(isIcmpv6ChecksumOk(icmpv6, pseudo));
}

function isFragment({ ipv4, extensions }: Frame): boolean {
  return ipv4?.isFragment === true || fragmentOf(extensions ?? []) !== undefined;
}

function pseudoSumOf(
  { ipv4, ipv6, extensions = [] }: Frame,
  protocol: number,
  length: number,
): number {
  if (ipv4 !== undefined) {
    const destination = finalDestination(ipv4.destination, ipv4.options);
    return pseudoSum(ipv4.source, destination, protocol, length);
  }
  if (ipv6 === undefined) return 0;
  const destination = finalIpv6Destination(ipv6.destination, extensions);
  return pseudoSumIpv6(ipv6.source, destination, protocol, length);
}
