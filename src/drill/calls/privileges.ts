/** What a program may do: its capabilities, which the stack sees to. */
import type { ArgumentReader } from './arguments.ts';
import type { CallFamily, CallPlan } from './plan.ts';
import { plain } from './plan.ts';

export const PRIVILEGE_CALLS: CallFamily = {
  cap_set: { fewest: 3, most: 3, plan: capSet },
};

const SETS = ['CAP_EFFECTIVE', 'CAP_PERMITTED', 'CAP_INHERITABLE'] as const;

/** cap_set(CAP_EFFECTIVE, CAP_NET_ADMIN, CAP_CLEAR). */
function capSet(args: ArgumentReader): CallPlan {
  const setName = wordAt(args, 0, 'CAP_EFFECTIVE, CAP_PERMITTED or CAP_INHERITABLE', SETS);
  const capability = wordAt(args, 1, 'a capability: CAP_NET_ADMIN …', undefined);
  const operation = wordAt(args, 2, 'CAP_SET or CAP_CLEAR', ['CAP_SET', 'CAP_CLEAR']);
  const set = SETS.find((it) => it === setName) ?? 'CAP_EFFECTIVE';
  return plain(() => ({ name: 'cap_set', set, capability, isRaised: operation === 'CAP_SET' }));
}

function wordAt(
  args: ArgumentReader,
  index: number,
  wanted: string,
  known: readonly string[] | undefined,
): string {
  const expression = args.at(index);
  if (expression.kind === 'word') {
    const { word } = expression;
    if (known === undefined ? /^CAP_[A-Z_]+$/.test(word) : known.includes(word)) return word;
  }
  args.refuse(expression, args.what(index), wanted);
  return '';
}
