/**
 * The timer of a socket as the kernel's tables tell it (get_tcp4_sock(), get_timewait4_sock()): a
 * number for its kind, and in how many hundredths of a second it fires.
 */
import { Tcb } from '../tcp/tcb.ts';
import { type Instant, ms } from '../time.ts';
import { type ListedSocket, NO_TIMER, type RunningTimer, runningTimer } from './connections.ts';

/** The numbers of the kinds (proc_net_tcp.rst). */
export const KernelTimer = {
  none: 0,
  retransmission: 1,
  keepAlive: 2,
  timeWait: 3,
  probe: 4,
} as const;
export type KernelTimer = (typeof KernelTimer)[keyof typeof KernelTimer];

/** That of a delayed acknowledgment is not told. */
const KINDS: Readonly<Record<RunningTimer['name'], KernelTimer>> = {
  off: KernelTimer.none,
  on: KernelTimer.retransmission,
  keepalive: KernelTimer.keepAlive,
  timewait: KernelTimer.timeWait,
  persist: KernelTimer.probe,
  delack: KernelTimer.none,
};

export interface KernelTimerState {
  readonly kind: KernelTimer;
  readonly hundredths: number;
  /** How often it has sent again in vain (icsk_retransmits). */
  readonly retransmissions: number;
  /** Zero-window and keep-alive probes in vain (icsk_probes_out). */
  readonly probes: number;
}

export function kernelTimer({ connection }: ListedSocket, now: Instant): KernelTimerState {
  const isWhole = connection instanceof Tcb;
  const { name, left } = connection === undefined ? NO_TIMER : runningTimer(connection, now);
  const kind = KINDS[name];
  return {
    kind,
    hundredths: kind === KernelTimer.none ? 0 : Math.floor(left / ms(10)),
    retransmissions: isWhole ? connection.retransmissions : 0,
    probes: isWhole ? connection.probes : 0,
  };
}
