/**
 * What a host counts, by the names that Linux's `nstat` prints (the MIBs of RFC 4293, 4022 and 4113
 * behind `Ip`, `Tcp` and `Udp`; Linux's own behind `TcpExt` and `IpExt`). Only what the stack knows
 * how to count is here. Plain numbers, so that counting a packet costs an addition.
 */
export class Counters {
  IpInReceives = 0;
  IpInHdrErrors = 0;
  IpInAddrErrors = 0;
  IpInUnknownProtos = 0;
  IpInDelivers = 0;
  IpOutRequests = 0;
  IpOutDiscards = 0;
  /** What programs would have sent, and no route leads to. */
  IpOutNoRoutes = 0;
  /** Packets of others that went on: forwarded, with ip_forward. */
  IpForwDatagrams = 0;
  IpReasmTimeout = 0;
  IpReasmReqds = 0;
  IpReasmOKs = 0;
  IpReasmFails = 0;
  IpFragOKs = 0;
  IpFragFails = 0;
  IpFragCreates = 0;
  IcmpInMsgs = 0;
  IcmpInErrors = 0;
  IcmpInCsumErrors = 0;
  IcmpInDestUnreachs = 0;
  IcmpInTimeExcds = 0;
  IcmpInParmProbs = 0;
  IcmpInSrcQuenchs = 0;
  IcmpInRedirects = 0;
  IcmpInEchos = 0;
  IcmpInEchoReps = 0;
  IcmpOutMsgs = 0;
  /** Errors that were not sent: too many in all, or to one destination. */
  IcmpOutRateLimitGlobal = 0;
  IcmpOutRateLimitHost = 0;
  IcmpOutDestUnreachs = 0;
  IcmpOutTimeExcds = 0;
  IcmpOutParmProbs = 0;
  IcmpOutSrcQuenchs = 0;
  IcmpOutRedirects = 0;
  IcmpOutEchos = 0;
  IcmpOutEchoReps = 0;
  TcpActiveOpens = 0;
  /** Connections of listening sockets, once they are established. */
  TcpPassiveOpens = 0;
  TcpAttemptFails = 0;
  TcpEstabResets = 0;
  TcpInSegs = 0;
  TcpOutSegs = 0;
  TcpRetransSegs = 0;
  TcpInErrs = 0;
  TcpOutRsts = 0;
  TcpInCsumErrors = 0;
  UdpInDatagrams = 0;
  UdpNoPorts = 0;
  UdpInErrors = 0;
  UdpOutDatagrams = 0;
  UdpRcvbufErrors = 0;
  UdpInCsumErrors = 0;
  /** Datagrams to many that no socket took. */
  UdpIgnoredMulti = 0;
  TcpExtIPReversePathFilter = 0;
  /** ARP requests that arp_filter left to another interface. */
  TcpExtArpFilter = 0;
  TcpExtOutOfWindowIcmps = 0;
  /** Connections that began to wait alone, those with 4 s at most, and those a `connect` reused. */
  TcpExtTW = 0;
  TcpExtTWKilled = 0;
  TcpExtTWRecycled = 0;
  TcpExtTCPTimeWaitOverflow = 0;
  TcpExtPAWSActive = 0;
  TcpExtPAWSTimewait = 0;
  TcpExtPAWSEstab = 0;
  TcpExtDelayedACKs = 0;
  /** SYNs answered by a cookie, ACKs that brought one back, and those that brought a wrong one. */
  TcpExtSyncookiesSent = 0;
  TcpExtSyncookiesRecv = 0;
  TcpExtSyncookiesFailed = 0;
  TcpExtTCPReqQFullDoCookies = 0;
  TcpExtTCPReqQFullDrop = 0;
  TcpExtTCPDeferAcceptDrop = 0;
  TcpExtTCPAbortOnLinger = 0;
  TcpExtListenOverflows = 0;
  TcpExtListenDrops = 0;
  /** Data by Linux's header prediction; acknowledgments without data, and those by prediction. */
  TcpExtTCPHPHits = 0;
  TcpExtTCPPureAcks = 0;
  TcpExtTCPHPAcks = 0;
  TcpExtTCPTimeouts = 0;
  TcpExtTCPMD5NotFound = 0;
  TcpExtTCPMD5Unexpected = 0;
  TcpExtTCPMD5Failure = 0;
  TcpExtTCPLossProbes = 0;
  TcpExtTCPLossProbeRecovery = 0;
  TcpExtTCPLostRetransmit = 0;
  TcpExtTCPSackRecovery = 0;
  TcpExtTCPRenoRecovery = 0;
  TcpExtTCPFastRetrans = 0;
  TcpExtTCPSlowStartRetrans = 0;
  TcpExtTCPSACKReneging = 0;
  /** What came in another order than it was sent in, as SACKs and timestamps show. */
  TcpExtTCPSACKReorder = 0;
  TcpExtTCPRenoReorder = 0;
  TcpExtTCPTSReorder = 0;
  /** Reductions taken back: at their end, midway, by D-SACKs, and after a timeout. */
  TcpExtTCPFullUndo = 0;
  TcpExtTCPPartialUndo = 0;
  TcpExtTCPDSACKUndo = 0;
  TcpExtTCPLossUndo = 0;
  /** Timeouts that ended a recovery, came after another, or when something was missing. */
  TcpExtTCPRenoRecoveryFail = 0;
  TcpExtTCPSackRecoveryFail = 0;
  TcpExtTCPLossFailures = 0;
  TcpExtTCPRenoFailures = 0;
  TcpExtTCPSackFailures = 0;
  TcpExtTcpTimeoutRehash = 0;
  TcpExtTCPSpuriousRTOs = 0;
  TcpExtTCPDSACKRecv = 0;
  TcpExtTCPDSACKRecvSegs = 0;
  /** Those that tell of more than was sent again. */
  TcpExtTCPDSACKIgnoredDubious = 0;
  TcpExtTCPDSACKOldSent = 0;
  TcpExtTCPDSACKOfoSent = 0;
  TcpExtDelayedACKLost = 0;
  TcpExtPruneCalled = 0;
  TcpExtRcvPruned = 0;
  TcpExtOfoPruned = 0;
  TcpExtTCPRcvCollapsed = 0;
  /** Packets that were joined to one that waits before them. */
  TcpExtTCPRcvCoalesce = 0;
  TcpExtTCPOFOQueue = 0;
  TcpExtTCPOFOMerge = 0;
  TcpExtTCPOFODrop = 0;
  TcpExtTCPFromZeroWindowAdv = 0;
  TcpExtTCPToZeroWindowAdv = 0;
  TcpExtTCPWantZeroWindowAdv = 0;
  TcpExtTCPZeroWindowDrop = 0;
  TcpExtTCPRcvQDrop = 0;
  TcpExtTCPAckCompressed = 0;
  /** Segments that waited for a call to end, and were hung to others; and that found no room. */
  TcpExtTCPBacklogCoalesce = 0;
  TcpExtTCPBacklogDrop = 0;
  TcpExtTCPACKSkippedSynRecv = 0;
  TcpExtTCPACKSkippedPAWS = 0;
  TcpExtTCPACKSkippedSeq = 0;
  TcpExtTCPACKSkippedFinWait2 = 0;
  TcpExtTCPACKSkippedTimeWait = 0;
  TcpExtTCPACKSkippedChallenge = 0;
  TcpExtBeyondWindow = 0;
  TcpExtEmbryonicRsts = 0;
  TcpExtTCPAbortOnData = 0;
  TcpExtTCPAbortOnClose = 0;
  TcpExtTCPAbortOnTimeout = 0;
  TcpExtTCPAbortOnMemory = 0;
  TcpExtTCPAbortFailed = 0;
  TcpExtTCPMTUPFail = 0;
  TcpExtTCPMTUPSuccess = 0;
  TcpExtTCPKeepAlive = 0;
  TcpExtTCPWinProbe = 0;
  TcpExtTCPChallengeACK = 0;
  TcpExtTCPSYNChallenge = 0;
  TcpExtTCPSynRetrans = 0;
  /** Segments of data or FIN, each when it is sent first. */
  TcpExtTCPOrigDataSent = 0;
  TcpExtTCPDelivered = 0;
  TcpExtTCPDeliveredCE = 0;
  /** SYNs whose data was acknowledged, and those whose was not or that timed out (RFC 7413). */
  TcpExtTCPFastOpenActive = 0;
  TcpExtTCPFastOpenActiveFail = 0;
  /** SYNs that made a connection at once, and those that had a wrong cookie. */
  TcpExtTCPFastOpenPassive = 0;
  TcpExtTCPFastOpenPassiveFail = 0;
  TcpExtTCPFastOpenListenOverflow = 0;
  TcpExtTCPFastOpenCookieReqd = 0;
  TcpExtTCPFastOpenBlackhole = 0;
  TcpExtTCPFastOpenPassiveAltKey = 0;
  IpExtInNoRoutes = 0;
  IpExtInOctets = 0;
  IpExtOutOctets = 0;
  IpExtInCsumErrors = 0;
  /** Packets to groups, and to everybody. */
  IpExtInMcastPkts = 0;
  IpExtOutMcastPkts = 0;
  IpExtInBcastPkts = 0;
  IpExtOutBcastPkts = 0;
  IpExtInMcastOctets = 0;
  IpExtOutMcastOctets = 0;
  IpExtInBcastOctets = 0;
  IpExtOutBcastOctets = 0;
  /** Packets by the ECN field of their headers (RFC 3168 §5). */
  IpExtInNoECTPkts = 0;
  IpExtInECT1Pkts = 0;
  IpExtInECT0Pkts = 0;
  IpExtInCEPkts = 0;
  IpExtReasmOverlaps = 0;
  /** The same of IPv6 and its ICMP (RFC 4293, RFC 2466). */
  Ip6InReceives = 0;
  Ip6InHdrErrors = 0;
  Ip6InTooBigErrors = 0;
  Ip6InNoRoutes = 0;
  Ip6InAddrErrors = 0;
  Ip6InUnknownProtos = 0;
  Ip6InDelivers = 0;
  Ip6OutForwDatagrams = 0;
  Ip6OutRequests = 0;
  Ip6OutDiscards = 0;
  Ip6OutNoRoutes = 0;
  Ip6ReasmTimeout = 0;
  Ip6ReasmReqds = 0;
  Ip6ReasmOKs = 0;
  Ip6ReasmFails = 0;
  Ip6FragOKs = 0;
  Ip6FragCreates = 0;
  Ip6InMcastPkts = 0;
  Ip6OutMcastPkts = 0;
  Ip6InOctets = 0;
  Ip6OutOctets = 0;
  Ip6InNoECTPkts = 0;
  Ip6InECT1Pkts = 0;
  Ip6InECT0Pkts = 0;
  Ip6InCEPkts = 0;
  Udp6InDatagrams = 0;
  Udp6NoPorts = 0;
  Udp6InErrors = 0;
  Udp6OutDatagrams = 0;
  Udp6RcvbufErrors = 0;
  Udp6InCsumErrors = 0;
  Udp6IgnoredMulti = 0;
  Icmp6InMsgs = 0;
  Icmp6InErrors = 0;
  Icmp6OutMsgs = 0;
  Icmp6InCsumErrors = 0;
  Icmp6OutRateLimitHost = 0;
  Icmp6InDestUnreachs = 0;
  Icmp6InPktTooBigs = 0;
  Icmp6InTimeExcds = 0;
  Icmp6InParmProblems = 0;
  Icmp6InEchos = 0;
  Icmp6InEchoReplies = 0;
  Icmp6InGroupMembQueries = 0;
  Icmp6InGroupMembResponses = 0;
  Icmp6InGroupMembReductions = 0;
  Icmp6InRouterSolicits = 0;
  Icmp6InRouterAdvertisements = 0;
  Icmp6InNeighborSolicits = 0;
  Icmp6InNeighborAdvertisements = 0;
  Icmp6InRedirects = 0;
  Icmp6InMLDv2Reports = 0;
  Icmp6OutDestUnreachs = 0;
  Icmp6OutPktTooBigs = 0;
  Icmp6OutTimeExcds = 0;
  Icmp6OutParmProblems = 0;
  Icmp6OutEchos = 0;
  Icmp6OutEchoReplies = 0;
  Icmp6OutGroupMembQueries = 0;
  Icmp6OutGroupMembResponses = 0;
  Icmp6OutGroupMembReductions = 0;
  Icmp6OutRouterSolicits = 0;
  Icmp6OutRouterAdvertisements = 0;
  Icmp6OutNeighborSolicits = 0;
  Icmp6OutNeighborAdvertisements = 0;
  Icmp6OutRedirects = 0;
  Icmp6OutMLDv2Reports = 0;
}

/** The name of a counter. */
export type CounterName = keyof Counters;
