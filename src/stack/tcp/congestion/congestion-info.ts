/**
 * TCP_CC_INFO: what a connection's congestion control tells of itself, by the C names of `union
 * tcp_cc_info` (linux/inet_diag.h). Most have nothing to tell.
 */
import type { OptionAnswer } from '../../posix/file.ts';
import type { Tcb } from '../tcb.ts';

const FIELD_LENGTH = 4;

export function congestionInfo(tcb: Tcb | undefined, length: number): OptionAnswer {
  const value = tcb === undefined ? {} : controlFields(tcb);
  return { value, length: Math.min(length, FIELD_LENGTH * Object.keys(value).length) };
}

/** The fields alone. */
export function controlFields(tcb: Tcb): Readonly<Record<string, number>> {
  const told = tcb.congestion.info?.();
  if (told === undefined) return {};
  // Whether the latest packet was marked is the receiver's knowledge.
  return tcb.congestion.name === 'dctcp' ? { ...told, ...receiverOf(tcb) } : told;
}

function receiverOf({ ecn }: Tcb): Readonly<Record<string, number>> {
  return { dctcp_ce_state: ecn?.lastMarked === true ? 1 : 0 };
}
