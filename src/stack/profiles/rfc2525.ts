/**
 * Hosts with the problems that RFC 2525 describes, each by its section: the plain standard with the
 * fields changed that make it so, SACK and its relatives left out as in 1999. A host has the rest
 * right, so that a capture shows the one problem.
 *
 * Two are not here. Inconsistent retransmission (§2.4) sends other octets the second time, so that
 * no stream is right any more. The window probe deadlock (§2.12) needs a sender that asks with new
 * octets and lets the answer stop its timer; probes here carry none.
 */
import type { HostProfile } from '../profile.ts';
import type { TcpProfile } from '../tcp/profile.ts';
import type { KnownProblems } from '../tcp/known-problems.ts';
import { ms, seconds } from '../time.ts';
import { rfc } from './rfc.ts';

const PLAIN: TcpProfile = {
  ...rfc.tcp,
  synOptions: ['mss'],
  sack: false,
  timestamps: 0,
  windowScaling: false,
  // RFC 2001 §1, as it was in 1999
  congestion: {
    ...rfc.tcp.congestion,
    initialWindow: 1,
    initialOctets: Number.POSITIVE_INFINITY,
  },
  lossRecovery: { ...rfc.tcp.lossRecovery, earlyRetransmit: 0, frto: 0 },
};

function host(name: string, tcp: Partial<TcpProfile>): HostProfile {
  return { ...rfc, name, tcp: { ...PLAIN, ...tcp } };
}

function problem(name: string, problems: Partial<KnownProblems>): HostProfile {
  return host(name, { problems: { ...PLAIN.problems, ...problems } });
}

/** So many segments are no bound. */
const UNBOUNDED = 65_535;

const { retransmission, congestion, keepAlive } = PLAIN;

/** The sections that there is a host for. */
// prettier-ignore
export type Rfc2525Section =
  | '2.1' | '2.2' | '2.3' | '2.5' | '2.6' | '2.7' | '2.8' | '2.9' | '2.10' | '2.11' | '2.13'
  | '2.14' | '2.15' | '2.16' | '2.17' | '2.18';

/** A host for each problem, by the section that describes it. */
export const RFC2525: Readonly<Record<Rfc2525Section, HostProfile>> = {
  '2.1': host('no-initial-slow-start', {
    congestion: { ...congestion, initialWindow: UNBOUNDED },
  }),
  '2.2': problem('no-slow-start-after-timeout', { keepsWindowAfterTimeout: true }),
  '2.3': problem('uninitialized-cwnd', { windowWithoutMss: UNBOUNDED }),
  '2.5': problem('drops-above-sequence-data', { dropsAhead: true }),
  '2.6': problem('extra-additive-constant', { extraAdditive: 8 }), // MSS / 8 for each ACK
  '2.7': host('initial-rto-too-low', {
    retransmission: { ...retransmission, initialRto: ms(200), minimumRto: ms(200) },
  }),
  '2.8': problem('no-window-deflation', { keepsWindowAfterRecovery: true }),
  '2.9': host('short-keepalive-timeout', { keepAlive: { ...keepAlive, probes: 1 } }),
  '2.10': host('no-back-off', {
    retransmission: { ...retransmission, maximumRto: retransmission.minimumRto },
  }),
  '2.11': host('insufficient-keepalive-interval', {
    keepAlive: { ...keepAlive, idle: seconds(60), interval: seconds(10) },
  }),
  '2.13': problem('stretch-ack', { segmentsPerAck: 8 }),
  '2.14': problem('retransmits-several', { segmentsPerTimeout: 4 }),
  '2.15': problem('late-fin', { finWaitsForAcks: true }),
  '2.16': problem('no-rst-after-close', { takesTextAfterClose: true }),
  '2.17': problem('no-rst-for-unread-data', { closesWithTextUnread: true }),
  '2.18': {
    ...host('options-missing-from-mss', {
      synOptions: ['mss', 'timestamps'],
      timestamps: 1,
      problems: { ...PLAIN.problems, forgetsOptions: true },
    }),
    // With path MTU discovery nothing would arrive; without, each segment makes two fragments.
    pathMtu: { ...rfc.pathMtu, isOff: 1 },
  },
};

/** The same host without any of them, to compare with. */
export const rfc1999: HostProfile = host('rfc-1999', {});
