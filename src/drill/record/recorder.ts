/**
 * A packetdrill script from what was seen: the segments of one connection as its host saw them, and
 * the socket calls that make a host behave so. The calls are an inference: what a capture cannot
 * tell is left out, and said in a remark.
 */
import { us } from '../../stack/index.ts';
import { ABSENT, isIpv6, TcpFlag } from '../../wire/index.ts';
import {
  type Action,
  type Microseconds,
  NOWHERE,
  type Script,
  type ScriptEvent,
  type ScriptOption,
} from '../syntax/script.ts';
import { atTheHost, type DirectedSegment } from './at-the-host.ts';
import * as calls from './calls.ts';
import { type Connection, printEnd } from './connection.ts';
import { Notation } from './packets.ts';
import { has, isAbort, isHalfClose, isNagleOff, writeAt } from './program.ts';
import { mssOf, Reader } from './reader.ts';

/** Which end of a connection is the host under test. */
export type LocalEnd = 'opener' | 'acceptor';

/** A script, and what a reader of it should know. */
export interface RecordedScript {
  readonly script: Script;
  readonly remarks: readonly string[];
}

/** The connection cannot be made a script of, in words. */
export class RecordError extends Error {
  override readonly name: string = 'RecordError';
}

/**
 * The script in which the host at one end of the connection is under test.
 *
 * @throws RecordError when the capture lacks the connection's beginning
 */
export function recordScript(connection: Connection, local: LocalEnd): RecordedScript {
  if (!connection.hasBeginning) {
    const ends = `${printEnd(connection.opener)} and ${printEnd(connection.acceptor)}`;
    throw new RecordError(
      `the capture lacks the beginning of the connection of ${ends}, which a script needs`,
    );
  }
  return new Recorder(connection, local).record();
}

const DEFAULT_MTU = 1500;
/** What is between MSS and MTU. */
const HEADERS = { ipv4: 40, ipv6: 60 } as const;
/** What a host assumes of a peer that announces no MSS (RFC 9293 §3.7.1). */
const ASSUMED_MSS = { ipv4: 536, ipv6: 1220 } as const;

const LISTENER = 3;

class Recorder {
  readonly #segments: readonly DirectedSegment[];
  readonly #notation = new Notation();
  readonly #reader: Reader;
  readonly #remarks: string[] = [];
  readonly #events: ScriptEvent[] = [];
  readonly #version: 'ipv4' | 'ipv6';
  readonly #isPassive: boolean;
  readonly #beginning: number;
  readonly #mss: number;
  /** The connection's descriptor; the listener is 3. */
  readonly #fd: number;
  #clock: Microseconds = 0;
  #isOpen = false;
  /** Whether the program has closed the socket, or cannot be followed any further. */
  #isClosed = false;
  #hasFinished = false;
  /** How far the program has written, by the script's numbers. */
  #written = 1;

  constructor({ segments, opener, acceptor }: Connection, local: LocalEnd) {
    const isAcceptor = local === 'acceptor';
    this.#version = isIpv6(opener.address) ? 'ipv6' : 'ipv4';
    const directed = segments.map((segment) => ({
      ...segment,
      isInbound: segment.isFromOpener === isAcceptor,
    }));
    const { segments: seen, distance } = atTheHost(directed);
    this.#segments = seen;
    // In a simultaneous open the second SYN, too, is a connect's (RFC 9293 §3.5).
    this.#isPassive = isAcceptor && !seen.some(asksToOpen);
    this.#fd = this.#isPassive ? LISTENER + 1 : LISTENER;
    this.#beginning = seen[0]?.at ?? 0;
    for (const segment of seen) this.#notation.learn(segment);
    this.#reader = new Reader(seen, this.#notation);
    const assumed = ASSUMED_MSS[this.#version];
    this.#mss = Math.min(this.#mssOfSyn(false) ?? assumed, this.#mssOfSyn(true) ?? assumed);
    const [here, there] = isAcceptor ? [acceptor, opener] : [opener, acceptor];
    this.#remarks.push(`${printEnd(here)} is under test, ${printEnd(there)} is the other end.`);
    if (distance > 0) {
      const way = (distance / us(1000)).toFixed(1);
      this.#remarks.push(`Captured ${way} ms away from it; times are reckoned to be its own.`);
    }
  }

  record(): RecordedScript {
    this.#open();
    for (const [at, segment] of this.#segments.entries()) {
      if (segment.isInbound) this.#arrives(segment, at);
      else this.#leaves(segment, at);
    }
    const events = this.#events;
    const script = { options: this.#options(), init: undefined, events, cleanup: undefined };
    return { script, remarks: this.#remarks };
  }

  /** The MSS that a side announces. */
  #mssOfSyn(isInbound: boolean): number | undefined {
    const syn = this.#segments.find(
      (segment) => segment.isInbound === isInbound && has(segment, TcpFlag.syn),
    );
    const mss = syn === undefined ? ABSENT : mssOf(syn);
    return mss === ABSENT ? undefined : mss;
  }

  #options(): readonly ScriptOption[] {
    const mss = this.#mssOfSyn(false);
    const mtu = mss === undefined ? DEFAULT_MTU : mss + HEADERS[this.#version];
    const option = (name: string, value: string): ScriptOption => ({ place: NOWHERE, name, value });
    return [
      ...(this.#version === 'ipv6' ? [option('ip_version', 'ipv6')] : []),
      ...(mtu === DEFAULT_MTU ? [] : [option('mtu', String(mtu))]),
    ];
  }

  /** What the program does before the first segment. */
  #open(): void {
    if (!this.#isPassive) return this.#do(0, ...calls.connecting(LISTENER));
    const answer = this.#segments.find(({ isInbound }) => !isInbound);
    if (answer === undefined || has(answer, TcpFlag.syn)) {
      return this.#do(0, ...calls.listening(LISTENER));
    }
    this.#remarks.push('Nobody listens: the SYN is refused.');
  }

  #arrives(segment: DirectedSegment, at: number): void {
    const time = this.#timeOf(segment);
    this.#do(time, this.#notation.packet(segment));
    this.#openedBy(segment, time);
    this.#reader.take(segment);
    if (!this.#isOpen || this.#isClosed) return;
    const length = this.#reader.readAfter(at);
    if (length > 0) this.#do(time, calls.read(this.#fd, length));
  }

  /** The program learns that the connection is open, or that it will not be. */
  #openedBy(segment: DirectedSegment, time: Microseconds): void {
    const acknowledges = has(segment, TcpFlag.ack) && this.#relativeAck(segment) >= 1;
    if (this.#isOpen || this.#isClosed || !acknowledges) return;
    if (has(segment, TcpFlag.rst)) {
      if (!this.#isPassive) this.#do(time, calls.refused(this.#fd));
      this.#isClosed = true;
      return;
    }
    if (this.#isPassive) {
      if (!this.#segments.some(({ isInbound, flags }) => !isInbound && flags & TcpFlag.syn)) return;
      this.#do(time, calls.accept(LISTENER, this.#fd));
    } else {
      this.#do(time, ...calls.connected(this.#fd));
    }
    this.#isOpen = true;
    if (isNagleOff(this.#segments, this.#mss, this.#notation)) {
      this.#do(time, calls.noDelay(this.#fd));
    }
  }

  #relativeAck({ ack }: DirectedSegment): number {
    return this.#notation.relative(ack, false);
  }

  #leaves(segment: DirectedSegment, at: number): void {
    const time = this.#timeOf(segment);
    if (this.#isOpen && !this.#isClosed) this.#makeHappen(segment, at, time);
    this.#do(time, this.#notation.packet(segment));
  }

  /** What the program does so that the segment leaves. */
  #makeHappen(segment: DirectedSegment, at: number, time: Microseconds): void {
    const length = this.#reader.readBefore(segment);
    if (length > 0) this.#do(time, calls.read(this.#fd, length));
    if (isAbort(segment)) {
      this.#isClosed = true;
      // A reset is also what a close draws before everything was read (RFC 9293 §3.10.4).
      if (this.#reader.unread > 0) return this.#do(time, calls.close(this.#fd));
      return this.#do(time, ...calls.abort(this.#fd));
    }
    this.#writesFor(segment, at, time);
    if (!this.#hasFinished && has(segment, TcpFlag.fin)) this.#close(at, time);
  }

  #writesFor(segment: DirectedSegment, at: number, time: Microseconds): void {
    const end = this.#notation.relative(segment.seq, false) + segment.payloadLength;
    while (segment.payloadLength > 0 && end > this.#written) {
      const { length, endsWithFin } = writeAt(this.#segments, at, this.#written, this.#notation);
      if (length === 0) return this.#lost();
      this.#written += length;
      // A FIN on the only segment of a write: the octets waited for it.
      const waits = endsWithFin && this.#written === end && has(segment, TcpFlag.fin);
      this.#do(time, waits ? calls.sendMore(this.#fd, length) : calls.write(this.#fd, length));
      if (endsWithFin && !waits) this.#close(this.#finAfter(at), time);
    }
  }

  /** New octets that do not follow those before: the capture missed some. */
  #lost(): void {
    this.#remarks.push(
      `The capture lacks octets that the host sent, from ${this.#written} on; calls end there.`,
    );
    this.#isClosed = true;
  }

  #finAfter(at: number): number {
    return this.#segments.findIndex(
      (segment, index) => index >= at && !segment.isInbound && has(segment, TcpFlag.fin),
    );
  }

  #close(finAt: number, time: Microseconds): void {
    this.#hasFinished = true;
    if (isHalfClose(this.#segments, finAt)) {
      this.#do(time, calls.shutdownWrite(this.#fd));
      this.#remarks.push('After its FIN the program reads on; when it closes cannot be told.');
      return;
    }
    this.#isClosed = true;
    this.#do(time, calls.close(this.#fd));
  }

  #timeOf({ at }: DirectedSegment): Microseconds {
    return Math.round((at - this.#beginning) / us(1));
  }

  /** The first thing happens at 0; everything else is timed by what came before it. */
  #do(at: Microseconds, ...actions: readonly Action[]): void {
    for (const action of actions) {
      const time =
        this.#events.length === 0
          ? ({ kind: 'absolute', at: 0 } as const)
          : ({ kind: 'relative', after: Math.max(0, at - this.#clock) } as const);
      this.#events.push({ place: NOWHERE, time, action });
      this.#clock = Math.max(this.#clock, at);
    }
  }
}

/** Whether the host sends a SYN that answers nothing. */
function asksToOpen(segment: DirectedSegment): boolean {
  return !segment.isInbound && has(segment, TcpFlag.syn) && !has(segment, TcpFlag.ack);
}
