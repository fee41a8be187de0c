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
  TcpExtIPReversePathFilter = 0;
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
  TcpExtTCPTimeouts = 0;
  TcpExtTCPMD5NotFound = 0;
  TcpExtTCPMD5Unexpected = 0;
  TcpExtTCPMD5Failure = 0;
  TcpExtTCPLossProbes = 0;
  TcpExtTCPLostRetransmit = 0;
  TcpExtTCPSackRecovery = 0;
  TcpExtTCPRenoRecovery = 0;
  TcpExtTCPFastRetrans = 0;
  TcpExtTCPSlowStartRetrans = 0;
  TcpExtTCPSackReneging = 0;
  TcpExtTCPSpuriousRTOs = 0;
  TcpExtTCPDSACKRecv = 0;
  TcpExtTCPDSACKOldSent = 0;
  TcpExtTCPDSACKOfoSent = 0;
  TcpExtDelayedACKLost = 0;
  TcpExtPruneCalled = 0;
  TcpExtRcvPruned = 0;
  TcpExtOfoPruned = 0;
  TcpExtTCPRcvCollapsed = 0;
  TcpExtTCPOFOQueue = 0;
  TcpExtTCPOFODrop = 0;
  TcpExtTCPZeroWindowDrop = 0;
  TcpExtTCPRcvQDrop = 0;
  TcpExtTCPAckCompressed = 0;
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
  TcpExtTCPMTUPFail = 0;
  TcpExtTCPMTUPSuccess = 0;
  TcpExtTCPKeepAlive = 0;
  TcpExtTCPWinProbe = 0;
  TcpExtTCPChallengeACK = 0;
  TcpExtTCPSYNChallenge = 0;
  TcpExtTCPSynRetrans = 0;
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
  /** Packets by the ECN field of their headers (RFC 3168 §5). */
  IpExtInNoECTPkts = 0;
  IpExtInECT1Pkts = 0;
  IpExtInECT0Pkts = 0;
  IpExtInCEPkts = 0;
  IpExtReasmOverlaps = 0;
}

/** The name of a counter. */
export type CounterName = keyof Counters;
