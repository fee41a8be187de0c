/**
 * A SYN proxy (Linux xt_SYNPROXY): a box before a server answers SYNs in its name, with a cookie
 * for a sequence number (RFC 4987 §3.6), and keeps nothing. Whoever brings the cookie back is real;
 * only then the box opens the connection to the server, with the numbers of the client's SYN.
 *
 *     client ── SYN ──▸ proxy            server
 *            ◂─ SYN,ACK ─               window 0: it shall send nothing yet
 *            ── ACK ──▸  ── SYN ──▸
 *                        ◂─ SYN,ACK ──
 *            ◂─ window ─ ── ACK ──▸     from here on the box only shifts the server's numbers
 *
 * The box answers before it knows the server, so window scaling, SACK and timestamps are not agreed
 * on.
 */
import {
  ABSENT,
  readTcpOptions,
  seqAdd,
  seqDiff,
  TCP_HEADER_LENGTH,
  TcpFlag,
} from '../../wire/index.ts';
import { type DecodeError, decodeTcp, type Seq, type TcpSegment } from '../../wire/index.ts';
import { type Cause, cause } from '../cause.ts';
import type { Host } from '../host.ts';
import { cookieMinute, mssOfCookie, synCookie } from '../tcp/listen/syn-cookies.ts';
import type { FourTuple } from '../trace.ts';
import type { Instant } from '../time.ts';
import type { Flow } from './flow.ts';
import type { Middlebox } from './middlebox.ts';
import { HookPriority } from './packet-hooks.ts';
import type { PassingPacket } from './passing-packet.ts';
import { sendSegment } from './send-segment.ts';
import { tcpHeaderOf } from './tcp-header.ts';
import { inverse, readTuple, type Tuple } from './tuple.ts';

const SYN_TAKEN = cause('syn-proxy-syn', 'the proxy answers by itself', 'RFC 4987 §3.6');
const ACK_TAKEN = cause('syn-proxy-ack', 'the proxy opens to the server', 'RFC 4987 §3.6');
const NO_COOKIE = cause('syn-proxy-no-cookie', 'it brings no cookie back', 'RFC 4987 §3.6');
const SYN_ACK_TAKEN = cause('syn-proxy-open', 'the proxy joins the two halves', 'RFC 4987 §3.6');
const COOKIE = cause('syn-proxy-cookie', 'a cookie in the server’s name', 'RFC 4987 §3.6');
const OPENS = cause('syn-proxy-opens', 'the client has shown that it is real', 'RFC 4987 §3.6');
const JOINS = cause('syn-proxy-joins', 'both halves are open', 'RFC 4987 §3.6');
const REFUSED = cause('syn-proxy-refused', 'the server refuses', 'RFC 4987 §3.6');

const DEFAULT_MSS = 536;
/** What the SYN-ACK announces is of this MTU: the box does not know the server's yet. */
const PROXY_MTU = 1500;

/** A connection that the proxy opens to the server. */
interface Opening {
  readonly clientIss: Seq;
  readonly proxyIss: Seq;
  readonly mss: number;
  readonly window: number;
}

/** Guards the servers' `port` against SYNs that pass. */
export function synProxy(port: number): Middlebox {
  return { install: (host): void => void new SynProxy(host, port) };
}

class SynProxy {
  readonly #host: Host;
  readonly #openings = new Map<Flow, Opening>();

  constructor(host: Host, port: number) {
    this.#host = host;
    const { tracker } = host;
    tracker.onForgotten((flow) => this.#openings.delete(flow));
    tracker.hooks.add('prerouting', HookPriority.mangle, (passing, now) => {
      const { bytes, payloadAt, start, end } = passing.packet;
      if (tcpHeaderOf(passing.packet) === undefined) return undefined;
      const tuple = readTuple(bytes, start, end);
      const segment = decodeTcp(bytes, payloadAt, end);
      if (tuple === undefined || isError(segment)) return undefined;
      if (tuple.destinationPort === port) return this.#fromClient(passing, tuple, segment, now);
      return tuple.sourcePort === port ? this.#fromServer(passing, segment, now) : undefined;
    });
  }

  #fromClient(
    { flow }: PassingPacket,
    tuple: Tuple,
    segment: TcpSegment,
    now: Instant,
  ): Cause | undefined {
    const { syn, ack, rst } = TcpFlag;
    const isKnown = flow?.isConfirmed === true;
    const kind = segment.flags & (syn | ack | rst);
    if (kind === syn && (!isKnown || this.#openings.has(flow))) {
      this.#answer(tuple, segment, now);
      return SYN_TAKEN;
    }
    const opening = flow && this.#openings.get(flow);
    if (opening !== undefined) {
      this.#open(inverse(tuple), opening, now); // it waits for what the server does not answer
      return ACK_TAKEN;
    }
    if (isKnown) return undefined;
    return kind === ack && this.#bringsCookie(tuple, segment, now) ? ACK_TAKEN : NO_COOKIE;
  }

  #answer(tuple: Tuple, segment: TcpSegment, now: Instant): void {
    const { mss } = readTcpOptions(segment.bytes, segment.start + 20, segment.payloadAt);
    const minute = cookieMinute(this.#host.clock.uptime(now));
    const keys = this.#host.tcp.synCookieKeys();
    const announced = mss === ABSENT ? DEFAULT_MSS : mss;
    const seq = synCookie(keys, connectionOf(tuple), segment.seq, minute, announced);
    const flags = TcpFlag.syn | TcpFlag.ack;
    const { headerLength } = this.#host.ipFor(tuple.source);
    const proxyMss = PROXY_MTU - headerLength - TCP_HEADER_LENGTH;
    const options = [{ kind: 'maximum-segment-size', mss: proxyMss }] as const;
    const answer = { flags, seq, ack: seqAdd(segment.seq, 1), window: 0, options };
    sendSegment(this.#host, inverse(tuple), answer, COOKIE, now);
  }

  #bringsCookie(tuple: Tuple, segment: TcpSegment, now: Instant): boolean {
    const minute = cookieMinute(this.#host.clock.uptime(now));
    const [clientIss, proxyIss] = [seqAdd(segment.seq, -1), seqAdd(segment.ack, -1)];
    const keys = this.#host.tcp.synCookieKeys();
    const mss = mssOfCookie(keys, connectionOf(tuple), clientIss, minute, proxyIss);
    if (mss === undefined) return false;
    const opening = { clientIss, proxyIss, mss, window: segment.window };
    this.#open(inverse(tuple), opening, now);
    const flow = this.#host.tracker.find(tuple)?.flow;
    if (flow !== undefined) this.#openings.set(flow, opening);
    return true;
  }

  /** The client's SYN, made anew. */
  #open(toClient: Tuple, { clientIss, mss, window }: Opening, now: Instant): void {
    const options = [{ kind: 'maximum-segment-size', mss }] as const;
    const syn = { flags: TcpFlag.syn, seq: clientIss, window, options };
    sendSegment(this.#host, inverse(toClient), syn, OPENS, now);
  }

  /** The server answers: the client may send now, and the numbers of the two halves are joined. */
  #fromServer({ flow }: PassingPacket, segment: TcpSegment, now: Instant): Cause | undefined {
    const opening = flow && this.#openings.get(flow);
    if (flow === undefined || opening === undefined) return undefined;
    const { syn, ack, rst } = TcpFlag;
    const { clientIss, proxyIss } = opening;
    const toClient = inverse(flow.original);
    this.#openings.delete(flow);
    if ((segment.flags & rst) !== 0) {
      const reset = { flags: rst | ack, seq: seqAdd(proxyIss, 1), ack: seqAdd(clientIss, 1) };
      sendSegment(this.#host, toClient, { ...reset, window: 0 }, REFUSED, now);
      return SYN_ACK_TAKEN;
    }
    if ((segment.flags & (syn | ack)) !== (syn | ack)) return undefined;
    flow.shift = { original: 0, reply: seqDiff(proxyIss, segment.seq), translatesSack: true };
    // Both pass the shift on their way out.
    const [next, mine] = [seqAdd(clientIss, 1), seqAdd(proxyIss, 1)];
    const toServer = { flags: ack, seq: next, ack: mine, window: opening.window };
    sendSegment(this.#host, flow.original, toServer, JOINS, now);
    const { window } = segment;
    const update = { flags: ack, seq: seqAdd(segment.seq, 1), ack: next, window };
    sendSegment(this.#host, toClient, update, JOINS, now);
    return SYN_ACK_TAKEN;
  }
}

function isError(decoded: TcpSegment | DecodeError): decoded is DecodeError {
  return !('flags' in decoded);
}

/** As the server has it. */
function connectionOf({ source, sourcePort, destination, destinationPort }: Tuple): FourTuple {
  return {
    localAddress: destination,
    localPort: destinationPort,
    remoteAddress: source,
    remotePort: sourcePort,
  };
}
