/**
 * TCP segments.
 *
 *     tcp   := [encap psp spi N] [port > port] flags seq [ack N] [win N] [urg N] [options]
 *              [/udp(a > b)]
 *     flags := letters of F S R P . E W A U and a digit | '-'
 *     seq   := start:end(length)['!'] | ...(length)
 *
 * The flags come as several tokens: `P.` is a word and a dot, `P.5` a word and the number `.5`.
 */

import type { Cursor } from './cursor.ts';
import { parseTcpOptions, tcpOptionsLength } from './parse-tcp-options.ts';
import type {
  FlagsSpec,
  NumberSpec,
  PacketSpec,
  PortsSpec,
  SequenceSpec,
  TcpSpec,
} from './script.ts';
import type { Token } from './token.ts';
import { quoteForMessage } from './token.ts';

const MAX_U16 = 0xffff;
const MAX_U32 = 0xffff_ffff;

/** An IPv4 header and a TCP header, both without options. */
const HEADERS_LENGTH = 40;

/** The letters of the header's bits. */
const LETTERS: ReadonlyMap<string, Exclude<keyof FlagsSpec, 'ace'>> = new Map([
  ['F', 'fin'],
  ['S', 'syn'],
  ['R', 'rst'],
  ['P', 'psh'],
  ['.', 'ack'],
  ['U', 'urg'],
  ['E', 'ece'],
  ['W', 'cwr'],
  ['A', 'ae'],
]);

export function parseTcp(cursor: Cursor, direction: PacketSpec['direction']): TcpSpec {
  const { place } = cursor.peek();
  const pspSpi = parseEncapsulation(cursor);
  const ports = parsePorts(cursor);
  const flags = parseFlags(cursor);
  const sequence = parseSequence(cursor);
  const ack = cursor.accept('ack') ? parseNumber(cursor, '"ack"') : undefined;
  if (direction === 'inbound' && !cursor.sees('win')) {
    cursor.expected('"win": a packet to inject needs its window');
  }
  const window = cursor.accept('win') ? cursor.integer('"win"', MAX_U16) : undefined;
  const urgentPointer = cursor.accept('urg') ? cursor.integer('"urg"', MAX_U16) : undefined;
  const options = parseTcpOptions(cursor, direction);
  const udpPorts = parseUdpEncapsulation(cursor);
  const length = HEADERS_LENGTH + tcpOptionsLength(options) + sequence.length;
  if (length > MAX_U16) {
    cursor.refuse(
      place,
      `this segment makes an IP packet of ${length} octets, and 65535 is the most`,
    );
  }
  return {
    kind: 'tcp',
    pspSpi,
    ports,
    flags,
    sequence,
    ack,
    window,
    urgentPointer,
    options,
    udpPorts,
  };
}

function parseEncapsulation(cursor: Cursor): number | undefined {
  if (!cursor.accept('encap')) return undefined;
  cursor.expect('psp', 'behind "encap"');
  cursor.expect('spi', 'behind "encap psp"');
  return cursor.integerOrHex('"spi"', MAX_U32);
}

/** `port > port`, if it is there. */
export function parsePorts(cursor: Cursor): PortsSpec | undefined {
  return cursor.seesKind('integer') && cursor.sees('>', 1) ? parsePortPair(cursor) : undefined;
}

function parsePortPair(cursor: Cursor): PortsSpec {
  const source = cursor.integer('the source port', MAX_U16);
  cursor.expect('>', 'between the ports');
  return { source, destination: cursor.integer('the destination port', MAX_U16) };
}

function parseUdpEncapsulation(cursor: Cursor): PortsSpec | undefined {
  if (!cursor.accept('/')) return undefined;
  cursor.expect('udp', 'behind "/"');
  cursor.expect('(', 'behind "/udp"');
  const ports = parsePortPair(cursor);
  cursor.expect(')', 'behind the ports of UDP');
  return ports;
}

function parseFlags(cursor: Cursor): FlagsSpec {
  const first = cursor.peek();
  if (cursor.accept('-')) return readFlags(cursor, first, '');
  // The number may be the sequence range of a packet without flags, which is a mistake.
  const digit = cursor.sees(':', 1) ? undefined : cursor.acceptKind('integer');
  let text = cursor.acceptKind('word')?.text ?? digit?.text ?? '';
  text += cursor.acceptKind('float')?.text ?? (cursor.accept('.') ? '.' : '');
  if (text === '') cursor.expected('the flags of a TCP segment, "udp" or "icmp"');
  return readFlags(cursor, first, text);
}

function readFlags(cursor: Cursor, token: Token, text: string): FlagsSpec {
  const flags = {
    fin: false,
    syn: false,
    rst: false,
    psh: false,
    ack: false,
    urg: false,
    ece: false,
    cwr: false,
    ae: false,
  };
  let ace: number | undefined;
  for (const letter of text) {
    const name = LETTERS.get(letter);
    if (name !== undefined) {
      flags[name] = true;
    } else if (/[0-7]/.test(letter) && ace === undefined) {
      ace = Number(letter);
    } else {
      const shown = quoteForMessage(text);
      cursor.refuse(
        token.place,
        `expected TCP flags, letters of FSRP.EWAU or one of 0 to 7, found ${shown}`,
      );
    }
  }
  if (ace !== undefined && (flags.ece || flags.cwr || flags.ae)) {
    cursor.refuse(token.place, 'E, W and A are the bits of the ACE counter: write them or a digit');
  }
  return { ...flags, ace };
}

/** Numbers as written; the end must agree with the length, and none may pass 2³² − 1. */
export function parseSequence(cursor: Cursor): SequenceSpec {
  const { place } = cursor.peek();
  if (cursor.acceptKind('ellipsis')) {
    return { kind: 'ignored', length: parsePayloadLength(cursor) };
  }
  if (!cursor.seesKind('integer')) cursor.expected('the sequence range, start:end(length)');
  const start = cursor.integer('the sequence number', MAX_U32);
  cursor.expect(':', 'behind the sequence number');
  const end = cursor.integer('the end of the sequence range', MAX_U32);
  const length = parsePayloadLength(cursor);
  if (end !== start + length) {
    cursor.refuse(place, `${start}:${end} is a range of ${end - start} octets, not of ${length}`);
  }
  return { kind: cursor.accept('!') ? 'absolute' : 'relative', start, length };
}

function parsePayloadLength(cursor: Cursor): number {
  cursor.expect('(', 'and the length of the payload');
  const length = cursor.integer('the length of the payload', MAX_U16);
  cursor.expect(')', 'behind the length of the payload');
  return length;
}

function parseNumber(cursor: Cursor, what: string): NumberSpec {
  const value = cursor.integer(what, MAX_U32);
  return { value, isAbsolute: cursor.accept('!') };
}
