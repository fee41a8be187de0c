/**
 * TCP (RFC 9293): ports, flags, the verdict on the checksum, sequence numbers relative to the first
 * seen of the connection, window, options, length; of a RST with `-v` the text in it.
 *
 * What of payloads is decoded by port is in `tcp-payload.ts`.
 */
import { TCP_HEADER_LENGTH, TcpFlag } from '../wire/index.ts';
import { checksumError, rightChecksum } from './checksum.ts';
import type { Conversation } from './conversations.ts';
import {
  addressKey,
  addressPair,
  endpointPair,
  ipVersion,
  pseudoHeaderSum,
} from './ip-endpoints.ts';
import { hex4, type PacketText, TRUNCATED } from './packet-text.ts';
import { dissectTcpOptions } from './tcp-options.ts';
import { dissectTcpPayload } from './tcp-payload.ts';

const TCP = 6;

/** The flags by their bits from the lowest on. The bit above them, AE, is not printed. */
const FLAG_LETTERS = ['F', 'S', 'R', 'P', '.', 'U', 'E', 'W'] as const;

/** What follows `Flags`, for each of the 256 combinations. */
const FLAG_TEXTS: readonly string[] = Array.from({ length: 256 }, (_, flags) => {
  const letters = FLAG_LETTERS.filter((_letter, bit) => ((flags >>> bit) & 1) === 1);
  return `Flags [${letters.length === 0 ? 'none' : letters.join('')}]`;
});

/** RST payload beyond this is not printed. */
const RST_TEXT_MAXIMUM = 30;

/** The segment at `at`, in an IP packet that has `length` octets for it. */
export function dissectTcp(
  t: PacketText,
  at: number,
  length: number,
  ipAt: number,
  isFragment: boolean,
): void {
  t.protocol = 'tcp';
  if (!t.has(at + 2, 2)) {
    t.text += `${addressPair(t, ipAt)}:`;
    t.truncated();
    return;
  }
  const source = t.u16(at);
  const destination = t.u16(at + 2);
  const names = [t.names.tcpPort(source), t.names.tcpPort(destination)] as const;
  t.text += `${endpointPair(t, ipAt, TCP, ...names)}: `;
  if (!t.has(at, TCP_HEADER_LENGTH)) {
    t.truncated();
    return;
  }
  const headerLength = (t.u8(at + 12) >>> 4) * 4;
  const payloadLength = length - headerLength;
  if (headerLength < TCP_HEADER_LENGTH) {
    t.text += ` tcp ${payloadLength >>> 0} [bad hdr length ${headerLength} - too short, < 20]`;
    return;
  }
  if (t.flags.quiet > 0) {
    t.text += `tcp ${payloadLength >>> 0}`;
    if (payloadLength < 0) {
      t.text += ` [bad hdr length ${headerLength} - too long, > ${length}]`;
    }
    return;
  }
  const flags = t.u8(at + 13);
  t.text += FLAG_TEXTS[flags];
  const numbers = relativeNumbers(t, at, ipAt, flags, source, destination);
  if (payloadLength < 0) {
    t.text += ` [bad hdr length ${headerLength} - too long, > ${length}]`;
    return;
  }
  if (t.flags.verbose > 0 && !t.flags.ignoreChecksums && !isFragment) {
    dissectChecksum(t, at, length, ipAt);
  }
  dissectNumbers(t, at, flags, numbers, payloadLength);
  if (headerLength > TCP_HEADER_LENGTH) {
    const segment = { at, headerLength, payloadLength, flags, sackBase: numbers.sackBase };
    if (!dissectTcpOptions(t, segment)) return;
  }
  t.text += `, length ${payloadLength}`;
  if (payloadLength === 0) return;
  if (!t.has(at, headerLength)) {
    t.text += ` [remaining caplen(${t.remaining(at)}) < header length(${headerLength})]`;
    throw TRUNCATED;
  }
  if ((flags & TcpFlag.rst) !== 0 && t.flags.verbose > 0) {
    dissectRstText(t, at + headerLength, payloadLength);
    return;
  }
  dissectTcpPayload(t, at + headerLength, payloadLength, source, destination);
}

/** Sequence numbers as they are printed; blocks of SACK are printed less `sackBase`. */
interface PrintedNumbers {
  readonly seq: number;
  readonly ack: number;
  readonly sackBase: number;
}

function relativeNumbers(
  t: PacketText,
  at: number,
  ipAt: number,
  flags: number,
  source: number,
  destination: number,
): PrintedNumbers {
  const seq = t.u32(at + 4);
  const ack = t.u32(at + 8);
  if (t.flags.absoluteSequence || (flags & TcpFlag.ack) === 0) return { seq, ack, sackBase: 0 };
  const version = ipVersion(t, ipAt);
  const from = addressKey(t, ipAt + (version === 6 ? 8 : 12), version);
  const to = addressKey(t, ipAt + (version === 6 ? 24 : 16), version);
  const fromHigher = source === destination ? from > to : source > destination;
  const { conversation, isNew } = fromHigher
    ? t.conversations.find(destination, source, to, from)
    : t.conversations.find(source, destination, from, to);
  if (!isNew && (flags & TcpFlag.syn) === 0) return subtract(seq, ack, conversation, fromHigher);
  const peer = (ack - 1) >>> 0;
  conversation.lower = fromHigher ? peer : seq;
  conversation.higher = fromHigher ? seq : peer;
  return { seq, ack, sackBase: peer };
}

function subtract(
  seq: number,
  ack: number,
  conversation: Conversation,
  fromHigher: boolean,
): PrintedNumbers {
  const own = fromHigher ? conversation.higher : conversation.lower;
  const peer = fromHigher ? conversation.lower : conversation.higher;
  return { seq: (seq - own) >>> 0, ack: (ack - peer) >>> 0, sackBase: peer };
}

function dissectChecksum(t: PacketText, at: number, length: number, ipAt: number): void {
  if (!t.has(at, length)) return;
  const found = t.u16(at + 16);
  const error = checksumError(t.bytes, at, at + length, pseudoHeaderSum(t, ipAt, TCP, length));
  const verdict = error === 0 ? 'correct' : `incorrect -> 0x${hex4(rightChecksum(found, error))}`;
  t.text += `, cksum 0x${hex4(found)} (${verdict})`;
}

function dissectNumbers(
  t: PacketText,
  at: number,
  flags: number,
  { seq, ack }: PrintedNumbers,
  payloadLength: number,
): void {
  const isWorthASeq = (flags & (TcpFlag.syn | TcpFlag.fin | TcpFlag.rst)) !== 0;
  if (t.flags.verbose > 1 || payloadLength > 0 || isWorthASeq) {
    t.text += `, seq ${seq}`;
    if (payloadLength > 0) t.text += `:${(seq + payloadLength) >>> 0}`;
  }
  if ((flags & TcpFlag.ack) !== 0) t.text += `, ack ${ack}`;
  t.text += `, win ${t.u16(at + 14)}`;
  if ((flags & TcpFlag.urg) !== 0) t.text += `, urg ${t.u16(at + 18)}`;
}

/** RFC 9293 §3.5.3 allows data in a RST: text that explains it. */
function dissectRstText(t: PacketText, at: number, length: number): void {
  t.text += t.has(at, length) ? ' [RST' : ' [!RST';
  if (length > RST_TEXT_MAXIMUM) t.text += '+';
  t.text += ' ';
  const end = Math.min(at + Math.min(length, RST_TEXT_MAXIMUM), t.end);
  for (let i = at; i < end; i++) t.visible(t.u8(i));
  t.text += ']';
}
