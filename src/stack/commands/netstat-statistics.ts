/**
 * `netstat -s`: the counters in words (statistics.c of net-tools 2.10). A counter that it has no
 * words for is told by its name; one that is 0 is mostly left out.
 */
import type { Host } from '../host.ts';
import { type CounterGroup, netstatGroups, snmpGroups } from './counter-groups.ts';
import type { NetstatRequest } from './netstat-options.ts';

/** By group and name: the words, with `N` for the number. */
const WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ip: {
    InReceives: 'N total packets received',
    InHdrErrors: 'N with invalid headers',
    InAddrErrors: 'N with invalid addresses',
    ForwDatagrams: 'N forwarded',
    InUnknownProtos: 'N with unknown protocol',
    InDiscards: 'N incoming packets discarded',
    InDelivers: 'N incoming packets delivered',
    OutRequests: 'N requests sent out',
    OutDiscards: 'N outgoing packets dropped',
    OutNoRoutes: 'N dropped because of missing route',
    ReasmTimeout: 'N fragments dropped after timeout',
    ReasmReqds: 'N reassemblies required',
    ReasmOKs: 'N packets reassembled ok',
    ReasmFails: 'N packet reassemblies failed',
    FragOKs: 'N outgoing packets fragmented ok',
    FragFails: 'N outgoing packets failed fragmentation',
    FragCreates: 'N fragments created',
  },
  Icmp: {
    InMsgs: 'N ICMP messages received',
    InErrors: 'N input ICMP message failed',
    InDestUnreachs: 'destination unreachable: N',
    InTimeExcds: 'timeout in transit: N',
    InParmProbs: 'wrong parameters: N',
    InSrcQuenchs: 'source quenches: N',
    InRedirects: 'redirects: N',
    InEchos: 'echo requests: N',
    InEchoReps: 'echo replies: N',
    InTimestamps: 'timestamp request: N',
    InTimestampReps: 'timestamp reply: N',
    InAddrMasks: 'address mask request: N',
    InAddrMaskReps: 'address mask replies: N',
    OutMsgs: 'N ICMP messages sent',
    OutErrors: 'N ICMP messages failed',
    OutDestUnreachs: 'destination unreachable: N',
    OutTimeExcds: 'time exceeded: N',
    OutParmProbs: 'wrong parameters: N',
    OutSrcQuenchs: 'source quench: N',
    OutRedirects: 'redirect: N',
    OutEchos: 'echo requests: N',
    OutEchoReps: 'echo replies: N',
    OutTimestamps: 'timestamp requests: N',
    OutTimestampReps: 'timestamp replies: N',
    OutAddrMasks: 'address mask requests: N',
    OutAddrMaskReps: 'address mask replies: N',
  },
  Tcp: {
    ActiveOpens: 'N active connection openings',
    PassiveOpens: 'N passive connection openings',
    AttemptFails: 'N failed connection attempts',
    EstabResets: 'N connection resets received',
    CurrEstab: 'N connections established',
    InSegs: 'N segments received',
    OutSegs: 'N segments sent out',
    RetransSegs: 'N segments retransmitted',
    InErrs: 'N bad segments received',
    OutRsts: 'N resets sent',
  },
  Udp: {
    InDatagrams: 'N packets received',
    NoPorts: 'N packets to unknown port received',
    InErrors: 'N packet receive errors',
    OutDatagrams: 'N packets sent',
    RcvbufErrors: 'N receive buffer errors',
    SndbufErrors: 'N send buffer errors',
  },
  TcpExt: {
    SyncookiesSent: 'N SYN cookies sent',
    SyncookiesRecv: 'N SYN cookies received',
    SyncookiesFailed: 'N invalid SYN cookies received',
    EmbryonicRsts: 'N resets received for embryonic SYN_RECV sockets',
    PruneCalled: 'N packets pruned from receive queue because of socket buffer overrun',
    RcvPruned: 'N packets pruned from receive queue',
    OfoPruned: 'N packets dropped from out-of-order queue because of socket buffer overrun',
    OutOfWindowIcmps: 'N ICMP packets dropped because they were out-of-window',
    LockDroppedIcmps: 'N ICMP packets dropped because socket was locked',
    TW: 'N TCP sockets finished time wait in fast timer',
    TWRecycled: 'N time wait sockets recycled by time stamp',
    PAWSActive: 'N active connections rejected because of time stamp',
    PAWSEstab: 'N packets rejected in established connections because of timestamp',
    DelayedACKs: 'N delayed acks sent',
    DelayedACKLocked: 'N delayed acks further delayed because of locked socket',
    DelayedACKLost: 'Quick ack mode was activated N times',
    ListenOverflows: 'N times the listen queue of a socket overflowed',
    ListenDrops: 'N SYNs to LISTEN sockets dropped',
    TCPHPHits: 'N packet headers predicted',
    TCPPureAcks: 'N acknowledgments not containing data payload received',
    TCPHPAcks: 'N predicted acknowledgments',
    TCPRenoRecovery: 'N times recovered from packet loss due to fast retransmit',
    TCPSACKReorder: 'Detected reordering N times using SACK',
    TCPRenoReorder: 'Detected reordering N times using reno fast retransmit',
    TCPTSReorder: 'Detected reordering N times using time stamp',
    TCPFullUndo: 'N congestion windows fully recovered without slow start',
    TCPPartialUndo: 'N congestion windows partially recovered using Hoe heuristic',
    TCPLossUndo: 'N congestion windows recovered without slow start after partial ack',
    TCPRenoFailures: 'N timeouts after reno fast retransmit',
    TCPLossFailures: 'N timeouts in loss state',
    TCPFastRetrans: 'N fast retransmits',
    TCPSlowStartRetrans: 'N retransmits in slow start',
    TCPRcvCollapsed: 'N packets collapsed in receive queue due to low socket buffer',
    TCPAbortOnData: 'N connections reset due to unexpected data',
    TCPAbortOnClose: 'N connections reset due to early user close',
    TCPAbortOnMemory: 'N connections aborted due to memory pressure',
    TCPAbortOnTimeout: 'N connections aborted due to timeout',
    TCPAbortOnLinger: 'N connections aborted after user close in linger timeout',
    TCPAbortFailed: 'N times unable to send RST due to no memory',
    TCPMemoryPressures: 'TCP ran low on memory N times',
  },
};

/** What is told even of nothing. */
const ALWAYS: Readonly<Record<string, readonly string[]>> = {
  Ip: ['InReceives', 'ForwDatagrams', 'InDiscards', 'InDelivers', 'OutRequests'],
  Icmp: ['InMsgs', 'InErrors', 'OutMsgs', 'OutErrors'],
  Tcp: Object.keys(WORDS['Tcp']!),
  Udp: Object.keys(WORDS['Udp']!),
  TcpExt: ['TCPHPHits', 'TCPPureAcks'],
};

/** Constants, which are not shown. */
const CONSTANTS = ['DefaultTTL', 'RtoAlgorithm', 'RtoMin', 'RtoMax', 'MaxConn'];

export function statistics(host: Host, request: NetstatRequest): string {
  const groups = [
    ...snmpGroups(host),
    ...netstatGroups(host),
    { group: 'MPTcpExt', counters: [] }, // of MPTCP nothing is counted
  ];
  return groups
    .filter(({ group }) => isAsked(group, request))
    .map((each) => `${each.group}:\n${linesOf(each, request.isProtocolChosen)}`)
    .join('');
}

/** -t, -u and -w leave out the groups of the others; some are always there. */
function isAsked(group: string, request: NetstatRequest): boolean {
  const { isProtocolChosen, withTcp, withUdp, withRaw } = request;
  if (!isProtocolChosen) return true;
  if (group === 'Tcp' || group === 'TcpExt') return withTcp;
  if (group === 'Udp') return withUdp;
  return (group !== 'Ip' && group !== 'Icmp') || withRaw;
}

function linesOf({ group, counters }: CounterGroup, isProtocolChosen: boolean): string {
  const lines = counters.map(([name, count]) => {
    const isAlways = ALWAYS[group]?.includes(name) === true;
    const isShown = (count !== 0 || isAlways) && !CONSTANTS.includes(name);
    const words = WORDS[group]?.[name] ?? `${name}: N`;
    const isType =
      (group === 'IcmpMsg' && !isProtocolChosen) ||
      (group === 'Icmp' && !isAlways && words !== `${name}: N`);
    const line = `${isType ? '        ' : '    '}${words.replace(/\bN\b/, String(count))}\n`;
    return histogramBefore(group, name) + (isShown ? line : '');
  });
  return lines.join('');
}

/** What stands before the messages by type. */
function histogramBefore(group: string, name: string): string {
  if (group !== 'Icmp') return '';
  if (name === 'InDestUnreachs') return '    ICMP input histogram:\n';
  return name === 'OutDestUnreachs' ? '    ICMP output histogram:\n' : '';
}
