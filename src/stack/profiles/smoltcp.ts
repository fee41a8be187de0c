/**
 * smoltcp 0.13: what its constants say; where a program has to decide (buffers, ports), what its
 * examples do. It is a stack for small machines: no congestion control unless it is asked for, no
 * timestamps, an MSS of what the device carries, and nothing that ever gives up by itself.
 */
import type { HostProfile } from '../profile.ts';
import { ms, seconds } from '../time.ts';
import { rfc } from './rfc.ts';

/** Nobody is given up: `Socket::set_timeout` has no value by default. */
const FOR_EVER = Number.POSITIVE_INFINITY;

/** A buffer of the examples, and the largest that needs no window scale. */
const BUFFER = 65_535;

const { tcp } = rfc;

export const smoltcp: HostProfile = {
  ...rfc,
  name: 'smoltcp',
  timers: { tick: 0, wheel: false }, // Interface::poll_at() says when it wants to be called
  ttl: 64, // Socket::dispatch()
  // wire::ipv4::Repr::emit(): set_ident(0), set_dont_frag(true)
  identification: { ofSockets: false, rule: 'host', zeroIfWhole: true },
  ephemeralPorts: [49_152, 65_535], // examples/httpclient.rs
  firstUnprivilegedPort: 0, // there are no users
  portChoice: { streams: 'random', datagrams: 'random' }, // examples/httpclient.rs
  socketMemory: { ...rfc.socketMemory, receiveMost: BUFFER, sendMost: BUFFER },
  sockets: { ...rfc.sockets, tellsSoftErrors: false }, // sockets do not hear of ICMP errors
  neighbors: {
    // iface::neighbor::Cache: ENTRY_LIFETIME, SILENT_TIME
    ipv4: { ...rfc.neighbors.ipv4, reachableTime: seconds(60), retransmit: seconds(1) },
    ipv6: { ...rfc.neighbors.ipv6, reachableTime: seconds(60), retransmit: seconds(1) },
  },
  icmp: {
    ...rfc.icmp,
    interval: 0, // without bound
    intervalOfIpv6: 0,
    limitedTypes: 0,
    errorsAreControl: false, // wire::ipv4::Repr has no type of service
  },
  acceptsSourceRoutes: false, // it reads no IPv4 options
  tcp: {
    ...tcp,
    synOptions: ['mss', 'window-scale', 'sack-permitted'], // wire::tcp::Repr::emit()
    synPadding: 'end', // wire::tcp::Repr::emit()
    timestamps: 0, // Socket::set_tsval_generator(None)
    initialNumbers: { rule: 'random' }, // Socket::random_seq_no()
    initialWindow: { rule: 'fixed', window: BUFFER },
    // Scale 0: remote_win_shift is the number of bits beyond 16.
    receiveBuffer: { minimum: 1, default: BUFFER, maximum: BUFFER },
    sendBuffer: { minimum: 1, default: BUFFER, maximum: BUFFER },
    delayedAck: { ...tcp.delayedAck, minimum: ms(10), maximum: ms(10) }, // ACK_DELAY_DEFAULT
    lossRecovery: {
      ...tcp.lossRecovery,
      readsSack: false, // process() leaves sack_ranges alone
      frto: 0,
      earlyRetransmit: 0,
    },
    congestion: { ...tcp.congestion, algorithm: 'none' }, // congestion::NoControl
    duplicateSack: false,
    retransmission: {
      ...tcp.retransmission,
      initialRto: seconds(1), // RTTE_INITIAL_RTO
      synAckRto: seconds(1),
      minimumRto: seconds(1), // RTTE_MIN_RTO
      minimumVariance: ms(5), // RTTE_MIN_MARGIN
      maximumRto: seconds(60), // RTTE_MAX_RTO
      synRetries: FOR_EVER,
      synAckRetries: FOR_EVER,
      retries2: FOR_EVER,
      orphanRetries: FOR_EVER,
      mergesShortPackets: true, // what is sent is cut from the buffer anew
    },
    // Socket::set_keep_alive() has no value by default, and no count.
    keepAlive: { ...tcp.keepAlive, probes: FOR_EVER },
    challengeInterval: seconds(1), // challenge_ack_reply()
    hardErrorsAbort: false, // sockets do not hear of ICMP errors
    timeWait: seconds(10), // CLOSE_DELAY
    finWait2: FOR_EVER, // no timer in FIN-WAIT-2
    fastOpen: { ...tcp.fastOpen, flags: 0 }, // not there
  },
};
