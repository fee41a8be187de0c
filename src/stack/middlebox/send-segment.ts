/** A box says something in the name of one of the ends. */
import {
  encodeTcpOptions,
  IpProtocol,
  pseudoSum,
  type Seq,
  TCP_HEADER_LENGTH,
  type TcpOption,
  toSeq,
  writeTcp,
} from '../../wire/index.ts';
import type { Cause } from '../cause.ts';
import type { Host } from '../host.ts';
import type { Instant } from '../time.ts';
import type { Tuple } from './tuple.ts';

export interface SegmentToSend {
  readonly flags: number;
  readonly seq: Seq;
  readonly ack?: Seq;
  readonly window: number;
  readonly options?: readonly TcpOption[];
}

/** Sends a segment without text from `tuple`'s source to its destination. */
export function sendSegment(
  host: Host,
  tuple: Tuple,
  segment: SegmentToSend,
  why: Cause,
  now: Instant,
): void {
  const { source, destination } = tuple;
  const ip = host.ipFor(destination);
  const route = ip.routes.lookUp(destination);
  if (route === undefined) return;
  const options = encodeTcpOptions(segment.options ?? []);
  const length = TCP_HEADER_LENGTH + options.length;
  const frame = ip.carve(length);
  const fields = {
    sourcePort: tuple.sourcePort,
    destinationPort: tuple.destinationPort,
    seq: segment.seq,
    ack: segment.ack ?? toSeq(0),
    flags: segment.flags,
    window: segment.window,
    urgentPointer: 0,
    options,
    payload: new Uint8Array(0),
  };
  const pseudo = pseudoSum(source, destination, IpProtocol.tcp, length);
  writeTcp(frame, ip.transportAt, fields, pseudo);
  const id = ip.nextIdentification(source, destination, IpProtocol.tcp, true);
  const ttl = ip.ttlFor(route);
  const header = { protocol: IpProtocol.tcp, source, destination, id, ttl, tos: 0 };
  ip.send(frame, route, { ...header, dontFragment: true }, why, now);
}
