/**
 * A server that answers a SYN by a bare ACK and a SYN of its own in place of a SYN-ACK (Beardsley
 * and Qian, "The TCP Split Handshake", 2010). The client finds itself in a simultaneous open (RFC
 * 9293 §3.5, figure 7) and answers with the SYN-ACK; boxes that take the direction of the SYN-ACK
 * for that of the connection are deceived.
 *
 *     client ── SYN ─────▸ server
 *            ◂───── ACK ──
 *            ◂───── SYN ──
 *            ── SYN,ACK ─▸
 *            ◂───── ACK ──
 *
 * Put into the server's host: its TCP knows nothing of it.
 */
import { put16, put32, seqAdd, seqToU32, TcpFlag, toSeq, u16, u32 } from '../../wire/index.ts';
import { cause } from '../cause.ts';
import type { Middlebox } from './middlebox.ts';
import { HookPriority } from './packet-hooks.ts';
import { sendSegment } from './send-segment.ts';
import { changeTcpHeader, tcpHeaderOf } from './tcp-header.ts';
import { inverse, readTuple } from './tuple.ts';

const SPLIT_ACK = cause(
  'split-handshake',
  'the SYN-ACK is sent in two parts',
  'RFC 9293 §3.5, as Beardsley and Qian found in 2010',
);

const SYN_ACK: number = TcpFlag.syn | TcpFlag.ack;

/** Has a server send the SYN,ACK of connections to its port in two parts. */
export function splitHandshake(port: number): Middlebox {
  return {
    install(host): void {
      const { hooks } = host;
      hooks.add('output', HookPriority.mangle, (passing, now) => {
        const header = tcpHeaderOf(passing.packet);
        if (header === undefined || (header.flags & SYN_ACK) !== SYN_ACK) return undefined;
        const { bytes, start, end } = passing.packet;
        const tuple = readTuple(bytes, start, end);
        if (tuple?.sourcePort !== port) return undefined;
        const ack = toSeq(u32(bytes, header.at + 8));
        // It has no number of its own: the SYN behind it takes the first.
        const [seq, window] = [toSeq(u32(bytes, header.at + 4)), u16(bytes, header.at + 14)];
        sendSegment(host, tuple, { flags: TcpFlag.ack, seq, ack, window }, SPLIT_ACK, now);
        changeTcpHeader(passing, header, (b) => {
          b[header.at + 13] = b[header.at + 13]! & ~TcpFlag.ack;
          put32(b, header.at + 8, 0);
        });
        return undefined;
      });
      hooks.add('input', HookPriority.mangle, (passing, now) => {
        const header = tcpHeaderOf(passing.packet);
        if (header === undefined || (header.flags & SYN_ACK) !== SYN_ACK) return undefined;
        const { bytes, start, end } = passing.packet;
        const tuple = readTuple(bytes, start, end);
        if (tuple?.destinationPort !== port) return undefined;
        const next = seqAdd(toSeq(u32(bytes, header.at + 4)), 1);
        const seq = toSeq(u32(bytes, header.at + 8));
        const window = u16(bytes, header.at + 14);
        const last = { flags: TcpFlag.ack, seq, ack: next, window };
        sendSegment(host, inverse(tuple), last, SPLIT_ACK, now);
        // To the server's TCP it is the ACK that it waits for.
        changeTcpHeader(passing, header, (b) => {
          b[header.at + 13] = b[header.at + 13]! & ~TcpFlag.syn;
          put32(b, header.at + 4, seqToU32(next));
          put16(b, header.at + 14, window);
        });
        return undefined;
      });
    },
  };
}
