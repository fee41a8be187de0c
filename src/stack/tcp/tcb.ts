/**
 * The transmission control block (RFC 9293 §3.3.1): the fields of one connection, by the RFC's
 * names, and no behaviour beyond moving from state to state.
 */
import {
  type IpAddress,
  IpProtocol,
  pseudoSumWithoutLength,
  type Seq,
  seqDiff,
  type SourceRoute,
  toSeq,
} from '../../wire/index.ts';
import { assert } from '../assert.ts';
import type { Cause } from '../cause.ts';
import type { Errno } from '../errno.ts';
import type { IpLayer } from '../ip/ip-layer.ts';
import type { CongestionAlgorithm } from './congestion/congestion-profile.ts';
import type { TcpProfile } from './profile.ts';
import type { Port, Route } from '../ip/routing.ts';
import { type Instant, NEVER } from '../time.ts';
import type { FourTuple } from '../trace.ts';
import type { SackCompression } from './receive/ack-policy.ts';
import type { Backlog } from './sockets/backlog.ts';
import { BusyTimes } from './sockets/busy-times.ts';
import type { ConnectionOptions } from './sockets/connection-options.ts';
import { ConnectionCounts } from './sockets/counts.ts';
import { congestionControl } from './congestion/algorithms.ts';
import { Reno } from './congestion/reno.ts';
import type { CongestionControl } from './congestion/congestion-control.ts';
import { CongestionWindow } from './congestion/congestion-window.ts';
import { DelayedAck } from './receive/delayed-ack.ts';
import { DeliveryRate } from './congestion/delivery-rate.ts';
import type { Ecn } from './ecn/ecn-state.ts';
import type { FastOpen } from './fast-open/state.ts';
import { LossRecovery } from './recovery/loss-recovery.ts';
import type { MtuProbing } from './path-mtu/mtu-probing.ts';
import { ReceiveBuffer } from './receive/receive-buffer.ts';
import { RoundTripTime } from './rtt.ts';
import type { ReceiveGrowth } from './receive/receive-growth.ts';
import type { ReceiveTuning } from './receive/receive-tuning.ts';
import type { SackReport } from './receive/sack-report.ts';
import { SendBuffer } from './send/send-buffer.ts';
import type { SendMarks } from './sockets/send-marks.ts';
import { SentSegments } from './recovery/sent-segments.ts';
import { ReceiveSequence, SendSequence } from './sequence-spaces.ts';
import type { PassiveOpen, TcpServices, TcpUser } from './services.ts';
import { mayFollow, type TcpState } from './states.ts';
import { Timers } from './timers.ts';

const ZERO = toSeq(0);

// What stands in for a sender's memory. Nothing is ever written to it but what an acknowledgment
// tells while it is read: a connection that only receives, or idles, is a third lighter.
const NOTHING_SENT = new SentSegments();
const NOTHING_LOST = new LossRecovery(3);
const NEVER_BUSY = new BusyTimes();
const NO_CONTROL = new Reno(0);

export class Tcb implements FourTuple {
  state: TcpState;
  readonly services: TcpServices;
  readonly profile: TcpProfile;
  /** What carries its segments. */
  readonly ip: IpLayer;
  readonly localAddress: IpAddress;
  readonly localPort: number;
  readonly remoteAddress: IpAddress;
  readonly remotePort: number;
  /** What the pseudo-headers of its segments come to, both ways, without their lengths. */
  readonly pseudoSum: number;
  /** The way to the peer, as it was when {@link routeGeneration} was the table's. */
  route: Route;
  routeGeneration: number;
  /** The gateways on it that the program or the peer named (§3.9.2.1). */
  sourceRoute: SourceRoute | undefined = undefined;
  sourceRouteIsGiven = false;
  /** The only link that it goes by, where the peer's address is valid on one only. */
  link: Port | undefined = undefined;
  /** The label of its packets, where the layer below has such (RFC 6437). */
  flowLabel: number;
  /** The longest packet that segments are made for, DF (IP_MTU_DISCOVER), and the search. */
  pathMtu = 0;
  mtuDiscovery = 1;
  mtuProbing: MtuProbing | undefined = undefined;
  /** Where the demultiplexing table keeps this connection's hash. */
  readonly hash: number;
  /** How many connections the host had before this one. */
  readonly serial: number;
  /** Set while a passive open is not accepted yet (MUST-11: how SYN-RECEIVED was entered). */
  listener: PassiveOpen | undefined = undefined;
  user: TcpUser | undefined = undefined;
  /** What waits for the call that has the socket; nothing while none has it. */
  backlog: Backlog | undefined = undefined;
  /** What the program asks for by socket options. */
  options: ConnectionOptions;
  /** TCP Fast Open (RFC 7413), where the connection has to do with it. */
  fastOpen: FastOpen | undefined = undefined;

  readonly snd: SendSequence = new SendSequence();
  readonly rcv: ReceiveSequence = new ReceiveSequence();
  readonly timers: Timers = new Timers();
  readonly rtt: RoundTripTime;
  readonly delayedAck: DelayedAck;
  readonly sendBuffer: SendBuffer = new SendBuffer();
  readonly receiveBuffer: ReceiveBuffer = new ReceiveBuffer();
  // Of a connection that has not sent yet, and of one that has ended, everybody's; see `beSender`.
  sent: SentSegments = NOTHING_SENT;
  recovery: LossRecovery = NOTHING_LOST;
  congestion: CongestionControl = NO_CONTROL;
  /** How fast the network delivers, once there is something to deliver. */
  deliveryRate: DeliveryRate | undefined = undefined;
  window: CongestionWindow;
  congestionAlgorithm: CongestionAlgorithm;
  /** Its entry in the host's timer queue. */
  wakeUp: number | undefined = undefined;

  // Agreed in the handshake (RFC 7323, RFC 2018).
  offersTimestamps = false;
  offersWindowScale = false;
  offersSack = false;
  hasTimestamps = false;
  /** SACK blocks are sent, and those that arrive are read (RFC 2018 §4, §5). */
  sendsSack = false;
  hasSack = false;
  /** Both ends want ECN, or ours has offered it; nothing otherwise. */
  ecn: Ecn | undefined = undefined;
  /** What signs every segment of this connection (RFC 2385). */
  signatureKey: Uint8Array | undefined = undefined;
  /** TS.Recent and when it was taken; Last.ACK.sent (RFC 7323 §4.3). */
  tsRecent = 0;
  tsRecentAt: Instant = 0;
  lastAckSent: Seq = ZERO;
  readonly timestampOffset: number;

  // Sending.
  /** CLOSE or a shutdown of the sending side was called: a FIN follows the data. */
  finQueued = false;
  finSent = false;
  /** MSG_MORE: only full segments go, as TCP_CORK has it, for the call that is under way. */
  heldBack = false;
  /** TCP_NODELAY was set or the cork drawn: what waits goes at once (Linux TCP_NAGLE_PUSH). */
  pushesNow = false;
  /** Whether the program has found the send buffer full, and waits for room (SOCK_NOSPACE). */
  writerWaits = false;
  /** Whether a call waits for the handshake in order to write (Linux sk_write_pending). */
  writerAwaitsOpening = false;
  /** When the next burst may leave (`pacing.ts`). */
  pacedUntil: Instant = 0;
  /** What the send buffer may hold, as the system counts it (SO_SNDBUF; `send-memory.ts`). */
  sendSpace = 0;
  /** Why an acknowledgment must go out with this round of output, if one must. */
  ackOwed: Cause | undefined = undefined;
  /** When a segment was last answered that deserves an answer only so often. */
  answeredAt: Instant = Number.NEGATIVE_INFINITY;
  /** When the SYN was sent whose acknowledgment will be the first measurement; -1 when none is. */
  timedAt: Instant = -1;
  /** When our SYN was sent first. */
  synSentAt: Instant = 0;
  /** Timeouts of the oldest segment, or of the SYN, since something was acknowledged. */
  retransmissions = 0;
  /** When the oldest segment timed out first, for R2. */
  firstTimeoutAt: Instant = NEVER;
  /** Probes, of a closed window or of an idle peer, that no acknowledgment has followed. */
  probes = 0;
  /** How often the interval between probes of the closed window has doubled, and since when. */
  probeBackOff = 0;
  probedSince: Instant = NEVER;
  /** The peer has acknowledged a SYN-ACK, yet is not taken. */
  isAcceptDeferred = false;

  // Receiving and closing.
  /** No process will read any more: CLOSE was called, not only a shutdown. */
  orphaned = false;
  finReceived = false;
  /** The program has shut the reading side. */
  readShut = false;
  /** What the SACK options tell; nothing as long as all came once and in order. */
  sackReport: SackReport | undefined = undefined;
  sackCompression: SackCompression | undefined = undefined;
  /** What makes the receive buffer grow, once data has come. */
  tuning: ReceiveTuning | undefined = undefined;
  receiveGrowth: ReceiveGrowth | undefined = undefined;
  /** Why the connection failed; what the next call of the user reports. */
  error: Errno | undefined = undefined;
  /** A soft error heard of on the way: what a timeout reports instead (RFC 1122 §4.2.3.9). */
  softError: Errno | undefined = undefined;
  /** The next packet's, or `BY_HOST`. */
  ipIdentification: number;

  // For observers and programs.
  /** Bits of `TcpNews`. */
  news = 0;
  readonly counts: ConnectionCounts = new ConnectionCounts();
  busyTimes: BusyTimes = NEVER_BUSY;
  /** The sends of which a program wants to hear more. */
  sendMarks: SendMarks | undefined = undefined;

  constructor(
    services: TcpServices,
    connection: FourTuple,
    route: Route,
    options: ConnectionOptions,
    state: 'CLOSED' | 'LISTEN',
    hash: number,
    serial: number,
  ) {
    this.state = state;
    this.services = services;
    this.profile = services.profile;
    this.ip = services.ipFor(connection.remoteAddress);
    this.flowLabel = this.ip.newFlowLabel();
    this.localAddress = connection.localAddress;
    this.localPort = connection.localPort;
    this.remoteAddress = connection.remoteAddress;
    this.remotePort = connection.remotePort;
    const { localAddress, remoteAddress } = connection;
    this.pseudoSum = pseudoSumWithoutLength(localAddress, remoteAddress, IpProtocol.tcp);
    this.route = route;
    this.options = options;
    this.routeGeneration = this.ip.routes.generation;
    this.hash = hash;
    this.serial = serial;
    const { initialWindow, minimumRto } = route.metrics;
    this.rtt = new RoundTripTime(this.profile.retransmission, services.clock.tick, minimumRto);
    this.window = new CongestionWindow(initialWindow ?? this.profile.congestion.initialWindow);
    this.congestionAlgorithm = this.profile.congestion.algorithm;
    this.delayedAck = new DelayedAck(this.profile.delayedAck, services.clock.tick);
    const { timestamps, timestampClock } = this.profile;
    this.timestampOffset =
      timestamps > 1
        ? timestampClock.start
        : services.choices.timestampOffset(connection, timestampClock);
    this.ipIdentification = this.ip.firstIdentification();
  }
}

/** The connection is about to send data or a FIN for the first time. */
export function beSender(tcb: Tcb): void {
  if (tcb.sent !== NOTHING_SENT) return;
  tcb.sent = new SentSegments();
  tcb.recovery = new LossRecovery(tcb.profile.lossRecovery.reordering);
  tcb.deliveryRate = new DeliveryRate();
  tcb.busyTimes = new BusyTimes();
  beginControl(tcb);
}

/** Whether the connection has sent data or a FIN, or is about to. */
export function isSender({ sent }: Tcb): boolean {
  return sent !== NOTHING_SENT;
}

/** The program or the administrator chose a congestion control; the window stays. */
export function useCongestionControl(tcb: Tcb, name: CongestionAlgorithm): void {
  if (tcb.congestionAlgorithm === name) return;
  tcb.congestionAlgorithm = name;
  if (tcb.sent !== NOTHING_SENT) beginControl(tcb);
}

function beginControl(tcb: Tcb): void {
  tcb.congestion = congestionControl(
    tcb.congestionAlgorithm,
    tcb.profile.congestion.cubic,
    tcb.ecn !== undefined,
    tcb.hash,
    tcb.profile.problems.extraAdditive,
  );
  tcb.congestion.begins?.(tcb.window);
}

/** The connection will not send again. */
export function endSender(tcb: Tcb): void {
  tcb.sent = NOTHING_SENT;
  tcb.recovery = NOTHING_LOST;
  tcb.congestion = NO_CONTROL;
}

/** Enters a state: the only place where one changes, unless a record takes its place. */
export function moveTo(tcb: Tcb, next: TcpState, why: Cause, now: Instant): void {
  const from = tcb.state;
  if (!mayFollow(next, from)) assert(false, `TCP moves from ${from} to ${next}`);
  tcb.state = next;
  tcb.services.trace?.stateEntered(tcb, from, next, why, now);
}

/** The window as sequence numbers in flight: SND.NXT − SND.UNA. */
export function flightSize(tcb: Tcb): number {
  return seqDiff(tcb.snd.nxt, tcb.snd.una);
}
