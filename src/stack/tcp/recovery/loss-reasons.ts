/**
 * Why a segment counts as lost. It is noted when that is decided, and told when the segment goes
 * again, which may be much later, and in another phase: a phase does not know why each is lost.
 */
import { type Cause, cause } from '../../cause.ts';

export const LOSS_REASON = {
  overtaken: 0,
  partialAck: 1,
  timeout: 2,
  tooLong: 3,
  probeLost: 4,
  notTaken: 5,
} as const;

export type LossReason = (typeof LOSS_REASON)[keyof typeof LOSS_REASON];

const OVERTAKEN = cause(
  'fast-retransmit',
  'what followed has arrived: it counts as lost',
  'RFC 5681 §3.2, RFC 8985 §6',
);
const PARTIAL_ACK = cause(
  'partial-ack',
  'only a part of what was in flight is acknowledged: the next is lost, too',
  'RFC 6582 §3.2',
);
const TIMEOUT = cause(
  'retransmit-after-timeout',
  'sent again: it was in flight when the timer expired',
  'RFC 6298 §5.4',
);
const TOO_LONG = cause('too-long-for-path', 'the way does not carry it whole', 'RFC 1191 §6.5');
const PROBE_LOST = cause(
  'mtu-probe-lost',
  'a probe of the path MTU was lost, and it is longer than what is known to pass',
  'RFC 4821 §7.6.2',
);
const NOT_TAKEN = cause(
  'fast-open-fallback',
  'the SYN-ACK does not acknowledge the data in the SYN',
  'RFC 7413 §4.2.1',
);

const CAUSES: Readonly<Record<LossReason, Cause>> = {
  [LOSS_REASON.overtaken]: OVERTAKEN,
  [LOSS_REASON.partialAck]: PARTIAL_ACK,
  [LOSS_REASON.timeout]: TIMEOUT,
  [LOSS_REASON.tooLong]: TOO_LONG,
  [LOSS_REASON.probeLost]: PROBE_LOST,
  [LOSS_REASON.notTaken]: NOT_TAKEN,
};

/** What is told when a segment that was lost for this reason goes again. */
export function causeOfLoss(reason: LossReason): Cause {
  return CAUSES[reason];
}
