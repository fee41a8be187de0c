/**
 * TCP Fast Open, the server (RFC 7413 §4.2.2): a SYN with a valid cookie makes a connection at once
 * that the program can accept, read from and write to, before the peer has acknowledged our SYN.
 * Any other SYN goes the ordinary way, and its data is not taken; one that asks for a cookie, or
 * has a wrong one, is told the right one (Linux tcp_try_fastopen()).
 */
import { seqAdd, type TcpSegment } from '../../../wire/index.ts';
import type { Instant } from '../../time.ts';
import { cookieOf, keyOfCookie } from './cookie.ts';
import { type FastOpenOption, readFastOpenOption } from './option.ts';
import type { FastOpenQueue } from './queue.ts';
import { recallPath } from '../metrics/recall.ts';
import { FAST_OPEN_FLAG, FastOpen } from './state.ts';
import type { Tcb } from '../tcb.ts';
import { takeSynText } from './syn-text.ts';

/**
 * A SYN has come for a listener with a Fast Open queue. Says whether the connection is open for the
 * program from now on; what the SYN-ACK is to say of a cookie is in the control block.
 */
export function answerFastOpen(
  tcb: Tcb,
  queue: FastOpenQueue,
  seg: TcpSegment,
  now: Instant,
): boolean {
  const { counters } = tcb.services;
  const { flags } = tcb.profile.fastOpen;
  const asked = readFastOpenOption(seg);
  if (asked?.cookie.length === 0) counters.TcpExtTCPFastOpenCookieReqd += 1;
  const isWanted = asked !== undefined || seg.payloadLength > 0;
  if ((flags & FAST_OPEN_FLAG.server) === 0 || !isWanted || queue.limit === 0) return false;
  if (!queue.hasRoom(now)) {
    counters.TcpExtTCPFastOpenListenOverflow += 1;
    return false;
  }
  const isFree = (flags & FAST_OPEN_FLAG.serverWithoutCookie) !== 0;
  if (!isFree && !tcb.options.fastOpenWithoutCookie && !isCookieValid(tcb, asked)) {
    return false;
  }
  openForProgram(tcb, queue, seg, now);
  return true;
}

/** Judges the cookie; what the SYN-ACK says of it is noted. */
function isCookieValid(tcb: Tcb, asked: FastOpenOption | undefined): boolean {
  if (asked === undefined) return false;
  const { localAddress: server, remoteAddress: client } = tcb;
  const { counters } = tcb.services;
  const { fastOpenKeys } = tcb.options;
  const keys = fastOpenKeys.length > 0 ? fastOpenKeys : tcb.services.fastOpenKeys();
  const [present] = keys;
  if (present === undefined) return false;
  const { cookie, isExperimental } = asked;
  const index = cookie.length === 0 ? -1 : keyOfCookie(keys, cookie, client, server);
  if (index !== 0) {
    // It asks for one, or has one that is wrong or of the key before.
    tcb.fastOpen = new FastOpen();
    tcb.fastOpen.option = { cookie: cookieOf(present, client, server), isExperimental };
  }
  if (index > 0) counters.TcpExtTCPFastOpenPassiveAltKey += 1;
  if (index < 0 && cookie.length > 0) counters.TcpExtTCPFastOpenPassiveFail += 1;
  return index >= 0;
}

/** The SYN's text is taken, and our SYN-ACK counts as if it were acknowledged. */
function openForProgram(tcb: Tcb, queue: FastOpenQueue, seg: TcpSegment, now: Instant): void {
  tcb.fastOpen ??= new FastOpen();
  tcb.fastOpen.queue = queue;
  queue.enter();
  tcb.snd.una = seqAdd(tcb.snd.iss, 1);
  tcb.snd.small = tcb.snd.una;
  tcb.counts.begin(now);
  tcb.counts.segmentsIn = 1;
  tcb.counts.dataSegmentsIn = seg.payloadLength > 0 ? 1 : 0;
  recallPath(tcb, now);
  takeSynText(tcb, seg, now);
  const { counters } = tcb.services;
  counters.TcpExtTCPFastOpenPassive += 1;
  counters.TcpPassiveOpens += 1;
}
