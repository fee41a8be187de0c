/**
 * MSS clamping: a router that knows of a narrow link lowers the MSS that passing SYNs announce, so
 * that segments fit though ICMP gets lost (Linux xt_TCPMSS). A SYN that announces none is left as
 * it is: its sender gets segments of 536 octets anyway, 1,220 by IPv6 (RFC 9293 §3.7.1).
 */
import { put16, TCP_HEADER_LENGTH, TcpFlag, TcpOptionKind, u16 } from '../../wire/index.ts';
import type { Host } from '../host.ts';
import { mtuOf } from '../ip/path-mtu.ts';
import type { Instant } from '../time.ts';
import type { Middlebox } from './middlebox.ts';
import { HookPriority } from './packet-hooks.ts';
import type { PassingPacket } from './passing-packet.ts';
import { changeTcpHeader, optionsOf, tcpHeaderOf } from './tcp-header.ts';

/**
 * Lowers the MSS of SYNs to what the way carries (`--clamp-mss-to-pmtu`), or to a number of octets
 * (`--set-mss 1360`).
 */
export function clampMss(most: 'to-pmtu' | number = 'to-pmtu'): Middlebox {
  return {
    install(host): void {
      host.hooks.add('forward', HookPriority.mangle, (passing, now) => {
        const limit = most === 'to-pmtu' ? segmentOf(host, passing, now) : most;
        return lower(passing, limit);
      });
    },
  };
}

/** The segment that the way carries there and back. */
function segmentOf(host: Host, { packet }: PassingPacket, now: Instant): number {
  let least = Number.POSITIVE_INFINITY;
  const ip = host.ipFor(packet.destination);
  const headers = ip.headerLength + TCP_HEADER_LENGTH;
  for (const address of [packet.destination, packet.source]) {
    const route = ip.routes.lookUp(address);
    if (route !== undefined) least = Math.min(least, mtuOf(route, now) - headers);
  }
  return least;
}

function lower(passing: PassingPacket, limit: number): undefined {
  const header = tcpHeaderOf(passing.packet);
  if (header === undefined || (header.flags & TcpFlag.syn) === 0) return;
  const mss = optionsOf(passing.frame, header).find(
    ({ kind, length }) => kind === TcpOptionKind.maximumSegmentSize && length === 4,
  );
  if (mss === undefined || u16(passing.frame, mss.at + 2) <= limit) return;
  changeTcpHeader(passing, header, (b) => put16(b, mss.at + 2, limit));
}
