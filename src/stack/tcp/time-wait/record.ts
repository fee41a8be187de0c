/**
 * What is left of a connection that has nothing more to do than to answer its peer for a while: in
 * TIME-WAIT, and in FIN-WAIT-2 once no process has the socket any more (Linux struct
 * tcp_timewait_sock). A server may have tens of thousands of them, so only what an answer is made
 * of is kept; control block, buffers and socket are let go of at once.
 */
import type { IpAddress, Seq, SourceRoute } from '../../../wire/index.ts';
import type { Port } from '../../ip/routing.ts';
import { type Instant, NEVER } from '../../time.ts';
import type { FourTuple } from '../../trace.ts';
import { aceFlags } from '../ecn/accurate-ecn.ts';
import type { RecentTimestamp } from '../segment-arrives/paws.ts';
import type { TcpServices } from '../services.ts';
import type { ConnectionOptions } from '../sockets/connection-options.ts';
import type { Tcb } from '../tcb.ts';
import type { TimeWaitQueue } from './queue.ts';

export class TimeWaitRecord implements FourTuple, RecentTimestamp {
  state: 'FIN-WAIT-2' | 'TIME-WAIT';
  readonly services: TcpServices;
  readonly localAddress: IpAddress;
  readonly localPort: number;
  readonly remoteAddress: IpAddress;
  readonly remotePort: number;
  readonly hash: number;
  readonly serial: number;
  readonly options: ConnectionOptions;
  readonly sourceRoute: SourceRoute | undefined;
  readonly link: Port | undefined;
  readonly flowLabel: number;

  /** SND.NXT, behind our FIN; RCV.NXT, RCV.WND and Rcv.Wind.Shift. */
  readonly sndNxt: Seq;
  rcvNxt: Seq;
  readonly rcvWnd: number;
  readonly windowScale: number;
  /** What its acknowledgments say of marks, where AccECN was agreed on: AE, CWR and ECE. */
  readonly aceFlags: number;
  readonly hasTimestamps: boolean;
  readonly timestampOffset: number;
  tsRecent: number;
  tsRecentAt: Instant;

  /** When it entered the state it is in, and when it last answered what lies outside the window. */
  enteredAt: Instant;
  answeredAt: Instant = Number.NEGATIVE_INFINITY;
  /** When its time is over, when a timer tells, and its place among those that wait as long. */
  endsAt: Instant = NEVER;
  deadline: Instant = NEVER;
  queue: TimeWaitQueue | undefined = undefined;
  before: TimeWaitRecord | undefined = undefined;
  behind: TimeWaitRecord | undefined = undefined;

  constructor(tcb: Tcb, now: Instant) {
    const { snd, rcv } = tcb;
    this.state = tcb.state === 'TIME-WAIT' ? 'TIME-WAIT' : 'FIN-WAIT-2';
    this.services = tcb.services;
    this.localAddress = tcb.localAddress;
    this.localPort = tcb.localPort;
    this.remoteAddress = tcb.remoteAddress;
    this.remotePort = tcb.remotePort;
    this.hash = tcb.hash;
    this.serial = tcb.serial;
    this.options = tcb.options;
    this.sourceRoute = tcb.sourceRoute;
    this.link = tcb.link;
    this.flowLabel = tcb.flowLabel;
    this.sndNxt = snd.nxt;
    this.rcvNxt = rcv.nxt;
    this.rcvWnd = rcv.wnd;
    this.windowScale = rcv.windowScale;
    this.aceFlags = tcb.ecn?.accurate === undefined ? 0 : aceFlags(tcb.ecn.accurate.count());
    this.hasTimestamps = tcb.hasTimestamps;
    this.timestampOffset = tcb.timestampOffset;
    this.tsRecent = tcb.tsRecent;
    this.tsRecentAt = tcb.tsRecentAt;
    this.enteredAt = now;
  }
}
