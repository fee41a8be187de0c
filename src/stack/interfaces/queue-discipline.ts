/**
 * Which queue an interface has before its device, as `tc qdisc` sets it. The kinds that have
 * packets wait are in `traffic-control`; the others are known by name, and packets pass them at
 * once. A queue without room drops all that is sent: scripts make a host's link fail that way.
 */

export interface QueueDiscipline {
  /** `pfifo`, `fq`, `netem` … */
  readonly kind: string;
  /** The number before the colon by which `tc` knows it; 0 for the one that is always there. */
  readonly handle: number;
  /** How many packets, or octets, may wait; nothing where the kind has no bound of its own. */
  readonly limit: number | undefined;
  /** Its settings as `tc qdisc show` prints them. */
  readonly settings: string;
}

/** What an interface has before anybody has asked for another: nothing ever waits. */
export const DEFAULT_QUEUE: QueueDiscipline = {
  kind: 'noqueue',
  handle: 0,
  limit: undefined,
  settings: '',
};

/** The kinds that can be asked for by name; those of the first list have a bound to be set. */
const BOUNDED_KINDS: readonly string[] = ['pfifo', 'bfifo', 'pfifo_head_drop'];
const OTHER_KINDS: readonly string[] = [
  'cake',
  'codel',
  'fq',
  'fq_codel',
  'fq_pie',
  'htb',
  'mq',
  'netem',
  'noqueue',
  'pfifo_fast',
  'pie',
  'prio',
  'red',
  'sfq',
  'tbf',
];

export function isQueueKind(kind: string): boolean {
  return BOUNDED_KINDS.includes(kind) || OTHER_KINDS.includes(kind);
}

/** Whether a limit of 0 leaves this kind without room. */
export function hasStrictLimit(kind: string): boolean {
  return BOUNDED_KINDS.includes(kind);
}
