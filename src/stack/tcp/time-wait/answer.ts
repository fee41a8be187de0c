/**
 * A segment from a record (Linux tcp_v4_timewait_ack()): the numbers and the window with which the
 * connection ended. Nothing counts its packets any more: their IPv4 identification is the host's.
 */
import {
  firstHop,
  IpProtocol,
  NOP_NOP_TIMESTAMPS,
  pseudoSum,
  put32,
  SIGNATURE_LENGTH,
  signTcp,
  TCP_HEADER_LENGTH,
  TcpFlag,
  TIMESTAMPS_LENGTH,
  writeTcpHeader,
} from '../../../wire/index.ts';
import type { Cause } from '../../cause.ts';
import type { Instant } from '../../time.ts';
import { writeReplyChecksum } from '../send/reply-checksum.ts';
import { timestampValue } from '../send/segment-options.ts';
import { keyFor } from '../signature/keys.ts';
import type { TimeWaitRecord } from './record.ts';

/** Sends an ACK, with `flags` beside it. */
export function sendFromRecord(
  record: TimeWaitRecord,
  flags: number,
  why: Cause,
  now: Instant,
): void {
  const { services, localAddress, remoteAddress, sourceRoute, link } = record;
  const ip = services.ipFor(remoteAddress);
  const route = ip.routes.lookUpBy(link, firstHop(sourceRoute, remoteAddress));
  if (route === undefined) return;
  const { transportAt } = ip;
  const hasTimestamps = record.hasTimestamps && record.tsRecent !== 0;
  const key = keyFor(record.options.signatureKeys, remoteAddress);
  const signatureAt = TCP_HEADER_LENGTH + (hasTimestamps ? TIMESTAMPS_LENGTH : 0);
  const length = signatureAt + (key === undefined ? 0 : SIGNATURE_LENGTH);
  const frame = ip.carve(length);
  writeTcpHeader(
    frame,
    transportAt,
    record.localPort,
    record.remotePort,
    record.sndNxt,
    record.rcvNxt,
    length,
    flags | TcpFlag.ack | record.aceFlags,
    Math.min(record.rcvWnd >>> record.windowScale, 0xffff),
    0,
  );
  if (hasTimestamps) {
    const at = transportAt + TCP_HEADER_LENGTH;
    put32(frame, at, NOP_NOP_TIMESTAMPS);
    put32(frame, at + 4, timestampValue(record, services.timestampClock.ticks(now)));
    put32(frame, at + 8, record.tsRecent);
  }
  if (key !== undefined) {
    const at = transportAt + signatureAt;
    signTcp(frame, transportAt, frame.length, localAddress, remoteAddress, key, at);
  }
  const pseudo = pseudoSum(localAddress, remoteAddress, IpProtocol.tcp, length);
  writeReplyChecksum(frame, transportAt, pseudo, remoteAddress, route);
  services.counters.TcpOutSegs += 1;
  if ((flags & TcpFlag.rst) !== 0) services.counters.TcpOutRsts += 1;
  const header = {
    protocol: IpProtocol.tcp,
    source: localAddress,
    destination: remoteAddress,
    id: ip.nextIdentification(localAddress, remoteAddress, IpProtocol.tcp, true),
    ttl: ip.ttlFor(route),
    tos: record.options.tos,
    dontFragment: true,
    sourceRoute,
    flowLabel: record.flowLabel,
  };
  ip.send(frame, route, header, why, now);
}
