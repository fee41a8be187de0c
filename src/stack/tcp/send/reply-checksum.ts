/**
 * The checksum of what answers for no connection: a RST, or an ACK out of TIME-WAIT. Over IPv4 the
 * host sums it whatever the device can do (Linux ip_send_unicast_reply()); over IPv6 it leaves that
 * to the device as for any segment (tcp_v6_send_response()).
 */
import { isIpv6, type IpAddress, put16, writeTcpChecksum } from '../../../wire/index.ts';
import type { Route } from '../../ip/routing.ts';

/** Where in a TCP header the checksum is. */
const CHECKSUM_AT = 16;

export function writeReplyChecksum(
  frame: Uint8Array,
  transportAt: number,
  pseudo: number,
  destination: IpAddress,
  route: Route,
): void {
  if (isIpv6(destination) && route.port.interface.checksumOffload) {
    put16(frame, transportAt + CHECKSUM_AT, pseudo);
  } else {
    writeTcpChecksum(frame, transportAt, frame.length, pseudo);
  }
}
