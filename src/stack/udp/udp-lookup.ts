/**
 * Which sockets a datagram is for. One to a host is for the socket that fits it best, or of several
 * that share a port by SO_REUSEPORT, for the one that a hash of its ends picks; one to many is for
 * every socket that it fits (Linux __udp4_lib_lookup(), __udp4_lib_mcast_deliver(), and those of
 * IPv6).
 */
import { IPV6_ANY, type IpAddress, isIpv6, isMulticast } from '../../wire/index.ts';
import { isAnyIpv4 } from '../sockets/bound-ports.ts';
import type { NetworkInterface } from '../interfaces/interface.ts';
import type { UdpSocket } from './udp-socket.ts';

/** The two ends of a datagram, as its receiver sees them. */
export interface DatagramEnds {
  readonly localAddress: IpAddress;
  readonly localPort: number;
  readonly remoteAddress: IpAddress;
  readonly remotePort: number;
}

/**
 * The socket that fits best: one bound to the address before any, the connected one before others,
 * then one bound to the device; of two that both fit IPv4, the one of that family. Of two as good,
 * the one bound last (Linux compute_score()).
 *
 * @param sockets those of the port, in the order bound
 * @param from nothing where the datagram is one that was sent
 * @param hash picks one of those that share the port, a number from 0 to 2³² − 1
 */
export function bestFit(
  sockets: readonly UdpSocket[],
  ends: DatagramEnds,
  from: NetworkInterface | undefined,
  hash: (ends: DatagramEnds) => number,
): UdpSocket | undefined {
  let best: UdpSocket | undefined;
  let bestScore = 0;
  for (const socket of sockets) {
    const score = scoreOf(socket, ends, from);
    if (score > 0 && score >= bestScore) {
      best = socket;
      bestScore = score;
    }
  }
  if (best?.reusePort !== true || best.remotePort !== 0) return best;
  const sharers = sockets.filter(
    (each) => each.reusePort && each.remotePort === 0 && scoreOf(each, ends, from) === bestScore,
  );
  return sharers[Math.floor((hash(ends) / 0x1_0000_0000) * sharers.length)];
}

/** How well a socket fits: 0 for not at all. */
function scoreOf(
  socket: UdpSocket,
  { localAddress, remoteAddress, remotePort }: DatagramEnds,
  from: NetworkInterface | undefined,
): number {
  const { device } = socket;
  if (device !== undefined && from !== undefined && device.interface !== from) return 0;
  let score = isIpv6(localAddress) === (socket.family === 'AF_INET6') ? 2 : 1;
  if (socket.localAddress === localAddress) score += 16;
  else if (!isAnyFor(socket, localAddress)) return 0;
  if (socket.remotePort !== 0) {
    if (socket.remoteAddress !== remoteAddress || socket.remotePort !== remotePort) return 0;
    score += 8;
  }
  return device === undefined ? score : score + 4;
}

/** Whether a socket takes what comes to any of the host's addresses, this one among them. */
function isAnyFor(socket: UdpSocket, address: IpAddress): boolean {
  return isIpv6(address) ? socket.localAddress === IPV6_ANY : isAnyIpv4(socket);
}

/** The sockets that a datagram to many is for, of those of the port. */
export function allThatFit(
  sockets: readonly UdpSocket[],
  ends: DatagramEnds,
  from: NetworkInterface,
): UdpSocket[] {
  const { localAddress } = ends;
  return sockets.filter(
    (socket) =>
      scoreOf(socket, ends, from) > 0 &&
      (!isMulticast(localAddress) || socket.multicast.hears(localAddress, from)),
  );
}
