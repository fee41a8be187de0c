/** A SYN that is answered by a cookie (`syn-cookies.ts`; Linux tcp_conn_request(), want_cookie). */
import { ABSENT, readTcpOptions, TCP_HEADER_LENGTH, type TcpSegment } from '../../../wire/index.ts';
import type { IpPacket } from '../../ip/ip-layer.ts';
import { cause } from '../../cause.ts';
import type { Instant } from '../../time.ts';
import { acceptEcn } from '../ecn/opening.ts';
import { chooseIss, takeSyn } from '../open/initial-numbers.ts';
import type { Listener } from './listener.ts';
import { prepareOffer } from '../open/negotiate.ts';
import { cookieMinute, cookieTimestamp, synCookie } from './syn-cookies.ts';
import type { Tcb } from '../tcb.ts';
import { transmitSyn } from '../send/transmit.ts';

const SYN_COOKIE = cause('syn-cookie', 'answers a SYN, and keeps nothing of it', 'RFC 4987 §3.6');

/**
 * Answers the SYN for which `tcb` was made, and lets go of `tcb`: nothing goes again, and whatever
 * is still to be known comes back with the peer's ACK.
 */
export function answerWithCookie(
  tcb: Tcb,
  listener: Listener,
  packet: IpPacket,
  seg: TcpSegment,
  now: Instant,
): void {
  const { services, snd } = tcb;
  const uptime = services.clock.uptime(now);
  const peer = readTcpOptions(seg.bytes, seg.start + TCP_HEADER_LENGTH, seg.payloadAt);
  tcb.listener = listener;
  prepareOffer(tcb, now);
  const hasTimestamps = tcb.offersTimestamps && peer.hasTimestamps;
  if (!hasTimestamps) {
    peer.sackPermitted = false; // nothing could carry them
    peer.windowScale = ABSENT;
  }
  takeSyn(tcb, seg.seq, seg, peer, now);
  const cookie = synCookie(services.synCookieKeys(), tcb, seg.seq, cookieMinute(uptime), snd.mss);
  chooseIss(tcb, now, cookie);
  acceptEcn(tcb, packet, seg);
  // ACE of the peer's ACK will tell of AccECN; of the older ECN a bit of the timestamp.
  if (tcb.ecn?.accurate === undefined && !hasTimestamps) tcb.ecn = undefined;
  const timestamp = cookieTimestamp(uptime, {
    windowScale: tcb.offersWindowScale ? snd.windowScale : ABSENT,
    sack: tcb.sendsSack,
    ecn: tcb.ecn !== undefined,
  });
  listener.cookieSentAt = now;
  const { counters } = services;
  counters.TcpExtTCPReqQFullDoCookies += 1;
  counters.TcpExtSyncookiesSent += 1;
  transmitSyn(tcb, SYN_COOKIE, now, 0, (timestamp + tcb.timestampOffset) % 0x1_0000_0000);
  services.forget(tcb);
}
