/**
 * Path MTU discovery for TCP (RFC 1191 §6.5, RFC 9293 §3.7.2): a router has said that a packet was
 * too long. Segments are shorter from now on, and those that did not pass go again at once.
 */
import { mtuOf } from '../../ip/path-mtu.ts';
import { PATH_MTU_DISCOVERY } from '../../posix/constants.ts';
import type { Instant } from '../../time.ts';
import { effectiveSendMss } from '../open/negotiate.ts';
import { output } from '../send/output.ts';
import { loseLongSegments } from '../recovery/identify-losses.ts';
import { causeOfLoss, LOSS_REASON } from '../recovery/loss-reasons.ts';
import { retransmitLost } from '../recovery/retransmit.ts';
import { mustNotFragment, syncMss } from './segment-size.ts';
import { sendPlainSyn } from '../open/synchronize.ts';
import type { Tcb } from '../tcb.ts';
import { followRoute } from '../send/way.ts';

const { IP_PMTUDISC_DONT, IP_PMTUDISC_INTERFACE, IP_PMTUDISC_OMIT } = PATH_MTU_DISCOVERY;

/** Sockets that take no advice by ICMP. */
const DEAF: readonly number[] = [IP_PMTUDISC_DONT, IP_PMTUDISC_INTERFACE, IP_PMTUDISC_OMIT];

/** ICMP "fragmentation needed" about a segment in flight (Linux tcp_v4_mtu_reduced()). */
export function mtuReduced(tcb: Tcb, told: number, now: Instant): void {
  const { services, remoteAddress } = tcb;
  const { routes } = tcb.ip;
  followRoute(tcb);
  routes.learnMtu(remoteAddress, tcb.route, told, services.host.pathMtu, now);
  followRoute(tcb);
  const mtu = mtuOf(tcb.route, now);
  if (told < mtu && mustNotFragment(tcb, now)) tcb.softError = 'EMSGSIZE';
  if (tcb.pathMtu <= mtu || DEAF.includes(tcb.mtuDiscovery)) return;
  syncMss(tcb, mtu);
  if (tcb.sent.count === 0) return;
  if (tcb.state === 'SYN-SENT') {
    sendPlainSyn(tcb, causeOfLoss(LOSS_REASON.tooLong), now);
    return;
  }
  if (loseLongSegments(tcb, effectiveSendMss(tcb), LOSS_REASON.tooLong)) retransmitLost(tcb, now);
  output(tcb, now);
}
