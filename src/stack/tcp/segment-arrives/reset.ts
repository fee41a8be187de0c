/** Which RST answers what (RFC 9293 §3.5.2), and the one that ends a connection. */
import {
  IpProtocol,
  Ipv4Flag,
  isIpv6,
  segmentLength,
  seqAdd,
  TCP_HEADER_LENGTH,
  TcpFlag,
  type TcpSegment,
  pseudoSum,
  SIGNATURE_LENGTH,
  signTcp,
  toSeq,
  u16,
  writeTcpHeader,
} from '../../../wire/index.ts';
import type { IpPacket } from '../../ip/ip-layer.ts';
import type { Cause } from '../../cause.ts';
import type { Instant } from '../../time.ts';
import { writeReplyChecksum } from '../send/reply-checksum.ts';
import type { TcpServices } from '../services.ts';
import type { Tcb } from '../tcb.ts';
import { close } from '../close.ts';
import { numberWithoutText, transmit } from '../send/transmit.ts';

/**
 * Answers a segment that belongs to no connection, or to one that cannot be: the RST takes its
 * numbers from the segment alone, so that the peer finds it acceptable. A RST is never answered.
 *
 * @param key signs it, where the peer would believe no other (RFC 2385 §4.1)
 */
export function answerWithReset(
  services: TcpServices,
  packet: IpPacket,
  seg: TcpSegment,
  why: Cause,
  now: Instant,
  key?: Uint8Array,
): void {
  if ((seg.flags & TcpFlag.rst) !== 0) return;
  const ip = services.ipFor(packet.source);
  const route = ip.wayBack(packet);
  if (route === undefined) return;
  services.counters.TcpOutSegs += 1;
  services.counters.TcpOutRsts += 1;
  const hasAck = (seg.flags & TcpFlag.ack) !== 0;
  const { resetAnswer } = services.profile;
  const { dontFragment: rule, reflectsTos } = resetAnswer;
  const dontFragment = rule === 'repeated' ? hasDontFragment(packet) : rule;
  const acks = !hasAck || resetAnswer.alwaysAcks;
  const ackWithout = resetAnswer.repeatsAck ? seg.ack : toSeq(0); // nobody reads it
  const headerLength = TCP_HEADER_LENGTH + (key === undefined ? 0 : SIGNATURE_LENGTH);
  const frame = ip.carve(headerLength);
  writeTcpHeader(
    frame,
    ip.transportAt,
    seg.destinationPort,
    seg.sourcePort,
    hasAck ? seg.ack : toSeq(0),
    acks ? seqAdd(seg.seq, segmentLength(seg)) : ackWithout,
    headerLength,
    acks ? TcpFlag.rst | TcpFlag.ack : TcpFlag.rst,
    resetAnswer.window,
    0,
  );
  const { source, destination } = packet;
  if (key !== undefined) {
    signTcp(frame, ip.transportAt, frame.length, destination, source, key);
  }
  const pseudo = pseudoSum(destination, source, IpProtocol.tcp, headerLength);
  writeReplyChecksum(frame, ip.transportAt, pseudo, source, route);
  const header = {
    protocol: IpProtocol.tcp,
    source: destination,
    destination: source,
    id: ip.nextIdentification(destination, source, IpProtocol.tcp, dontFragment),
    ttl: ip.ttlFor(route),
    tos: reflectsTos ? packet.tos & 0xfc : 0, // the DSCP, without the ECN bits
    dontFragment,
  };
  ip.send(frame, route, header, why, now);
}

/** DF of a packet; there is none in IPv6. */
function hasDontFragment({ source, bytes, start }: IpPacket): boolean {
  return !isIpv6(source) && (u16(bytes, start + 6) & (Ipv4Flag.dontFragment << 13)) !== 0;
}

/** A RST that the host sends on its own account: the peer hears it, and nothing is left. */
export function endByReset(tcb: Tcb, why: Cause, now: Instant): void {
  // A FIN that was never sent takes no sequence number: SND.NXT is right in every state.
  transmit(tcb, numberWithoutText(tcb), TcpFlag.rst, 0, 0, why, now);
  close(tcb, undefined, why, now);
}
