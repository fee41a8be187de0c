/**
 * What must hold of a connection at every moment, whatever the network does: a witness of one host
 * that looks at the control block behind each segment. The laws are those of issue and RFC, stated
 * once more and apart from the code that keeps them.
 */
import type { Cause, FourTuple, Instant, TcpState } from '../../src/stack/index.ts';
import { NEVER, Tcb } from '../../src/stack/index.ts';
import { type Seq, seqAdd, TcpFlag, type TcpSegment } from '../../src/wire/index.ts';
import { inFlight } from '../../src/stack/tcp/recovery/rate-reduction.ts';
import { isSynchronized } from '../../src/stack/tcp/states.ts';
import { check, type Witness } from './world-options.ts';
import type { Party } from './world-party.ts';

/** What only the head of a packet queue may hold beyond a limit: Linux's longest packet. */
const LONGEST_PACKET = 65_536;

/** Causes of retransmissions that the congestion window allows. */
const BY_LOSS: ReadonlySet<string> = new Set([
  'fast-retransmit',
  'partial-ack',
  'retransmit-after-timeout',
  'too-long-for-path',
]);

/** How often the interesting states were seen. */
export interface Sightings {
  sackBlocks: number;
  recoveries: number;
  losses: number;
  reductions: number;
  windowLimited: number;
  marksEchoed: number;
  newDataProbes: number;
}

export const noSightings = (): Sightings => ({
  sackBlocks: 0,
  recoveries: 0,
  losses: 0,
  reductions: 0,
  windowLimited: 0,
  marksEchoed: 0,
  newDataProbes: 0,
});

export class ConnectionLaws implements Witness {
  readonly #party: Party;
  readonly #seen: Sightings;
  #tcb: Tcb | undefined = undefined;
  /** The connection is CLOSED, or a RST that is in sequence has reached it. */
  #isOver = false;
  #phase = 'Open';
  #largestMemory = 0;
  /** Where new data ends that was beyond cwnd: it must turn out to be a tail loss probe. */
  #beyondWindow: Seq | undefined = undefined;

  constructor(party: Party, seen: Sightings) {
    this.#party = party;
    this.#seen = seen;
  }

  stateEntered(connection: FourTuple, from: TcpState, to: TcpState): void {
    if (to === 'CLOSED') {
      // A listening socket closes, too, and has no peer.
      if (connection.remotePort === this.#tcb?.remotePort) this.#isOver = true;
      return;
    }
    const tcb = this.#party.host.tcp.find(connection);
    if (!(tcb instanceof Tcb)) return; // a listening socket, or a record
    if (tcb !== this.#tcb || from === 'CLOSED' || from === 'LISTEN') this.#isOver = false;
    this.#tcb = tcb;
  }

  sent(segment: TcpSegment, why: Cause, now: Instant): void {
    const isReset = (segment.flags & TcpFlag.rst) !== 0;
    check(isReset || !this.#isOver, `${why.name}: nothing is sent after a RST or in CLOSED`);
    const tcb = this.#tcb;
    if (tcb === undefined || isReset) return;
    this.#lookAt(tcb, now);
    if ((segment.flags & TcpFlag.syn) === 0) this.#mayGo(tcb, segment, why);
  }

  arrives(segment: TcpSegment, now: Instant): void {
    const tcb = this.#tcb;
    if (tcb === undefined) return;
    this.#lookAt(tcb, now);
    if (tcb.ecn !== undefined && (segment.flags & (TcpFlag.ece | TcpFlag.syn)) === TcpFlag.ece) {
      this.#seen.marksEchoed += 1;
    }
    const isReset = (segment.flags & (TcpFlag.rst | TcpFlag.syn)) === TcpFlag.rst;
    if (isReset && isSynchronized(tcb.state) && tcb.state !== 'TIME-WAIT') {
      if (segment.seq === tcb.rcv.nxt) this.#isOver = true; // RFC 5961 §3.2
    }
  }

  /** The connection has ended: it keeps nothing. */
  expectEmpty(): void {
    const { host, side } = this.#party;
    check(host.tcp.connectionCount === 0, `no connection of the ${side} is in the table`);
    check(host.tcp.orphans === 0, `no connection of the ${side} counts as an orphan`);
    check(host.tcp.listeners.values().length === 0, `no listener of the ${side} is left`);
    check([...host.tcpSockets.ports.all()].length === 0, `no port of the ${side} is held`);
    const tcb = this.#tcb;
    if (tcb === undefined) return;
    check(tcb.state === 'CLOSED', `the ${side} ends in CLOSED, not ${tcb.state}`);
    check(tcb.timers.next() === NEVER, `no timer of the ${side} runs`);
    check(tcb.sendBuffer.length === 0, `the ${side} keeps nothing to send`);
    check(tcb.receiveBuffer.length === 0, `the ${side} keeps nothing to read`);
    check(tcb.sent.count === 0, `the ${side} remembers no segment in flight`);
  }

  /** New data and what is sent again go as far as the congestion window (RFC 5681 §3.1). */
  #mayGo(tcb: Tcb, segment: TcpSegment, why: Cause): void {
    const { window } = tcb;
    const inNetwork = inFlight(tcb);
    const described = `${why.name} with ${inNetwork} in flight, cwnd ${window.cwnd}`;
    check(Number.isInteger(window.cwnd) && window.cwnd >= 1, `cwnd ${window.cwnd} is no window`);
    if (BY_LOSS.has(why.name)) {
      check(inNetwork < window.cwnd, described);
    }
    if (why.name !== 'data' || segment.payloadLength === 0) return;
    if (inNetwork < window.cwnd) return;
    const isProbing = tcb.hasSack && tcb.profile.lossRecovery.earlyRetransmit >= 3;
    check(isProbing, described);
    this.#beyondWindow = seqAdd(segment.seq, segment.payloadLength);
  }

  #lookAt(tcb: Tcb, now: Instant): void {
    this.#checkProbe(tcb);
    this.#checkTimers(tcb, now);
    this.#checkMemory(tcb);
    const { phase } = tcb.recovery;
    if (phase !== this.#phase) {
      if (phase === 'Recovery') this.#seen.recoveries += 1;
      if (phase === 'Loss') this.#seen.losses += 1;
      if (phase === 'CWR') this.#seen.reductions += 1;
      this.#phase = phase;
    }
    if (tcb.sent.sacked > 0) this.#seen.sackBlocks += 1;
    if (tcb.sent.count > 0 && inFlight(tcb) >= tcb.window.cwnd) this.#seen.windowLimited += 1;
  }

  #checkProbe({ recovery, window }: Tcb): void {
    const end = this.#beyondWindow;
    if (end === undefined) return;
    this.#beyondWindow = undefined;
    check(recovery.probeEnd === end, `data beyond cwnd ${window.cwnd} that is no probe`);
    this.#seen.newDataProbes += 1;
  }

  /** RFC 6298 (2.4) and (2.5), as the profile has them. */
  #checkTimers({ rtt, timers, profile, services }: Tcb, now: Instant): void {
    const { minimumRto, maximumRto, initialRto } = profile.retransmission;
    const least = Math.min(minimumRto, initialRto);
    check(rtt.rto >= least && rtt.rto <= maximumRto, `RTO is ${rtt.rto} ns`);
    const last = services.clock.after(now, maximumRto); // where timers have ticks, by one of those
    for (const at of [timers.retransmission, timers.probe]) {
      check(at === NEVER || at <= last, `a timer runs for ${at - now} ns`);
    }
    check(timers.retransmission === NEVER || timers.probe === NEVER, 'RTO or probe, not both');
  }

  #checkMemory(tcb: Tcb): void {
    const { sendBuffer, receiveBuffer, rcv, sent, profile } = tcb;
    // Each ACK rounds the window up to the field's unit (Linux ALIGN()), so that segments get beyond
    // the space; the memory bounds them, and the last one had found it not reached.
    this.#largestMemory = Math.max(this.#largestMemory, rcv.memory, rcv.space, rcv.offered);
    // What a SYN carries is taken whole, too (Linux tcp_fastopen_add_skb()).
    const takesWhole = profile.takesBeyondWindow || tcb.fastOpen !== undefined;
    const over = takesWhole ? LONGEST_PACKET : rcv.segmentSize;
    const held = receiveBuffer.length;
    check(held <= this.#largestMemory + over, `${held} octets held in ${this.#largestMemory}`);
    // As on Linux, a packet of which a part was sent is filled up again, whatever the limit says: so
    // what is in flight, which the peer's window bounds, may come on top.
    const most = tcb.sendSpace + LONGEST_PACKET + tcb.snd.largestWindow;
    check(sendBuffer.length <= most, `${sendBuffer.length} octets to send in ${tcb.sendSpace}`);
    check(sent.count <= sendBuffer.length + 1, `${sent.count} segments remembered`);
  }
}
