/**
 * TCP of a host: connections, listeners, ports, timers; where a packet becomes a segment's arrival.
 */
import {
  decodeTcp,
  firstHop,
  type IpAddress,
  IpProtocol,
  isTcpChecksumOk,
  pseudoSumWithoutLength,
  TcpSegment,
} from '../../wire/index.ts';
import { type BoundAddress, overlap } from '../sockets/bound-ports.ts';
import { type Cause, cause } from '../cause.ts';
import type { Choices } from '../choices.ts';
import type { HostClock } from '../clock.ts';
import type { Counters } from '../counters.ts';
import { DeadlineQueue } from '../deadline-queue.ts';
import type { IcmpErrorReport, QuotedPacket } from '../icmp/icmpv4.ts';
import type { NetworkInterface } from '../interfaces/interface.ts';
import type { IpLayer, IpPacket } from '../ip/ip-layer.ts';
import { tosOfStream } from '../sockets/ip-options.ts';
import type { CommonProfile } from '../profile.ts';
import type { TcpProfile } from './profile.ts';
import type { Route } from '../ip/routing.ts';
import { type Duration, type Instant, NEVER, seconds } from '../time.ts';
import type { FourTuple, Trace } from '../trace.ts';
import { ChallengeBudget } from './segment-arrives/challenge.ts';
import { close } from './close.ts';
import { ConnectionTable, hashOfConnection } from './connection-table.ts';
import { errorReported, isInFlight } from './icmp-reports.ts';
import { needsLink } from '../sockets/link-scope.ts';
import { segmentArrives } from './segment-arrives/input.ts';
import { FastOpenPause } from './fast-open/pause.ts';
import { randomKey } from './fast-open/cookie.ts';
import type { Listener } from './listen/listener.ts';
import { ListenerTable } from './listen/listener-table.ts';
import type { ConnectionOptions } from './sockets/connection-options.ts';
import { MetricsCache } from './metrics/metrics-cache.ts';
import { mayShare, type Sharing } from './sockets/port-sharing.ts';
import { problemForListener } from './signature/check.ts';
import {
  type ConnectionMaker,
  inClosed,
  inListen,
  isNewerSyn,
  REOPENED,
  successorIss,
} from './open/synchronize.ts';
import { takeCookie } from './listen/syn-cookie-returned.ts';
import type { SynCookieKeys } from './listen/syn-cookies.ts';
import { routeOfReply } from './send/source-route.ts';
import type { TcpState } from './states.ts';
import { Tcb } from './tcb.ts';
import { endRecord, recordArrives } from './time-wait/arrives.ts';
import { TimeWaitRecord } from './time-wait/record.ts';
import { mayReuse, REUSED } from './time-wait/reuse.ts';
import { TimestampClock } from './timestamp-clock.ts';
import { TimeWaitRecords } from './time-wait/records.ts';
import { FIN_WAIT_2_OVER, TIME_WAIT_OVER, timersFire } from './timeouts.ts';

const MALFORMED = cause('tcp-malformed', 'not a well-formed TCP segment', 'RFC 9293 §3.1');
const BAD_CHECKSUM = cause('tcp-checksum', 'the TCP checksum is wrong', 'RFC 9293 §3.1, MUST-3');
const LINK_GROUP = cause(
  'tcp-link-group',
  'in a frame for many stations',
  'RFC 1122 §4.2.3.10, Linux tcp_v6_rcv()',
);
const BROADCAST = cause('tcp-broadcast', 'addressed to many hosts', 'RFC 9293 §3.9.2.3, MUST-57');

/** Of a hardware address's first octet: it is a group's (IEEE 802). */
const GROUP_BIT = 1;

/** A record with no more time than this counts as killed (Linux __inet_twsk_schedule()). */
const KILLED_WITHIN = seconds(4);

/** A connection, or what is left of one that waits alone. */
export type Connection = Tcb | TimeWaitRecord;

/** What the host around TCP provides. */
export interface TcpHost {
  readonly profile: CommonProfile;
  readonly clock: HostClock;
  readonly choices: Choices;
  readonly counters: Counters;
  readonly trace: Trace | undefined;
  ipFor(address: IpAddress): IpLayer;
  wakeAt(at: Instant): void;
}

/** Where our FIN is not acknowledged, or waits behind octets. */
const UNDELIVERED: ReadonlySet<TcpState> = new Set(['FIN-WAIT-1', 'CLOSING', 'LAST-ACK']);

export class Tcp implements ConnectionMaker {
  readonly host: CommonProfile;
  readonly profile: TcpProfile;
  readonly clock: HostClock;
  readonly timestampClock: TimestampClock;
  readonly choices: Choices;
  readonly counters: Counters;
  readonly challengeBudget: ChallengeBudget = new ChallengeBudget();
  readonly metrics: MetricsCache;
  readonly fastOpenPause: FastOpenPause = new FastOpenPause();
  readonly #host: TcpHost;
  orphans = 0;
  readonly timeWaits: TimeWaitRecords;
  readonly listeners: ListenerTable = new ListenerTable();
  readonly #connections = new ConnectionTable<Tcb>();
  /** How many connections each local port has: what bind looks at. */
  readonly #portUse = new Map<number, number>();
  readonly #deadlines = new DeadlineQueue<Tcb>();
  /** The wake-up asked for because of a record. */
  #wakesForRecordsAt: Instant = NEVER;
  #nextSerial = 0;
  /** What cookies are made by while the administrator has set no key. */
  #ownKey: Uint8Array | undefined = undefined;
  #synCookieKeys: SynCookieKeys | undefined = undefined;

  constructor(host: TcpHost) {
    this.#host = host;
    this.host = host.profile;
    this.profile = host.profile.tcp;
    this.clock = host.clock;
    this.timestampClock = new TimestampClock(host.clock, this.profile.timestampClock);
    this.choices = host.choices;
    this.counters = host.counters;
    this.metrics = new MetricsCache(host.clock);
    this.timeWaits = new TimeWaitRecords(host.clock);
  }

  get trace(): Trace | undefined {
    return this.#host.trace;
  }

  ipFor(address: IpAddress): IpLayer {
    return this.#host.ipFor(address);
  }

  fastOpenKeys(): readonly Uint8Array[] {
    const { keys } = this.profile.fastOpen;
    if (keys.length > 0) return keys;
    this.#ownKey ??= randomKey(() => this.choices.chance());
    return [this.#ownKey];
  }

  synCookieKeys(): SynCookieKeys {
    const random = (): number => this.choices.chance();
    return (this.#synCookieKeys ??= [randomKey(random), randomKey(random)]);
  }

  /** How many connections there are in any state. */
  get connectionCount(): number {
    return this.#connections.size + this.timeWaits.size;
  }

  /** The connections, in the order in which they began. */
  connections(): Connection[] {
    const all: Connection[] = [...this.#connections.values(), ...this.timeWaits.values()];
    return all.toSorted((a, b) => a.serial - b.serial);
  }

  /** Whether octets or a FIN are to be delivered by a connection that no program has any more. */
  get isDelivering(): boolean {
    if (this.orphans === 0) return false;
    return [...this.#connections.values()].some(
      ({ orphaned, state }) => orphaned && UNDELIVERED.has(state),
    );
  }

  /** A packet for TCP has arrived. */
  receive(packet: IpPacket, from: NetworkInterface, frame: Uint8Array, now: Instant): void {
    if ((frame[0]! & GROUP_BIT) !== 0) {
      this.#drop(frame, LINK_GROUP, now);
      return;
    }
    this.counters.TcpInSegs += 1;
    const { source, destination } = packet;
    const seg = decodeTcp(frame, packet.payloadAt, packet.end);
    if (!(seg instanceof TcpSegment)) {
      this.#drop(frame, MALFORMED, now);
      return;
    }
    const length = packet.end - packet.payloadAt;
    const tcb = this.#connections.find(destination, seg.destinationPort, source, seg.sourcePort);
    const sum = tcb?.pseudoSum ?? pseudoSumWithoutLength(source, destination, IpProtocol.tcp);
    if (!from.trustsChecksums && !isTcpChecksumOk(seg, sum + length)) {
      this.#drop(frame, BAD_CHECKSUM, now);
      return;
    }
    if (tcb === undefined) this.#receiveForNone(packet, seg, frame, now);
    else if (tcb.state !== 'TIME-WAIT' || !this.#opensAgain(tcb, packet, seg, now)) {
      segmentArrives(tcb, packet, seg, now);
    }
  }

  #drop(frame: Uint8Array, why: Cause, now: Instant): void {
    this.trace?.dropped(frame, why, now);
  }

  /** Whether a listener takes the segment for a new connection in place of one in TIME-WAIT. */
  #opensAgain(tcb: Tcb, packet: IpPacket, seg: TcpSegment, now: Instant): boolean {
    if (!isNewerSyn(tcb, tcb.rcv.nxt, seg)) return false;
    const listener = this.#listenerFor(packet, seg);
    if (listener === undefined || listener.isFull) return false;
    if (problemForListener(listener, packet, seg) !== undefined) return false;
    close(tcb, undefined, REOPENED, now);
    inListen(this, listener, packet, seg, now, successorIss(tcb.snd.nxt));
    return true;
  }

  #receiveForNone(packet: IpPacket, seg: TcpSegment, frame: Uint8Array, now: Instant): void {
    if (this.ipFor(packet.destination).isBroadcastOrMulticast(packet.destination)) {
      this.trace?.dropped(packet.bytes, BROADCAST, now);
      return;
    }
    const { destination, source } = packet;
    const { destinationPort, sourcePort } = seg;
    const record = this.timeWaits.find(destination, destinationPort, source, sourcePort);
    if (record !== undefined) {
      this.#receiveForRecord(record, packet, seg, now);
      return;
    }
    const listener = this.#listenerFor(packet, seg);
    if (listener === undefined) {
      // Two that know each other by keys may listen at the same port: there is one to ask.
      inClosed(this, this.listeners.find(destination, sourcePort), packet, seg, now);
      return;
    }
    const problem = problemForListener(listener, packet, seg);
    if (problem !== undefined) this.trace?.dropped(frame, problem, now);
    else if (!takeCookie(this, listener, packet, seg, now))
      inListen(this, listener, packet, seg, now);
  }

  #receiveForRecord(record: TimeWaitRecord, packet: IpPacket, seg: TcpSegment, now: Instant): void {
    const isNew = record.state === 'TIME-WAIT' && isNewerSyn(record, record.rcvNxt, seg);
    const listener = isNew ? this.#listenerFor(packet, seg) : undefined;
    if (listener === undefined) {
      recordArrives(record, packet, seg, now);
      return;
    }
    const problem = problemForListener(listener, packet, seg);
    if (problem !== undefined) {
      this.trace?.dropped(packet.bytes, problem, now);
      return;
    }
    endRecord(record, REOPENED, now);
    inListen(this, listener, packet, seg, now, successorIss(record.sndNxt));
  }

  /** The listener for a segment. */
  #listenerFor({ source, destination }: IpPacket, seg: TcpSegment): Listener | undefined {
    const { sourcePort, destinationPort } = seg;
    const lot = hashOfConnection(destination, destinationPort, source, sourcePort) >>> 0;
    return this.listeners.find(destination, destinationPort, lot);
  }

  /** A new control block in CLOSED, or as the copy of one in LISTEN, in the table. */
  makeConnection(
    connection: FourTuple,
    route: Route,
    options: ConnectionOptions,
    state: 'CLOSED' | 'LISTEN',
  ): Tcb {
    const { localAddress, localPort, remoteAddress, remotePort } = connection;
    const hash = hashOfConnection(localAddress, localPort, remoteAddress, remotePort);
    const tcb = new Tcb(this, connection, route, options, state, hash, this.#nextSerial++);
    this.#connections.add(tcb);
    this.#portUse.set(localPort, this.connectionsOnPort(localPort) + 1);
    return tcb;
  }

  accept(packet: IpPacket, seg: TcpSegment, options: ConnectionOptions): Tcb | undefined {
    const sourceRoute = routeOfReply(packet);
    const ip = this.ipFor(packet.source);
    const route =
      sourceRoute === undefined
        ? ip.wayBack(packet)
        : ip.routes.lookUp(firstHop(sourceRoute, packet.source));
    if (route === undefined) return undefined;
    const tcb = this.makeConnection(
      {
        localAddress: packet.destination,
        localPort: seg.destinationPort,
        remoteAddress: packet.source,
        remotePort: seg.sourcePort,
      },
      route,
      this.profile.listen.reflectsTos ? { ...options, tos: tosOfStream(packet.tos) } : options,
      'LISTEN', // it begins as a copy of the listener's (§3.10.7.2, third)
    );
    tcb.sourceRoute = sourceRoute;
    if (needsLink(packet.source)) tcb.link = route.port;
    return tcb;
  }

  /** How many connections have the local port. */
  connectionsOnPort(port: number): number {
    return this.#portUse.get(port) ?? 0;
  }

  /** Whether a socket may have the port at an address beside the connections that have it. */
  sharesPort(port: number, wanted: BoundAddress, sharing: Sharing): boolean {
    for (const connections of [this.#connections.values(), this.timeWaits.values()]) {
      for (const { localPort, localAddress, options } of connections) {
        if (localPort !== port || !overlap(wanted, { localAddress, isV6Only: false })) continue;
        if (!mayShare(sharing, options, false)) return false;
      }
    }
    return true;
  }

  /** The connection with these numbers, or what is left of it. */
  find({ localAddress, localPort, remoteAddress, remotePort }: FourTuple): Connection | undefined {
    return (
      this.#connections.find(localAddress, localPort, remoteAddress, remotePort) ??
      this.timeWaits.find(localAddress, localPort, remoteAddress, remotePort)
    );
  }

  /** Whether `connect` may use these numbers: none has them, or what is left of one gives way. */
  mayConnect(numbers: FourTuple, isPortBound: boolean, now: Instant): boolean {
    const other = this.find(numbers);
    if (other === undefined) return true;
    return other instanceof TimeWaitRecord && mayReuse(other, isPortBound, now);
  }

  /** What is left of a connection with these numbers, and ends: another takes its place. */
  takeRecord(c: FourTuple, now: Instant): TimeWaitRecord | undefined {
    const { localAddress, localPort, remoteAddress, remotePort } = c;
    const record = this.timeWaits.find(localAddress, localPort, remoteAddress, remotePort);
    if (record === undefined) return undefined;
    endRecord(record, REUSED, now);
    this.counters.TcpExtTWRecycled += 1;
    return record;
  }

  replace(tcb: Tcb, record: TimeWaitRecord, wait: Duration, now: Instant): void {
    this.#remove(tcb);
    this.timeWaits.add(record, wait, now);
    if (wait > KILLED_WITHIN) this.counters.TcpExtTW += 1;
    else this.counters.TcpExtTWKilled += 1;
    this.#wakeForRecords();
  }

  restart(record: TimeWaitRecord, wait: Duration, now: Instant): void {
    this.timeWaits.restart(record, wait, now);
    this.#wakeForRecords(); // after a long FIN-WAIT-2 its end may come earlier
  }

  forget(connection: Connection): void {
    const { localPort } = connection;
    if (connection instanceof TimeWaitRecord) this.timeWaits.remove(connection);
    else this.#remove(connection);
    const left = this.connectionsOnPort(localPort) - 1;
    if (left > 0) this.#portUse.set(localPort, left);
    else this.#portUse.delete(localPort);
  }

  #remove(tcb: Tcb): void {
    this.#connections.remove(tcb);
    this.#unschedule(tcb);
    if (tcb.orphaned) this.orphans -= 1;
  }

  /** Keeps the earliest timer; a later one than is kept is looked at when that one is due. */
  schedule(tcb: Tcb): void {
    if (tcb.backlog !== undefined) return; // a call has the socket; its end looks at the timers
    const next = tcb.timers.next();
    const { wakeUp } = tcb;
    if (next >= (wakeUp === undefined ? NEVER : this.#deadlines.dueAt(wakeUp))) return;
    this.#unschedule(tcb);
    tcb.wakeUp = this.#deadlines.push(tcb, next);
    this.#host.wakeAt(next);
  }

  /** Asks for the wake-up at which the next record is over, unless that is done. */
  #wakeForRecords(): void {
    const { deadline } = this.timeWaits;
    if (deadline === NEVER || this.#wakesForRecordsAt === deadline) return;
    this.#wakesForRecordsAt = deadline;
    this.#host.wakeAt(deadline);
  }

  /** What is over does not stay in memory until a timer would have been due. */
  #unschedule(tcb: Tcb): void {
    if (tcb.wakeUp !== undefined) this.#deadlines.remove(tcb.wakeUp);
    tcb.wakeUp = undefined;
  }

  /** When {@link wake} has something to do; {@link NEVER} when it has not. */
  get deadline(): Instant {
    return Math.min(this.#deadlines.earliest, this.timeWaits.deadline);
  }

  /** Runs the timers that are due. */
  wake(now: Instant): void {
    while (this.#deadlines.earliest <= now) {
      const tcb = this.#deadlines.pop()!;
      tcb.wakeUp = undefined;
      if (tcb.timers.next() <= now && tcb.backlog === undefined) timersFire(tcb, now);
      this.schedule(tcb);
    }
    for (;;) {
      const record = this.timeWaits.overdue(now);
      if (record === undefined) break;
      endRecord(record, record.state === 'TIME-WAIT' ? TIME_WAIT_OVER : FIN_WAIT_2_OVER, now);
    }
    this.#wakeForRecords();
  }

  /** An ICMP error about a segment of ours (§3.9.2.2). */
  errorReported(report: IcmpErrorReport, now: Instant): void {
    const { source, sourcePort, destination, destinationPort } = report;
    const tcb = this.#connections.find(source, sourcePort, destination, destinationPort);
    if (tcb !== undefined) errorReported(tcb, report, now);
    else this.counters.IcmpInErrors += 1; // about nothing that is here
  }

  /** Whether a segment that was quoted is in flight. */
  hasSent({ source, sourcePort, destination, destinationPort, seq }: QuotedPacket): boolean {
    const tcb = this.#connections.find(source, sourcePort, destination, destinationPort);
    return tcb !== undefined && isInFlight(tcb, seq);
  }
}
