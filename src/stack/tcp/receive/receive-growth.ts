/**
 * How a receive buffer grows that counts octets alone (BSD `tcp_autorcvbuf()`,
 * `tcp_update_rcvspace()`): when much of it has come in order within a round trip, or half of one,
 * the sender may be held back by the window, and the buffer takes a step. It never shrinks: a
 * buffer that is not used costs nothing. Linux measures what is read instead: `receive-tuning.ts`.
 */
import type { Instant } from '../../time.ts';
import type { ReceiveGrowthProfile } from '../profile.ts';
import { setReceiveMemory } from './receive-memory.ts';
import { offerWhole } from './receive-window.ts';
import type { Tcb } from '../tcb.ts';

export class ReceiveGrowth {
  /** Octets that have come since then. */
  arrived = 0;
  since: Instant;

  constructor(now: Instant) {
    this.since = now;
  }
}

/** So many octets have come in order, and the buffer's length is the system's choice. */
export function noteArrival(
  tcb: Tcb,
  { roundTrips, eighths, step }: ReceiveGrowthProfile,
  length: number,
  now: Instant,
): void {
  const { rcv, rtt, profile, options } = tcb;
  if (options.receiveSpace > 0 || rtt.srtt < 0) return;
  const growth = (tcb.receiveGrowth ??= new ReceiveGrowth(now));
  growth.arrived += length;
  if (now - growth.since <= roundTrips * rtt.srtt) return;
  const { maximum } = profile.receiveBuffer;
  if (growth.arrived > (rcv.memory >>> 3) * eighths && rcv.memory < maximum) {
    setReceiveMemory(tcb, Math.min(grown(rcv.memory, growth.arrived, step), maximum));
    offerWhole(tcb);
  }
  growth.arrived = 0;
  growth.since = now;
}

function grown(memory: number, arrived: number, step: ReceiveGrowthProfile['step']): number {
  if (step === 'half') return memory + (memory >>> 1);
  if (step === 'twice-arrived') return Math.max(memory, 2 * arrived);
  return memory + step;
}
