/**
 * Windows 10 since version 2004: what has changed since Windows 7. What Microsoft announced for the
 * Anniversary Update (1607) and the Fall Creators Update (1709) is named by the update; the rest by
 * `Get-NetTCPSetting Internet` and netsh(1), or by nmap's fingerprint of 1709 to 1909.
 */
import type { HostProfile } from '../profile.ts';
import { ms, seconds } from '../time.ts';
import { windows7 } from './windows-7.ts';

const { tcp } = windows7;

export const windows10: HostProfile = {
  ...windows7,
  name: 'windows-10',
  // Since Windows 8 (Klein and Pinkas, "From IP ID to Device ID and KASLR Bypass", 2019, §4)
  identification: { ofSockets: false, rule: 'pair', zeroIfWhole: false },
  tcp: {
    ...tcp,
    timestampClock: { ...tcp.timestampClock, tick: ms(1) }, // nmap TS=A: 1000 Hz
    // 44 segments of 1,460 octets in SYNs, as captures show; nmap W1=FFFF of SYN-ACKs
    initialWindow: { rule: 'fixed', window: 64_240, answer: 65_535 },
    // Captures show 1026 · 2⁸ octets in the first ACK.
    receiveBuffer: { ...tcp.receiveBuffer, default: 262_656 },
    delayedAck: { ...tcp.delayedAck, minimum: ms(40), maximum: ms(40) }, // DelayedAckTimeout
    retransmission: {
      ...tcp.retransmission,
      initialRto: seconds(1), // InitialRto
      minimumRto: ms(300), // MinRto
      synRetries: 4, // MaxSynRetransmissions: after 1, 2, 4 and 8 s
      synPatience: seconds(21), // as before
      synAckRetries: 4,
    },
    lossRecovery: {
      ...tcp.lossRecovery,
      earlyRetransmit: 3, // tail loss probes, since 1607
      rackFlags: 1, // RACK, since 1607
    },
    congestion: {
      ...tcp.congestion,
      algorithm: 'cubic', // CongestionProvider, since 1709
      initialWindow: 10, // InitialCongestionWindow, since 1607
      slowStartAfterIdle: false, // CwndRestart
    },
    fastOpen: { ...tcp.fastOpen, flags: 3 }, // since 1607, for programs that ask (TCP_FASTOPEN)
  },
};
