/**
 * Memory that a socket has been given and does not use (Linux sk_forward_alloc). It takes memory by
 * whole pages and gives them back whole, so what is left of the last one follows from what is used.
 */
import { memoryInUse } from './receive-memory.ts';
import { sendMemoryInUse } from '../send/send-memory.ts';
import type { Tcb } from '../tcb.ts';

/** What memory is handed out in (Linux SK_MEM_QUANTUM). */
const PAGE = 4096;

/**
 * The rest of the last page. What a packet saved by being joined to another was asked for first, so
 * there is as much at least.
 */
export function memoryAtHand(tcb: Tcb): number {
  const saved = tcb.rcv.saved;
  return saved + (-(memoryInUse(tcb) + sendMemoryInUse(tcb) + saved) & (PAGE - 1));
}
