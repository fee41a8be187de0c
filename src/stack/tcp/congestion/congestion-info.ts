/**
 * TCP_CC_INFO: what a connection's congestion control tells of itself, by the C names of `union
 * tcp_cc_info` (linux/inet_diag.h). Most have nothing to tell.
 */
import type { OptionAnswer } from '../../posix/file.ts';
import type { Tcb } from '../tcb.ts';

const FIELD_LENGTH = 4;

export function congestionInfo(tcb: Tcb | undefined, length: number): OptionAnswer {
  const told = tcb?.congestion.info?.();
  if (tcb === undefined || told === undefined) return { value: {}, length: 0 };
  // Whether the latest packet was marked is the receiver's knowledge.
  const marks = tcb.congestion.name === 'dctcp' ? receiverOf(tcb) : {};
  const value = { ...told, ...marks };
  return { value, length: Math.min(length, FIELD_LENGTH * Object.keys(value).length) };
}

function receiverOf({ ecn }: Tcb): Readonly<Record<string, number>> {
  return { dctcp_ce_state: ecn?.lastMarked === true ? 1 : 0 };
}
