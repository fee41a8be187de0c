/** The numbers that a connection begins with: its own, and the peer's SYN's (RFC 9293 §3.4). */
import {
  type Seq,
  seqAdd,
  type TcpOptionValues,
  type TcpSegment,
  toSeq,
} from '../../../wire/index.ts';
import type { Instant } from '../../time.ts';
import { agree } from './negotiate.ts';
import type { Tcb } from '../tcb.ts';

/**
 * ISS and the space behind the SYN that it numbers. It may be given; and where another connection
 * had the same ports a moment ago, SND.NXT is what follows from that one's numbers (RFC 6191).
 */
export function chooseIss(tcb: Tcb, now: Instant, given?: Seq): void {
  const { snd, services, profile } = tcb;
  const inherited = snd.nxt === toSeq(0) ? undefined : snd.nxt;
  const uptime = services.clock.uptime(now);
  const { choices } = services;
  snd.iss =
    given ?? inherited ?? choices.initialSequenceNumber(tcb, uptime, profile.initialNumbers);
  snd.una = snd.iss;
  snd.nxt = seqAdd(snd.iss, 1);
  snd.pushed = snd.nxt;
  snd.small = snd.iss;
}

/** RCV.NXT, IRS and what the peer's SYN offers; `seg` is that SYN, or tells of it by a cookie. */
export function takeSyn(
  tcb: Tcb,
  irs: Seq,
  seg: TcpSegment,
  peer: TcpOptionValues,
  now: Instant,
): void {
  const { rcv, snd } = tcb;
  rcv.irs = irs;
  rcv.nxt = seqAdd(irs, 1);
  tcb.lastAckSent = rcv.nxt;
  rcv.edge = seqAdd(rcv.nxt, rcv.offered);
  agree(tcb, peer, now);
  snd.wnd = seg.window; // a SYN's window is not scaled
  snd.largestWindow = seg.window;
  snd.wl1 = irs;
  snd.wl2 = seg.ack;
}
