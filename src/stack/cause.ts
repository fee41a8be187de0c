/**
 * Why: the named cause of everything a host does on its own account.
 *
 * Every frame sent, every frame dropped and every state entered carries one. A cause is a constant,
 * defined beside the rule that gives it, so handing it on costs a pointer; whoever listens (a
 * trace, a capture's packet comment, a test) reads the words and the source from it.
 */

/** A reason, with the text of a standard that asks for it. */
export interface Cause {
  /** One short word or two with hyphens, unique: what tests, counters and `--json` use. */
  readonly name: string;
  /** The reason as a clause, for people: `active open`, `outside the window`. */
  readonly text: string;
  /** Where it is written: `RFC 9293 §3.10.1`, or a system's name where a host follows that. */
  readonly source: string;
}

/** A cause, to be a module's constant. */
export function cause(name: string, text: string, source: string): Cause {
  return { name, text, source };
}

/** The cause for people: `active open (RFC 9293 §3.10.1)`. */
export function printCause({ text, source }: Cause): string {
  return `${text} (${source})`;
}
