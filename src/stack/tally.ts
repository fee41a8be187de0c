/**
 * Counts what a host tells its listener of: frames dropped and states entered, by their causes.
 * Neither happens for a segment that goes its usual way, so that this costs such a one nothing.
 */
import type { Cause } from './cause.ts';
import type { CounterName, Counters } from './counters.ts';
import type { TcpState } from './tcp/states.ts';
import type { Instant } from './time.ts';
import type { FourTuple, Trace } from './trace.ts';

/** The counters of a frame that is dropped, by the name of the cause. */
// prettier-ignore
export const COUNTED_DROPS: ReadonlyMap<string, readonly CounterName[]> = new Map<
  string,
  readonly CounterName[]
>([
  ['ip-malformed', ['IpInHdrErrors']],
  ['ip-checksum', ['IpInHdrErrors', 'IpExtInCsumErrors']],
  ['ip-not-ours', ['IpInAddrErrors']],
  ['forward-no-route', ['IpExtInNoRoutes']],
  ['forward-expired', ['IpInHdrErrors']],
  ['ipv6-malformed', ['Ip6InHdrErrors']],
  ['ipv6-address', ['Ip6InAddrErrors']],
  ['ipv6-not-ours', ['Ip6InAddrErrors']],
  ['ipv6-protocol', ['Ip6InUnknownProtos']],
  ['ipv6-forward-no-route', ['Ip6InNoRoutes']],
  ['ipv6-forward-expired', ['Ip6InHdrErrors']],
  ['ipv6-forward-too-long', ['Ip6InTooBigErrors']],
  ['icmpv6-malformed', ['Icmp6InErrors']],
  ['icmpv6-checksum', ['Icmp6InErrors', 'Icmp6InCsumErrors']],
  ['reverse-path', ['TcpExtIPReversePathFilter']],
  ['ip-protocol', ['IpInUnknownProtos']],
  ['qdisc-full', ['IpOutDiscards']],
  ['icmp-malformed', ['IcmpInErrors']],
  ['icmp-checksum', ['IcmpInErrors', 'IcmpInCsumErrors']],
  ['tcp-malformed', ['TcpInErrs']],
  ['tcp-checksum', ['TcpInErrs', 'TcpInCsumErrors']],
  ['icmp-outside-flight', ['TcpExtOutOfWindowIcmps']],
  ['not-signed', ['TcpExtTCPMD5NotFound']],
  ['signature-unexpected', ['TcpExtTCPMD5Unexpected']],
  ['signature-wrong', ['TcpExtTCPMD5Failure']],
  ['paws', ['TcpExtPAWSEstab']],
  ['paws-in-time-wait', ['TcpExtPAWSTimewait']],
  ['foreign-echo', ['TcpExtPAWSActive']],
  ['backlog-full', ['TcpExtListenOverflows', 'TcpExtListenDrops']],
  ['accept-queue-full', ['TcpExtListenOverflows', 'TcpExtListenDrops']],
  ['syn-queue-full', ['TcpExtTCPReqQFullDrop', 'TcpExtListenDrops']],
  ['accept-deferred', ['TcpExtTCPDeferAcceptDrop']],
  ['no-route', ['TcpExtListenDrops']],
  ['challenge-ack-syn', ['TcpExtTCPSYNChallenge']],
]);

/** The counters of a connection that ends, by the name of the cause. */
export const COUNTED_ENDS: ReadonlyMap<string, CounterName> = new Map<string, CounterName>([
  ['abort', 'TcpExtTCPAbortOnData'],
  ['no-reader', 'TcpExtTCPAbortOnData'],
  ['text-after-fin', 'TcpExtTCPAbortOnData'],
  ['close-unread', 'TcpExtTCPAbortOnClose'],
  ['no-linger', 'TcpExtTCPAbortOnLinger'],
  ['too-many-orphans', 'TcpExtTCPAbortOnMemory'],
  ['given-up', 'TcpExtTCPAbortOnTimeout'],
  ['keep-alive-timeout', 'TcpExtTCPAbortOnTimeout'],
  ['no-fin-awaited', 'TcpExtTCPAbortOnData'],
  ['time-wait-full', 'TcpExtTCPTimeWaitOverflow'],
]);

export class Tally implements Trace {
  readonly #counters: Counters;
  readonly #listener: () => Trace | undefined;

  /** @param listener gives whoever listens, at the moment that something happens. */
  constructor(counters: Counters, listener: () => Trace | undefined) {
    this.#counters = counters;
    this.#listener = listener;
  }

  dropped(frame: Uint8Array, cause: Cause, now: Instant): void {
    for (const name of COUNTED_DROPS.get(cause.name) ?? []) this.#counters[name] += 1;
    this.#listener()?.dropped(frame, cause, now);
  }

  stateEntered(
    connection: FourTuple,
    from: TcpState,
    to: TcpState,
    cause: Cause,
    now: Instant,
  ): void {
    if (to === 'SYN-SENT') this.#counters.TcpActiveOpens += 1;
    if (to === 'CLOSED') this.#ended(from, cause);
    this.#listener()?.stateEntered(connection, from, to, cause, now);
  }

  #ended(from: TcpState, cause: Cause): void {
    const isOpening = from === 'SYN-SENT' || from === 'SYN-RECEIVED';
    if (isOpening) this.#counters.TcpAttemptFails += 1;
    if (from === 'ESTABLISHED' || from === 'CLOSE-WAIT') this.#counters.TcpEstabResets += 1;
    const name = COUNTED_ENDS.get(cause.name);
    if (name !== undefined) this.#counters[name] += 1;
  }
}
