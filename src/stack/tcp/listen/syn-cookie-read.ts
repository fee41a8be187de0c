/**
 * Whether an ACK for a listener brings back a cookie that was sent of late, and what it tells of
 * the peer's MSS (Linux __cookie_v4_check()).
 */
import { type Seq, seqAdd, TcpFlag, type TcpSegment } from '../../../wire/index.ts';
import type { IpPacket } from '../../ip/ip-layer.ts';
import type { Instant } from '../../time.ts';
import type { PassiveOpen, TcpServices } from '../services.ts';
import { cookieMinute, mssOfCookie, SYN_COOKIE_LIFETIME } from './syn-cookies.ts';

/** The MSS that the cookie tells; nothing when no cookie is looked for, or it is not one. */
export function readCookie(
  services: TcpServices,
  listener: PassiveOpen,
  packet: IpPacket,
  seg: TcpSegment,
  now: Instant,
): number | undefined {
  const { profile, clock, counters } = services;
  // Linux tcp_synq_no_recent_overflow()
  const isLate = now - listener.cookieSentAt > SYN_COOKIE_LIFETIME;
  if (profile.listen.synCookies === 0 || isLate) return undefined;
  const isAck = (seg.flags & (TcpFlag.syn | TcpFlag.ack | TcpFlag.rst)) === TcpFlag.ack;
  if (!isAck) return undefined;
  const connection = {
    localAddress: packet.destination,
    localPort: seg.destinationPort,
    remoteAddress: packet.source,
    remotePort: seg.sourcePort,
  };
  const minute = cookieMinute(clock.uptime(now));
  const mss = mssOfCookie(services.synCookieKeys(), connection, irsOf(seg), minute, issOf(seg));
  if (mss === undefined) counters.TcpExtSyncookiesFailed += 1;
  else counters.TcpExtSyncookiesRecv += 1;
  return mss;
}

/** The number of the peer's SYN, which its ACK follows. */
export function irsOf(seg: TcpSegment): Seq {
  return seqAdd(seg.seq, -1);
}

/** The cookie: the number of our SYN. */
export function issOf(seg: TcpSegment): Seq {
  return seqAdd(seg.ack, -1);
}
