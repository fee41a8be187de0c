/**
 * The kernel's tables of counters, /proc/net/snmp and /proc/net/netstat: a line of names and a line
 * of numbers for each group, in the order of Linux 6.18 (net/ipv4/proc.c). What the stack does not
 * count is 0; what is no count is told as the host has it at the moment.
 */
import type { Host } from '../host.ts';
import { countsByType } from '../icmp/icmpv4-counts.ts';
import { countSockets } from './socket-counts.ts';
import { countersOf } from './nstat.ts';

/** A group, as `Tcp`, with its counters by name. */
export interface CounterGroup {
  readonly group: string;
  readonly counters: readonly (readonly [name: string, count: number])[];
}

const SNMP: Readonly<Record<string, string>> = {
  Ip: `
    Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors ForwDatagrams InUnknownProtos
    InDiscards InDelivers OutRequests OutDiscards OutNoRoutes ReasmTimeout ReasmReqds ReasmOKs
    ReasmFails FragOKs FragFails FragCreates OutTransmits`,
  Icmp: `
    InMsgs InErrors InCsumErrors InDestUnreachs InTimeExcds InParmProbs InSrcQuenchs
    InRedirects InEchos InEchoReps InTimestamps InTimestampReps InAddrMasks InAddrMaskReps
    OutMsgs OutErrors OutRateLimitGlobal OutRateLimitHost OutDestUnreachs OutTimeExcds
    OutParmProbs OutSrcQuenchs OutRedirects OutEchos OutEchoReps OutTimestamps
    OutTimestampReps OutAddrMasks OutAddrMaskReps`,
  Tcp: `
    RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets
    CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts InCsumErrors`,
  Udp: `
    InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors
    IgnoredMulti MemErrors`,
  UdpLite: `
    InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors
    IgnoredMulti MemErrors`,
};

const NETSTAT: Readonly<Record<string, string>> = {
  TcpExt: `
    SyncookiesSent SyncookiesRecv SyncookiesFailed EmbryonicRsts PruneCalled RcvPruned
    OfoPruned OutOfWindowIcmps LockDroppedIcmps ArpFilter TW TWRecycled TWKilled PAWSActive
    PAWSEstab BeyondWindow TSEcrRejected PAWSOldAck PAWSTimewait DelayedACKs DelayedACKLocked
    DelayedACKLost ListenOverflows ListenDrops TCPHPHits TCPPureAcks TCPHPAcks TCPRenoRecovery
    TCPSackRecovery TCPSACKReneging TCPSACKReorder TCPRenoReorder TCPTSReorder TCPFullUndo
    TCPPartialUndo TCPDSACKUndo TCPLossUndo TCPLostRetransmit TCPRenoFailures TCPSackFailures
    TCPLossFailures TCPFastRetrans TCPSlowStartRetrans TCPTimeouts TCPLossProbes
    TCPLossProbeRecovery TCPRenoRecoveryFail TCPSackRecoveryFail TCPRcvCollapsed
    TCPBacklogCoalesce TCPDSACKOldSent TCPDSACKOfoSent TCPDSACKRecv TCPDSACKOfoRecv
    TCPAbortOnData TCPAbortOnClose TCPAbortOnMemory TCPAbortOnTimeout TCPAbortOnLinger
    TCPAbortFailed TCPMemoryPressures TCPMemoryPressuresChrono TCPSACKDiscard
    TCPDSACKIgnoredOld TCPDSACKIgnoredNoUndo TCPSpuriousRTOs TCPMD5NotFound TCPMD5Unexpected
    TCPMD5Failure TCPSackShifted TCPSackMerged TCPSackShiftFallback TCPBacklogDrop
    PFMemallocDrop TCPMinTTLDrop TCPDeferAcceptDrop IPReversePathFilter TCPTimeWaitOverflow
    TCPReqQFullDoCookies TCPReqQFullDrop TCPRetransFail TCPRcvCoalesce TCPOFOQueue TCPOFODrop
    TCPOFOMerge TCPChallengeACK TCPSYNChallenge TCPFastOpenActive TCPFastOpenActiveFail
    TCPFastOpenPassive TCPFastOpenPassiveFail TCPFastOpenListenOverflow TCPFastOpenCookieReqd
    TCPFastOpenBlackhole TCPSpuriousRtxHostQueues BusyPollRxPackets TCPAutoCorking
    TCPFromZeroWindowAdv TCPToZeroWindowAdv TCPWantZeroWindowAdv TCPSynRetrans TCPOrigDataSent
    TCPHystartTrainDetect TCPHystartTrainCwnd TCPHystartDelayDetect TCPHystartDelayCwnd
    TCPACKSkippedSynRecv TCPACKSkippedPAWS TCPACKSkippedSeq TCPACKSkippedFinWait2
    TCPACKSkippedTimeWait TCPACKSkippedChallenge TCPWinProbe TCPKeepAlive TCPMTUPFail
    TCPMTUPSuccess TCPDelivered TCPDeliveredCE TCPAckCompressed TCPZeroWindowDrop TCPRcvQDrop
    TCPWqueueTooBig TCPFastOpenPassiveAltKey TcpTimeoutRehash TcpDuplicateDataRehash
    TCPDSACKRecvSegs TCPDSACKIgnoredDubious TCPMigrateReqSuccess TCPMigrateReqFailure
    TCPPLBRehash TCPAORequired TCPAOBad TCPAOKeyNotFound TCPAOGood TCPAODroppedIcmps`,
  IpExt: `
    InNoRoutes InTruncatedPkts InMcastPkts OutMcastPkts InBcastPkts OutBcastPkts InOctets
    OutOctets InMcastOctets OutMcastOctets InBcastOctets OutBcastOctets InCsumErrors
    InNoECTPkts InECT1Pkts InECT0Pkts InCEPkts ReasmOverlaps`,
};

/** /proc/net/snmp; messages of ICMP are there by type once more, those that there were. */
export function snmpGroups(host: Host): CounterGroup[] {
  const [ip, icmp, ...others] = groupsOf(host, SNMP);
  const byType = countsByType(host.counters).map(
    ([name, count]) => [name.slice('IcmpMsg'.length), count] as const,
  );
  const messages = byType.length === 0 ? [] : [{ group: 'IcmpMsg', counters: byType }];
  return [ip!, icmp!, ...messages, ...others];
}

/** /proc/net/netstat. */
export function netstatGroups(host: Host): CounterGroup[] {
  return groupsOf(host, NETSTAT);
}

function groupsOf(host: Host, groups: Readonly<Record<string, string>>): CounterGroup[] {
  const counted = new Map([...countersOf(host.counters), ...momentary(host)]);
  return Object.entries(groups).map(([group, names]) => ({
    group,
    counters: names
      .trim()
      .split(/\s+/)
      .map((name) => [name, counted.get(group + name) ?? 0] as const),
  }));
}

/** What RFC 4293 and RFC 4022 have among the counters though it is none. */
function momentary(host: Host): [name: string, value: number][] {
  const { counters, sysctl } = host;
  return [
    ['IpForwarding', sysctl.read('net.ipv4.ip_forward') === '1' ? 1 : 2],
    ['IpDefaultTTL', Number(sysctl.read('net.ipv4.ip_default_ttl'))],
    ['IpOutTransmits', counters.IpOutRequests + counters.IpForwDatagrams],
    ['TcpRtoAlgorithm', 1], // other
    ['TcpRtoMin', 200],
    ['TcpRtoMax', 120_000],
    ['TcpMaxConn', -1],
    ['TcpCurrEstab', countSockets(host).established],
  ];
}

/** The two lines of each group. */
export function printGroups(groups: readonly CounterGroup[]): string {
  return groups
    .map(({ group, counters }) => {
      const names = counters.map(([name]) => name).join(' ');
      const counts = counters.map(([, count]) => count).join(' ');
      return `${group}: ${names}\n${group}: ${counts}\n`;
    })
    .join('');
}
