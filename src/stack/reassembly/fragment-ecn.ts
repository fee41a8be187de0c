/** ECN of a packet that came in fragments (RFC 3168 §5.3, Linux ip_frag_ecn_table). */
import { type Cause, cause } from '../cause.ts';

export const ECN_MIX: Cause = cause(
  'fragment-ecn',
  'some of its fragments are ECN-capable, others are not',
  'RFC 3168 §5.3',
);

const NOT_ECT = 1 << 0;
const CE = 1 << 3;

/**
 * What the fields of all fragments make: congestion experienced, if any says so; else as the first
 * has it; and nothing whole where some could be marked and some could not.
 *
 * @param fields the set of the fields' values, a bit for each
 */
export function ecnOfWhole(fields: number): 'as-first' | 'congested' | 'mixed' {
  if ((fields & NOT_ECT) !== 0) return fields === NOT_ECT ? 'as-first' : 'mixed';
  return (fields & CE) === 0 ? 'as-first' : 'congested';
}
