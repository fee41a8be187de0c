/** Whom a connection deals with inside its host: its host, its listener, and its user. */
import type { IpAddress } from '../../wire/index.ts';
import type { Choices } from '../choices.ts';
import type { HostClock } from '../clock.ts';
import type { Counters } from '../counters.ts';
import type { IcmpErrorReport } from '../icmp/icmpv4.ts';
import type { IpLayer } from '../ip/ip-layer.ts';
import type { CommonProfile } from '../profile.ts';
import type { TcpProfile } from './profile.ts';
import type { Duration, Instant } from '../time.ts';
import type { Trace } from '../trace.ts';
import type { ChallengeBudget } from './segment-arrives/challenge.ts';
import type { FastOpenPause } from './fast-open/pause.ts';
import type { SynCookieKeys } from './listen/syn-cookies.ts';
import type { MetricsCache } from './metrics/metrics-cache.ts';
import type { Tcb } from './tcb.ts';
import type { TimestampClock } from './timestamp-clock.ts';
import type { TimeWaitRecord } from './time-wait/record.ts';
import type { TimeWaitRecords } from './time-wait/records.ts';

/** What has happened since the user was last told: bits of {@link Tcb.news}. */
export const TcpNews = {
  /** Octets can be read. */
  data: 1,
  /** The state is another, or the peer has closed its side. */
  state: 2,
  /** The connection has failed. */
  error: 4,
} as const;

/** Who uses the connection: a socket. */
export interface TcpUser {
  /** Something changed: state, error, octets to read, or room to write. */
  changed(now: Instant): void;
  /** An ICMP error about one of its segments has come; whether the program hears of it at once. */
  reported(report: IcmpErrorReport): boolean;
}

/** The passive open that a connection comes from: a socket in LISTEN. */
export interface PassiveOpen {
  /** Whether no more connections may wait to be accepted. */
  readonly isFull: boolean;
  /** When a SYN was last answered by a cookie. */
  readonly cookieSentAt: Instant;
  /** The connection is established: it waits to be accepted. */
  push(tcb: Tcb): void;
  /** The connection ended before it was established. */
  giveUp(tcb: Tcb): void;
}

/** What a connection asks of its host. */
export interface TcpServices {
  readonly host: CommonProfile;
  readonly profile: TcpProfile;
  readonly clock: HostClock;
  readonly timestampClock: TimestampClock;
  readonly choices: Choices;
  readonly counters: Counters;
  readonly trace: Trace | undefined;
  readonly challengeBudget: ChallengeBudget;
  /** The layer that carries packets to an address. */
  ipFor(address: IpAddress): IpLayer;
  /** What the host remembers of peers. */
  readonly metrics: MetricsCache;
  /** Whether something on the way swallows Fast Open. */
  readonly fastOpenPause: FastOpenPause;
  /** The keys of Fast Open cookies: the present one, and perhaps the one before. */
  fastOpenKeys(): readonly Uint8Array[];
  /** The host's secret for SYN cookies. */
  synCookieKeys(): SynCookieKeys;
  /** Sees to it that the connection's earliest timer is kept. */
  schedule(tcb: Tcb): void;
  /** How many connections go on though their sockets are closed. */
  orphans: number;
  /** What is left of connections that wait alone. */
  readonly timeWaits: TimeWaitRecords;
  /** The record stands for the connection from now on, and lasts for `wait`. */
  replace(tcb: Tcb, record: TimeWaitRecord, wait: Duration, now: Instant): void;
  /** The record lasts for `wait` from now on. */
  restart(record: TimeWaitRecord, wait: Duration, now: Instant): void;
  /** The connection is CLOSED: takes it out of every table. */
  forget(connection: Tcb | TimeWaitRecord): void;
}
