/**
 * A DNS server (RFC 1035): it answers from its zone, over UDP and, where an answer is too long for
 * a datagram, over TCP (RFC 7766).
 *
 * It is authoritative for what it has and knows nothing else. It says that recursion is available,
 * because all that stub resolvers can ask it for, it has.
 */
import type { Process, StreamSocket } from '../../sim/index.ts';
import { SocketError } from '../../stack/index.ts';
import { concat, DecodeError, put16, u16 } from '../../wire/index.ts';
import { ByteReader } from '../byte-reader.ts';
import {
  decodeDns,
  type DnsMessage,
  encodeDns,
  type ResourceRecord,
  type ResponseCode,
} from './message.ts';
import type { Zone } from './zone.ts';

/** The port of DNS. */
export const DNS_PORT = 53;

/** RFC 1035 §4.2.1: the most that a datagram carries, unless the client takes more. */
const DATAGRAM_MAXIMUM = 512;

/** What servers send at most all the same, so that nothing is fragmented (DNS Flag Day 2020). */
const EDNS_MAXIMUM = 1232;

/** A question is short; more octets are none. */
const QUERY_MAXIMUM = 4096;

/** How many names in turn an alias leads to, before it is taken for a circle. */
const ALIAS_MAXIMUM = 8;

/** Serves for as long as its process lives: run it in a daemon. @throws SocketError EADDRINUSE */
export async function serveDns(process: Process, zone: Zone): Promise<void> {
  const socket = process.socket('datagram');
  socket.bind(DNS_PORT);
  const listener = process.socket('stream');
  listener.setsockopt('SO_REUSEADDR', 1);
  listener.bind(DNS_PORT);
  listener.listen();
  process.thread(async () => {
    for (;;) {
      const connection = await listener.accept();
      process.thread(() => serveConnection(connection, zone));
    }
  });
  for (;;) {
    const { payload, from } = await socket.recv();
    const answer = answerTo(payload, zone, 'udp');
    if (answer === undefined) continue;
    try {
      socket.send(answer, from);
    } catch (error) {
      if (!(error instanceof SocketError)) throw error; // there is no way back to the client
    }
  }
}

/** RFC 1035 §4.2.2: messages with their length before them, as many as the client likes. */
async function serveConnection(connection: StreamSocket, zone: Zone): Promise<void> {
  try {
    const reader = new ByteReader(() => connection.recv());
    for (;;) {
      const query = await readMessage(reader, QUERY_MAXIMUM);
      const answer = query && answerTo(query, zone, 'tcp');
      if (answer === undefined) break;
      await connection.send(withLength(answer));
    }
  } catch (error) {
    if (!(error instanceof SocketError)) throw error; // the client went away
  }
  await connection.close();
}

/** A message as TCP carries it. */
export function withLength(message: Uint8Array): Uint8Array {
  const length = new Uint8Array(2);
  put16(length, 0, message.length);
  return concat(length, message);
}

/** The next message of a connection; nothing at its end, or when it is too long. */
export async function readMessage(
  reader: ByteReader,
  maximum: number,
): Promise<Uint8Array | undefined> {
  const prefix = await reader.exactly(2);
  if (prefix === undefined) return undefined;
  const length = u16(prefix, 0);
  return length > maximum ? undefined : reader.exactly(length);
}

/** The answer's bytes; none for what is no question (RFC 1035 §7.3: it may be an answer). */
function answerTo(bytes: Uint8Array, zone: Zone, by: 'udp' | 'tcp'): Uint8Array | undefined {
  const query = decodeDns(bytes);
  if (query instanceof DecodeError) return malformed(bytes);
  if (query.isResponse) return undefined;
  const answer = answerFrom(zone, query);
  const encoded = encodeDns(answer);
  const longest = Math.min(Math.max(query.udpPayloadSize ?? 0, DATAGRAM_MAXIMUM), EDNS_MAXIMUM);
  if (by === 'tcp' || encoded.length <= longest) return encoded;
  return encodeDns({ ...answer, truncated: true, answers: [], authorities: [] });
}

/** What begins with a header has an answer that says so (RFC 1035 §4.1.1, format error). */
function malformed(bytes: Uint8Array): Uint8Array | undefined {
  const isQuery = bytes.length > 2 && (bytes[2]! & 0x80) === 0;
  if (bytes.length < 12 || !isQuery) return undefined;
  return encodeDns({ ...NOTHING, id: u16(bytes, 0), rcode: 'FORMERR' });
}

const NOTHING: DnsMessage = {
  id: 0,
  isResponse: true,
  opcode: 'QUERY',
  authoritative: false,
  truncated: false,
  recursionDesired: false,
  recursionAvailable: true,
  rcode: 'NOERROR',
  questions: [],
  answers: [],
  authorities: [],
  udpPayloadSize: undefined,
};

/**
 * RFC 1034 §4.3.2: what the zone has of a name, along its aliases. That it has nothing is said by
 * the start of authority (RFC 2308 §2).
 */
export function answerFrom(zone: Zone, query: DnsMessage): DnsMessage {
  const { id, recursionDesired, questions } = query;
  const udpPayloadSize = query.udpPayloadSize === undefined ? undefined : EDNS_MAXIMUM;
  const answer = { ...NOTHING, id, recursionDesired, udpPayloadSize };
  const refuse = (rcode: ResponseCode): DnsMessage => ({ ...answer, rcode });
  if (query.opcode !== 'QUERY') return refuse('NOTIMP');
  const [question] = questions;
  if (question === undefined || questions.length > 1) return refuse('FORMERR');
  const answers: ResourceRecord[] = [];
  let { name } = question;
  for (let aliases = 0; aliases <= ALIAS_MAXIMUM; aliases++) {
    const records = zone.of(name);
    const found = { ...answer, authoritative: true, questions, answers };
    const isWanted = ({ type }: ResourceRecord): boolean =>
      type === question.type || question.type === 'ANY';
    const wanted = records?.filter(isWanted) ?? [];
    answers.push(...wanted);
    if (wanted.length > 0) return found;
    const alias = records?.find(({ type }) => type === 'CNAME');
    if (alias?.type !== 'CNAME') {
      const soa = zone.authorityOf(name);
      const authorities = soa === undefined ? [] : [soa];
      return { ...found, authorities, rcode: records === undefined ? 'NXDOMAIN' : 'NOERROR' };
    }
    answers.push(alias);
    name = alias.data;
  }
  return refuse('SERVFAIL');
}
